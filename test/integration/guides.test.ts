/** The task guides of docs/guides, followed word for word on a cluster in which Helm has installed the operator. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { kubeconfigFor } from '../../dev/control-plane/access.ts';
import { OWNER_TAG_KEY, type Workteam, type WorkteamSpec } from '../../src/workteam/schema.ts';
import { DEFAULT_ARGS } from '../support/chart.ts';
import { controlPlane } from '../support/control-plane.ts';
import { OPERATOR } from '../support/deployment.ts';
import { useDesk } from '../support/desk.ts';
import { useEmulator } from '../support/emulator.ts';
import { eventually } from '../support/eventually.ts';
import { useHelm } from '../support/helm.ts';
import { awsAt, groupsOf, operations } from '../support/ledger.ts';
import { type Operator, useOperators } from '../support/operator.ts';
import { useOwnControlPlane } from '../support/own-control-plane.ts';
import { readerOf } from '../support/reader.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 300_000 });

const REGION = 'eu-west-1';
const plane = useOwnControlPlane({ apply: 'nothing' });
const elsewhere = controlPlane();
const emulator = useEmulator();
const operators = useOperators(emulator);
const helm = useHelm(() => plane.address.kubeconfig);
const aws = awsAt(emulator, { region: REGION });

/** The other cluster is there for all tests of the suite, so that this namespace must be nobody else's. */
const RADIOLOGY = `radiology-${randomBytes(4).toString('hex')}`;
/** Where the guide has a name to be filled in. */
const filled: Record<string, string> = {};
const desk = useDesk({
  helm: true,
  kubectl: () => plane.address.binaries.kubectl,
  env: () => ({
    ...emulator.environment({ region: REGION }),
    KUBECONFIG: filled.KUBECONFIG ?? plane.address.kubeconfig,
  }),
  fill: (text) =>
    text
      .replaceAll(/(?<=namespace[: ]+|--namespace )radiology/g, RADIOLOGY)
      .replaceAll(/\b(NAME|NAMESPACE|OLD-CLUSTER-ID)\b(?!:)/g, (name) => filled[name] ?? name),
});

let operator: Operator | undefined;

async function stop(): Promise<void> {
  await operator?.stop();
  operator = undefined;
}

/** A pod of the Deployment as it is now takes over from the one before. */
async function restart(): Promise<Operator> {
  await stop();
  const deployment = ['get', 'deployment', OPERATOR, '--namespace', OPERATOR, '-o', 'json'];
  const { args } = JSON.parse(await plane.run(deployment)).spec.template.spec.containers[0];
  const kubeconfig = await plane.writeKubeconfig({ token: await plane.tokenFor(OPERATOR, OPERATOR) });
  const mayList = async () =>
    (await plane.kubectl(['get', 'workteams', '--all-namespaces'], { kubeconfig })).code === 0;
  await eventually(mayList, { what: 'the roles to take effect' });
  const given = args.slice(DEFAULT_ARGS.length).filter((flag: string) => !/-bind-address=|resync/.test(flag));
  const flags = [...given, '--resync-interval', '1s', '--aws-requests-per-second', '1000', '--aws-burst', '1000'];
  operator = await operators.start({
    namespaces: [],
    place: { region: REGION },
    kubeconfig,
    leaseNamespace: OPERATOR,
    flags,
  });
  return operator;
}

beforeAll(async () => {
  const values = { image: { repository: 'workteam-operator' }, aws: { region: REGION } };
  await helm.release('install', { values, flags: ['--create-namespace'] });
  await plane.run(['create', 'namespace', 'vision']);
  await restart();
});
afterAll(() => operator?.kill());
/** Each guide begins with no Workteam in the namespace, and no work team in AWS. */
beforeEach(async ({ task }) => {
  if (task.suite?.tasks[0] !== task) return;
  filled.KUBECONFIG = plane.address.kubeconfig;
  const left = (await kubectl('get', 'workteams', '-o', 'name')).split('\n').filter((name) => name !== '');
  for (const name of left) await kubectl('patch', name, '--type=merge', '-p', LET_GO);
  await kubectl('delete', 'workteams', '--all', '--timeout=60s');
  for (const { workteam } of emulator.control.teams({ region: REGION })) {
    aws.console('DeleteWorkteam', { WorkteamName: workteam.WorkteamName });
  }
});

const kubectl = (...args: readonly string[]) => plane.run([...args, '--namespace', 'vision']);
const get = async (name: string): Promise<Workteam> => JSON.parse(await kubectl('get', 'workteam', name, '-o', 'json'));
const reasonOf = ({ status }: Workteam) => status?.conditions?.find(({ type }) => type === 'Ready')?.reason;

