/**
 * Deleting namespaces full of Workteams, and docs/guides/deleting.md, every command of it. On a control plane of its own,
 * with the controller that finishes the deletion of namespaces.
 */
import { readFileSync } from 'node:fs';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { FINALIZER, OWNER_TAG_KEY, type Workteam, type WorkteamSpec } from '../../src/workteam/schema.ts';
import { type AwsCli, hasPython, installAwsCli } from '../support/aws-cli.ts';
import { OPERATOR } from '../support/deployment.ts';
import { useEmulator } from '../support/emulator.ts';
import { eventually } from '../support/eventually.ts';
import { readGuide } from '../support/guide.ts';
import { type Aws, awsAt, operations } from '../support/ledger.ts';
import { type Operator, useOperators } from '../support/operator.ts';
import { useOwnControlPlane } from '../support/own-control-plane.ts';
import { ACCOUNT, accountWith } from '../support/roles.ts';
import { shell } from '../support/shell.ts';
import { manifestsOf } from '../support/specs.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 300_000 });

const plane = useOwnControlPlane({ controllerManager: true });
const emulator = useEmulator();
const operators = useOperators(emulator);

/** A namespace and a region of AWS of each test's own. */
let namespace: string;
let region: string;
let aws: Aws;
let operator: Operator;
let taken = 0;

/** With a token of the ServiceAccount as it is now: an uninstallation takes it away. */
async function startOperator(): Promise<void> {
  const kubeconfig = await plane.writeKubeconfig({ token: await plane.tokenFor(OPERATOR, OPERATOR) });
  const mayList = ['get', 'workteams', '--all-namespaces'];
  const allowed = async () => (await plane.kubectl(mayList, { kubeconfig })).code === 0;
  await eventually(allowed, { what: 'the roles to take effect' });
  const flags = ['--resync-interval', '1s', '--aws-requests-per-second', '1000', '--aws-burst', '1000'];
  operator = await operators.start({ namespaces: [], place: { region }, kubeconfig, flags });
}

/** Whatever the test before has taken away. */
async function reinstall(): Promise<void> {
  const apply = ['apply', '--server-side', '-k', 'deploy/kustomize'];
  const applied = async () => (await plane.kubectl(apply)).code === 0;
  await eventually(applied, { what: 'deploy/kustomize to be applied', within: 60_000 });
  await plane.run(['wait', '--for=condition=Established', 'crd/workteams.workteams.dev', '--timeout=30s']);
}

beforeEach(async () => {
  taken += 1;
  await reinstall();
  namespace = `vision-${taken}`;
  region = emulator.newRegion();
  aws = awsAt(emulator, { region });
  await plane.run(['create', 'namespace', namespace]);
  await startOperator();
});
afterEach(() => operator.kill());

const kubectl = (...args: readonly string[]) => plane.run([...args, '--namespace', namespace]);

async function apply(specs: Readonly<Record<string, Partial<WorkteamSpec>>>): Promise<void> {
  await plane.run(['apply', '-f', '-'], { input: manifestsOf(specs, namespace) });
}

async function applyReady(specs: Readonly<Record<string, Partial<WorkteamSpec>>>): Promise<void> {
  await apply(specs);
  await kubectl('wait', '--for=condition=Ready', 'workteams', ...Object.keys(specs), '--timeout=60s');
}

function someonesTeam(WorkteamName: string): void {
  const MemberDefinitions = [{ OidcMemberDefinition: { Groups: ['labelers'] } }];
  aws.console('CreateWorkteam', { WorkteamName, Description: 'Labels street scenes', MemberDefinitions });
  emulator.control.editTeam({ region }, WorkteamName, { CreateDate: Math.floor(Date.now() / 1000) - 3_600 });
}

const exists = async (...what: readonly string[]) => (await plane.run(['get', ...what, '--ignore-not-found'])) !== '';
const workteam = async (name: string): Promise<Workteam> =>
  JSON.parse(await kubectl('get', 'workteam', name, '-o', 'json'));

