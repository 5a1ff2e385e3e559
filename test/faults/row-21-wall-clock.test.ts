/**
 * The wall clock of an operator is set an hour forward or back, at the leader, at the one that stands by, or at both. No timer
 * and no lease notices: all of them go by the monotonic clock, and no two machines' clocks are compared.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, vi } from 'vitest';
import { Turns } from '../../src/kubernetes/turns.ts';
import { controlPlane } from '../support/control-plane.ts';
import { eventually, inTime } from '../support/eventually.ts';
import { leaseIn } from '../support/lease.ts';
import type { Operator } from '../support/operator.ts';
import { kubernetesCall, type Moment, titleOf } from './harness/calls.ts';
import { judgeEnding, judgeQuiet, lookOnceMore } from './harness/judges.ts';
import { usePlayers } from './harness/play.ts';
import { faultPoints, type Note, type Point } from './harness/points.ts';
import { isLeading, LEASE_MS, openReplicas, type Replicas, untilTakenOver } from './harness/replicas.ts';
import { COUNTED, type OwnSetting, useSettings } from './harness/setting.ts';
import { CREATE, DELETE, DONE_WITHIN_MS, EDIT, NAME, type Work } from './harness/works.ts';

// They wait for leases and backoffs, mostly.
vi.setConfig({ maxConcurrency: 8, testTimeout: 300_000 });

const PRELOAD = fileURLToPath(new URL('harness/preload/wall-clock.ts', import.meta.url));

const JUMPS = { 'an hour forward': 3_600_000, 'an hour back': -3_600_000 } as const;
type Jump = keyof typeof JUMPS;
const jumps = Object.keys(JUMPS) as Jump[];

const cluster = controlPlane();
const settings = useSettings();
const players = usePlayers(settings);
const starts = new Turns(2);
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'workteam-operator-clocks-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The wall clock of one or more operators. */
function newClock() {
  const file = join(folder, randomBytes(8).toString('hex'));
  return {
    environment: { NODE_OPTIONS: `--import=${PRELOAD}`, WALL_CLOCK_OFFSET: file },
    /** Returns when it has jumped. */
    async jump(operator: Operator, jump: Jump): Promise<void> {
      await writeFile(file, String(JUMPS[jump]));
      operator.send('SIGUSR2');
      await operator.logged('that its clock was set', ({ msg }) => msg === 'the wall clock was set');
    },
  };
}

type Clock = ReturnType<typeof newClock>;

async function open(
  work: Work<OwnSetting>,
  flags: readonly string[] = [],
): Promise<{ replicas: Replicas; clock: Clock; standby: Operator }> {
  const clock = newClock();
  const { environment } = clock;
  const options = { standbys: 1, environment, standbyEnvironment: environment, flags };
  const replicas = await starts.take(() => openReplicas(settings, work, options));
  const [standby] = replicas.standbys;
  if (standby === undefined) throw new Error('nobody stands by');
  return { replicas, clock, standby };
}

/** A leader's renewals, of which there is one every 2 s: more than a lease's length of them. */
const RENEWALS = 10;
const RENEWAL_PERIOD_MS = 2_000;

/** Holding the lease, and waiting for it: everything goes on as before. */
async function playIdle(jump: Jump, who: readonly ('leader' | 'standby')[]): Promise<void> {
  const { ending } = await players.reference(EDIT);
  const { replicas, clock, standby } = await open(EDIT);
  await using _ = replicas;
  const { setting, first, proxy } = replicas;
  const { namespace } = setting.workteams;
  const before = await leaseIn(cluster, namespace);
  const renewals = () => proxy.requests.filter((seen) => kubernetesCall(seen) === 'the write of the Lease').length;
  if (who.includes('leader')) await clock.jump(first, jump);
  if (who.includes('standby')) await clock.jump(standby, jump);

  const [began, sofar] = [performance.now(), renewals()];
  await eventually(() => renewals() >= sofar + RENEWALS, {
    what: 'renewals',
    within: 2 * RENEWALS * RENEWAL_PERIOD_MS,
  });
  const took = performance.now() - began;
  expect(took, 'how long so many renewals took').toBeGreaterThan((RENEWALS - 1) * RENEWAL_PERIOD_MS - 500);
  expect(took).toBeGreaterThan(LEASE_MS);
  const { holderIdentity, leaseTransitions } = await leaseIn(cluster, namespace);
  expect({ holderIdentity, leaseTransitions }).toEqual({
    holderIdentity: before.holderIdentity,
    leaseTransitions: before.leaseTransitions,
  });
  expect(isLeading(standby)).toBe(false);
  await EDIT.begin(setting);
  await EDIT.done(setting);
  await judged(replicas, ending);
}

/** The leader is killed after the jump: the other one waits for as long as ever. */
async function playTakeover(jump: Jump, who: 'leader' | 'standby', note: Note): Promise<void> {
  const { ending } = await players.reference(EDIT);
  const { replicas, clock, standby } = await open(EDIT);
  await using _ = replicas;
  const { setting, first, proxy } = replicas;
  await clock.jump(who === 'leader' ? first : standby, jump);
  const renewals = () => proxy.requests.filter((seen) => kubernetesCall(seen) === 'the write of the Lease').length;
  const sofar = renewals();
  await eventually(() => renewals() > sofar, { what: 'a renewal' });
  const renewed = performance.now();
  await first.kill();
  await EDIT.begin(setting);
  await untilTakenOver([standby]);
  const took = performance.now() - renewed;
  expect(took, 'how long after the last renewal it was taken over').toBeGreaterThan(LEASE_MS - 500);
  await EDIT.done(setting);
  note.settled(performance.now() - renewed);
  await judged(replicas, ending);
}