/** Until the Workteam says that about its generation as it is now. */
const until = (name: string, reason: string) =>
  eventually(
    async () => {
      const workteam = await get(name);
      return reasonOf(workteam) === reason && workteam.status?.observedGeneration === workteam.metadata.generation;
    },
    { what: `${name} to be ${reason}`, within: 60_000 },
  );

const specOf = (spec: Partial<WorkteamSpec>): WorkteamSpec => ({
  region: REGION,
  description: 'Labels street scenes',
  memberDefinitions: [{ oidcMemberDefinition: { groups: ['labelers'] } }],
  ...spec,
});
const manifest = (name: string, spec: Partial<WorkteamSpec> = {}) => ({
  apiVersion: 'workteams.dev/v1alpha1',
  kind: 'Workteam',
  metadata: { name, namespace: 'vision' },
  spec: specOf(spec),
});
const apply = (name: string, spec?: Partial<WorkteamSpec>) =>
  plane.run(['apply', '-f', '-'], { input: JSON.stringify(manifest(name, spec)) });
async function applyReady(name: string, spec?: Partial<WorkteamSpec>): Promise<void> {
  await apply(name, spec);
  await until(name, 'Synced');
}
const someonesTeam = (WorkteamName: string) => {
  const MemberDefinitions = [{ OidcMemberDefinition: { Groups: ['labelers'] } }];
  aws.console('CreateWorkteam', { WorkteamName, Description: 'Labels street scenes', MemberDefinitions });
  emulator.control.editTeam({ region: REGION }, WorkteamName, { CreateDate: Math.floor(Date.now() / 1000) - 3_600 });
};
const writesSince = (before: number) => operations(aws.writes().slice(before));
const ownerOf = (name: string) => aws.team(name).tags[OWNER_TAG_KEY];
/** A Workteam that goes without a look at AWS. */
const LET_GO = '{"spec":{"suspend":null,"managementPolicy":"Observe"}}';
const has = (part: string) => (text: string) => text.includes(part);

describe('docs/guides/rotating-groups.md', () => {
  const guide = readerOf('docs/guides/rotating-groups.md', desk);

  test('One group for another: nobody is without work, and the plan says who loses access', async () => {
    const said = await guide.follow('One group for another');
    expect(said.join('')).toContain('+ labelers-2027-q1  will get access');
    expect(said.join('')).toContain('- labelers-2026-q4  will lose access');
    expect(operations(aws.writes('night-shift'))).toEqual(['CreateWorkteam', 'UpdateWorkteam', 'UpdateWorkteam']);
    const sent = aws.writes('night-shift').map(({ parameters }) => parameters);
    expect(JSON.stringify(sent[1])).toContain('labelers-2026-q4');
    expect(groupsOf(aws.team('night-shift'))).toEqual(['labelers-2027-q1']);
  });

  test('Undo: the events tell what was changed', async () => {
    const seen = async () => (await guide.follow('Undo')).join('').includes('Updated work team "night-shift"');
    await eventually(seen, { what: 'the events' });
  });
  guide.leavesNothingOut();
});

describe('docs/guides/regions.md', () => {
  const guide = readerOf('docs/guides/regions.md', desk);

  test('a team of one name in two regions, and then in a third', async () => {
    const [, , shown] = await guide.follow('Several regions');
    expect(shown).toMatch(/^moderators-eu +moderators +eu-central-1 +arn:aws:sagemaker:eu-central-1:/m);
    expect(shown).toMatch(/^moderators-us +moderators +us-west-2 +arn:aws:sagemaker:us-west-2:/m);
    await guide.follow('Another region for a team');
    const teamsIn = (region: string) => emulator.control.teams({ region }).map(({ workteam }) => workteam.WorkteamName);
    expect(['eu-central-1', 'eu-west-3', 'us-west-2'].map(teamsIn)).toEqual([[], ['moderators'], ['moderators']]);
  });
  guide.leavesNothingOut();
});