/** Until the Workteam is being deleted and says that. */
const untilHeld = (name: string, reason: string) =>
  eventually(
    async () => {
      const { metadata, status } = await workteam(name);
      const ready = status?.conditions?.find(({ type }) => type === 'Ready');
      return metadata.deletionTimestamp !== undefined && ready?.reason === reason;
    },
    { what: `${name} to be deleting and ${reason}` },
  );

describe('a namespace with Workteams', () => {
  test('is held up by what cannot be deleted yet, and by nothing else', async () => {
    await applyReady({ busy: {}, idle: {} });
    const job = { JobReferenceCode: 'job-1', LabelCounters: { PendingHuman: 1 } };
    emulator.control.putLabelingJob({ region }, 'busy', job);
    await plane.run(['delete', 'namespace', namespace, '--wait=false']);
    await untilHeld('busy', 'DeletionBlocked');
    const remaining = async () => {
      const { status } = JSON.parse(await plane.run(['get', 'namespace', namespace, '-o', 'json']));
      const said: { type: string; message: string }[] = status.conditions ?? [];
      return said.find(({ type }) => type === 'NamespaceFinalizersRemaining')?.message;
    };
    const told = async () => (await remaining())?.includes('workteams.dev/finalizer in 1 resource instances') ?? false;
    await eventually(told, { what: 'the namespace to say what is left', within: 60_000 });
    expect([aws.has('idle'), aws.has('busy')]).toEqual([false, true]);
    emulator.control.putLabelingJob({ region }, 'busy', { ...job, LabelCounters: { PendingHuman: 0 } });
    await plane.run(['wait', '--for=delete', `namespace/${namespace}`, '--timeout=120s']);
    expect(aws.has('busy')).toBe(false);
  });
});

const python = await hasPython();

