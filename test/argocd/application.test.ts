/**
 * The life of one Application of the guide, against a real Argo CD, with the operator and the emulator behind it. The tests go
 * on where the one before ended.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { RESYNC_S } from '../../dev/argocd/components.ts';
import { OWNER_TAG_KEY, REQUESTED_AT_ANNOTATION, type Workteam, type WorkteamSpec } from '../../src/workteam/schema.ts';
import { controlPlane } from '../support/control-plane.ts';
import { allowLeaseIn } from '../support/deployment.ts';
import { useEmulator } from '../support/emulator.ts';
import { eventually } from '../support/eventually.ts';
import { awsAt, groupsOf, operations } from '../support/ledger.ts';
import { useOperators } from '../support/operator.ts';
import { oidcMembers } from '../support/specs.ts';
import { PATIENCE_MS, RESYNC } from '../support/stage.ts';
import { conditionOf, useWorkteams, type Workteams } from '../support/workteams.ts';
import { type Application, isWell, useApplications } from './applications.ts';
import { useArgoCd } from './argocd.ts';
import { useGitFolder } from './git-folder.ts';

const APP = 'work-teams';
const EXAMPLE = 'deploy/examples/argocd/teams';
const [LABELERS, REVIEWERS] = ['street-labelers', 'street-reviewers'];

const SERVER_SIDE = 'server-side';
const INTRUDER = {
  op: 'add',
  path: '/spec/memberDefinitions/0/oidcMemberDefinition/groups/-',
  value: 'intruder',
};
const VERSIONS = 'jsonpath={range .items[*]}{.metadata.name}={.metadata.resourceVersion} {end}';

/** For how long nothing may happen, in seconds. */
const IDLE_S = Number(process.env.IDLE_SECONDS ?? 300);

const cluster = controlPlane();
const argo = useArgoCd();
const emulator = useEmulator();
const operators = useOperators(emulator);
const git = useGitFolder();
const applications = useApplications();
const { newNamespace } = useWorkteams();
const place = { region: 'eu-west-1' };
const aws = awsAt(emulator, place);
let workteams: Workteams;

beforeAll(async () => {
  workteams = await newNamespace('argocd');
  const { namespace } = workteams;
  await allowLeaseIn(cluster, namespace);
  await operators.start({
    namespaces: [namespace],
    place,
    leaseNamespace: namespace,
    flags: ['--resync-interval', RESYNC],
  });
  await cluster.run([
    'apply',
    '--server-side',
    '--field-manager=workteam-operator',
    '-f',
    'deploy/argocd/argocd-cm.yaml',
  ]);
});

/** A manifest of the example with changes to its spec. */
async function manifest(name: string, spec: Partial<WorkteamSpec>): Promise<string> {
  const workteam = parse(await readFile(`${EXAMPLE}/${name}.yaml`, 'utf8'));
  return stringify({ ...workteam, spec: { ...workteam.spec, ...spec } });
}

/** Commits changes to files below `teams`, and has Argo CD look at them. Returns the commit. */
async function push(files: Readonly<Record<string, string | null>>): Promise<string> {
  const paths = Object.entries(files).map(([name, content]) => [`teams/${name}.yaml`, content]);
  const revision = await git.commit(Object.fromEntries(paths));
  await applications.refresh(APP, revision);
  return revision;
}

const untilWell = (revision: string) => applications.until(APP, 'Synced and Healthy', isWell(revision));
const act = (action: string, name: string, app = APP) =>
  argo.app('actions', 'run', app, action, '--group', 'workteams.dev', '--kind', 'Workteam', '--resource-name', name);
const untilGroups = (name: string, ...groups: string[]) =>
  eventually(() => aws.has(name) && groupsOf(aws.team(name)).join() === groups.join(), {
    what: `${name} to have ${groups}`,
    within: PATIENCE_MS,
  });
/** Waits until Argo CD shows it so. Where only the message changed, it shows that after its next refresh. */
const untilHealth = async (name: string, status: string, message: RegExp) => {
  await argo.app('get', APP, '--refresh');
  const shown = async () => {
    const health = await argo.healthOf(APP, name);
    return health?.status === status && message.test(health.message);
  };
  await eventually(shown, { what: `${name} to be ${status}, ${message}, in Argo CD`, within: PATIENCE_MS });
};
/** Of the message of a sync that runs. */
const isWaitingFor = (name: string) => (message: string | undefined) =>
  message === `waiting for healthy state of workteams.dev/Workteam/${name}`;