describe('docs/guides/stuck.md', () => {
  const guide = readerOf('docs/guides/stuck.md', desk);

  test('it says what is wrong, looks again when it is asked to, and can be let go', async () => {
    Object.assign(filled, { NAME: 'scenes', NAMESPACE: 'vision' });
    await applyReady('scenes');
    const denied = emulator.control.addFault({
      match: { region: REGION, operation: 'UpdateWorkteam' },
      fault: { kind: 'accessDenied' },
    });
    await kubectl('patch', 'workteam', 'scenes', '--type=merge', '-p', '{"spec":{"description":"Changed"}}');
    // A failure that may pass says nothing of the generation yet.
    const refused = async () => reasonOf(await get('scenes')) === 'AccessDenied';
    await eventually(refused, { what: 'the refusal', within: 60_000 });
    const [list, message, described] = await guide.follow('What does it say?');
    expect(list).toMatch(/vision +scenes +False +AccessDenied/);
    expect(message).toContain('Allow sagemaker:UpdateWorkteam');
    expect(described).toContain(message);
    emulator.control.removeFault(denied);
    await guide.follow('Ask for another look', has('annotate'));
    const answered = async () => /^\d+$/.test((await guide.follow('Ask for another look', has('jsonpath')))[0] ?? '');
    await eventually(answered, { what: 'the look' });
    await until('scenes', 'Synced');

    expect((await guide.follow('Does the operator run?', has('lease')))[0]).toMatch(/^\S+ 2\d{3}-/);
    const before = aws.writes().length;
    await guide.follow('Stop it, let it go', has('"suspend":true'));
    await until('scenes', 'Suspended');
    await guide.follow('Stop it, let it go', has('"suspend":null'));
    await until('scenes', 'Synced');
    await guide.follow('Stop it, let it go', (text) => !text.includes('suspend'));
    expect(writesSince(before)).toEqual([]);
    expect(ownerOf('scenes')).toMatch(/\/vision\/scenes$/);
  });

  test('the pods, where there are any', async () => {
    await guide.follow('Does the operator run?', has('get pods'));
  });
  guide.leavesNothingOut();
});

describe('docs/guides/read-only.md', () => {
  const guide = readerOf('docs/guides/read-only.md', desk);
  const setReadOnly = (readOnly: boolean) =>
    helm.release('upgrade', { values: { readOnly }, flags: ['--reuse-values'] });

  test('nothing is written, whatever the Workteams say; then what the plan said is done', async () => {
    await setReadOnly(true);
    await restart();
    someonesTeam('same');
    someonesTeam('other');
    await apply('same', { adoptionPolicy: 'IfUnowned', deletionPolicy: 'Retain' });
    await apply('other', { description: 'Changed', adoptionPolicy: 'IfUnowned', deletionPolicy: 'Retain' });
    await apply('absent');
    await apply('unwanted');
    for (const name of ['same', 'other', 'absent', 'unwanted']) await until(name, 'Observed');
    const before = aws.writes().length;
    const [list, drift] = await guide.follow(
      'What you see',
      (text) => text.startsWith('kubectl') && !text.includes('plan'),
    );
    expect(list).toMatch(/same +True +Observed/);
    expect(list).toMatch(/absent +False +Observed/);
    expect(drift).toMatch(/other +description/);
    const [plan] = await guide.follow('What you see', has('plan'));
    expect(plan).toContain('Workteam vision/absent: work team absent in eu-west-1 will be created');
    await guide.follow('Deleting meanwhile');
    expect(writesSince(before)).toEqual([]);

    await setReadOnly(false);
    await restart();
    for (const name of ['same', 'other', 'absent']) await until(name, 'Synced');
    await guide.follow('Let it work');
    expect(writesSince(before).toSorted()).toEqual(['AddTags', 'AddTags', 'CreateWorkteam', 'UpdateWorkteam']);
  });
  guide.leavesNothingOut();
});

describe('docs/guides/closing-account.md', () => {
  const guide = readerOf('docs/guides/closing-account.md', desk);

  test('While the credentials work: the work teams go, or are released', async () => {
    await applyReady('gone');
    await applyReady('kept', { deletionPolicy: 'Retain' });
    const [shown, , left] = await guide.follow('While the credentials work');
    expect(shown).toMatch(/^kept +kept +eu-west-1 +Retain$/m);
    expect(aws.has('gone')).toBe(false);
    expect(aws.team('kept').tags).toEqual({});
    expect(left).toContain('name: kept');
  });

  test('When AWS does not answer any more: nothing holds the Workteams, and they come back to their teams', async () => {
    await applyReady('scenes');
    const before = aws.writes().length;
    const denied = emulator.control.addFault({ match: { region: REGION }, fault: { kind: 'expiredToken' } });
    await kubectl('delete', 'workteam', 'scenes', '--wait=false');
    await guide.follow('When AWS does not answer any more');
    emulator.control.removeFault(denied);
    expect(writesSince(before)).toEqual([]);
    await applyReady('scenes');
    expect(writesSince(before)).toEqual([]);
  });
  guide.leavesNothingOut();
});

