/**
 * The roles are what the operator needs: all of its calls, as the API server's audit log has them, are permitted, and
 * every permission is used; without any one of them something breaks that a user can see. On a control plane of its own,
 * because an operator of the whole cluster would meet the Workteams of other tests.
 */
import { describe, expect, test, vi } from 'vitest';
import { PERMISSIONS, type Permission } from '../../scripts/deploy/permissions.ts';
import type { Workteam } from '../../src/workteam/schema.ts';
import { type AuditedCall, operatorCalls } from '../support/audit-log.ts';
import { OPERATOR, OPERATOR_USER } from '../support/deployment.ts';
import { useEmulator } from '../support/emulator.ts';
import { eventually, inTime } from '../support/eventually.ts';
import { type Aws, awsAt, operations } from '../support/ledger.ts';
import { type Operator, useOperators } from '../support/operator.ts';
import { useOwnControlPlane } from '../support/own-control-plane.ts';
import { accountWith } from '../support/roles.ts';
import { oidcMembers, specWith } from '../support/specs.ts';

vi.setConfig({ testTimeout: 120_000 });

const plane = useOwnControlPlane({ audit: true });
const emulator = useEmulator();
const operators = useOperators(emulator);

/** Looks often, and has no pace of its own. */
const FLAGS = ['--resync-interval', '1s', '--aws-requests-per-second', '1000', '--aws-burst', '1000'];

/** The Workteams of one namespace, and their work teams. */
class Site {
  readonly namespace: string;
  readonly region = emulator.newRegion();
  readonly aws: Aws = awsAt(emulator, { region: this.region });

  constructor(namespace: string) {
    this.namespace = namespace;
  }

  kubectl(...args: readonly string[]): Promise<string> {
    return plane.run([...args, '--namespace', this.namespace]);
  }

  /** Applies a Workteam. */
  async apply(name: string, spec: Partial<Workteam['spec']> = {}): Promise<void> {
    const metadata = { name, namespace: this.namespace };
    const manifest = {
      apiVersion: 'workteams.dev/v1alpha1',
      kind: 'Workteam',
      metadata,
      spec: specWith({ region: this.region, ...spec }),
    };
    await plane.run(['apply', '-f', '-'], { input: JSON.stringify(manifest) });
  }

  async ready(name: string): Promise<void> {
    await this.kubectl('wait', '--for=condition=Ready', `workteam/${name}`, '--timeout=60s');
  }

  async applyReady(name: string, spec?: Partial<Workteam['spec']>): Promise<void> {
    await this.apply(name, spec);
    await this.ready(name);
  }

  async workteam(name: string): Promise<Workteam> {
    return JSON.parse(await this.kubectl('get', 'workteam', name, '-o', 'json'));
  }

  /** Lets somebody change a team by hand, and waits until it is put back. */
  async driftAndBack(name: string): Promise<void> {
    const repairs = () =>
      operations(this.aws.writes(name)).filter((operation) => operation === 'UpdateWorkteam').length;
    const before = repairs();
    // Another text each time: what was there before the last repair could be a late read.
    this.aws.console('UpdateWorkteam', { WorkteamName: name, Description: `Changed by hand, ${before}` });
    await eventually(() => repairs() > before, { what: 'the repair' });
    await this.ready(name);
  }

  /** How often each event about a Workteam happened, by its reason. */
  async events(name: string): Promise<Record<string, number>> {
    const { items } = JSON.parse(await this.kubectl('get', 'events.events.k8s.io', '-o', 'json'));
    const about = items.filter((event: { regarding: { name: string } }) => event.regarding.name === name);
    return Object.fromEntries(
      about.map(({ reason, series }: { reason: string; series?: { count: number } }) => [reason, series?.count ?? 1]),
    );
  }
}

/** A permission in a few words, `get workteams`: no two have the same. */
const nameOf = ({ verb, resource }: Permission): string => `${verb} ${resource}`;