describe('docs/guides/deleting.md', () => {
  const guide = readGuide('docs/guides/deleting.md');
  const followed = new Set<string>();
  const NAME = 'street-scenes';
  /** Of the operator that a command is about. */
  let account: { namespace: string; name: string };
  let cli: AwsCli | undefined;

  beforeAll(async () => {
    if (python) cli = await installAwsCli();
  });

  beforeEach(() => {
    account = { namespace: OPERATOR, name: OPERATOR };
  });

  /** What can be run: there is no IAM here, and the AWS CLI comes with Python's installer. */
  const isRun = (command: string) => command.startsWith('kubectl ') || (python && command.startsWith('aws sagemaker '));

  /** Runs the commands under a heading as a reader would; `which` takes some of them. Returns what each printed. */
  async function follow(heading: string, which: (command: string) => boolean = () => true): Promise<string[]> {
    const outputs: string[] = [];
    for (const command of (guide.get(heading) ?? []).filter((one) => isRun(one) && which(one))) {
      followed.add(command);
      const ofOperator = command
        .replaceAll('OPERATOR-NAMESPACE', account.namespace)
        .replace(/\bACCOUNT\b(?!:)/, account.name);
      const filled = ofOperator.replaceAll('NAMESPACE', namespace).replaceAll('REGION', region);
      outputs.push(await run(filled.replaceAll('WORKTEAM', NAME).replace(/\bNAME\b(?!:)/g, NAME)));
    }
    if (outputs.length === 0) throw new Error(`the guide has no such command under "${heading}"`);
    return outputs;
  }

  async function run(command: string): Promise<string> {
    if (!command.startsWith('aws ')) return shell(plane.address, command);
    if (cli === undefined) throw new Error('without Python there is no aws');
    const { code, stderr } = await cli.aws(emulator.environment({ region }), ...command.split(' ').slice(1));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return '';
  }

  /** An operator with Roles in these namespaces and nothing else, in the place of the one that is there; how to start it again. */
  async function startRolesOnly(namespaces = [namespace]): Promise<(namespaces: readonly string[]) => Promise<void>> {
    await operator.stop();
    account = { namespace: `home-${taken}`, name: ACCOUNT };
    await plane.run(['create', 'namespace', account.namespace]);
    const kubeconfig = await accountWith(plane, { home: account.namespace, namespaces });
    const flags = ['--cluster-id', 'plant-7', '--resync-interval', '1s'];
    const restart = async (list: readonly string[]) => {
      operator = await operators.start({ namespaces: list, place: { region }, kubeconfig, flags });
    };
    await restart(namespaces);
    return restart;
  }

  test('Keep a work team', async () => {
    await applyReady({ [NAME]: {} });
    await follow('Keep a work team');
    expect(aws.team(NAME).tags).toEqual({});
    expect(operations(aws.writes(NAME))).toEqual(['CreateWorkteam', 'DeleteTags']);
  });

  const FULL = Array.from({ length: 20 }, (_, index) => `team-${index}`);

  test('Delete a namespace: it goes, and every work team is gone or kept as the policies say', async () => {
    someonesTeam('theirs');
    someonesTeam('looked-at');
    const before = emulator.control.teams({ region });
    const plain = Object.fromEntries(FULL.map((name) => [name, { tags: { team: name } }]));
    await applyReady({ ...plain, kept: { deletionPolicy: 'Retain' }, 'looked-at': { managementPolicy: 'Observe' } });
    await apply({ theirs: {} });
    await kubectl('wait', '--for=condition=Stalled', 'workteam/theirs', '--timeout=60s');

    const began = performance.now();
    const [shown] = await follow('Delete a namespace');
    console.log(
      `a namespace with ${FULL.length + 3} Workteams took ${((performance.now() - began) / 1000).toFixed(1)} s`,
    );
    expect(shown).toMatch(/^NAME +TEAM +POLICY\nkept +kept +Retain\n/);
    expect(shown).toMatch(/^team-7 +team-7 +<none>$/m);
    expect(await exists('namespace', namespace)).toBe(false);
    for (const name of FULL) expect(operations(aws.writes(name))).toEqual(['CreateWorkteam', 'DeleteWorkteam']);
    expect(aws.team('kept').tags).toEqual({});
    expect(operations(aws.writes('kept'))).toEqual(['CreateWorkteam', 'DeleteTags']);
    for (const name of ['theirs', 'looked-at']) expect(aws.writes(name)).toEqual([]);
    const left = emulator.control.teams({ region });
    expect(left.filter(({ workteam: { WorkteamName } }) => WorkteamName !== 'kept')).toEqual(before);

    // Not one event could be written there any more, and that held up nothing.
    const refusals = operator
      .log()
      .filter(({ msg, err }) => msg === 'event not recorded' && JSON.stringify(err).includes('being terminated'));
    expect(refusals.length).toBeGreaterThanOrEqual(FULL.length);
    const brokenOff = operator
      .log()
      .filter(({ msg, err }) => msg === 'pass broken off' && !JSON.stringify(err).includes('409'));
    expect(brokenOff).toEqual([]);
    expect((await operator.get('/readyz')).status).toBe(200);
  });

  test('Delete a namespace that is on a list: with nothing but Roles', async () => {
    const other = `other-${taken}`;
    await plane.run(['create', 'namespace', other]);
    const restart = await startRolesOnly([namespace, other]);
    await applyReady({ [NAME]: {}, lidar: {} });
    const heading = 'Delete a namespace that is on a list';
    await follow(heading, (command) => command.includes('workteams'));
    expect(emulator.control.teams({ region })).toEqual([]);
    await operator.stop();
    await restart([other]);
    await follow(heading, (command) => command.includes('namespace NAMESPACE') && !command.includes('workteams'));
    expect(await exists('namespace', namespace)).toBe(false);
    expect(operator.log().filter(({ msg }) => msg === 'watch interrupted')).toEqual([]);
  });

  const STOP = 'Stop everything at once';

  test('Stop everything at once: the operator', async () => {
    const replicas = async () =>
      JSON.parse(await plane.run(['get', 'deployment', OPERATOR, '--namespace', OPERATOR, '-o', 'json'])).spec.replicas;
    expect(await replicas()).toBe(1);
    const operators = (command: string) => /kubectl (scale|wait)/.test(command);
    await follow(STOP, operators);
    expect(await replicas()).toBe(0);
    // To go on, as the guide says.
    const [scale = ''] = guide.get(STOP)?.filter(operators) ?? [];
    await run(scale.replace('OPERATOR-NAMESPACE', OPERATOR).replace('--replicas=0', '--replicas=1'));
    expect(await replicas()).toBe(1);
  });

  test('Stop everything at once: the deny names every write that the policy allows', () => {
    const policyOf = (text: string): string[] =>
      JSON.parse(text).Statement.flatMap(({ Action }: { Action: string | string[] }) => Action);
    const put = guide.get(STOP)?.find((command) => command.includes('put-role-policy')) ?? '';
    const [, denied = ''] = /--policy-document '(.*)'$/.exec(put) ?? [];
    expect(JSON.parse(denied)).toMatchObject({ Statement: [{ Effect: 'Deny', Resource: '*' }] });
    const allowed = policyOf(readFileSync('deploy/aws/iam-policy.json', 'utf8'));
    const writes = allowed.filter((action) => /^sagemaker:(?!Describe|List)/.test(action));
    expect(policyOf(denied)).toEqual(writes);
  });

  test('Stop everything at once: the Workteams of a namespace', async () => {
    await applyReady({ [NAME]: {}, lidar: {} });
    await follow(STOP, (command) => command.includes('"suspend":true'));
    await kubectl('patch', 'workteam', 'lidar', '--type=merge', '-p', '{"spec":{"description":"Changed"}}');
    await kubectl('delete', 'workteam', NAME, '--wait=false');
    await untilHeld(NAME, 'Suspended');
    const seen = async () => {
      const { metadata, status } = await workteam('lidar');
      return status?.observedGeneration === metadata.generation;
    };
    await eventually(seen, { what: 'the change to be seen' });
    for (const name of [NAME, 'lidar']) expect(operations(aws.writes(name))).toEqual(['CreateWorkteam']);
    await follow(STOP, (command) => command.includes('"suspend":null'));
    await kubectl('wait', '--for=delete', `workteam/${NAME}`, '--timeout=20s');
    await kubectl('wait', '--for=condition=Ready', 'workteam/lidar', '--timeout=20s');
    const changed = () => aws.team('lidar').workteam.Description === 'Changed';
    await eventually(changed, { what: 'the change to be made' });
    await kubectl('delete', 'workteam', 'lidar', '--timeout=20s');
  });

  test('When a deletion does not end: jobs use the work team', async () => {
    await applyReady({ [NAME]: {} });
    const job = { JobReferenceCode: 'job-1', LabelCounters: { PendingHuman: 1 } };
    emulator.control.putLabelingJob({ region }, NAME, job);
    await kubectl('delete', 'workteam', NAME, '--wait=false');
    await untilHeld(NAME, 'DeletionBlocked');
    const why = await follow('When a deletion does not end', (command) => command.startsWith('kubectl get'));
    expect(why[0]).toMatch(/DeletionBlocked/);
    expect(why[1]).toMatch(/^AWS does not delete work team "street-scenes": .*the operator tries again\.$/);
    emulator.control.putLabelingJob({ region }, NAME, { ...job, LabelCounters: { PendingHuman: 0 } });
    await follow('When a deletion does not end', (command) => command.includes('requestedAt'));
    await kubectl('wait', '--for=delete', `workteam/${NAME}`, '--timeout=20s');
    expect(aws.has(NAME)).toBe(false);
  });

  test('When a deletion does not end: it is suspended', async () => {
    await applyReady({ [NAME]: {} });
    await kubectl('patch', 'workteam', NAME, '--type=merge', '-p', '{"spec":{"suspend":true}}');
    await kubectl('delete', 'workteam', NAME, '--wait=false');
    await untilHeld(NAME, 'Suspended');
    expect(operations(aws.writes(NAME))).toEqual(['CreateWorkteam']);
    await follow('When a deletion does not end', (command) => command.includes('suspend'));
    await kubectl('wait', '--for=delete', `workteam/${NAME}`, '--timeout=20s');
    expect(operations(aws.writes(NAME))).toEqual(['CreateWorkteam', 'DeleteWorkteam']);
  });

  test('When a deletion does not end: nobody is there to ask', async () => {
    await applyReady({ [NAME]: {} });
    emulator.control.addFault({ match: { region, operation: 'DescribeWorkteam' }, fault: { kind: 'dropBefore' } });
    await kubectl('delete', 'workteam', NAME, '--wait=false');
    await untilHeld(NAME, 'Unavailable');
    await follow('When a deletion does not end', (command) => command.includes('Observe'));
    await kubectl('wait', '--for=delete', `workteam/${NAME}`, '--timeout=20s');
    expect(operations(aws.writes(NAME))).toEqual(['CreateWorkteam']);
  });

  test('Let go of a Workteam by hand', async () => {
    await applyReady({ [NAME]: {} });
    await operator.stop();
    await plane.run(['delete', 'namespace', namespace, '--wait=false']);
    const deleting = async () => (await workteam(NAME)).metadata.deletionTimestamp !== undefined;
    await eventually(deleting, { what: 'the Workteam to be deleted with its namespace' });
    const [seen] = await follow('Let go of a Workteam by hand', (command) => command.startsWith('kubectl'));
    expect(seen).toMatch(/^\d{4}-\S+Z \["workteams.dev\/finalizer"\]$/);
    await plane.run(['wait', '--for=delete', `namespace/${namespace}`, '--timeout=120s']);
    expect(Object.keys(aws.team(NAME).tags)).toEqual([OWNER_TAG_KEY]);
    if (!python) return;
    await follow('Let go of a Workteam by hand', (command) => command.startsWith('aws'));
    expect(aws.has(NAME)).toBe(false);
  });

  test('Let go of a Workteam by hand: the finalizer of somebody else stays', async () => {
    await applyReady({ [NAME]: {} });
    await operator.stop();
    await prependFinalizer(NAME);
    await kubectl('delete', 'workteam', NAME, '--wait=false');
    const patches = (command: string) => command.startsWith('kubectl patch');
    await expect(follow('Let go of a Workteam by hand', patches)).rejects.toThrow('Command failed');
    expect((await workteam(NAME)).metadata.finalizers).toEqual([THEIRS, FINALIZER]);
    for (const command of (guide.get('Let go of a Workteam by hand') ?? []).filter(patches)) {
      const atOne = command.replaceAll('finalizers/0', 'finalizers/1');
      await run(atOne.replaceAll('NAMESPACE', namespace).replaceAll('NAME', NAME));
    }
    expect((await workteam(NAME)).metadata.finalizers).toEqual([THEIRS]);
    await kubectl('patch', 'workteam', NAME, '--type=merge', '-p', '{"metadata":{"finalizers":null}}');
    await kubectl('wait', '--for=delete', `workteam/${NAME}`, '--timeout=20s');
  });

  const THEIRS = 'example.com/kept';

  async function prependFinalizer(name: string): Promise<void> {
    const patch = [{ op: 'add', path: '/metadata/finalizers/0', value: THEIRS }];
    await kubectl('patch', 'workteam', name, '--type=json', '-p', JSON.stringify(patch));
  }

  test('When the operator was removed first: nothing else is let go of', async () => {
    const heading = 'When the operator was removed first';
    await applyReady({ [NAME]: {}, lidar: {}, kept: {} });
    await operator.stop();
    await follow(heading);
    for (const name of [NAME, 'lidar', 'kept']) expect((await workteam(name)).metadata.finalizers).toEqual([FINALIZER]);
    await prependFinalizer(NAME);
    await kubectl('delete', 'workteam', NAME, 'lidar', '--wait=false');
    await follow(heading);
    await kubectl('wait', '--for=delete', 'workteam/lidar', '--timeout=20s');
    expect((await workteam(NAME)).metadata.finalizers).toEqual([THEIRS]);
    expect((await workteam('kept')).metadata.finalizers).toEqual([FINALIZER]);
    await kubectl('patch', 'workteam', NAME, '--type=merge', '-p', '{"metadata":{"finalizers":null}}');
    await kubectl('delete', 'workteam', 'kept', '--wait=false');
    await follow(heading);
    for (const name of [NAME, 'kept']) await kubectl('wait', '--for=delete', `workteam/${name}`, '--timeout=20s');
  });

  test('Uninstall, and delete all work teams', async () => {
    await applyReady({ [NAME]: {}, lidar: { deletionPolicy: 'Retain' } });
    const heading = 'Uninstall, and delete all work teams';
    const last = (command: string) => command.includes('delete -k');
    const [looked, , left] = await follow(heading, (command) => !last(command));
    expect(looked).toMatch(new RegExp(`^${namespace} +lidar +lidar +Retain$`, 'm'));
    expect(left).toBe('');
    await follow(heading, last);
    expect(aws.has(NAME)).toBe(false);
    expect(aws.team('lidar').tags).toEqual({});
    expect(await exists('crd', 'workteams.workteams.dev')).toBe(false);
    expect(await exists('namespace', OPERATOR)).toBe(false);
  });

  const KEEP = 'Uninstall, and keep all work teams';
  const asks = (command: string) => command.includes('can-i');
  const deletes = (command: string) => command.startsWith('kubectl delete');

  test('the first sentence of it: an operator that may not read the CRD deletes its work teams with it', async () => {
    await startRolesOnly();
    await applyReady({ [NAME]: {} });
    await expect(follow(KEEP, asks)).rejects.toMatchObject({ code: 1, stdout: 'no\n' });
    await follow(KEEP, (command) => command.includes('delete crd'));
    expect(aws.has(NAME)).toBe(false);
  });

  test('and keeps them once it may', async () => {
    await startRolesOnly();
    await applyReady({ [NAME]: {}, lidar: {} });
    const teams = emulator.control.teams({ region });
    await follow(KEEP, (command) => command.startsWith('kubectl create'));
    const allowed = () => follow(KEEP, asks).catch(() => false);
    expect(await eventually(allowed, { what: 'the role to take effect' })).toEqual(['yes\n']);
    await follow(KEEP, deletes);
    expect(await exists('crd', 'workteams.workteams.dev')).toBe(false);
    expect(emulator.control.teams({ region })).toEqual(teams);
  });

  test('Uninstall, and keep all work teams', async () => {
    await applyReady({ [NAME]: {}, lidar: {} });
    const teams = emulator.control.teams({ region });
    const [accounts] = await follow(KEEP, (command) => command.includes('get deployments'));
    expect(accounts).toMatch(/^IN +ACCOUNT\nworkteam-operator +workteam-operator\n$/);
    expect(await follow(KEEP, asks)).toEqual(['yes\n']);
    await follow(KEEP, deletes);
    expect(emulator.control.teams({ region })).toEqual(teams);
    expect(await exists('crd', 'workteams.workteams.dev')).toBe(false);

    await operator.kill();
    await reinstall();
    await startOperator();
    const before = aws.writes().length;
    await applyReady({ [NAME]: {}, lidar: {} });
    expect(emulator.control.teams({ region })).toEqual(teams);
    expect(aws.writes().slice(before)).toEqual([]);
    await kubectl('delete', 'workteams', '--all', '--timeout=60s');
  });

  test('When the operator was removed first', async () => {
    await applyReady({ [NAME]: {}, lidar: {} });
    const teams = emulator.control.teams({ region });
    await operator.stop();
    await plane.run(['delete', '-k', 'deploy/kustomize', '--wait=false']);
    await plane.run(['delete', 'namespace', namespace, '--wait=false']);
    for (const stuck of ['crd/workteams.workteams.dev', `namespace/${namespace}`]) {
      expect((await plane.kubectl(['wait', '--for=delete', stuck, '--timeout=2s'])).code).toBe(1);
    }
    await follow('When the operator was removed first');
    for (const stuck of ['crd/workteams.workteams.dev', `namespace/${namespace}`, `namespace/${OPERATOR}`]) {
      await plane.run(['wait', '--for=delete', stuck, '--timeout=120s']);
    }
    expect(emulator.control.teams({ region })).toEqual(teams);
  });

  test('no command of it is left out', () => {
    const commands = [...guide.values()].flat();
    expect(commands.filter((command) => isRun(command) && !followed.has(command))).toEqual([]);
    const others = commands.filter((command) => !isRun(command)).map((command) => command.split(' ', 3).join(' '));
    const withPython = ['aws iam put-role-policy', 'aws iam delete-role-policy'];
    expect(others).toEqual(python ? withPython : [...withPython, 'aws sagemaker delete-workteam']);
  });
});
