/** How it ends when it is asked to: soon, with nothing half done, and with the lease given back. */
import { describe, expect, test, vi } from 'vitest';
import { apiProxy } from '../support/api-proxy.ts';
import { kubeconfigThrough } from '../support/api-proxy-kubeconfig.ts';
import { controlPlane } from '../support/control-plane.ts';
import { allowLeaseIn } from '../support/deployment.ts';
import { useEmulator } from '../support/emulator.ts';
import { inTime } from '../support/eventually.ts';
import { leaseIn } from '../support/lease.ts';
import { awsAt, operations } from '../support/ledger.ts';
import { type Operator, useOperators } from '../support/operator.ts';
import { specWith } from '../support/specs.ts';
import { isReady, useWorkteams } from '../support/workteams.ts';

vi.setConfig({ maxConcurrency: 10, testTimeout: 90_000 });

/** A pod is killed 30 s after it was asked to stop, unless it says otherwise. */
const GRACE_MS = 30_000;

const cluster = controlPlane();
const emulator = useEmulator();
const operators = useOperators(emulator);
const { newNamespace } = useWorkteams();

async function setUp() {
  const workteams = await newNamespace('shutdown');
  const { namespace } = workteams;
  await allowLeaseIn(cluster, namespace);
  const region = emulator.newRegion();
  const options = { namespaces: [namespace], place: { region }, leaseNamespace: namespace };
  return { workteams, namespace, region, options, aws: awsAt(emulator, { region }) };
}

/** Resolves when the region gets a call of that operation, which is then held until `go`. */
function holding(region: string, operation: string): { reached: Promise<void>; go: () => void } {
  const reached = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  emulator.control.beforeActing({ region, operation, nth: 1 }, async () => {
    reached.resolve();
    await gone.promise;
    return undefined;
  });
  return { reached: inTime(reached.promise, { what: operation }), go: gone.resolve };
}

/** SIGTERM; how it ended, and after how many milliseconds. */
async function timedStop(operator: Operator) {
  const began = performance.now();
  const { code, signal } = await operator.stop();
  return { code, signal, took: performance.now() - began };
}

const leads = (operator: Operator) => operator.logged('that it leads', ({ msg }) => msg === 'reconciling');

