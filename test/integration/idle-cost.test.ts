/**
 * What 25 Workteams that nobody touches cost: per six resync intervals at most 7 ListWorkteams and 25 ListTags, and nothing
 * else, on either side. IDLE_RESYNC=20s IDLE_INTERVALS=18 in the environment make it a run at another pace.
 */
import { beforeAll, expect, test } from 'vitest';
import type { LedgerEntry } from '../../dev/sagemaker/ledger.ts';
import { operatorWrites } from '../support/audit.ts';
import { controlPlane } from '../support/control-plane.ts';
import { allowLeaseIn } from '../support/deployment.ts';
import { useEmulator } from '../support/emulator.ts';
import { eventually } from '../support/eventually.ts';
import { awsAt, operations } from '../support/ledger.ts';
import { useOperators } from '../support/operator.ts';
import { cognitoMembers, specWith } from '../support/specs.ts';
import { PATIENCE_MS } from '../support/stage.ts';
import { useWorkteams, type Workteams } from '../support/workteams.ts';

/** As many as an account may have in a region. */
const TEAMS = 25;

/** Tags are read in every sixth resync. */
const TAGS_EVERY = 6;

const RESYNC_S = secondsOf(process.env.IDLE_RESYNC ?? '1s');
const INTERVALS = Number(process.env.IDLE_INTERVALS ?? 18);

/** Five calls a second, as by default, are about what resyncs as short as these need: tags would queue up. */
const UNHURRIED = ['--aws-requests-per-second', '1000', '--aws-burst', '1000'];

const cluster = controlPlane();
const emulator = useEmulator();
const operators = useOperators(emulator);
const { newNamespace } = useWorkteams();

const place = { region: 'eu-idle-1' };
const aws = awsAt(emulator, place);
const names = Array.from({ length: TEAMS }, (_, index) => `idle-${index}`);
let workteams: Workteams;

beforeAll(async () => {
  workteams = await newNamespace('idle-cost');
  const { namespace } = workteams;
  await allowLeaseIn(cluster, namespace);
  await operators.start({
    namespaces: [namespace],
    place,
    leaseNamespace: namespace,
    flags: ['--resync-interval', `${RESYNC_S}s`, ...(RESYNC_S < 10 ? UNHURRIED : [])],
  });
  const spec = specWith({ memberDefinitions: cognitoMembers('a', 'b'), tags: { team: 'cats' } });
  await Promise.all(names.map((name) => workteams.create(name, spec)));
  await Promise.all(names.map((name) => workteams.untilReady(name, PATIENCE_MS)));
});

/** A sweep: a ListWorkteams, with all the calls until the next one. */
interface Sweep {
  readonly at: number;
  readonly calls: readonly LedgerEntry[];
}

/** What happened since the call of that number, from the first sweep on. */
function sweepsSince(since: number): Sweep[] {
  const calls = aws.calls().slice(since);
  const starts = calls.flatMap(({ operation }, index) => (operation === 'ListWorkteams' ? [index] : []));
  return starts.map((start, index) => {
    return { at: Date.parse(calls[start]?.time ?? ''), calls: calls.slice(start, starts[index + 1]) };
  });
}

test(
  `${TEAMS} Workteams over ${INTERVALS} intervals of ${RESYNC_S} s`,
  async () => {
    const { namespace } = workteams;
    // The pace of what their creation took is none of idleness.
    await eventually(() => sweepsSince(0).length > 0, {
      what: 'the first sweep',
      within: 2_000 * RESYNC_S + PATIENCE_MS,
    });
    const before = { calls: aws.calls().length, writes: (await operatorWrites(cluster, namespace)).length };
    const versions = () => names.map((name) => workteams.get(name).metadata.resourceVersion);
    const versionsBefore = versions();
    await eventually(() => sweepsSince(before.calls).length > INTERVALS, {
      what: `${INTERVALS} resyncs`,
      within: 1_500 * RESYNC_S * INTERVALS + PATIENCE_MS,
    });

    const sweeps = sweepsSince(before.calls).slice(0, INTERVALS + 1);
    const rounds = Array.from({ length: INTERVALS - TAGS_EVERY + 1 }, (_, first) => {
      const end = sweeps[first + TAGS_EVERY]?.at ?? Number.NaN;
      const round = sweeps.slice(first, first + TAGS_EVERY);
      return { tookS: (end - (round[0]?.at ?? 0)) / 1000, calls: round.flatMap(({ calls }) => calls) };
    });
    const all = sweeps.slice(0, INTERVALS).flatMap(({ calls }) => calls);
    console.log(`${INTERVALS} intervals: ${told(all)}; any six of them:`);
    for (const { tookS, calls } of rounds) console.log(`  ${tookS.toFixed(1)} s: ${told(calls)}`);

    for (const { tookS, calls } of rounds) {
      // Six intervals in which more is not asked, by the clock as well.
      expect(tookS).toBeGreaterThan(TAGS_EVERY * RESYNC_S * 0.99);
      expect(countOf(calls, 'ListWorkteams')).toBeLessThanOrEqual(7);
      expect(countOf(calls, 'ListTags')).toBeLessThanOrEqual(TEAMS);
      expect(new Set(calls.map(({ workteamName }) => workteamName ?? 'all')).size).toBe(TEAMS + 1);
      expect(calls).toHaveLength(countOf(calls, 'ListWorkteams') + countOf(calls, 'ListTags'));
    }
    const calls = emulator.control.ledger();
    expect(calls.filter(({ region }) => region !== place.region)).toEqual([]);
    expect(versions()).toEqual(versionsBefore);
    const writes = (await operatorWrites(cluster, namespace)).slice(before.writes);
    expect(writes.filter(({ resource }) => resource !== 'leases')).toEqual([]);
  },
  1_000 * (2 * RESYNC_S * (INTERVALS + 2) + 120),
);

function countOf(calls: readonly LedgerEntry[], wanted: string): number {
  return operations(calls).filter((operation) => operation === wanted).length;
}

/** `6 ListWorkteams, 25 ListTags` */
function told(calls: readonly LedgerEntry[]): string {
  return [...new Set(operations(calls))].map((operation) => `${countOf(calls, operation)} ${operation}`).join(', ');
}

function secondsOf(text: string): number {
  const seconds = Number(/^([0-9]+)s$/.exec(text)?.[1]);
  if (!Number.isInteger(seconds)) throw new Error(`IDLE_RESYNC is "${text}": write whole seconds, such as 20s`);
  return seconds;
}
