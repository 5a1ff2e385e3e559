import { beforeEach, describe, expect, test } from 'vitest';
import { LeaderElection } from '../../src/kubernetes/election.ts';
import { KubernetesError } from '../../src/kubernetes/errors.ts';
import { mayBeginWrite } from '../../src/kubernetes/fence.ts';
import type { Lease, LeaseClient, LeaseSpec } from '../../src/kubernetes/lease.ts';
import { ManualClock, settle } from '../support/clock.ts';

/**
 * One Lease in memory, for the rules about time only: what the API server makes of these requests is tested against
 * the API server itself. `fault` runs before each request is acted on.
 */
class LeaseInMemory implements LeaseClient {
  lease: Lease | undefined;
  requests = 0;
  fault: (signal: AbortSignal) => Promise<void> | void = () => {};
  #version = 0;

  async get(signal: AbortSignal): Promise<Lease> {
    await this.#arrive(signal);
    if (this.lease === undefined) throw new KubernetesError('no Lease', { status: 404 });
    return this.lease;
  }

  async create(spec: LeaseSpec, signal: AbortSignal): Promise<Lease> {
    await this.#arrive(signal);
    if (this.lease !== undefined) throw new KubernetesError('there is one', { status: 409 });
    return this.#write({ namespace: 'ns', name: 'lease' }, spec);
  }

  async update(lease: Lease, spec: LeaseSpec, signal: AbortSignal): Promise<Lease> {
    await this.#arrive(signal);
    if (this.lease === undefined) throw new KubernetesError('no Lease', { status: 404 });
    if (lease.metadata.resourceVersion !== this.lease.metadata.resourceVersion) {
      throw new KubernetesError('changed', { status: 409 });
    }
    return this.#write(this.lease.metadata, spec);
  }

  /** Somebody else writes it. */
  steal(holderIdentity: string): void {
    this.#write(
      { namespace: 'ns', name: 'lease' },
      { ...this.lease?.spec, holderIdentity, renewTime: `${this.#version}` },
    );
  }

  #write(metadata: Lease['metadata'], spec: LeaseSpec): Lease {
    const resourceVersion = String(++this.#version);
    this.lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { ...metadata, resourceVersion },
      spec,
    };
    return this.lease;
  }

  async #arrive(signal: AbortSignal): Promise<void> {
    this.requests++;
    await this.fault(signal);
  }
}

const refused = () => {
  throw new KubernetesError('connection refused', { code: 'ECONNREFUSED' });
};
const silent = (signal: AbortSignal) =>
  new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

let clock: ManualClock;
let lease: LeaseInMemory;
beforeEach(() => {
  clock = new ManualClock();
  lease = new LeaseInMemory();
});

/** Starts a candidate whose work ends as soon as its signal aborts, unless `endsAfter` says how much later. */
function candidate(identity: string, { endsAfter = 0, client = lease as LeaseClient } = {}) {
  const stop = new AbortController();
  const errors: unknown[] = [];
  const leaders: string[] = [];
  const known: number[] = [];
  const state = { leadsSince: Number.NaN, toldToStopAt: Number.NaN, endedAt: Number.NaN };
  const election = new LeaderElection({
    lease: client,
    identity,
    clock,
    random: () => 0.5,
    onError: (error) => errors.push(error),
    onKnown: () => known.push(clock.now()),
    onLeader: (leader) => leaders.push(leader),
  });
  const outcome = election.run(stop.signal, async (signal) => {
    state.leadsSince = clock.now();
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    state.toldToStopAt = clock.now();
    if (endsAfter > 0) await clock.sleep(endsAfter);
    state.endedAt = clock.now();
  });
  return { election, stop, errors, known, leaders, state, outcome };
}

