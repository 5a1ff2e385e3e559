/** Two operators that share the Workteams of a namespace by their labels, each with a Lease of its own. */
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { accessKeyOf } from '../../dev/sagemaker/identity.ts';
import { systemClock } from '../../src/controller/clock.ts';
import { loadKubeConfig } from '../../src/kubernetes/kubeconfig.ts';
import { Transport } from '../../src/kubernetes/transport.ts';
import { parseLabelSelector, selectorText, selects } from '../../src/label-selector.ts';
import { FINALIZER, type Workteam } from '../../src/workteam/schema.ts';
import { configOf } from '../support/chart.ts';
import { controlPlane } from '../support/control-plane.ts';
import { OPERATOR } from '../support/deployment.ts';
import { useEmulator } from '../support/emulator.ts';
import { eventually, inTime } from '../support/eventually.ts';
import { readBlocks } from '../support/guide.ts';
import { containerOf, theOne, useHelm } from '../support/helm.ts';
import { awsAt, groupsOf, operations } from '../support/ledger.ts';
import { type Operator, useOperators } from '../support/operator.ts';
import { oidcMembers, specWith } from '../support/specs.ts';
import { conditionOf, useWorkteams, type Workteams } from '../support/workteams.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

type Shard = 'blue' | 'green';
const SHARDS: readonly Shard[] = ['blue', 'green'];
const BLUE = { shard: 'blue' };
const GREEN = { shard: 'green' };

/** Which key each calls AWS with: the calls of one account are told apart by it. */
const KEYS: Readonly<Record<Shard, string>> = {
  blue: `${accessKeyOf('123456789012')}BLUE`,
  green: `${accessKeyOf('123456789012')}GREEN`,
};

const cluster = controlPlane();
const emulator = useEmulator();
const operators = useOperators(emulator);
const helm = useHelm();
const { newNamespace } = useWorkteams();

let region = '';
let workteams: Workteams;
let aws: ReturnType<typeof awsAt>;
const running = new Map<Shard, Operator>();
/** What each has asked of AWS, with the team that it was about. */
const asked: Record<Shard, { operation: string; workteamName: string | undefined }[]> = { blue: [], green: [] };

const WRITES = /^(?:Create|Update|Delete)Workteam$|Tags$/;
const callsOf = (shard: Shard, name: string) =>
  asked[shard].filter(({ workteamName }) => workteamName === name).map(({ operation }) => operation);
const writesOf = (shard: Shard, name: string) =>
  callsOf(shard, name).filter((operation) => WRITES.test(operation) && operation !== 'ListTags');
const operatorOf = (shard: Shard): Operator => {
  const operator = running.get(shard);
  if (operator === undefined) throw new Error(`the operator of ${shard} does not run`);
  return operator;
};
const keyOf = (name: string) => `${workteams.namespace}/${name}`;
const passesOf = (shard: Shard, name: string) =>
  operatorOf(shard)
    .log()
    .filter((line) => line.msg === 'pass ended' && line.workteam === keyOf(name));
const looksAt = (shard: Shard, name: string, more = 0) => {
  const before = passesOf(shard, name).length;
  return eventually(() => passesOf(shard, name).length > before + more, { what: `${shard} to look at ${name}` });
};

/** Waits until both have worked on something that was applied after all that was done so far. */
let barriers = 0;
async function bothHaveMovedOn(): Promise<void> {
  barriers += 1;
  for (const shard of SHARDS) await workteams.create(`barrier-${shard}-${barriers}`, specWith(), { shard });
  for (const shard of SHARDS) await workteams.untilReady(`barrier-${shard}-${barriers}`);
}

beforeAll(async () => {
  region = emulator.newRegion();
  aws = awsAt(emulator, { region });
  workteams = await newNamespace('shards', { region });
  await allowLeases(workteams.namespace);
  await workteams.create('blue-first', specWith(), BLUE);
  await workteams.create('green-first', specWith(), GREEN);
  await workteams.create('nobodys', specWith());
  for (const shard of SHARDS) {
    emulator.control.beforeActing({ region, accessKeyId: KEYS[shard] }, async ({ operation, workteamName }) => {
      asked[shard].push({ operation, workteamName });
      return undefined;
    });
    const flags = [
      ...['--watch-label-selector', `shard=${shard}`, '--leader-election-id', `shard-${shard}`],
      ...['--allow-takeover', '--resync-interval', '1s', '--aws-requests-per-second', '100'],
    ];
    const { namespace } = workteams;
    const environment = { AWS_ACCESS_KEY_ID: KEYS[shard] };
    running.set(
      shard,
      await operators.start({
        namespaces: [namespace],
        place: { region },
        leaseNamespace: namespace,
        environment,
        flags,
      }),
    );
  }
});