const writesSince = (since: number, name?: string) =>
  operations(aws.writes(name).filter((entry) => entry.sequence > since));
const lastCall = () => emulator.control.ledger().at(-1)?.sequence ?? 0;

test('the Applications of the example have no field that Argo CD does not know', async () => {
  const told = await cluster.run(['apply', '--dry-run=server', '--validate=strict', '-f', 'deploy/examples/argocd/']);
  expect(told.trim().split('\n').toSorted()).toEqual([
    'application.argoproj.io/work-teams created (server dry run)',
    'application.argoproj.io/workteam-operator created (server dry run)',
  ]);
});

describe('created', () => {
  test('the second wave waits until the first is Ready, which the action reconcile hastens', async () => {
    const denied = emulator.control.addFault({
      match: { operation: 'CreateWorkteam' },
      fault: { kind: 'accessDenied' },
    });
    const revision = await git.commitCopy(EXAMPLE, 'teams');
    const { namespace } = workteams;
    await applications.create({ name: APP, repoURL: git.url, path: 'teams', namespace });

    await workteams.untilFailed(LABELERS, 'AccessDenied', PATIENCE_MS);
    await untilHealth(LABELERS, 'Progressing', /^AccessDenied: AWS denies the operator CreateWorkteam\./);
    const waiting = await applications.until(APP, 'waiting', ({ status }) =>
      isWaitingFor(LABELERS)(status?.operationState?.message),
    );
    expect(waiting.status).toMatchObject({ operationState: { phase: 'Running' }, health: { status: 'Progressing' } });
    expect(workteams.history(REVIEWERS)).toEqual([]);

    emulator.control.removeFault(denied);
    await act('reconcile', LABELERS);
    await untilWell(revision);
    const ready = workteams.history(LABELERS).find(({ workteam }) => conditionOf(workteam, 'Ready')?.status === 'True');
    const [second] = workteams.history(REVIEWERS);
    expect(second?.at).toBeGreaterThan(ready?.at ?? Number.POSITIVE_INFINITY);
    expect(aws.writes().map(({ operation, workteamName }) => `${operation} ${workteamName}`)).toEqual([
      `CreateWorkteam ${LABELERS}`,
      `CreateWorkteam ${REVIEWERS}`,
    ]);
    const requestedAt = workteams.get(LABELERS).metadata.annotations?.[REQUESTED_AT_ANNOTATION];
    expect(requestedAt).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/);
    expect(workteams.get(LABELERS).status?.lastHandledReconcileAt).toBe(requestedAt);
  });

  test('Argo CD and its command line say so in the words of the operator', async () => {
    const message = `Work team "${REVIEWERS}" is as the spec says.`;
    await untilHealth(REVIEWERS, 'Healthy', new RegExp(`^${message}$`));
    const file = join(argo.folder, 'team.yaml');
    const where = ['--namespace', workteams.namespace, '-o', 'yaml'];
    await writeFile(file, await cluster.run(['get', 'workteam', REVIEWERS, ...where]));
    const health = ['admin', 'settings', 'resource-overrides', 'health', file];
    const { stdout } = await argo.call([...health, '--argocd-cm-path', 'deploy/argocd/argocd-cm.yaml']);
    expect(stdout).toBe(`STATUS: Healthy\nMESSAGE: ${message}\n`);
  });
});

test('an edit in Git arrives in SageMaker', async () => {
  const before = lastCall();
  const revision = await push({ [LABELERS]: await manifest(LABELERS, { memberDefinitions: oidcMembers('a', 'b') }) });
  await untilGroups(LABELERS, 'a', 'b');
  await untilWell(revision);
  expect(writesSince(before)).toEqual(['UpdateWorkteam']);
});

test('a second sync of the same commit changes nothing, and there is no diff', async () => {
  const before = lastCall();
  const versions = () => cluster.run(['get', 'workteams', '--namespace', workteams.namespace, '-o', VERSIONS]);
  const versionsBefore = await versions();
  expect(versionsBefore).toMatch(/^street-labelers=\d+ street-reviewers=\d+ $/);
  expect(await argo.app('diff', APP, '--hard-refresh')).toBe('');
  await argo.app('sync', APP);
  expect(await argo.app('diff', APP, '--hard-refresh')).toBe('');
  expect(await versions()).toBe(versionsBefore);
  expect(writesSince(before)).toEqual([]);
});