describe('a candidate', () => {
  test('leads at once where there is no Lease, and writes all of its record', async () => {
    const { election, leaders, state, stop, outcome } = candidate('a');
    await settle();
    expect(state.leadsSince).toBe(0);
    expect(lease.lease?.spec).toEqual({
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      acquireTime: '2030-01-01T00:00:00.000000Z',
      renewTime: '2030-01-01T00:00:00.000000Z',
      leaseTransitions: 0,
    });
    expect([election.leader, leaders, election.lastRenewal]).toEqual(['a', ['a'], 0]);
    stop.abort();
    expect(await outcome).toBe('released');
  });

  test('waits for as long as the holder renews, whatever its clock says', async () => {
    const holder = candidate('a');
    await settle();
    const other = candidate('b');
    await clock.advance(600_000);
    expect(other.state.leadsSince).toBeNaN();
    expect(other.known.length).toBeGreaterThan(100);
    expect([other.election.leader, other.election.lastRenewal]).toEqual(['a', undefined]);
    for (const { stop } of [holder, other]) stop.abort();
    expect(await other.outcome).toBe('stopped');
    expect(await holder.outcome).toBe('released');
    expect(clock.pending).toBe(0);
  });

  test('takes over 15 s after it saw the record change, not 15 s after the time written in it', async () => {
    lease.steal('gone');
    lease.lease = {
      ...(lease.lease as Lease),
      spec: { ...lease.lease?.spec, renewTime: '1999-01-01T00:00:00.000000Z' },
    };
    const { state, stop, outcome } = candidate('b');
    await clock.advance(14_999);
    expect(state.leadsSince).toBeNaN();
    await clock.advance(3_200);
    expect(state.leadsSince).toBeGreaterThanOrEqual(15_000);
    expect(lease.lease?.spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
    stop.abort();
    await outcome;
  });

  test("respects the duration that the holder's record asks for", async () => {
    lease.steal('gone');
    lease.lease = { ...(lease.lease as Lease), spec: { holderIdentity: 'gone', leaseDurationSeconds: 60 } };
    const { state, stop, outcome } = candidate('b');
    await clock.advance(59_999);
    expect(state.leadsSince).toBeNaN();
    await clock.advance(3_200);
    expect(state.leadsSince).toBeGreaterThanOrEqual(60_000);
    stop.abort();
    await outcome;
  });

  test('keeps trying while the API server is away, and reports it', async () => {
    lease.fault = refused;
    const { errors, known, state, stop, outcome } = candidate('a');
    await clock.advance(20_000);
    expect(errors.length).toBeGreaterThan(3);
    expect(known).toEqual([]);
    lease.fault = () => {};
    await clock.advance(3_200);
    expect(state.leadsSince).toBeGreaterThan(0);
    expect(known[0]).toBe(state.leadsSince);
    stop.abort();
    await outcome;
  });

  test('gives up a request that is not answered, and tries again', async () => {
    lease.fault = silent;
    const { errors, state, stop, outcome } = candidate('a');
    await clock.advance(5_000);
    expect(errors).toMatchObject([{ code: 'ETIMEDOUT' }]);
    lease.fault = () => {};
    await clock.advance(3_200);
    expect(state.leadsSince).toBeGreaterThan(5_000);
    stop.abort();
    await outcome;
  });

  test('of two at the same moment, one leads, and the other says nothing about it', async () => {
    const two = [candidate('a'), candidate('b')];
    await clock.advance(30_000);
    expect(two.filter(({ state }) => !Number.isNaN(state.leadsSince))).toHaveLength(1);
    expect(two.flatMap(({ errors }) => errors)).toEqual([]);
    for (const { stop } of two) stop.abort();
    await Promise.all(two.map(({ outcome }) => outcome));
  });

  test('that is stopped while its request is under way gives back what it got', async () => {
    lease.fault = () => clock.sleep(500);
    const { state, stop, outcome } = candidate('a');
    await clock.advance(700);
    stop.abort();
    await clock.advance(5_000);
    expect(await outcome).toBe('stopped');
    expect(state.leadsSince).toBeNaN();
    expect(lease.lease?.spec?.holderIdentity).toBeUndefined();
    expect(clock.pending).toBe(0);
  });
});

describe('a leader', () => {
  test('renews every 2 s with one request each, and keeps when it began and how often the leader changed', async () => {
    const { election, stop, outcome } = candidate('a');
    await clock.advance(1_000);
    const before = lease.requests;
    await clock.advance(20_000);
    expect(lease.requests - before).toBe(10);
    expect(election.lastRenewal).toBe(20_000);
    expect(lease.lease?.spec).toMatchObject({
      acquireTime: '2030-01-01T00:00:00.000000Z',
      renewTime: '2030-01-01T00:00:20.000000Z',
      leaseTransitions: 0,
    });
    stop.abort();
    await outcome;
  });

  test('counts a renewal from the beginning of its request', async () => {
    const { election, stop, outcome } = candidate('a');
    await clock.advance(1_000);
    lease.fault = () => clock.sleep(3_000);
    await clock.advance(4_100);
    expect(election.lastRenewal).toBe(2_000);
    lease.fault = () => {};
    stop.abort();
    await clock.advance(5_000);
    await outcome;
  });

  test('that cannot renew stops leading 10 s after its last renewal, and does not touch the Lease again', async () => {
    const { election, state, outcome } = candidate('a');
    await clock.advance(4_500);
    expect(election.lastRenewal).toBe(4_000);
    lease.fault = refused;
    await clock.advance(9_499);
    expect(state.toldToStopAt).toBeNaN();
    await clock.advance(1);
    expect(state.toldToStopAt).toBe(14_000);
    expect(await outcome).toBe('lost');
    expect(election.lastRenewal).toBeUndefined();
    expect(lease.lease?.spec?.holderIdentity).toBe('a');
    expect(clock.pending).toBe(0);
  });

  test('stops at the same moment when the API server does not answer at all', async () => {
    const { state, outcome } = candidate('a');
    await clock.advance(4_500);
    lease.fault = silent;
    await clock.advance(9_500);
    expect(state.toldToStopAt).toBe(14_000);
    expect(await outcome).toBe('lost');
    expect(clock.pending).toBe(0);
  });

  test('survives a short outage, and a change of the Lease by somebody who does not want to lead', async () => {
    const { state, errors, stop, outcome } = candidate('a');
    await clock.advance(2_500);
    lease.fault = refused;
    await clock.advance(6_000);
    lease.fault = () => {};
    await clock.advance(2_000);
    lease.steal('a');
    await clock.advance(60_000);
    expect(state.toldToStopAt).toBeNaN();
    expect(errors).toHaveLength(3);
    stop.abort();
    await outcome;
  });

  test('makes the Lease again when somebody deletes it', async () => {
    const { state, stop, outcome } = candidate('a');
    await clock.advance(3_000);
    lease.lease = undefined;
    await clock.advance(6_000);
    expect(lease.lease).toMatchObject({ spec: { holderIdentity: 'a' } });
    expect(state.toldToStopAt).toBeNaN();
    stop.abort();
    await outcome;
  });

  test('that sees somebody else in the Lease stops at once and closes the fence', async () => {
    const { election, state, errors, outcome } = candidate('a', { endsAfter: 5_000 });
    await clock.advance(2_500);
    lease.steal('b');
    await clock.advance(4_000);
    expect(state.toldToStopAt).toBeLessThanOrEqual(6_000);
    expect(mayBeginWrite(clock.now(), election.lastRenewal)).toBe(false);
    await clock.advance(5_000);
    expect(await outcome).toBe('lost');
    expect(errors).toEqual([]);
    expect(lease.lease?.spec?.holderIdentity).toBe('b');
  });

  test('that was frozen past its deadline finds the fence closed and does not try to renew', async () => {
    const { election, outcome } = candidate('a');
    await clock.advance(3_000);
    const requests = lease.requests;
    clock.freeze(20_000);
    expect(mayBeginWrite(clock.now(), election.lastRenewal)).toBe(false);
    await clock.advance(0);
    expect(await outcome).toBe('lost');
    expect(lease.requests).toBe(requests);
  });
});

describe('stopping', () => {
  test('gives the Lease back only after the work has ended, and renews it until then', async () => {
    const { election, state, stop, outcome } = candidate('a', { endsAfter: 25_000 });
    await clock.advance(1_000);
    stop.abort();
    await clock.advance(24_000);
    expect([state.toldToStopAt, state.endedAt]).toEqual([1_000, Number.NaN]);
    expect(lease.lease?.spec?.holderIdentity).toBe('a');
    expect(mayBeginWrite(clock.now(), election.lastRenewal)).toBe(true);
    await clock.advance(1_000);
    expect(await outcome).toBe('released');
    expect(lease.lease?.spec?.holderIdentity).toBeUndefined();
    expect(lease.lease?.spec).toMatchObject({ leaseDurationSeconds: 1, leaseTransitions: 0 });
    expect(clock.pending).toBe(0);
  });

  test('the next candidate leads at its next attempt', async () => {
    const first = candidate('a');
    await settle();
    const second = candidate('b');
    await clock.advance(10_000);
    first.stop.abort();
    expect(await first.outcome).toBe('released');
    await clock.advance(3_200);
    expect(second.state.leadsSince).toBeGreaterThan(0);
    expect(lease.lease?.spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
    second.stop.abort();
    await second.outcome;
  });

  test('a Lease that cannot be given back is left to expire', async () => {
    const { errors, stop, outcome } = candidate('a');
    await clock.advance(1_000);
    lease.fault = refused;
    stop.abort();
    expect(await outcome).toBe('released');
    expect(errors).toHaveLength(1);
  });

  test('work that throws gives the Lease back and throws on', async () => {
    const election = new LeaderElection({ lease, identity: 'a', clock, random: () => 0, onError: () => {} });
    const failure = new Error('boom');
    await expect(election.run(new AbortController().signal, () => Promise.reject(failure))).rejects.toBe(failure);
    expect(lease.lease?.spec?.holderIdentity).toBeUndefined();
    expect(clock.pending).toBe(0);
  });
});
