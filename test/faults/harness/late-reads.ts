/**
 * Runs in which AWS shows the operator's own writes late, and something happens meanwhile: nothing, a restart, a deletion of
 * the Workteam, or both at once. Judged by the run in which no read is late.
 */
import { expect } from 'vitest';
import type { LedgerEntry } from '../../../dev/sagemaker/ledger.ts';
import type { Switches } from '../../../dev/sagemaker/switches.ts';
import { OWNER_TAG_KEY } from '../../../src/workteam/schema.ts';
import { eventually, inTime } from '../../support/eventually.ts';
import { conditionOf } from '../../support/workteams.ts';
import { type Moment, momentsOf, titleOf } from './calls.ts';
import { type Ending, judgeEnding, judgeQuiet, lookOnceMore, RESYNCS_UNTIL_TAGS, sweeps } from './judges.ts';
import type { OwnSetting } from './setting.ts';
import { DONE_WITHIN_MS, NAME, type Work } from './works.ts';

/** Which reads are late, and by how much. */
export interface Lateness {
  readonly title: string;
  readonly switches: Partial<Switches>;
}

/** The switches of the emulator that say how late a read shows a create or an update. */
const DELAYS = [
  'createToDescribeMs',
  'createToListMs',
  'createToListTagsMs',
  'updateToDescribeMs',
  'updateToListMs',
  'tagsToListTagsMs',
] as const;

/** The reads that are late, together or by themselves, for 1 s and for 10 s; and none, for 0 s. */
export function latenessOf(reads: Readonly<Record<string, readonly (typeof DELAYS)[number][]>>): Lateness[] {
  const late = Object.entries(reads).flatMap(([what, switches]) =>
    [1, 10].map((seconds) => ({
      title: `${what} for ${seconds} s`,
      switches: Object.fromEntries(switches.map((name) => [name, seconds * 1_000])),
    })),
  );
  return [{ title: 'no read is late, 0 s', switches: {} }, ...late];
}

/** What happens while reads are late. */
export interface Interference {
  readonly title: string;
  readonly deletes: boolean;
  readonly restarts: boolean;
  /** Before which call; left out, as soon as the work is done. */
  readonly moment?: Moment;
}

/** Nothing; or a restart, a deletion, or both, before each call of the work and after the last. */
export function interferencesWith({ calls }: Work): Interference[] {
  const moments = [...momentsOf(calls).filter(({ when }) => when === 'before'), undefined];
  const kinds = [
    { kind: 'a restart', deletes: false, restarts: true },
    { kind: 'a deletion', deletes: true, restarts: false },
    { kind: 'a deletion and a restart', deletes: true, restarts: true },
  ];
  const meddled = kinds.flatMap(({ kind, ...what }) =>
    moments.map((moment) => ({
      title: `${kind} ${moment === undefined ? 'when it is done' : titleOf(moment)}`,
      ...what,
      ...(moment && { moment }),
    })),
  );
  return [{ title: 'nothing else', deletes: false, restarts: false }, ...meddled];
}

/**
 * Does the work with that interference, in a setting where nothing is there yet, and judges what comes of it.
 * @returns how long it took from the interference to the end, in milliseconds
 */
export async function playLate(
  setting: OwnSetting,
  work: Work,
  interference: Interference,
  reference: Ending,
): Promise<number> {
  const { workteams, aws } = setting;
  await setting.start();
  await work.prepare(setting);
  await untilNothingIsLate(setting);
  const { moment, deletes, restarts } = interference;
  let died = Number.POSITIVE_INFINITY;
  const strike = async () => {
    if (deletes) await workteams.delete(NAME);
    if (!restarts) return undefined;
    await (await setting.newest).kill();
    died = aws.calls().length;
    return 'drop' as const;
  };
  const struck = moment && setting.at(moment, strike);
  await work.begin(setting);
  if (struck === undefined) {
    await work.done(setting);
    await strike();
  } else await inTime(struck, { what: `a call ${interference.title}`, within: DONE_WITHIN_MS });
  const began = performance.now();
  if (restarts) await setting.start();
  if (deletes) await workteams.untilGone(NAME, DONE_WITHIN_MS);
  else await work.done(setting);
  const settled = performance.now() - began;
  if (deletes) judgeGone(setting);
  else {
    await untilNothingIsLate(setting);
    await lookOnceMore(setting);
    judgeEnding(setting, reference);
    if (restarts) {
      // A process that read old values only may say the date of them until the tags are read, which is at every sixth resync;
      // those of its own write, which may have come late, too.
      await untilNothingIsLate(setting);
      await sweeps(setting, RESYNCS_UNTIL_TAGS);
    }
    await judgeQuiet(setting);
  }
  judgeMeanwhile(setting, died);
  return settled;
}

/** Nothing is left, and nothing was created or deleted twice. */
function judgeGone({ aws, emulator, region, wrongs }: OwnSetting): void {
  expect(emulator.control.teams({ region }), 'work teams that are left behind').toEqual([]);
  const count = (operation: string) => aws.writes().filter((write) => write.operation === operation).length;
  expect(count('CreateWorkteam')).toBeLessThanOrEqual(1);
  expect(count('DeleteWorkteam')).toBe(count('CreateWorkteam'));
  expect(wrongs).toEqual([]);
}

/**
 * It was never taken for somebody else's and never adopted, and no update was sent twice by one process. `died`: the calls that
 * the first process made, where there were two.
 */
function judgeMeanwhile({ workteams, aws }: OwnSetting, died: number): void {
  const reasons = workteams.history(NAME).map(({ workteam }) => conditionOf(workteam, 'Ready')?.reason);
  expect(reasons).not.toContain('NotOwned');
  expect(reasons).not.toContain('NameConflict');
  const calls = aws.calls();
  const taggings = calls.filter(({ operation }) => operation === 'AddTags').map(({ parameters }) => parameters);
  expect(JSON.stringify(taggings)).not.toContain(OWNER_TAG_KEY);
  for (const own of [calls.slice(0, died), calls.slice(died)]) {
    const updates = own
      .filter(isUpdate)
      .map(({ operation, parameters }) => `${operation} ${JSON.stringify(parameters)}`);
    expect(updates, 'what one process wrote').toEqual([...new Set(updates)]);
  }
}

/** Of a call that was dropped the service knows nothing. */
function isUpdate({ operation, outcome }: LedgerEntry): boolean {
  return ['UpdateWorkteam', 'AddTags', 'DeleteTags'].includes(operation) && outcome === 'ok';
}

/** Waits until every write so far shows in every read. */
async function untilNothingIsLate({ aws, emulator }: OwnSetting): Promise<void> {
  const switches = emulator.control.switches();
  const lateMs = Math.max(...DELAYS.map((name) => switches[name]));
  const isShown = () => aws.writes().every(({ time }) => Date.now() >= Date.parse(time) + lateMs);
  await eventually(isShown, { what: 'reads to show what was written', within: DONE_WITHIN_MS });
}