describe('self-heal', () => {
  test('puts back an edit in the cluster', async () => {
    const before = lastCall();
    const { description } = workteams.get(LABELERS).spec;
    const edited = await edit(LABELERS, 'merge', { spec: { description: 'By hand' } });
    await untilPutBack(LABELERS, edited, ({ spec }) => spec.description === description);
    expect(aws.team(LABELERS).workteam.Description).toBe(description);
    // The edit may have got as far as AWS before it was put back.
    expect([[], ['UpdateWorkteam', 'UpdateWorkteam']]).toContainEqual(writesSince(before));
  });

  test.each([
    { what: 'appended to a definition', ...INTRUDER },
    {
      what: 'in a definition of its own',
      op: 'add',
      path: '/spec/memberDefinitions/-',
      value: { oidcMemberDefinition: { groups: ['intruder'] } },
    },
  ])('takes out an intruding group $what', async ({ what: _, ...patch }) => {
    const edited = await edit(LABELERS, 'json', [patch]);
    await untilPutBack(LABELERS, edited, hasNoIntruder);
    await untilGroups(LABELERS, 'a', 'b');
  });

  test('takes it out of what was applied on the server side, too, and finds no diff there', async () => {
    const { namespace } = workteams;
    const revision = await git.commit({ 'server-side/team.yaml': await manifestAs(REVIEWERS, SERVER_SIDE) });
    const syncOptions = ['ServerSideApply=true'];
    await applications.create({ name: SERVER_SIDE, repoURL: git.url, path: 'server-side', namespace, syncOptions });
    await applications.until(SERVER_SIDE, 'Synced and Healthy', isWell(revision));
    expect(await argo.app('diff', SERVER_SIDE, '--hard-refresh')).toBe('');
    await untilPutBack(SERVER_SIDE, await edit(SERVER_SIDE, 'json', [INTRUDER]), hasNoIntruder);
    await untilGroups(SERVER_SIDE, 'street-reviewers');
  });

  test('leaves a Workteam suspended that the action suspended, there too', async () => {
    await act('suspend', SERVER_SIDE, SERVER_SIDE);
    await workteams.until(SERVER_SIDE, (it) => conditionOf(it, 'Ready')?.reason === 'Suspended');
    // It does not wait: no wave comes after this one.
    await argo.app('sync', SERVER_SIDE);
    expect(await argo.app('diff', SERVER_SIDE, '--refresh')).toBe('');
    expect(workteams.get(SERVER_SIDE).spec.suspend).toBe(true);
    await act('resume', SERVER_SIDE, SERVER_SIDE);
    await workteams.untilReady(SERVER_SIDE, PATIENCE_MS);
  });
});

test('the deletion of an Application deletes its work team, with Delete=confirm when somebody confirms', async () => {
  const before = lastCall();
  await argo.app('delete', SERVER_SIDE, '--yes');
  await argo.logged(`${SERVER_SIDE}} requires manual confirmation to delete`);
  expect(workteams.get(SERVER_SIDE).metadata).not.toHaveProperty('deletionTimestamp');
  expect(writesSince(before)).toEqual([]);
  await argo.app('confirm-deletion', SERVER_SIDE);
  await workteams.untilGone(SERVER_SIDE, PATIENCE_MS);
  expect(writesSince(before)).toEqual(['DeleteWorkteam']);
  const application = ['get', 'application', SERVER_SIDE, '--namespace', 'argocd', '--ignore-not-found', '-o', 'name'];
  await eventually(async () => (await cluster.run(application)) === '', { what: 'the Application to be gone' });
});

const hasNoIntruder = ({ spec }: Workteam) => !JSON.stringify(spec).includes('intruder');

/** What `kubectl edit` does. Returns the new resource version. */
async function edit(name: string, type: 'merge' | 'json', patch: unknown): Promise<bigint> {
  const what = ['workteam', name, '--namespace', workteams.namespace, '--field-manager=kubectl-edit'];
  const how = [`--type=${type}`, '--patch', JSON.stringify(patch), '-o', 'jsonpath={.metadata.resourceVersion}'];
  return BigInt(await cluster.run(['patch', ...what, ...how]));
}

/** Waits until it is as it was after an edit, and the operator has come to it. */
async function untilPutBack(name: string, edited: bigint, isAsBefore: (workteam: Workteam) => boolean): Promise<void> {
  const isPutBack = (workteam: Workteam) => BigInt(workteam.metadata.resourceVersion) > edited && isAsBefore(workteam);
  await workteams.until(name, isPutBack, { what: 'self-heal', within: PATIENCE_MS });
  await workteams.untilReady(name);
}