/** The permission that a call needs, where there is one. */
function neededFor(call: AuditedCall): Permission | undefined {
  const resource = [call.resource, call.subresource].filter((part) => part !== undefined).join('/');
  return PERMISSIONS.find(
    ({ scope, apiGroup, resourceName, ...permission }) =>
      permission.verb === call.verb &&
      permission.resource === resource &&
      apiGroup === call.apiGroup &&
      (resourceName === undefined || resourceName === call.name) &&
      (scope !== 'leaderElection' || call.namespace === OPERATOR),
  );
}

describe('with the roles of deploy/kustomize', () => {
  test('everything works, with these calls and no others', async () => {
    const site = new Site('default');
    const { region } = site;
    const kubeconfig = plane.operatorKubeconfig;
    await using operator = await operators.start({
      namespaces: [],
      place: { region },
      kubeconfig,
      leaseNamespace: OPERATOR,
      flags: FLAGS,
    });
    await site.applyReady('birds', { tags: { team: 'birds' } });
    await site.applyReady('birds', { description: 'Labels birds', memberDefinitions: oidcMembers('other') });
    await site.driftAndBack('birds');
    await site.driftAndBack('birds');
    const counted = async () => (await site.events('birds')).DriftRepaired === 2;
    await eventually(counted, { what: 'the second repair to be counted' });
    await site.apply('eagles', { workteamName: 'birds' });
    await site.kubectl('wait', '--for=condition=Stalled', 'workteam/eagles', '--timeout=60s');
    expect((await site.workteam('eagles')).status?.conditions?.[0]).toMatchObject({ reason: 'NameConflict' });
    await site.kubectl('delete', 'workteam', 'eagles', 'birds', '--timeout=60s');
    expect(site.aws.has('birds')).toBe(false);
    expect(await operator.stop()).toMatchObject({ code: 0 });

    // A watch is in the log when it has ended, after everything else.
    const complete = async () => {
      const seen = await operatorCalls(plane.address, OPERATOR_USER);
      return seen.some(({ verb }) => verb === 'watch') && seen;
    };
    const seen = await eventually(complete, { what: 'the audit log to be complete' });
    const used = seen.flatMap((call) => neededFor(call) ?? []);
    expect(PERMISSIONS.filter((permission) => !used.includes(permission)).map(nameOf)).toEqual([]);
    expect(seen.filter((call) => neededFor(call) === undefined)).toEqual([]);
    expect(seen.filter(({ code }) => code === 401 || code === 403)).toEqual([]);
  });
});

/** Where a permission is missing. */
interface Lack {
  readonly site: Site;
  start(options?: { until?: 'listening' }): Promise<Operator>;
}

/** Waits until the log tells of a refusal: `cannot get resource "workteams"`. */
async function refused(operator: Operator, msg: string, { verb, resource }: Permission): Promise<void> {
  const refusal = `cannot ${verb} resource "${resource}"`;
  await operator.logged(
    refusal,
    (line) => line.msg === msg && JSON.stringify(line.err).includes(JSON.stringify(refusal).slice(1, -1)),
  );
}

async function unready(operator: Operator, { verb, resource }: Permission): Promise<void> {
  const told = async () => {
    const { status, body } = await operator.get('/readyz');
    return (
      status === 503 &&
      body.startsWith('not ready, the Lease ') &&
      body.includes(`cannot ${verb} resource "${resource}"`)
    );
  };
  await eventually(told, { what: '/readyz to say why' });
}

