/**
 * A leader that is paused past its lease finds, when it wakes, that it leads no more: nothing follows the one call that was under
 * way, and it leaves. The moments are counted: before each call of a create, an edit and a deletion, to AWS and to Kubernetes,
 * and around the renewal of the lease. The call under way is the worst there can be: it is held back on its way and acts at
 * the moment the sleeper wakes, which is 0, 1 and 10 s after another one began to lead. Each call is also played as one that
 * acted at once, and whose answer waits for the sleeper: the next call is what must not follow. With three replicas, two sleep.
 */
import { setTimeout as passed } from 'node:timers/promises';
import { expect, vi } from 'vitest';
import { Turns } from '../../src/kubernetes/turns.ts';
import { inTime } from '../support/eventually.ts';
import type { Operator } from '../support/operator.ts';
import { type Moment, momentsOf, STATUS_WRITE, titleOf } from './harness/calls.ts';
import { judgeEnding, judgeQuiet, lookOnceMore } from './harness/judges.ts';
import { usePlayers } from './harness/play.ts';
import { faultPoints, type Note, type Point } from './harness/points.ts';
import { isLeading, LOST, openReplicas, type Replicas, untilEnded, untilTakenOver } from './harness/replicas.ts';
import { type OwnSetting, useSettings } from './harness/setting.ts';
import { CREATE, DELETE, DONE_WITHIN_MS, EDIT, type Work } from './harness/works.ts';

// They wait for leases to expire, mostly.
vi.setConfig({ maxConcurrency: 10, testTimeout: 300_000 });

const settings = useSettings();
const players = usePlayers(settings);
const starts = new Turns(2);

/** When the sleeper wakes, in milliseconds after another one began to lead. */
const WAKES = [0, 1_000, 10_000];

interface Pause {
  readonly work: Work<OwnSetting>;
  readonly moment: Moment;
  readonly wakeAfterMs: number;
  /** The work begins when the first one sleeps, so that it is all the others'. */
  readonly beforehand?: boolean;
}

async function play({ work, moment, wakeAfterMs, beforehand = false }: Pause, note: Note): Promise<void> {
  const { ending } = await players.reference(work);
  await using replicas = await starts.take(() => openReplicas(settings, work, { standbys: 1 }));
  const { setting, first, standbys } = replicas;
  const wake = Promise.withResolvers<undefined>();
  const asleep = replicas.at(moment, () => {
    first.send('SIGSTOP');
    return wake.promise;
  });
  if (!beforehand) await work.begin(setting);
  await inTime(asleep, { what: titleOf(moment), within: DONE_WITHIN_MS });
  if (beforehand) await work.begin(setting);
  await untilTakenOver(standbys);
  await passed(wakeAfterMs);
  // What it had sent before it fell asleep has long arrived.
  const written = writesOf(replicas, moment);
  const began = performance.now();
  wake.resolve(undefined);
  first.send('SIGCONT');
  await expectGone(first);
  expect(writesOf(replicas, moment), 'what the first one sent').toEqual(written);
  await work.done(setting);
  note.settled(performance.now() - began);
  await lookOnceMore(setting);
  judgeEnding(setting, ending);
  await judgeQuiet(setting);
}

/**
 * What the first one sent. Events go beside the status write: whoever is paused at one may have begun the other, waits for a
 * connection with it, and sends it when it wakes. That is the call under way; its resourceVersion is out of date by then.
 */
function writesOf(replicas: Replicas, { call }: Moment): readonly string[] {
  const writes = replicas.writes();
  return call === 'an event' ? writes.filter((write) => write !== STATUS_WRITE) : writes;
}

/** Of three, the first falls asleep before a write, the next one before the same write, and both wake when the last one leads. */
async function playTwice(work: Work<OwnSetting>, moment: Moment, note: Note): Promise<void> {
  const { ending } = await players.reference(work);
  await using replicas = await starts.take(() => openReplicas(settings, work, { standbys: 2 }));
  const { setting, first, standbys } = replicas;
  const wake = Promise.withResolvers<undefined>();
  const asleep = replicas.at(moment, () => {
    first.send('SIGSTOP');
    return wake.promise;
  });
  await work.begin(setting);
  await inTime(asleep, { what: titleOf(moment), within: DONE_WITHIN_MS });
  const next = Promise.withResolvers<Operator>();
  void setting.at(moment, () => {
    const leading = standbys.filter(isLeading);
    for (const operator of leading) {
      operator.send('SIGSTOP');
      next.resolve(operator);
    }
    return wake.promise;
  });
  const second = await inTime(next.promise, { what: 'the next one to come as far', within: DONE_WITHIN_MS });
  const last = await untilTakenOver(standbys.filter((standby) => standby !== second));
  const written = [replicas.writes(), replicas.awsWritesOf(second)];
  const began = performance.now();
  wake.resolve(undefined);
  for (const operator of [first, second]) operator.send('SIGCONT');
  for (const operator of [first, second]) await expectGone(operator);
  expect([replicas.writes(), replicas.awsWritesOf(second)], 'what the sleepers sent').toEqual(written);
  await work.done(setting);
  note.settled(performance.now() - began);
  expect(isLeading(last)).toBe(true);
  await lookOnceMore(setting);
  judgeEnding(setting, ending);
  await judgeQuiet(setting);
}

async function expectGone(operator: Operator): Promise<void> {
  expect(await untilEnded(operator)).toMatchObject(LOST.ending);
  expect(operator.log().at(-1)).toMatchObject(LOST.lastLine);
}

const works: readonly Work<OwnSetting>[] = [CREATE, EDIT, DELETE];
const RENEWAL = { side: 'Kubernetes', call: 'the write of the Lease', nth: 1 } as const;

const pauses: readonly Pause[] = works.flatMap((work) =>
  momentsOf(work.calls).flatMap((moment) =>
    (moment.when === 'before' ? WAKES : [0]).map((wakeAfterMs) => ({ work, moment, wakeAfterMs })),
  ),
);
const renewals: readonly Pause[] = (['before', 'after'] as const).flatMap((when) =>
  WAKES.map((wakeAfterMs) => ({ work: EDIT, moment: { ...RENEWAL, when }, wakeAfterMs, beforehand: true })),
);

const pointOf = (pause: Pause): Point => {
  const { work, moment, wakeAfterMs, beforehand } = pause;
  const what = beforehand ? `idle, ${work.title} to come,` : `${work.title},`;
  return {
    title: `${what} paused ${titleOf(moment)}, woken ${wakeAfterMs / 1_000} s after the takeover`,
    play: (note) => play(pause, note),
  };
};

const isAwsWrite = ({ side, call, when }: Moment) =>
  side === 'AWS' && when === 'before' && /^(?:Create|Update|Delete|Add)/.test(call);

const twice: readonly Point[] = works.flatMap((work) =>
  momentsOf(work.calls)
    .filter(isAwsWrite)
    .map((moment) => ({
      title: `${work.title} with three replicas, two paused one after the other ${titleOf(moment)}, woken 0 s after the last takeover`,
      play: (note) => playTwice(work, moment, note),
    })),
);

faultPoints(10, [...[...pauses, ...renewals].map(pointOf), ...twice], { concurrent: true });