describe('drift in SageMaker', () => {
  test('is repaired, and is never OutOfSync', async () => {
    const seen = applications.history(APP).length;
    const { WorkteamName, MemberDefinitions } = aws.team(LABELERS).workteam;
    const before = lastCall();
    aws.console('UpdateWorkteam', { WorkteamName, MemberDefinitions, Description: 'In the console' });
    const repaired = () => aws.team(LABELERS).workteam.Description !== 'In the console';
    await eventually(repaired, { what: 'the repair', within: PATIENCE_MS });
    await workteams.untilReady(LABELERS);
    expect(writesSince(before)).toEqual(['UpdateWorkteam']);
    expect(await argo.app('diff', APP, '--refresh')).toBe('');
    const states = applications.history(APP).slice(seen);
    expect(new Set(states.map(({ status }) => status?.sync?.status))).toEqual(new Set(['Synced']));
  });

  test('that is only observed is told in the health, and is not OutOfSync either', async () => {
    const revision = await push({ [REVIEWERS]: await manifest(REVIEWERS, { managementPolicy: 'Observe' }) });
    await untilWell(revision);
    const seen = applications.history(APP).length;
    const { WorkteamName, MemberDefinitions } = aws.team(REVIEWERS).workteam;
    aws.console('UpdateWorkteam', { WorkteamName, MemberDefinitions, Description: 'In the console' });
    const drifted = (workteam: Workteam) => conditionOf(workteam, 'Drifted')?.status === 'True';
    await workteams.until(REVIEWERS, drifted, { what: 'Drifted', within: PATIENCE_MS });
    await untilHealth(REVIEWERS, 'Healthy', /^The work team differs from the spec in description; see status.drift.$/);
    expect(await argo.app('diff', APP, '--refresh')).toBe('');
    const states = applications.history(APP).slice(seen);
    expect(new Set(states.map(({ status }) => status?.sync?.status))).toEqual(new Set(['Synced']));
    await untilWell(await push({ [REVIEWERS]: await manifest(REVIEWERS, {}) }));
  });
});

test('suspended it is Suspended and nothing reaches SageMaker, until it is resumed', async () => {
  await act('suspend', LABELERS);
  await applications.until(APP, 'Suspended', ({ status }) => status?.health?.status === 'Suspended');
  await untilHealth(LABELERS, 'Suspended', /^spec.suspend is true/);
  const suspended = await workteams.until(LABELERS, (it) => conditionOf(it, 'Ready')?.reason === 'Suspended');
  expect(suspended.spec.suspend).toBe(true);
  expect(await actionsOf(LABELERS)).toEqual(['resume']);

  const before = lastCall();
  const revision = await push({ [LABELERS]: await manifest(LABELERS, { memberDefinitions: oidcMembers('c') }) });
  const waiting = ({ status }: Application) =>
    status?.sync?.status === 'Synced' && isWaitingFor(LABELERS)(status.operationState?.message);
  await applications.until(APP, 'a sync that waits', waiting);
  await workteams.until(LABELERS, ({ metadata, status }) => metadata.generation === status?.observedGeneration);
  expect(workteams.get(LABELERS).spec).toMatchObject({ suspend: true, memberDefinitions: oidcMembers('c') });
  expect(writesSince(before)).toEqual([]);

  await act('resume', LABELERS);
  await untilGroups(LABELERS, 'c');
  await untilWell(revision);
  expect(workteams.get(LABELERS).spec).not.toHaveProperty('suspend');
  expect(await actionsOf(LABELERS)).toEqual(['reconcile', 'suspend']);
});

/** Which actions can be run on it now. */
async function actionsOf(name: string): Promise<string[]> {
  const where = ['--group', 'workteams.dev', '--kind', 'Workteam', '--resource-name', name];
  const rows: readonly { Action: string; Disabled: boolean }[] = JSON.parse(
    await argo.app('actions', 'list', APP, ...where, '-o', 'json'),
  );
  return rows
    .filter(({ Disabled }) => !Disabled)
    .map(({ Action }) => Action)
    .toSorted();
}

