/**
 * A leader whose event loop stands still for 20 s has lost its lease when it goes on, and leaves. What makes this harder than a
 * pause from outside: the code that was about to run runs on before any timer can tell it that its lease is gone, so that
 * nothing but the question before each write keeps it from writing. The moments are counted: as the answer to each call of
 * a create, an edit and a deletion comes, and, where a call may be under way, as it is handed to its socket.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as passed } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, vi } from 'vitest';
import { Turns } from '../../src/kubernetes/turns.ts';
import { type Moment, momentsOf, titleOf } from './harness/calls.ts';
import { judgeEnding, judgeQuiet, lookOnceMore } from './harness/judges.ts';
import { usePlayers } from './harness/play.ts';
import { faultPoints, type Note, type Point } from './harness/points.ts';
import type { StallOrders } from './harness/preload/stall.ts';
import { LOST, openReplicas, untilEnded, untilTakenOver } from './harness/replicas.ts';
import { type OwnSetting, useSettings } from './harness/setting.ts';
import { CREATE, DELETE, EDIT, type Work } from './harness/works.ts';

// They wait for leases to expire, mostly.
vi.setConfig({ maxConcurrency: 10, testTimeout: 300_000 });

const PRELOAD = fileURLToPath(new URL('harness/preload/stall.ts', import.meta.url));

/** For how long the event loop stands still. */
const STALL_MS = 20_000;

const settings = useSettings();
const players = usePlayers(settings);
const starts = new Turns(2);
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'workteam-operator-stalls-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function play(work: Work<OwnSetting>, moment: Moment, note: Note): Promise<void> {
  const { ending } = await players.reference(work);
  const file = join(folder, randomBytes(8).toString('hex'));
  const environment = { NODE_OPTIONS: `--import=${PRELOAD}`, STALL_ORDERS: file };
  await using replicas = await starts.take(() => openReplicas(settings, work, { standbys: 1, environment }));
  const { setting, first, standbys } = replicas;
  const orders: StallOrders = { moment, ms: STALL_MS };
  // It may look for them at any moment.
  await writeFile(`${file}.new`, JSON.stringify(orders));
  await rename(`${file}.new`, file);

  await work.begin(setting);
  await first.logged('that it stands still', ({ msg }) => msg === 'stalled');
  // What it had sent before has arrived by then, also on a busy machine.
  await passed(STALL_MS / 2);
  const written = replicas.writes();
  expect(await untilEnded(first, STALL_MS)).toMatchObject(LOST.ending);
  const began = performance.now();
  expect(first.log().at(-1)).toMatchObject(LOST.lastLine);
  const underWay = moment.when === 'before' ? [[], [moment.call]] : [[]];
  expect(underWay, 'what the first one sent then').toContainEqual(replicas.writes().slice(written.length));
  await untilTakenOver(standbys);
  await work.done(setting);
  note.settled(performance.now() - began);
  await lookOnceMore(setting);
  judgeEnding(setting, ending);
  await judgeQuiet(setting);
}

const works: readonly Work<OwnSetting>[] = [CREATE, EDIT, DELETE];

const isWrite = ({ call }: Moment) => /^(?:Create|Update|Delete|Add)|write$/.test(call);

const nameOf = (moment: Moment) => titleOf(moment).replace(/^\w+ /, '');

const pointsOf = (work: Work<OwnSetting>): Point[] =>
  momentsOf(work.calls)
    .filter((moment) => moment.when === 'after' || isWrite(moment))
    .map((moment) => ({
      title: `${work.title}, blocked ${moment.when === 'before' ? 'as it sends' : 'by the answer to'} ${nameOf(moment)}`,
      sampled: work === EDIT && moment.call === 'UpdateWorkteam' && moment.when === 'after',
      play: (note) => play(work, moment, note),
    }));

faultPoints(11, works.flatMap(pointsOf), { concurrent: true });