/** What a user sees of each missing permission. */
const BREAKS: Readonly<Record<string, (lack: Lack, missing: Permission) => Promise<void>>> = {
  async 'get workteams'({ site, start }, missing) {
    await using operator = await start();
    await site.apply('birds');
    await refused(operator, 'pass broken off', missing);
    expect((await site.workteam('birds')).status?.conditions).toBeUndefined();
    expect(operations(site.aws.calls())).not.toContain('CreateWorkteam');
  },

  async 'list workteams'({ start }) {
    await expect(start()).rejects.toThrow('does not let us list Workteams: apply the roles of deploy/kustomize');
  },

  async 'watch workteams'({ start }, missing) {
    await using operator = await start();
    await refused(operator, 'watch interrupted', missing);
  },

  async 'patch workteams'({ site, start }, missing) {
    await using operator = await start();
    await site.apply('birds');
    await refused(operator, 'pass broken off', missing);
    expect((await site.workteam('birds')).metadata.finalizers).toBeUndefined();
    expect(site.aws.writes()).toEqual([]);
  },

  async 'patch workteams/status'({ site, start }, missing) {
    await using operator = await start();
    await site.apply('birds');
    await refused(operator, 'pass broken off', missing);
    expect((await site.workteam('birds')).status?.conditions).toBeUndefined();
  },

  async 'create events'({ site, start }, missing) {
    await using operator = await start();
    await site.applyReady('birds');
    await refused(operator, 'event not recorded', missing);
    expect(await site.events('birds')).toEqual({});
  },

  async 'patch events'({ site, start }, missing) {
    await using operator = await start();
    await site.applyReady('birds');
    await site.driftAndBack('birds');
    await site.driftAndBack('birds');
    await refused(operator, 'event not recorded', missing);
    expect(await site.events('birds')).toMatchObject({ Created: 1, DriftRepaired: 1 });
  },

  async 'get customresourcedefinitions'({ site, start }, missing) {
    await using operator = await start();
    await site.applyReady('birds');
    await site.kubectl('delete', 'workteam', 'birds', '--wait=false');
    await refused(operator, 'pass broken off', missing);
    expect((await site.workteam('birds')).metadata.deletionTimestamp).toBeDefined();
    expect(site.aws.has('birds')).toBe(true);
  },

  async 'get namespaces'({ start }) {
    await expect(start()).rejects.toThrow(
      'The namespace kube-system, whose UID is the default cluster id, may not be read',
    );
  },

  async 'create leases'(lack, missing) {
    await neverLeads(lack, missing);
  },

  async 'get leases'(lack, missing) {
    await neverLeads(lack, missing);
  },

  async 'update leases'({ site, start }, missing) {
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: OPERATOR }, spec: {} };
    await plane.run(['create', '--namespace', site.namespace, '-f', '-'], { input: JSON.stringify(lease) });
    await using operator = await start({ until: 'listening' });
    await unready(operator, missing);
    expect(operator.log().filter(({ msg }) => msg === 'reconciling')).toEqual([]);
    // A new one it may make, and then not renew.
    await site.kubectl('delete', 'lease', OPERATOR);
    await operator.logged('that it leads', ({ msg }) => msg === 'reconciling');
    await unready(operator, missing);
    const { code } = await inTime(operator.ended, { what: 'the operator to leave' });
    const last = operator.log().at(-1)?.msg;
    expect([code, last]).toEqual([
      1,
      'the lease was lost, leaving so that another replica (or a new start) takes over',
    ]);
  },
};

async function neverLeads({ site, start }: Lack, missing: Permission): Promise<void> {
  await using operator = await start({ until: 'listening' });
  await site.apply('birds');
  await unready(operator, missing);
  expect(operator.log().filter(({ msg }) => msg === 'reconciling')).toEqual([]);
  expect((await site.workteam('birds')).metadata.finalizers).toBeUndefined();
  expect(site.aws.calls()).toEqual([]);
}

describe('without the permission to', () => {
  test('do any of these: each has a test', () => {
    expect(Object.keys(BREAKS)).toEqual(PERMISSIONS.map(nameOf));
  });

  test.for(PERMISSIONS.map((permission) => [nameOf(permission), permission] as const))(
    '%s',
    async ([name, missing]) => {
      const home = `without-${name.replaceAll(/\W/g, '-')}`;
      await plane.run(['create', 'namespace', home]);
      const permissions = PERMISSIONS.filter((permission) => permission !== missing);
      const kubeconfig = await accountWith(plane, { home, permissions });
      const site = new Site(home);
      // What is for the whole cluster may be done without where a list of namespaces is watched.
      const namespaces = missing.scope === 'cluster' ? [] : [home];
      const { region } = site;
      const start: Lack['start'] = (options) =>
        operators.start({ namespaces, place: { region }, kubeconfig, leaseNamespace: home, flags: FLAGS, ...options });
      await BREAKS[name]?.({ site, start }, missing);
    },
  );
});