test('a refused team is Degraded with our message, and fails its wave', async () => {
  aws.console('CreateWorkteam', {
    WorkteamName: 'taken',
    Description: 'Somebody else made it',
    Tags: [{ Key: OWNER_TAG_KEY, Value: 'another-cluster/theirs/taken' }],
    MemberDefinitions: [{ OidcMemberDefinition: { Groups: ['others'] } }],
  });
  const before = lastCall();
  const named = async (file: string, name: string) => {
    const { metadata, ...rest } = parse(await readFile(`${EXAMPLE}/${file}.yaml`, 'utf8'));
    return stringify({ ...rest, metadata: { annotations: metadata.annotations ?? {}, name } });
  };
  const revision = await push({
    taken: await named(LABELERS, 'taken'),
    'after-it': await named(REVIEWERS, 'after-it'),
  });
  const failed = await applications.until(APP, 'a failed sync', ({ status }) => {
    const { phase, syncResult } = status?.operationState ?? {};
    return phase === 'Failed' && syncResult?.revision === revision;
  });
  const message = 'Work team "taken" exists and is owned by another-cluster/theirs/taken. Nothing was changed.';
  const told = failed.status?.operationState?.syncResult?.resources?.find(({ name }) => name === 'taken');
  expect(told?.message).toContain(message);
  await untilHealth('taken', 'Degraded', /^Work team "taken" exists and is owned by another-cluster/);
  await applications.until(APP, 'Degraded', ({ status }) => status?.health?.status === 'Degraded');
  expect(workteams.history('after-it')).toEqual([]);

  await untilWell(await push({ taken: null, 'after-it': null }));
  await workteams.untilGone('taken', PATIENCE_MS);
  expect(aws.team('taken').workteam.Description).toBe('Somebody else made it');
  expect(writesSince(before)).toEqual([]);
});

/** A Workteam that stalls at once, because there is nothing to observe, and one in the wave after it. */
async function absentAndAfter(absent: string, after: string): Promise<Record<string, string>> {
  const { metadata: _, ...rest } = parse(await manifest(LABELERS, {}));
  const annotations = { 'argocd.argoproj.io/sync-wave': '1' };
  return {
    [absent]: stringify({ ...rest, metadata: { name: absent }, spec: { ...rest.spec, managementPolicy: 'Observe' } }),
    [after]: stringify({ ...rest, metadata: { name: after, annotations } }),
  };
}

/** What an Observe waits for. */
function createByHand(name: string): void {
  aws.console('CreateWorkteam', {
    WorkteamName: name,
    Description: 'Labels street scenes for the perception models',
    MemberDefinitions: [{ OidcMemberDefinition: { Groups: [LABELERS] } }],
  });
}

describe('a wave that failed of what heals by itself', () => {
  test('is not tried again when it has healed, until somebody syncs', async () => {
    await push(await absentAndAfter('absent', 'after-absent'));
    await applications.until(APP, 'a failed sync', ({ status }) => status?.operationState?.phase === 'Failed');
    await untilHealth('absent', 'Degraded', /./);
    createByHand('absent');
    await untilHealth('absent', 'Healthy', /./);
    const isGivenUp = ({ status }: Application) =>
      status?.sync?.status === 'OutOfSync' &&
      status.health?.status === 'Healthy' &&
      Boolean(status.conditions?.some(({ type }) => type === 'SyncError'));
    await applications.until(APP, 'Healthy and given up', isGivenUp);
    expect(workteams.history('after-absent')).toEqual([]);

    await argo.app('sync', APP);
    await workteams.untilReady('after-absent', PATIENCE_MS);
    await untilWell(await push({ absent: null, 'after-absent': null }));
  });

  const everySecond = { backoff: { duration: '1s', factor: 1 } };
  const commit = (app: string, files: Readonly<Record<string, string>>) =>
    git.commit(Object.fromEntries(Object.entries(files).map(([name, text]) => [`${app}/${name}.yaml`, text])));
  /** An Application with the retries of the example, or quicker ones, whose wave 0 has failed. */
  const createFailed = async (app: string, retry: typeof everySecond | Record<string, never>) => {
    const [absent, after] = [`${app}-absent`, `${app}-after`];
    await commit(app, await absentAndAfter(absent, after));
    await applications.create({ name: app, repoURL: git.url, path: app, namespace: workteams.namespace, retry });
    const isRetrying = ({ status }: Application) => /Retrying attempt #1 /.test(status?.operationState?.message ?? '');
    const { status } = await applications.until(app, 'a retry to come', isRetrying);
    expect(status?.operationState?.phase).toBe('Running');
    expect(workteams.history(after)).toEqual([]);
    return { absent, after };
  };
  const deleteWith = async (app: string, ...names: string[]) => {
    await argo.app('delete', app, '--yes');
    for (const name of names) await workteams.untilGone(name, PATIENCE_MS);
  };

  test('is tried again by itself with the retries of the example, here every second', async () => {
    const { absent, after } = await createFailed('retried', everySecond);
    createByHand(absent);
    await workteams.untilReady(after, PATIENCE_MS);
    await deleteWith('retried', absent, after);
  });

  test('is tried again with what Git has by then', async () => {
    const { absent, after } = await createFailed('corrected', everySecond);
    await commit('corrected', { [absent]: await manifestAs(LABELERS, absent) });
    await workteams.untilReady(after, PATIENCE_MS);
    expect(workteams.get(absent).spec).not.toHaveProperty('managementPolicy');
    await deleteWith('corrected', absent, after);
  });

  test('is synced by hand when the retries are ended', async () => {
    const { absent, after } = await createFailed('ended', {});
    createByHand(absent);
    await workteams.untilReady(absent, PATIENCE_MS);
    await expect(argo.app('sync', 'ended')).rejects.toThrow('another operation is already in progress');
    await argo.app('terminate-op', 'ended');
    await applications.until('ended', 'its end', ({ status }) => status?.operationState?.phase === 'Failed');
    await argo.app('sync', 'ended');
    await workteams.untilReady(after, PATIENCE_MS);
    await deleteWith('ended', absent, after);
  });
});

