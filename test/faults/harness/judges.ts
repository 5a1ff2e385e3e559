/**
 * The three judges of a run.
 *
 * - `endingOf` and `judgeEnding`, O1: the objects and the work teams with their tags are those of the run without a fault; O2: so
 *   are the writes that had an effect, team by team, so that nothing is created twice; whatever was tried besides repeats one that
 *   was tried there; and nothing was deleted but the team of a Workteam that was being deleted (`setting.wrongs`).
 * - `judgeQuiet`, O3: over three resyncs no write to AWS is tried, no request that writes is sent to the API server but the
 *   Lease's, and no resourceVersion moves.
 */
import { expect } from 'vitest';
import type { LedgerEntry } from '../../../dev/sagemaker/ledger.ts';
import { TAGS_EVERY } from '../../../src/workteam/nominate.ts';
import type { Workteam } from '../../../src/workteam/schema.ts';
import { inTime } from '../../support/eventually.ts';
import { specWith } from '../../support/specs.ts';
import type { Setting } from './setting.ts';
import { DONE_WITHIN_MS } from './works.ts';

/** Everything that a run left behind, told so that runs can be compared. */
export interface Ending {
  /** The Workteams without what differs from run to run: identities, versions, times. */
  readonly objects: Readonly<Record<string, ReturnType<typeof lasting>>>;
  readonly teams: readonly unknown[];
  /** What changed something in AWS, in order, for each team. */
  readonly writes: Readonly<Record<string, readonly string[]>>;
  /** Every write that was tried, with or without effect, each once. */
  readonly attempts: readonly string[];
}

/** After so many the tags of each team have been read; one more, because the first may have begun before. */
export const RESYNCS_UNTIL_TAGS = TAGS_EVERY + 1;

/** For how many resyncs nothing may happen. */
const RESYNCS = 3;

/** A whole pass over everything that should be settled: it would repeat what is repeated. */
export async function lookOnceMore({ workteams }: Setting): Promise<void> {
  for (const name of workteams.names()) {
    await workteams.annotate(name, { 'workteams.dev/requestedAt': 'again' });
    const looked = ({ status }: Workteam) => status?.lastHandledReconcileAt === 'again';
    await workteams.until(name, looked, { what: 'another look', within: DONE_WITHIN_MS });
  }
}

export function endingOf({ workteams, aws, region, emulator }: Setting): Ending {
  const comparable = <T>(value: T): T =>
    JSON.parse(JSON.stringify(value).replaceAll(region, 'REGION').replaceAll(workteams.namespace, 'NAMESPACE'));
  const teams = emulator.control.teams({ region }).map(({ workteam, tags }) => {
    const { CreateDate: _created, LastUpdatedDate: _updated, SubDomain: _host, ...rest } = workteam;
    return { ...rest, tags };
  });
  const objects = workteams.names().map((name) => [name, lasting(workteams.get(name))] as const);
  const writes = Object.groupBy(aws.writes(), ({ workteamName }) => workteamName ?? '');
  return comparable({
    objects: Object.fromEntries(objects),
    teams,
    writes: Object.fromEntries(Object.entries(writes).map(([team, entries = []]) => [team, entries.map(told)])),
    attempts: [...new Set(attemptsIn(aws))],
  });
}

/** Passes when the run ended as the reference did, and tried to write nothing that the reference did not. */
export function judgeEnding(setting: Setting, reference: Ending): void {
  const { attempts, ...ending } = endingOf(setting);
  const { attempts: allowed, ...expected } = reference;
  expect(ending).toEqual(expected);
  for (const attempt of attempts) expect(allowed, 'the writes that the reference tried').toContain(attempt);
  expect(setting.wrongs).toEqual([]);
}

/** Passes when so many resyncs go by in which nothing is written. Where nothing is left, a newcomer is created and watched. */
export async function judgeQuiet(setting: Setting, resyncs = RESYNCS): Promise<void> {
  const { workteams } = setting;
  if (workteams.names().length === 0) {
    await workteams.create('newcomer', specWith());
    await workteams.untilReady('newcomer', DONE_WITHIN_MS);
  }
  // What the first leads to is over when the second begins.
  await sweeps(setting, 2);
  const before = await stateOf(setting);
  await sweeps(setting, resyncs + 1);
  expect(await stateOf(setting), `what was written over ${resyncs} resyncs`).toEqual(before);
}

/** Resolves when so many more sweeps have begun. */
export async function sweeps({ emulator, region }: Setting, count: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = count;
  const stop = emulator.control.onEntry((entry) => {
    if (entry.region !== region || entry.operation !== 'ListWorkteams') return;
    left -= 1;
    if (left === 0) resolve();
  });
  await inTime(promise, { what: `${count} sweeps of ${region}`, within: DONE_WITHIN_MS }).finally(stop);
}

async function stateOf(setting: Setting): Promise<unknown> {
  const { workteams, aws } = setting;
  const objects = await Promise.all(workteams.names().map((name) => workteams.readLive(name)));
  const written = setting.requests().filter(({ method, path }) => method !== 'GET' && !path.includes('/leases'));
  return {
    attempts: aws
      .calls()
      .filter(({ write }) => write)
      .map(told),
    requests: written.map(({ method, path }) => `${method} ${path}`),
    versions: objects.map((object) => [object?.metadata.name, object?.metadata.resourceVersion]),
  };
}

const attemptsIn = (aws: Setting['aws']) =>
  aws
    .calls()
    .filter(({ write }) => write)
    .map(told);

function told({ operation, parameters }: LedgerEntry): string {
  return `${operation} ${JSON.stringify(parameters)}`;
}

/** An object without what differs from one run to the next. */
function lasting({ metadata, spec, status }: Workteam) {
  const { createDate: _created, lastUpdatedDate: _updated, subDomain: _host, conditions = [], ...rest } = status ?? {};
  const { finalizers = [], labels, annotations, generation } = metadata;
  return {
    metadata: { finalizers: finalizers.toSorted(), labels, annotations, generation },
    spec,
    status: { ...rest, conditions: conditions.map(({ lastTransitionTime: _time, ...condition }) => condition) },
  };
}