/** What the chart gives a release with this `leaderElection.id`, for both. */
async function allowLeases(namespace: string): Promise<void> {
  const metadata = { name: 'shards', namespace };
  const apiGroup = 'rbac.authorization.k8s.io';
  const names = SHARDS.map((shard) => `shard-${shard}`);
  const leases = { apiGroups: ['coordination.k8s.io'], resources: ['leases'] };
  const rules = [
    { ...leases, verbs: ['create'] },
    { ...leases, resourceNames: names, verbs: ['get', 'update'] },
  ];
  const items = [
    { apiVersion: `${apiGroup}/v1`, kind: 'Role', metadata, rules },
    {
      ...{ apiVersion: `${apiGroup}/v1`, kind: 'RoleBinding', metadata },
      roleRef: { apiGroup, kind: 'Role', name: 'shards' },
      subjects: [{ kind: 'ServiceAccount', name: OPERATOR, namespace: OPERATOR }],
    },
  ];
  await cluster.run(['create', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) });
}

test('each leads with its own Lease, and works on its own: those it lists, and those it is told of', async () => {
  await workteams.create('blue-later', specWith(), BLUE);
  await workteams.create('green-later', specWith(), GREEN);
  for (const name of ['blue-first', 'green-first', 'blue-later', 'green-later']) await workteams.untilReady(name);
  for (const shard of SHARDS) {
    const lease = ['get', 'lease', `shard-${shard}`, '--namespace', workteams.namespace, '-o', 'json'];
    expect(JSON.parse(await cluster.run(lease)).spec.holderIdentity).not.toBe('');
    const other = shard === 'blue' ? 'green' : 'blue';
    for (const when of ['first', 'later']) {
      expect(writesOf(shard, `${shard}-${when}`)).toEqual(['CreateWorkteam']);
      expect(callsOf(other, `${shard}-${when}`)).toEqual([]);
      expect(passesOf(other, `${shard}-${when}`)).toEqual([]);
    }
  }
});

test('what no selector matches is touched by nobody', async () => {
  await bothHaveMovedOn();
  expect(workteams.get('nobodys').metadata).not.toHaveProperty('finalizers');
  expect(workteams.get('nobodys').status?.conditions).toBeUndefined();
  expect(aws.has('nobodys')).toBe(false);
});

test('sweeps of one show the teams of the other, and lead to nothing', async () => {
  await bothHaveMovedOn();
  for (const shard of SHARDS) {
    const operator = operatorOf(shard);
    const since = operator.log().length;
    // Four teams at least, of both: those of the first test, and the barriers.
    await eventually(
      () =>
        operator
          .log()
          .slice(since)
          .filter((line) => line.msg === 'swept' && Number(line.teams) >= 4).length > 2,
      { what: `sweeps of ${shard}` },
    );
  }
  for (const [shard, name] of [
    ['green', 'blue-first'],
    ['blue', 'green-first'],
  ] as const) {
    expect(callsOf(shard, name)).toEqual([]);
  }
  for (const name of ['blue-first', 'green-first']) expect(operations(aws.writes(name))).toEqual(['CreateWorkteam']);
});

describe('a label that changes', () => {
  test('moves the object to the other, without a write to AWS; what comes then is done by that one', async () => {
    await workteams.create('mover', specWith({ memberDefinitions: oidcMembers('old') }), BLUE);
    await workteams.untilReady('mover');
    const team = aws.team('mover');

    const looked = looksAt('green', 'mover');
    await workteams.label('mover', GREEN);
    await looked;
    await bothHaveMovedOn();
    expect(aws.team('mover')).toEqual(team);
    expect(operations(aws.writes('mover'))).toEqual(['CreateWorkteam']);
    expect(workteams.get('mover').metadata.finalizers).toEqual([FINALIZER]);

    const seenByBlue = callsOf('blue', 'mover').length;
    await workteams.edit('mover', { memberDefinitions: oidcMembers('new') });
    await workteams.untilReady('mover');
    expect(groupsOf(aws.team('mover'))).toEqual(['new']);
    await workteams.delete('mover');
    await workteams.untilGone('mover');
    expect(aws.has('mover')).toBe(false);
    expect(callsOf('blue', 'mover')).toHaveLength(seenByBlue);
    expect(writesOf('blue', 'mover')).toEqual(['CreateWorkteam']);
    expect(writesOf('green', 'mover')).toEqual(['UpdateWorkteam', 'DeleteWorkteam']);
  });

  test('and back is no different', async () => {
    await workteams.create('commuter', specWith(), BLUE);
    await workteams.untilReady('commuter');
    for (const shard of ['green', 'blue'] as const) {
      const looked = looksAt(shard, 'commuter');
      await workteams.label('commuter', { shard });
      await looked;
    }
    await workteams.edit('commuter', { memberDefinitions: oidcMembers('new') });
    await workteams.untilReady('commuter');
    expect(writesOf('blue', 'commuter')).toEqual(['CreateWorkteam', 'UpdateWorkteam']);
    expect(writesOf('green', 'commuter')).toEqual([]);
  });

  test('to nothing that is selected leaves team and object alone, even one that is being deleted, until it is back', async () => {
    await workteams.create('stray', specWith(), BLUE);
    await workteams.untilReady('stray');
    await workteams.label('stray', { shard: null });
    await bothHaveMovedOn();
    await workteams.delete('stray');
    await bothHaveMovedOn();
    expect(workteams.get('stray').metadata.finalizers).toEqual([FINALIZER]);
    expect(operations(aws.writes('stray'))).toEqual(['CreateWorkteam']);
    await workteams.label('stray', GREEN);
    await workteams.untilGone('stray');
    expect(aws.has('stray')).toBe(false);
    expect(writesOf('green', 'stray')).toEqual(['DeleteWorkteam']);
  });

  test('in the middle of a pass ends the pass: what it would have written may be out of date', async () => {
    await workteams.create('leaver', specWith({ memberDefinitions: oidcMembers('first') }), BLUE);
    await workteams.untilReady('leaver');
    const begun = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const match = { region, accessKeyId: KEYS.blue, operation: 'DescribeWorkteam', workteamName: 'leaver', nth: 1 };
    emulator.control.beforeAnswering(match, async () => {
      begun.resolve();
      await release.promise;
      return undefined;
    });
    await workteams.edit('leaver', { memberDefinitions: oidcMembers('second') });
    await inTime(begun.promise, { what: 'blue to look' });

    await workteams.label('leaver', GREEN);
    await workteams.edit('leaver', { memberDefinitions: oidcMembers('third') });
    await workteams.untilReady('leaver');
    await operatorOf('blue').logged(
      'that its pass was broken off',
      ({ msg, workteam, err }) =>
        msg === 'pass broken off' && workteam === keyOf('leaver') && /labels/.test(JSON.stringify(err)),
    );
    release.resolve();
    await bothHaveMovedOn();
    expect(groupsOf(aws.team('leaver'))).toEqual(['third']);
    expect(writesOf('blue', 'leaver')).toEqual(['CreateWorkteam']);
  });
});

