import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/controller/clock.ts';
import { LeaderElection } from '../../src/kubernetes/election.ts';
import { isConflict, isNotFound } from '../../src/kubernetes/errors.ts';
import { type Lease, type LeaseClient, leaseClient } from '../../src/kubernetes/lease.ts';
import { Transport } from '../../src/kubernetes/transport.ts';
import { type ApiProxy, apiProxy } from '../support/api-proxy.ts';
import { controlPlane } from '../support/control-plane.ts';
import { expectSoon } from '../support/expect-soon.ts';

const plane = controlPlane();
const cleanUps: (() => Promise<unknown> | unknown)[] = [];
let namespace: string;

beforeEach(async () => {
  namespace = await plane.createNamespace('lease');
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A way to the API server that can be cut without cutting the others'. */
async function ownWay(): Promise<{ proxy: ApiProxy; lease: LeaseClient }> {
  const proxy = await apiProxy(plane.address);
  const transport = new Transport({ kubeConfig: proxy.kubeConfig, version: 'test', clock: systemClock });
  cleanUps.push(async () => {
    transport.close();
    await proxy.close();
  });
  return { proxy, lease: leaseClient(transport, namespace, 'workteam-operator') };
}

async function stored(): Promise<Lease> {
  return JSON.parse(await plane.run(['get', 'lease', 'workteam-operator', '-n', namespace, '-o', 'json']));
}

/** A candidate with times that fit into a test. */
async function candidate(identity: string) {
  const { proxy, lease } = await ownWay();
  const stop = new AbortController();
  const state = { began: Number.NaN, ended: Number.NaN };
  const election = new LeaderElection({
    lease,
    identity,
    clock: systemClock,
    random: Math.random,
    onError: () => {},
    timing: { leaseDurationMs: 2_000, renewDeadlineMs: 1_200, retryPeriodMs: 150 },
  });
  const outcome = election.run(stop.signal, async (signal) => {
    state.began = systemClock.now();
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    state.ended = systemClock.now();
  });
  const leave = async () => {
    stop.abort();
    await outcome;
  };
  cleanUps.push(leave);
  return { proxy, election, state, outcome, leave };
}

const leads = ({ state }: Awaited<ReturnType<typeof candidate>>) => state.began > 0 && !(state.ended > 0);

describe('leader election', () => {
  test('of two candidates one leads; when it leaves, the other does at once', async () => {
    const first = await candidate('host-1_a');
    await expectSoon(() => leads(first)).toBe(true);
    const second = await candidate('host-2_b');
    await expectSoon(() => second.election.leader).toBe('host-1_a');
    const { spec } = await stored();
    expect(spec).toMatchObject({ holderIdentity: 'host-1_a', leaseDurationSeconds: 2, leaseTransitions: 0 });
    expect(spec?.renewTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect(leads(second)).toBe(false);

    await first.leave();
    expect(await first.outcome).toBe('released');
    const left = systemClock.now();
    await expectSoon(() => leads(second)).toBe(true);
    expect(second.state.began - left).toBeLessThan(1_500);
    expect((await stored()).spec).toMatchObject({ holderIdentity: 'host-2_b', leaseTransitions: 1 });
  });

  test('a Lease that was given back has no holder and says so briefly', async () => {
    const only = await candidate('a');
    await expectSoon(() => leads(only)).toBe(true);
    await only.leave();
    const { spec } = await stored();
    expect(spec?.holderIdentity).toBeUndefined();
    expect(spec?.leaseDurationSeconds).toBe(1);
  });

  test('of five that start together, exactly one leads', async () => {
    const five = await Promise.all(['a', 'b', 'c', 'd', 'e'].map(candidate));
    await expectSoon(() => five.filter(({ election }) => election.leader !== undefined).length).toBe(5);
    expect(five.filter(leads)).toHaveLength(1);
  });

  test.each(['silence', 'reset'] as const)(
    'a leader that is cut off (%s) has stopped before the next one begins',
    async (fault) => {
      const first = await candidate('a');
      await expectSoon(() => leads(first)).toBe(true);
      const second = await candidate('b');
      await expectSoon(() => second.election.leader).toBe('a');
      first.proxy.fault = () => fault;
      const cut = systemClock.now();
      await expectSoon(() => leads(second)).toBe(true);
      expect(await first.outcome).toBe('lost');
      expect(first.state.ended).toBeLessThan(second.state.began);
      expect(second.state.began - cut).toBeGreaterThan(1_500);
      expect((await stored()).spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
    },
  );

  test('a leader survives that somebody annotates the Lease, and that somebody deletes it', async () => {
    const leader = await candidate('a');
    await expectSoon(() => leads(leader)).toBe(true);
    await plane.run(['annotate', 'lease', 'workteam-operator', '-n', namespace, 'note=kept']);
    const annotated = leader.election.lastRenewal ?? 0;
    await expectSoon(() => leader.election.lastRenewal ?? 0).toBeGreaterThan(annotated);
    expect((await stored()).metadata).toMatchObject({ annotations: { note: 'kept' } });
    await plane.run(['delete', 'lease', 'workteam-operator', '-n', namespace]);
    const deleted = leader.election.lastRenewal ?? 0;
    await expectSoon(() => leader.election.lastRenewal ?? 0).toBeGreaterThan(deleted + 300);
    expect((await stored()).spec?.holderIdentity).toBe('a');
    expect(leads(leader)).toBe(true);
  });
});

describe('the API server', () => {
  const { signal } = new AbortController();

  test('refuses a second Lease of that name and a write over a changed one', async () => {
    const { lease } = await ownWay();
    expect(await lease.get(signal).catch(isNotFound)).toBe(true);
    const first = await lease.create({ holderIdentity: 'a', leaseDurationSeconds: 15 }, signal);
    expect(await lease.create({ holderIdentity: 'b' }, signal).catch(isConflict)).toBe(true);
    await lease.update(first, { ...first.spec, holderIdentity: 'b' }, signal);
    expect(await lease.update(first, { ...first.spec, holderIdentity: 'c' }, signal).catch(isConflict)).toBe(true);
    expect((await stored()).spec?.holderIdentity).toBe('b');
  });
});