describe.concurrent('SIGTERM', () => {
  test('while nothing is to do: it ends at once and gives the lease back', async () => {
    const { workteams, namespace, options } = await setUp();
    await using operator = await operators.start(options);
    await workteams.create('idle', specWith());
    await workteams.untilReady('idle');
    const { took, ...ending } = await timedStop(operator);
    console.log(`idle, it ended in ${took.toFixed(0)} ms`);
    expect(ending).toEqual({ code: 0, signal: null });
    expect(took).toBeLessThan(5_000);
    expect((await leaseIn(cluster, namespace)).holderIdentity ?? '').toBe('');
  });

  test('in the middle of a pass: the pass is finished first, down to the status', async () => {
    const { workteams, namespace, region, options, aws } = await setUp();
    await using operator = await operators.start(options);
    const create = holding(region, 'CreateWorkteam');
    await workteams.create('finished', specWith());
    await create.reached;
    const ending = timedStop(operator);
    await operator.logged('that it stops', ({ msg }) => msg === 'stopping');
    create.go();
    expect(await ending).toMatchObject({ code: 0, signal: null });
    expect(operations(aws.calls())).toEqual(['CreateWorkteam', 'DescribeWorkteam']);
    await workteams.until('finished', isReady, { what: 'the status, written before the end', within: 2_000 });
    expect((await leaseIn(cluster, namespace)).holderIdentity ?? '').toBe('');
  });

  test('while AWS does not answer: it ends in under 30 s and gives the lease back; the next one finishes', async () => {
    const { workteams, namespace, region, options, aws } = await setUp();
    const hang = emulator.control.addFault({ match: { region }, fault: { kind: 'hang', acts: true } });
    await using operator = await operators.start(options);
    await workteams.create('hanging', specWith());
    await operator.logged('the finalizer', ({ outcome }) => outcome === 'begun');
    const { took, ...ending } = await timedStop(operator);
    console.log(`with a call that hangs, it ended in ${took.toFixed(0)} ms`);
    expect(ending).toEqual({ code: 0, signal: null });
    expect(took).toBeLessThan(GRACE_MS);
    expect((await leaseIn(cluster, namespace)).holderIdentity ?? '').toBe('');

    emulator.control.removeFault(hang);
    await using _next = await operators.start(options);
    await workteams.untilReady('hanging', 60_000);
    expect(operations(aws.writes())).toEqual(['CreateWorkteam']);
  });

  test('while many calls wait for their turn: it ends in under 30 s', async () => {
    const { workteams, options } = await setUp();
    const flags = ['--aws-requests-per-second', '0.1', '--aws-burst', '1'];
    await using operator = await operators.start({ ...options, flags });
    await Promise.all(Array.from({ length: 8 }, (_, index) => workteams.create(`waiting-${index}`, specWith())));
    await operator.logged('a write', ({ msg }) => msg === 'wrote to AWS');
    const { took, ...ending } = await timedStop(operator);
    console.log(`with calls that wait for their turn, it ended in ${took.toFixed(0)} ms`);
    expect(ending).toEqual({ code: 0, signal: null });
    expect(took).toBeLessThan(GRACE_MS);
  });

  test('of one that waits to lead: it ends at once, and the leader goes on', async () => {
    const { workteams, namespace, options } = await setUp();
    await using leader = await operators.start(options);
    await leads(leader);
    await using standby = await operators.start(options);
    const { holderIdentity } = await leaseIn(cluster, namespace);
    const { took, ...ending } = await timedStop(standby);
    expect(ending).toEqual({ code: 0, signal: null });
    expect(took).toBeLessThan(5_000);
    expect((await leaseIn(cluster, namespace)).holderIdentity).toBe(holderIdentity);
    await workteams.create('led', specWith());
    await workteams.untilReady('led');
  });

  test('while it waits for the API server: it ends at once', async () => {
    const { options } = await setUp();
    const proxy = await apiProxy(cluster.address);
    proxy.fault = () => 'silence';
    try {
      const kubeconfig = await kubeconfigThrough(proxy, operators.kubeconfig);
      await using operator = await operators.start({ ...options, kubeconfig, until: 'listening' });
      const { took, ...ending } = await timedStop(operator);
      expect(ending).toEqual({ code: 0, signal: null });
      expect(took).toBeLessThan(5_000);
    } finally {
      await proxy.close();
    }
  });

  test('while the API server does not answer any more: it ends in under 30 s', async () => {
    const { workteams, options } = await setUp();
    const proxy = await apiProxy(cluster.address);
    try {
      const kubeconfig = await kubeconfigThrough(proxy, operators.kubeconfig);
      await using operator = await operators.start({ ...options, kubeconfig });
      await workteams.create('there', specWith());
      await workteams.untilReady('there');
      proxy.fault = () => 'silence';
      const { took, code } = await timedStop(operator);
      console.log(`without an API server, it ended in ${took.toFixed(0)} ms`);
      expect(took).toBeLessThan(GRACE_MS);
      expect(code).toBe(0);
    } finally {
      await proxy.close();
    }
  });
});

// One after the other: both have to come while the call still hangs, also on a busy machine.
describe('a second signal', () => {
  test.for([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s: it leaves at once, with exit code %i', async ([signal, code]) => {
    const { workteams, region, options } = await setUp();
    emulator.control.addFault({ match: { region }, fault: { kind: 'hang' } });
    const call = holding(region, 'CreateWorkteam');
    await using operator = await operators.start(options);
    await workteams.create('hanging', specWith());
    await call.reached;
    call.go();
    operator.send(signal);
    await operator.logged('that it stops', ({ msg }) => msg === 'stopping');
    const began = performance.now();
    operator.send(signal);
    expect(await inTime(operator.ended, { what: 'its end' })).toMatchObject({ code });
    expect(performance.now() - began).toBeLessThan(3_000);
  });
});
