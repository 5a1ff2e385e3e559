/**
 * Of several operators one works, the others stand by. What a leader does that has lost its lease is told by rows 10 to 12 of the
 * fault matrix.
 */
import { describe, expect, test, vi } from 'vitest';
import { controlPlane } from '../support/control-plane.ts';
import { allowLeaseIn } from '../support/deployment.ts';
import { useEmulator } from '../support/emulator.ts';
import { inTime } from '../support/eventually.ts';
import { leaseIn } from '../support/lease.ts';
import { awsAt, groupsOf } from '../support/ledger.ts';
import { type Operator, useOperators } from '../support/operator.ts';
import { oidcMembers, specWith } from '../support/specs.ts';
import { useWorkteams } from '../support/workteams.ts';

// They wait for leases to expire, mostly.
vi.setConfig({ maxConcurrency: 10, testTimeout: 120_000 });

/** How long others leave a lease alone that its holder does not renew, and how often they look, in milliseconds. */
const LEASE_MS = 15_000;
const LOOK_MS = 4_400;

const cluster = controlPlane();
const emulator = useEmulator();
const operators = useOperators(emulator);
const { newNamespace } = useWorkteams();

async function setUp() {
  const workteams = await newNamespace('leader');
  const { namespace } = workteams;
  await allowLeaseIn(cluster, namespace);
  const region = emulator.newRegion();
  const start = () => operators.start({ namespaces: [namespace], place: { region }, leaseNamespace: namespace });
  return { workteams, namespace, start, aws: awsAt(emulator, { region }) };
}

const leads = (operator: Operator) => operator.logged('that it leads', ({ msg }) => msg === 'reconciling');
const isLeading = (operator: Operator) => operator.log().some(({ msg }) => msg === 'reconciling');
/** How long until it leads, in milliseconds. */
async function timeUntilLeading(operator: Operator): Promise<number> {
  const began = performance.now();
  await inTime(leads(operator), { what: 'the other to lead', within: 40_000 });
  return performance.now() - began;
}

describe.concurrent('two operators', () => {
  test('one leads; the other is ready and idle, and takes over within seconds of a SIGTERM', async () => {
    const { workteams, namespace, aws, start } = await setUp();
    await using first = await start();
    await leads(first);
    await using second = await start();
    await second.logged('who leads', ({ msg, self }) => msg === 'leader elected' && self === false);

    await workteams.create('led', specWith());
    await workteams.untilReady('led');
    expect(isLeading(second)).toBe(false);
    expect(second.log().filter(({ workteam }) => workteam !== undefined)).toEqual([]);
    expect(await second.get('/readyz')).toEqual({ status: 200, body: 'ok\n' });
    const gauge = 'leader_election_master_status{name="workteam-operator"}';
    expect((await first.get('/metrics')).body).toContain(`${gauge} 1\n`);
    expect((await second.get('/metrics')).body).toContain(`${gauge} 0\n`);
    const holder = (await leaseIn(cluster, namespace)).holderIdentity;

    expect(await first.stop()).toMatchObject({ code: 0 });
    const took = await timeUntilLeading(second);
    console.log(`after SIGTERM the other led in ${took.toFixed(0)} ms`);
    expect(took).toBeLessThan(LOOK_MS + 1_500);
    const { holderIdentity, leaseTransitions } = await leaseIn(cluster, namespace);
    expect(holderIdentity).not.toBe(holder);
    expect(leaseTransitions).toBe(1);
    await workteams.edit('led', { memberDefinitions: oidcMembers('new') });
    await workteams.untilReady('led');
    expect(groupsOf(aws.team('led'))).toEqual(['new']);
  });

  test('the leader is killed: the other takes over when the lease has expired, not before', async () => {
    const { workteams, namespace, aws, start } = await setUp();
    await using first = await start();
    await leads(first);
    await using second = await start();
    await second.logged('who leads', ({ msg, self }) => msg === 'leader elected' && self === false);
    await first.kill();
    const lastRenewal = Date.parse((await leaseIn(cluster, namespace)).renewTime ?? '');
    await workteams.create('orphaned', specWith());

    const took = await timeUntilLeading(second);
    console.log(`after SIGKILL the other led in ${took.toFixed(0)} ms`);
    // Counted from the last renewal, which on a busy machine was some seconds before the end.
    expect(Date.now() - lastRenewal).toBeGreaterThanOrEqual(LEASE_MS);
    expect(took).toBeLessThan(LEASE_MS + LOOK_MS + 5_000);
    await workteams.untilReady('orphaned');
    expect(aws.has('orphaned')).toBe(true);
  });
});