describe('docs/guides/restoring.md', () => {
  const guide = readerOf('docs/guides/restoring.md', desk);

  test('From a snapshot of etcd: the plan tells what the operator would do, and Git puts it right', async () => {
    const teams = join(desk.folder, 'teams');
    await mkdir(teams, { recursive: true });
    await applyReady('edited-since', { description: 'Before' });
    await applyReady('deleted-since');
    const snapshot = JSON.parse(await kubectl('get', 'workteams', '-o', 'json'));
    await applyReady('edited-since', { description: 'After' });
    await applyReady('created-since');
    await kubectl('delete', 'workteam', 'deleted-since', '--timeout=60s');
    const git = ['edited-since', 'created-since'].map((name) =>
      manifest(name, name === 'edited-since' ? { description: 'After' } : {}),
    );
    await writeFile(join(teams, 'all.yaml'), git.map((one) => JSON.stringify(one)).join('\n---\n'));
    await stop();
    await restore(snapshot);
    const before = aws.writes().length;

    await guide.follow('From a snapshot of etcd', has('--replicas=0'));
    const [first] = await guide.follow('From a snapshot of etcd', has('|| test'));
    expect(first).toMatch(/edited-since.* will be changed/);
    expect(first).toMatch(/deleted-since.* will be created/);
    expect(first).toContain('created-since');
    await guide.follow('From a snapshot of etcd', (text) => /apply|suspend/.test(text));
    await guide.follow('From a snapshot of etcd', (text) => text.endsWith('--prune') || text.includes('--replicas=1'));
    await restart();
    for (const name of ['edited-since', 'created-since']) await until(name, 'Synced');
    await until('deleted-since', 'Suspended');
    expect(writesSince(before)).toEqual([]);
    expect(aws.has('deleted-since')).toBe(false);
    await kubectl('delete', 'workteam', 'deleted-since', '--wait=false');
    await kubectl('patch', 'workteam', 'deleted-since', '--type=merge', '-p', LET_GO);
  });

  test('In a new cluster: with the old id the work teams are known', async () => {
    await stop();
    someonesTeam('street-scenes');
    const arn = aws.team('street-scenes').workteam.WorkteamArn;
    aws.console('AddTags', {
      ResourceArn: arn,
      Tags: [{ Key: OWNER_TAG_KEY, Value: 'old-prod/vision/street-scenes' }],
    });
    const [imported] = await guide.follow('In a new cluster', has('import'));
    expect(imported).toContain('old-prod');
    filled['OLD-CLUSTER-ID'] = 'old-prod';
    await writeFile(join(desk.folder, 'teams', 'all.yaml'), JSON.stringify(manifest('street-scenes')));
    await guide.follow('In a new cluster', has('OLD-CLUSTER-ID'));
    await restart();
  });
  guide.leavesNothingOut();

  /** What comes back with a snapshot: these objects, with their status, and no others. */
  async function restore(snapshot: { items: Workteam[] }): Promise<void> {
    const now: { items: Workteam[] } = JSON.parse(await kubectl('get', 'workteams', '-o', 'json'));
    for (const { metadata } of now.items) {
      await kubectl('patch', 'workteam', metadata.name, '--type=merge', '-p', '{"metadata":{"finalizers":null}}');
      await kubectl('delete', 'workteam', metadata.name);
    }
    for (const { metadata, status, ...rest } of snapshot.items) {
      const { name, namespace, finalizers } = metadata;
      const input = JSON.stringify({ ...rest, metadata: { name, namespace, finalizers } });
      await plane.run(['create', '-f', '-'], { input });
      await kubectl(
        'patch',
        'workteam',
        name,
        '--subresource=status',
        '--type=merge',
        '-p',
        JSON.stringify({ status }),
      );
    }
  }
});

