/** An installation without any right in the cluster as a whole: Roles in two namespaces, and nothing in a third. */
import { beforeAll, expect, test } from 'vitest';
import { OWNER_TAG_KEY } from '../../src/workteam/schema.ts';
import { operatorCalls } from '../support/audit-log.ts';
import { controlPlane } from '../support/control-plane.ts';
import { useEmulator } from '../support/emulator.ts';
import { eventually } from '../support/eventually.ts';
import { awsAt, groupsOf, operations } from '../support/ledger.ts';
import { type Operator, type OperatorOptions, useOperators } from '../support/operator.ts';
import { accountWith, userOf } from '../support/roles.ts';
import { oidcMembers, specWith } from '../support/specs.ts';
import { conditionOf, useWorkteams, type Workteams } from '../support/workteams.ts';

const cluster = controlPlane();
const emulator = useEmulator();
const operators = useOperators(emulator);
const { newNamespace } = useWorkteams();

const region = 'eu-roles-1';
const CLUSTER_ID = 'plant-7';
const aws = awsAt(emulator, { region });

let home: string;
let ours: readonly Workteams[];
let theirs: Workteams;
let options: OperatorOptions;
let operator: Operator;

beforeAll(async () => {
  home = await cluster.createNamespace('home');
  ours = [await newNamespace('ours'), await newNamespace('ours')];
  theirs = await newNamespace('theirs');
  const namespaces = ours.map(({ namespace }) => namespace);
  const kubeconfig = await accountWith(cluster, { home, namespaces });
  const flags = ['--cluster-id', CLUSTER_ID, '--resync-interval', '1s'];
  options = { namespaces, place: { region }, kubeconfig, leaseNamespace: home, flags };
  operator = await operators.start(options);
});

test('it says at start what it cannot do', async () => {
  await operator.logged(
    'the missing brake',
    ({ level, msg }) => level === 'warn' && /deleting the CRD deletes the work teams/.test(msg),
  );
});

test('without --cluster-id it does not start, and says what to pass', async () => {
  const start = operators.start({ ...options, flags: [] });
  await expect(start).rejects.toThrow(
    'The namespace kube-system, whose UID is the default cluster id, may not be read: pass --cluster-id',
  );
});

test('Workteams of both namespaces are created, changed, repaired and deleted', async () => {
  await theirs.create('not-ours', specWith({ region }));
  await Promise.all(
    ours.map(async (workteams, index) => {
      const name = `team-${index}`;
      await workteams.create(name, specWith({ memberDefinitions: oidcMembers('old') }));
      await workteams.untilReady(name);
      expect(aws.team(name).tags[OWNER_TAG_KEY]).toBe(`${CLUSTER_ID}/${workteams.namespace}/${name}`);
      await workteams.edit(name, { memberDefinitions: oidcMembers('new') });
      await workteams.untilReady(name);
      expect(groupsOf(aws.team(name))).toEqual(['new']);
      aws.console('UpdateWorkteam', { WorkteamName: name, Description: 'Changed by hand' });
      await eventually(() => aws.team(name).workteam.Description !== 'Changed by hand', { what: 'the repair' });
      await workteams.delete(name);
      await workteams.untilGone(name);
      expect(aws.has(name)).toBe(false);
      expect(operations(aws.writes(name))).toEqual([
        'CreateWorkteam',
        'UpdateWorkteam',
        'UpdateWorkteam',
        'DeleteWorkteam',
      ]);
    }),
  );
});

test('nothing is asked outside of its namespaces but for the CRD, which is refused; the third is untouched', async () => {
  const seen = await operatorCalls(cluster.address, userOf(home));
  const allowed = [home, ...ours.map(({ namespace }) => namespace)];
  const outside = seen.filter(({ namespace = '' }) => !allowed.includes(namespace));
  const brake = 'get /apis/apiextensions.k8s.io/v1/customresourcedefinitions/workteams.workteams.dev 403';
  const asked = new Set(outside.map(({ verb, path, code }) => `${verb} ${path} ${code}`));
  // Of the start without --cluster-id, if that was before.
  asked.delete('get /api/v1/namespaces/kube-system 403');
  expect([...asked]).toEqual([brake]);
  expect(seen.filter((call) => !outside.includes(call) && call.code === 403)).toEqual([]);
  expect(theirs.get('not-ours')).not.toHaveProperty('metadata.finalizers');
  expect(theirs.history('not-ours').map(({ type }) => type)).toEqual(['ADDED']);
  expect(aws.calls('not-ours')).toEqual([]);
});

test('a team whose owner tag names a Workteam of the third namespace is held for owned, though nobody can know', async () => {
  const owner = `${CLUSTER_ID}/${theirs.namespace}/long-gone`;
  aws.console('CreateWorkteam', {
    WorkteamName: 'taken',
    Description: 'Made by another installation',
    MemberDefinitions: [{ OidcMemberDefinition: { Groups: ['somebody'] } }],
    Tags: [{ Key: OWNER_TAG_KEY, Value: owner }],
  });
  const [workteams = theirs] = ours;
  await workteams.create('taken', specWith({ adoptionPolicy: 'IfUnowned', deletionPolicy: 'Retain' }));
  const refused = await workteams.untilFailed('taken', 'NameConflict');
  expect(conditionOf(refused, 'Ready')?.message).toContain(`${theirs.namespace}/long-gone`);
  expect(aws.team('taken').tags[OWNER_TAG_KEY]).toBe(owner);
  expect(aws.writes('taken')).toEqual([]);
});

test('where the Role of one namespace is gone it works on the other, and on both when the Role is back', async () => {
  const [open = theirs, closed = theirs] = ours;
  const within = ['--namespace', closed.namespace];
  const { roleRef, subjects, ...binding } = JSON.parse(
    await cluster.run(['get', 'rolebinding', 'workteams', ...within, '-o', 'json']),
  );
  await operator.stop();
  await cluster.run(['delete', 'rolebinding', 'workteams', ...within]);
  const may = ['auth', 'can-i', 'list', 'workteams.workteams.dev', ...within, '--as', userOf(home)];
  await eventually(async () => (await cluster.kubectl(may)).code !== 0, { what: 'the Role to be gone' });

  operator = await operators.start(options);
  await operator.logged(
    'which namespace is left alone',
    ({ level, msg, namespace }) =>
      level === 'warn' && namespace === closed.namespace && msg.includes('may not be listed'),
  );
  await closed.create('later', specWith({}));
  await open.create('now', specWith({}));
  await open.untilReady('now');
  await open.delete('now');
  await open.untilGone('now');
  expect(operations(aws.writes('now'))).toEqual(['CreateWorkteam', 'DeleteWorkteam']);
  expect(aws.calls('later')).toEqual([]);
  expect((await operator.get('/readyz')).status).toBe(200);

  const { name, namespace } = binding.metadata;
  const again = {
    apiVersion: binding.apiVersion,
    kind: binding.kind,
    metadata: { name, namespace },
    roleRef,
    subjects,
  };
  await cluster.run(['create', '-f', '-'], { input: JSON.stringify(again) });
  await closed.untilReady('later');
  expect(operations(aws.writes('later'))).toEqual(['CreateWorkteam']);
});