describe('pruned', () => {
  test('a work team is deleted, and the sync finishes', async () => {
    await push({ extra: await manifestAs(LABELERS, 'extra') }).then(untilWell);
    expect(aws.has('extra')).toBe(true);
    const before = lastCall();
    const revision = await push({ extra: null });
    await untilWell(revision);
    await workteams.untilGone('extra', PATIENCE_MS);
    expect(aws.has('extra')).toBe(false);
    expect(writesSince(before)).toEqual(['DeleteWorkteam']);
  });

  test('with Prune=confirm it waits until somebody confirms', async () => {
    const before = lastCall();
    const revision = await push({ [REVIEWERS]: null });
    const waiting = await applications.until(APP, 'waiting for a confirmation', ({ status }) =>
      Boolean(status?.operationState?.message?.includes('confirmation')),
    );
    expect(waiting.status?.operationState?.phase).toBe('Running');
    expect(aws.has(REVIEWERS)).toBe(true);
    expect(writesSince(before)).toEqual([]);
    await argo.app('confirm-deletion', APP);
    await untilWell(revision);
    await workteams.untilGone(REVIEWERS, PATIENCE_MS);
    expect(writesSince(before)).toEqual(['DeleteWorkteam']);
  });
});

/** A manifest of the example under another name. */
async function manifestAs(file: string, name: string): Promise<string> {
  const { metadata, ...rest } = parse(await readFile(`${EXAMPLE}/${file}.yaml`, 'utf8'));
  return stringify({ ...rest, metadata: { ...metadata, name } });
}

test(
  `for ${IDLE_S} s in which nobody does anything, Argo CD looks at it only by its own clock`,
  async () => {
    const { sync } = applications.get(APP).status ?? {};
    await applications.refresh(APP, sync?.revision ?? '');
    // A look that a sync before this one put off is none of the idle time.
    const settled = await argo.putOffUntil();
    await eventually(() => Date.now() > settled, { what: 'the looks that were put off', within: PATIENCE_MS });
    const before = { calls: lastCall(), refreshes: (await argo.refreshes()).length };
    const versionBefore = workteams.get(LABELERS).metadata.resourceVersion;

    // Time that passes is what this is about.
    await setTimeout(1_000 * IDLE_S);

    const refreshes = (await argo.refreshes()).slice(before.refreshes);
    const own = refreshes.filter(({ reason }) => reason.startsWith('comparison expired'));
    console.log(`${refreshes.length} refreshes in ${IDLE_S} s, ${own.length} of them by the clock`);
    expect(refreshes.filter((one) => !own.includes(one))).toEqual([]);
    expect(own.length).toBeGreaterThanOrEqual(Math.floor(IDLE_S / RESYNC_S) - 1);
    expect(workteams.get(LABELERS).metadata.resourceVersion).toBe(versionBefore);
    expect(writesSince(before.calls)).toEqual([]);
    // The operator did look.
    expect(operations(aws.calls().filter(({ sequence }) => sequence > before.calls))).toContain('ListWorkteams');
  },
  1_000 * (IDLE_S + 60),
);