describe('docs/guides/moving.md', () => {
  const guide = readerOf('docs/guides/moving.md', desk);

  test('In one cluster: the work team sees two changes of its tag, and nothing else', async () => {
    const members = [{ oidcMemberDefinition: { groups: ['radiology'] } }];
    // Not created a moment ago, when AWS might show the tag late: the operator would wait for half a minute.
    someonesTeam('scans');
    const policies = { adoptionPolicy: 'IfUnowned', deletionPolicy: 'Delete' } as const;
    await applyReady('scans', { description: 'Labels CT scans', memberDefinitions: members, ...policies });
    await plane.run(['create', 'namespace', RADIOLOGY]);
    const before = aws.writes().length;
    const [, policy] = await guide.follow('In one cluster');
    expect(policy).toBe('Retain');
    expect(writesSince(before)).toEqual(['DeleteTags', 'AddTags']);
    expect(ownerOf('scans')).toMatch(new RegExp(`/${RADIOLOGY}/ct-scans$`));
  });

  test('To another cluster: the same', async () => {
    const contexts = { old: plane.address, new: elsewhere.address };
    const parts = await Promise.all(
      Object.entries(contexts).map(async ([name, address]) => {
        const authority = await readFile(address.certificateAuthority);
        const { clusters, users } = JSON.parse(kubeconfigFor(address, authority, { token: address.adminToken }));
        const context = { cluster: name, user: name };
        return { clusters: { ...clusters[0], name }, users: { ...users[0], name }, contexts: { name, context } };
      }),
    );
    const merged = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: parts.map(({ clusters }) => clusters),
      users: parts.map(({ users }) => users),
      contexts: parts.map(({ contexts: one }) => one),
    };
    filled.KUBECONFIG = join(desk.folder, 'two-clusters');
    writeFileSync(filled.KUBECONFIG, JSON.stringify(merged));
    const before = aws.writes().length;
    const where = (text: string) => text.includes('--context');
    await using there = await operators.start({
      namespaces: [RADIOLOGY],
      place: { region: REGION },
      flags: ['--resync-interval', '1s'],
    });
    expect(there.pid).toBeGreaterThan(0);
    await guide.follow('To another cluster', where);
    expect(writesSince(before)).toEqual(['DeleteTags', 'AddTags']);
    const uid = await elsewhere.run(['get', 'namespace', 'kube-system', '-o', 'jsonpath={.metadata.uid}']);
    expect(ownerOf('scans')).toBe(`${uid}/${RADIOLOGY}/ct-scans`);
  });
  guide.leavesNothingOut();
});

describe('docs/guides/cluster-id.md', () => {
  const guide = readerOf('docs/guides/cluster-id.md', desk);

  test('every work team gets the new owner, and nothing else changes', async () => {
    for (const name of ['one', 'two']) await applyReady(name);
    const [uid] = await guide.follow('Another cluster id');
    expect(ownerOf('one')).toBe(`${uid}/vision/one`);
    const before = aws.writes().length;
    const heading = 'Change it';
    await guide.follow(heading, (text) => /# values|--values/.test(text));
    await restart();
    for (const name of ['one', 'two']) await until(name, 'NotOwned');
    expect(writesSince(before)).toEqual([]);
    await guide.follow(heading, has('"Always"'));
    await guide.follow(heading, has('kubectl wait'));
    const adopted = async () =>
      (await guide.follow(heading, has('reason=Adopted')))[0]?.match(/owned by/g)?.length === 2;
    await eventually(adopted, { what: 'the events' });
    await guide.follow(heading, (text) => /allowTakeover=false|"adoptionPolicy":null/.test(text));
    await restart();
    for (const name of ['one', 'two']) {
      await until(name, 'Synced');
      expect(ownerOf(name)).toBe(`prod-eu/vision/${name}`);
    }
    expect(writesSince(before)).toEqual(['AddTags', 'AddTags']);
  });
  guide.leavesNothingOut();
});

describe('docs/guides/argo-cd.md', () => {
  const guide = readerOf('docs/guides/argo-cd.md', desk);
  const TELL = 'Tell Argo CD about Workteams';

  test('the two keys are set beside those that are there', async () => {
    await plane.run(['create', 'namespace', 'argocd']);
    const config = ['create', 'configmap', 'argocd-cm', '--namespace', 'argocd', '--from-literal=url=https://argo'];
    await plane.run(config);
    await guide.follow(TELL, has('server-side'));
    const { data } = JSON.parse(await plane.run(['get', 'configmap', 'argocd-cm', '-n', 'argocd', '-o', 'json']));
    expect(Object.keys(data)).toHaveLength(3);
    expect(data.url).toBe('https://argo');
    await plane.run(['apply', '--namespace', 'default', '-f', 'deploy/examples/oidc-team.yaml']);
    filled.NAME = 'street-scenes';
    await guide.follow(TELL, has('> team.yaml'));
    expect(await readFile(join(desk.folder, 'team.yaml'), 'utf8')).toContain('name: street-scenes');
  });
  // What Argo CD has to do with is played by test/argocd/first-team.test.ts.
  guide.leavesNothingOut(({ text }) => /^argocd |application\//.test(text));
});
