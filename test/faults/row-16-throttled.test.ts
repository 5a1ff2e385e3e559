/** AWS throttles every call of a region for a while: the operator keeps its pace down, and everybody is Ready again soon after. */
import { expect, vi } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { specWith } from '../support/specs.ts';
import { conditionsOf, PATIENCE_MS, type Scene, SYNCED, useStage } from '../support/stage.ts';
import { conditionOf } from '../support/workteams.ts';
import { faultPoints, type Note } from './harness/points.ts';

const MINUTE = 60_000;

/** As it is where nothing is said. */
const PACE = { perSecond: 5, burst: 20 };
/** The longest pause of a limiter that is throttled, and the longest between two tries of a Workteam, in milliseconds. */
const LONGEST_PAUSE_MS = 30_000;
const LONGEST_BACKOFF_MS = 5 * MINUTE;

vi.setConfig({ testTimeout: 20 * MINUTE });

const stage = useStage({
  prefix: 'throttled',
  resync: '5m',
  flags: ['--aws-requests-per-second', String(PACE.perSecond), '--aws-burst', String(PACE.burst)],
});

const names = (kind: string, count: number) => Array.from({ length: count }, (_, index) => `${kind}-${index}`);

async function throttledFor(ms: number, note: Note): Promise<void> {
  const { workteams } = stage;
  const scene = stage.newScene();
  const { control, region } = scene;
  const [settled, edited, deleted, created] = [
    names(`settled-${ms}`, 3),
    names(`edited-${ms}`, 6),
    names(`deleted-${ms}`, 3),
    names(`created-${ms}`, 8),
  ];
  await Promise.all([...settled, ...edited, ...deleted].map((name) => scene.createReady(name, specWith())));

  const began = performance.now();
  const before = scene.aws.calls().length;
  const id = control.addFault({ match: { region }, fault: { kind: 'throttle' } });
  await Promise.all([
    ...edited.map((name) => workteams.edit(name, { description: 'Edited' })),
    ...deleted.map((name) => workteams.delete(name)),
    ...created.map((name) => scene.create(name, specWith())),
  ]);
  const isThrottled = (name: string) => conditionOf(workteams.get(name), 'Ready')?.reason === 'Throttled';
  await eventually(() => created.some(isThrottled), { what: 'one of them to say Throttled', within: PATIENCE_MS });
  await eventually(() => performance.now() - began >= ms, { what: 'the throttling to last', within: ms + PATIENCE_MS });
  const during = scene.aws.calls().slice(before);
  for (const name of settled) expect(conditionsOf(workteams.get(name))).toEqual(SYNCED);
  for (const name of created) expect(scene.aws.has(name)).toBe(false);
  // What was under way when it began, a probe after each pause that doubles from half a second on, then one after each longest.
  const probes = 7 + Math.ceil(ms / LONGEST_PAUSE_MS);
  expect(during.length).toBeLessThanOrEqual(PACE.burst + 2 * probes);

  control.removeFault(id);
  const over = performance.now();
  const within = LONGEST_BACKOFF_MS + 2 * LONGEST_PAUSE_MS;
  for (const name of [...edited, ...created]) {
    expect(conditionsOf(await workteams.untilReady(name, within))).toEqual(SYNCED);
  }
  for (const name of deleted) await workteams.untilGone(name, within);
  note.settled(performance.now() - over);
  note.plan({ callsWhileThrottled: during.length });
  for (const name of edited) expect(scene.aws.team(name).workteam.Description).toBe('Edited');
  for (const name of deleted) expect(scene.aws.has(name)).toBe(false);
  expectPace(scene);
}

/** In no stretch of time more calls than the pace allows. */
function expectPace({ aws }: Scene): void {
  const times = aws.calls().map(({ time }) => Date.parse(time));
  const stretches = times.flatMap((start, index) =>
    // The clock of the calls is the emulator's, which sees them a moment later than they were let go.
    times
      .slice(index)
      .map((end, further) => ({ calls: further + 1, allowed: ((end - start) / 1000 + 1) * PACE.perSecond })),
  );
  const most = Math.max(...stretches.map(({ calls, allowed }) => calls - allowed));
  expect(most).toBeLessThanOrEqual(PACE.burst);
}

faultPoints(
  16,
  [
    { title: 'for 15 s', sampled: true, play: (note) => throttledFor(15_000, note) },
    { title: 'for 10 minutes', play: (note) => throttledFor(10 * MINUTE, note) },
  ],
  { concurrent: true },
);