test('a work team that a Workteam of the other one holds is not taken, whatever the policy; when that goes, it is', async () => {
  const spec = specWith({ workteamName: 'wanted', deletionPolicy: 'Retain' });
  await workteams.create('holder', spec, BLUE);
  await workteams.untilReady('holder');
  await workteams.create('claimant', { ...spec, adoptionPolicy: 'Always' }, GREEN);
  const refused = await workteams.untilFailed('claimant', 'NameConflict');
  expect(conditionOf(refused, 'Ready')?.message).toContain(keyOf('holder'));
  expect(operations(aws.writes('wanted'))).toEqual(['CreateWorkteam']);
  // A team without an owner is taken only when it is half a minute old.
  const created = Number(aws.team('wanted').workteam.CreateDate);
  emulator.control.editTeam({ region }, 'wanted', { CreateDate: created - 60 });
  await workteams.delete('holder');
  await workteams.untilGone('holder');
  // Nobody tells green: it looks again at a resync.
  await workteams.untilReady('claimant', 60_000);
  expect(operations(aws.writes('wanted'))).toEqual(['CreateWorkteam', 'DeleteTags', 'AddTags']);
  expect(writesOf('blue', 'wanted')).toEqual(['CreateWorkteam', 'DeleteTags']);
});

test('the values of the guide make two releases, each with its own selector and the right to its own Lease', async () => {
  const pages = readBlocks('docs/guides/sharding.md', 'yaml').get('By label') ?? [];
  const releases = await Promise.all(pages.map((page) => helm.template({ values: parse(page) })));
  const configs = await Promise.all(releases.map((manifests) => configOf(containerOf(manifests))));
  expect(configs.map(({ watchLabelSelector }) => selectorText(watchLabelSelector ?? []))).toEqual([
    'shard=blue',
    'shard!=blue',
  ]);
  const leases = configs.map(({ leaderElectionId }) => leaderElectionId);
  expect(new Set(leases).size).toBe(2);
  for (const [index, manifests] of releases.entries()) {
    expect(JSON.stringify(theOne(manifests, 'Role').rules)).toContain(`"resourceNames":["${leases[index]}"]`);
  }
  const unnamed = helm.template({ values: { watchLabelSelector: 'shard=blue' } });
  await expect(unnamed).rejects.toThrow('watchLabelSelector needs a Lease of its own: set leaderElection.id');
});

test.each([
  'shard',
  '!shard',
  'shard=blue',
  'shard!=blue',
  'shard in (blue, x)',
  'shard notin (blue)',
  'x=',
  'shard,x!=y',
])('the API server selects by "%s" what the program takes for selected', async (text) => {
  const transport = new Transport({
    kubeConfig: loadKubeConfig({ path: cluster.address.kubeconfig, env: {} }),
    version: 'test',
    clock: systemClock,
  });
  try {
    const path = `/apis/workteams.dev/v1alpha1/namespaces/${workteams.namespace}/workteams`;
    const selector = parseLabelSelector(text) ?? [];
    const query = { labelSelector: selectorText(selector) };
    const { items } = await transport.request<{ items: Workteam[] }>({ path });
    const selected = await transport.request<{ items: Workteam[] }>({ path, query });
    const uids = (list: readonly Workteam[]) => list.map(({ metadata }) => metadata.uid).toSorted();
    expect(uids(selected.items)).toEqual(uids(items.filter(({ metadata }) => selects(selector, metadata.labels))));
  } finally {
    transport.close();
  }
});