/** In the middle of a pass. */
async function playWork(work: Work<OwnSetting>, moment: Moment, jump: Jump, note: Note): Promise<void> {
  const { ending } = await players.reference(work);
  const { replicas, clock } = await open(work);
  await using _ = replicas;
  const { setting, first } = replicas;
  const jumped = replicas.at(moment, async () => {
    await clock.jump(first, jump);
    return undefined;
  });
  await work.begin(setting);
  await inTime(jumped, { what: titleOf(moment), within: DONE_WITHIN_MS });
  const began = performance.now();
  await work.done(setting);
  note.settled(performance.now() - began);
  await judged(replicas, ending);
}

/** A retry is due soon when the clock jumps: it comes when it is due, and so do those after it. */
async function playBackoff(jump: Jump, note: Note): Promise<void> {
  const { ending } = await players.reference(EDIT);
  const { replicas, clock } = await open(EDIT, COUNTED);
  await using _ = replicas;
  const { setting, first } = replicas;
  const { control } = setting.emulator;
  const match = { region: setting.region, operation: 'UpdateWorkteam', times: FAILURES };
  control.addFault({ match, fault: { kind: 'http5xx' } });
  const tries: number[] = [];
  control.beforeActing({ region: setting.region, operation: 'UpdateWorkteam' }, async () => {
    tries.push(performance.now());
    return undefined;
  });
  await EDIT.begin(setting);
  await eventually(() => tries.length >= 3, { what: 'two retries', within: DONE_WITHIN_MS });
  await clock.jump(first, jump);
  await EDIT.done(setting);
  note.settled(performance.now() - (tries.at(-1) ?? 0));
  const waits = tries.slice(1).map((at, index) => at - (tries[index] ?? 0));
  expect(waits).toHaveLength(FAILURES);
  for (const [attempt, wait] of waits.entries()) {
    // Between half of 1, 2, 4 … s and the whole; a busy machine comes later.
    expect(wait, `retry ${attempt + 1}`).toBeGreaterThan(500 * 2 ** attempt - 50);
    expect(wait, `retry ${attempt + 1}`).toBeLessThan(1_000 * 2 ** attempt + 10_000);
  }
  // Its resyncs are too far apart for the judges.
  await first.stop();
  await judged(replicas, ending);
}

const FAILURES = 4;

/** AWS shows a team late: what decides nothing for 30 s still decides nothing when the clock jumps within them. */
async function playLate(jump: Jump, note: Note): Promise<void> {
  const { ending } = await players.reference(CREATE);
  const { replicas, clock } = await open(CREATE);
  await using _ = replicas;
  const { setting, first } = replicas;
  const { control } = setting.emulator;
  const late = control.addFault({
    match: { region: setting.region, operation: 'DescribeWorkteam' },
    fault: { kind: 'error', code: 'ValidationException', message: NOT_FOUND, status: 400 },
  });
  const looks = () => setting.aws.calls().filter(({ operation }) => operation === 'DescribeWorkteam').length;
  await CREATE.begin(setting);
  await eventually(() => looks() >= 1, { what: 'a look that sees nothing', within: DONE_WITHIN_MS });
  await clock.jump(first, jump);
  const soFar = looks();
  await eventually(() => looks() >= soFar + 2, { what: 'further looks', within: DONE_WITHIN_MS });
  control.removeFault(late);
  const began = performance.now();
  await CREATE.done(setting);
  note.settled(performance.now() - began);
  await judged(replicas, ending);
}

const NOT_FOUND = `The work team ${NAME} does not exist.`;

async function judged({ setting }: Replicas, ending: Awaited<ReturnType<typeof players.reference>>['ending']) {
  await lookOnceMore(setting);
  judgeEnding(setting, ending);
  await judgeQuiet(setting);
}

const ROLES = {
  'at the leader': ['leader'],
  'at the one that stands by': ['standby'],
  'at both': ['leader', 'standby'],
} as const;

const MIDDLES: readonly { readonly work: Work<OwnSetting>; readonly moment: Moment }[] = [
  { work: CREATE, moment: { side: 'AWS', call: 'CreateWorkteam', nth: 1, when: 'after' } },
  { work: EDIT, moment: { side: 'AWS', call: 'UpdateWorkteam', nth: 1, when: 'before' } },
  { work: DELETE, moment: { side: 'AWS', call: 'DeleteWorkteam', nth: 1, when: 'after' } },
];

const points: readonly Point[] = jumps.flatMap((jump) => [
  ...Object.entries(ROLES).map(([where, who]) => ({
    title: `${jump} ${where}, while the lease is held and waited for`,
    play: () => playIdle(jump, who),
  })),
  ...(['leader', 'standby'] as const).map((who) => ({
    title: `${jump} at the ${who}, and then the leader is killed`,
    play: (note: Note) => playTakeover(jump, who, note),
  })),
  ...MIDDLES.map(({ work, moment }) => ({
    title: `${jump} at the leader in the middle of ${work.title}, ${titleOf(moment)}`,
    sampled: work === EDIT,
    play: (note: Note) => playWork(work, moment, jump, note),
  })),
  { title: `${jump} at the leader while a retry is due`, play: (note: Note) => playBackoff(jump, note) },
  { title: `${jump} at the leader while AWS does not show a new team`, play: (note: Note) => playLate(jump, note) },
]);

faultPoints(21, points, { concurrent: true });
