/**
 * What somebody who may do as they like with the Workteams of one namespace cannot make the operator do: touch a work team that is
 * not theirs, call another account, read a file, reach an address, write what its roles do not allow, or say what is not so.
 * Each attempt is made with every right in that namespace, the status subresource and finalizers included, which is more than
 * anybody should have; the operator runs with the roles of deploy/kustomize, and without --allow-takeover.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PERMISSIONS } from '../../scripts/deploy/permissions.ts';
import { API_VERSION, FINALIZER, GROUP, OWNER_TAG_KEY } from '../../src/workteam/schema.ts';
import { type Answer, verdictOf, WorkteamApi } from '../integration/workteam-api.ts';
import { useRawServer } from '../sagemaker/raw-server.ts';
import { operatorWrites } from '../support/audit.ts';
import { leaksIn } from '../support/canary.ts';
import { controlPlane } from '../support/control-plane.ts';
import { useEmulator } from '../support/emulator.ts';
import { eventsOf } from '../support/events.ts';
import { awsAt } from '../support/ledger.ts';
import { type Operator, useOperators } from '../support/operator.ts';
import { oidcMembers, specWith } from '../support/specs.ts';
import { PATIENCE_MS } from '../support/stage.ts';
import { conditionOf, useWorkteams, type Workteams } from '../support/workteams.ts';

const OTHER_ACCOUNT = '999988887777';
/** What a file has in it that nobody may read through the operator. */
const FILE_CONTENT = 'f1le-c0ntent-Zk3qT8vLw2RmX5';

const cluster = controlPlane();
const emulator = useEmulator();
const raw = useRawServer();
const operators = useOperators(emulator);
const { newNamespace } = useWorkteams();

const region = 'eu-hostile-1';
const aws = awsAt(emulator, { region });
const folder = mkdtempSync(join(tmpdir(), 'workteam-operator-hostile-'));
const file = join(folder, 'secret');

let operator: Operator;
let mine: Workteams;
let theirs: Workteams;
let api: WorkteamApi;
let clusterId: string;
let before: string;
let made = 0;

/** The work teams that are not the attacker's. */
const VICTIMS = ['victim', 'foreign', 'released', 'unowned'] as const;

beforeAll(async () => {
  writeFileSync(file, FILE_CONTENT);
  raw.answers = (response) => response.end('{}');
  [mine, theirs] = await Promise.all([newNamespace('attacker'), newNamespace('victim')]);
  api = new WorkteamApi(cluster.address, GROUP, mine.namespace);
  clusterId = await cluster.run(['get', 'namespace', 'kube-system', '-o', 'jsonpath={.metadata.uid}']);
  emulator.control.setup({ region, quota: 1_000 });
  existing('foreign', 'another-cluster/victims/foreign');
  existing('released', `${clusterId}/no-such-namespace/released`);
  existing('unowned', undefined);
  existing('victim', 'another-cluster/victims/victim', OTHER_ACCOUNT);
  operator = await operators.start({
    namespaces: [mine.namespace, theirs.namespace],
    place: { region },
    flags: ['--resync-interval', '1s', '--aws-requests-per-second', '1000', '--aws-burst', '1000'],
  });
  await theirs.create('victim', specWith({ tags: { kept: 'yes' } }));
  await theirs.untilReady('victim', PATIENCE_MS);
  before = victims();
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A work team that is there already, with that owner tag. */
function existing(name: string, owner: string | undefined, account?: string): void {
  awsAt(emulator, { region, ...(account !== undefined && { account }) }).console('CreateWorkteam', {
    WorkteamName: name,
    Description: 'Of somebody else',
    MemberDefinitions: [{ OidcMemberDefinition: { Groups: ['others'] } }],
    Tags: owner === undefined ? [] : [{ Key: OWNER_TAG_KEY, Value: owner }],
  });
}

/** All that is not the attacker's, as it truly is. */
function victims(): string {
  const other = emulator.control.teams({ region, account: OTHER_ACCOUNT });
  const known = emulator.control.teams({ region }).filter(({ workteam }) => isVictim(workteam.WorkteamName));
  return JSON.stringify([known, other, theirs.get('victim').metadata, theirs.get('victim').spec]);
}

const isVictim = (name: string | undefined) => VICTIMS.some((victim) => victim === name);

/** Nothing happened to anybody else, and nobody else was even called. */
function expectUntouched(): void {
  expect(victims().replace(/"resourceVersion":"\d+"/, '')).toBe(before.replace(/"resourceVersion":"\d+"/, ''));
  const calls = emulator.control.ledger().filter(({ outOfBand }) => !outOfBand);
  expect(new Set(calls.map(({ account }) => account)).size).toBe(1);
  const harm = calls.filter(({ effective, workteamName }) => effective && isVictim(workteamName));
  expect(harm.map(({ operation, workteamName }) => `${operation} ${workteamName}`)).toEqual(['CreateWorkteam victim']);
  expect(raw.requests).toEqual([]);
}

/** A Workteam as an attacker writes it. */
interface Attempt {
  readonly title: string;
  readonly name?: string;
  readonly metadata?: object;
  readonly spec?: object;
  /** Written over the status before the operator may act. */
  readonly status?: object;
  /** What the operator may say of it; anything, when left out. */
  readonly reasons?: readonly string[];
}

/** Makes the attempt and deletes it, while the operator may only look on until everything is in place. */
async function attempt({ name, metadata, spec, status, reasons }: Attempt, ending: 'once settled' | 'at once') {
  made += 1;
  const object = name ?? `attempt-${made}`;
  const suspended = { ...specWith(), workteamName: `attempt-${made}`, ...spec, suspend: true };
  expect(verdictOf(await api.create({ metadata: { name: object, ...metadata }, spec: suspended }))).toBe('accepted');
  if (status !== undefined) expect((await api.patch(object, { status }, '/status')).code).toBe(200);
  if (ending === 'at once') {
    await api.delete(object);
    await api.patch(object, { spec: { suspend: null } });
  } else {
    await api.patch(object, { spec: { suspend: null } });
    const settled = await mine.until(
      object,
      (workteam) => {
        const ready = conditionOf(workteam, 'Ready');
        const isNew = ready?.observedGeneration === workteam.metadata.generation && ready.reason !== 'Progressing';
        // A status that was forged says what it likes until a pass has looked.
        return isNew && (reasons === undefined || reasons.includes(ready.reason));
      },
      { what: reasons?.join(' or ') ?? 'a verdict', within: PATIENCE_MS },
    );
    expectUntouched();
    expect(settled.status?.conditions?.every(({ message }) => message.length <= 4_096)).toBe(true);
    await api.delete(object);
  }
  await mine.untilGone(object, PATIENCE_MS);
  expectUntouched();
}

const arnOf = (name: string) => `arn:aws:sagemaker:${region}:123456789012:workteam/private-crowd/${name}`;

/** As if the operator had said so: that the work team is this object's, and in order. */
function claim(name: string): object {
  const ready = { type: 'Ready', status: 'True', reason: 'Synced', message: '', observedGeneration: 2 };
  return {
    observedGeneration: 2,
    conditions: [{ ...ready, lastTransitionTime: '2026-01-01T00:00:00Z' }],
    workteamName: name,
    workteamArn: arnOf(name),
    region,
    workforceArn: `arn:aws:sagemaker:${region}:123456789012:workforce/private-crowd`,
    createDate: '2026-01-01T00:00:00Z',
  };
}

const POLICIES = [
  { deletionPolicy: 'Delete' },
  { deletionPolicy: 'Retain' },
  { adoptionPolicy: 'IfUnowned', deletionPolicy: 'Delete' },
  { adoptionPolicy: 'Always', deletionPolicy: 'Delete' },
  { adoptionPolicy: 'Always', deletionPolicy: 'Retain' },
];

/** Every way to ask for somebody else's work team by its name. */
const takeovers: readonly Attempt[] = VICTIMS.flatMap((victim) =>
  // A team without an owner is there for the taking, under the policies that say so.
  POLICIES.filter(({ adoptionPolicy }) => victim !== 'unowned' || adoptionPolicy === undefined).flatMap((policies) =>
    [false, true].map((forged) => ({
      title: `${victim}, ${Object.values(policies).join(', ')}${forged ? ', with a forged status and finalizer' : ''}`,
      spec: { workteamName: victim, description: 'Taken over', tags: { taken: 'yes' }, ...policies },
      ...(forged && { status: claim(victim), metadata: { finalizers: [FINALIZER] } }),
      reasons: ['NotOwned', 'NameConflict'],
    })),
  ),
);

describe("somebody else's work team is left alone", () => {
  test.concurrent.for(takeovers)('$title', (it) => attempt(it, 'once settled'));
  // Without a finalizer they are gone before the operator looks.
  const stays = takeovers.filter(({ metadata }) => metadata !== undefined);
  test.concurrent.for(stays)('deleted at once: $title', (it) => attempt(it, 'at once'));
});

/** Claims that the spec does not make. */
const claims: readonly Attempt[] = [
  ...VICTIMS.flatMap((victim) => [
    { title: `status.workteamArn of ${victim}`, status: { workteamArn: arnOf(victim) } },
    { title: `a whole status of ${victim}`, status: claim(victim), metadata: { finalizers: [FINALIZER] } },
  ]),
  {
    title: 'status.workteamArn of another account',
    status: { workteamArn: arnOf('victim').replace('123456789012', OTHER_ACCOUNT) },
  },
  { title: 'status.workteamArn that is no ARN', status: { workteamArn: '../../victim' } },
  {
    title: 'an owner tag as annotation and label',
    metadata: { annotations: { [OWNER_TAG_KEY]: 'x/y/victim' }, labels: { [OWNER_TAG_KEY]: 'victim' } },
  },
  { title: 'a finalizer of ours, by hand', metadata: { finalizers: [FINALIZER] } },
  { title: 'the name of the Workteam of another namespace', name: 'victim', spec: { workteamName: 'not-victim' } },
  { title: 'failing for ever', status: { failingSince: '1970-01-01T00:00:00Z', drift: [{ field: 'description' }] } },
];

describe('a claim in the object is worth nothing', () => {
  test.concurrent.for(claims)('$title', (it) => attempt(it, 'once settled'));
  test.concurrent.for(claims)('deleted at once: $title', (it) => attempt(it, 'at once'));

  test('ownerReferences to the Workteam of another namespace', async () => {
    const { metadata } = theirs.get('victim');
    const owner = { apiVersion: API_VERSION, kind: 'Workteam', name: 'victim', uid: metadata.uid };
    const ownerReferences = [{ ...owner, controller: true, blockOwnerDeletion: true }];
    await attempt({ title: '', metadata: { ownerReferences } }, 'once settled');
  });
});

/** Texts that something might look behind. */
const lures = (): readonly string[] => [
  file,
  `file://${file}`,
  `${raw.endpoint}/latest/meta-data`,
  `$(cat ${file})`,
  `\`cat ${file}\``,
  `\${file:${file}}`,
  `{{ readFile "${file}" }}`,
  `!include ${file}`,
  `arn:aws:iam::${OTHER_ACCOUNT}:role/admin`,
  '169.254.169.254',
];

test('a path, an address or an ARN of another account is a text like any other', async () => {
  for (const lure of lures()) {
    made += 1;
    const [name, group] = [`lure-${made}`, lure.replaceAll(/\s/g, '')];
    const topic = `arn:aws:sns:${region}:${OTHER_ACCOUNT}:topic`;
    await mine.create(name, {
      ...specWith({ description: lure, memberDefinitions: oidcMembers(group) }),
      notificationConfiguration: { notificationTopicArn: topic },
      tags: { lure: lure.replaceAll(/[^\w.:/=+@ -]/g, '-') },
    });
    await mine.untilReady(name, PATIENCE_MS);
    const { workteam } = aws.team(name);
    expect(workteam.Description).toBe(lure);
    expect(workteam.MemberDefinitions).toEqual([{ OidcMemberDefinition: { Groups: [group] } }]);
  }
  const everything = JSON.stringify([operator.log(), emulator.control.ledger(), emulator.control.teams({ region })]);
  expect(leaksIn(everything, [FILE_CONTENT])).toEqual([]);
  expectUntouched();
});

describe('a region is a region', () => {
  test.for([
    ...['evil.example.com/', 'evil.example.com', 'eu-west-1.evil.example.com', 'x@evil.example.com', 'eu-west-1#', '/'],
    ...[
      '../../eu-west-1',
      'eu-west-1/..',
      'eu-west-1?x=',
      'eu-west-1:443',
      '127.0.0.1:80/',
      'eu-west-1\n',
      'EU-WEST-1',
    ],
  ])('spec.region %j is refused', async (hostile) => {
    const spec = { ...specWith(), region: hostile };
    expect(verdictOf(await api.create({ metadata: { name: 'region' }, spec }))).toContain('spec.region');
  });

  test('a region in a forged status leads nowhere', async () => {
    for (const hostile of ['evil.example.com/', '127.0.0.1:80/#', 'x@evil.example.com', '../x']) {
      const name = `attempt-${++made}`;
      await api.create({ metadata: { name }, spec: { ...specWith(), suspend: true } });
      await api.patch(name, { status: { region: hostile } }, '/status');
      await api.patch(name, { spec: { suspend: null } });
      // What is no region is not believed: the team is where the spec says.
      const { status } = await mine.untilReady(name, PATIENCE_MS);
      expect(status?.region).toBe(region);
      expect(emulator.control.ledger().filter((call) => call.region === hostile)).toEqual([]);
      await api.delete(name);
      await mine.untilGone(name, PATIENCE_MS);
    }
    expectUntouched();
  });
});

test('tags of the operator cannot be asked for', async () => {
  for (const key of [OWNER_TAG_KEY, 'workteams.dev/x', 'aws:x', 'AWS:x']) {
    const spec = { ...specWith(), tags: { [key]: `${clusterId}/${theirs.namespace}/victim` } };
    expect(verdictOf(await api.create({ metadata: { name: 'tags' }, spec }))).toContain('spec.tags');
  }
});

describe('what is said cannot be forged', () => {
  const NASTY = '\u001b[31mred\u001b]0;title\u0007\n{"level":"error","msg":"forged"}\r\u009b2J\u202Ereversed';

  test('by an annotation', async () => {
    for (const requestedAt of [NASTY, 'x'.repeat(200_000), '', '\u0000'.repeat(10)]) {
      const { metadata } = await answered(requestedAt);
      await api.delete(String(metadata?.name));
      await mine.untilGone(String(metadata?.name), PATIENCE_MS);
    }
    expectHonest();
  });

  test('by what AWS answers, however long', async () => {
    const name = `nasty-${++made}`;
    const remove = emulator.control.addFault({
      match: { region, operation: 'CreateWorkteam', workteamName: name },
      fault: { kind: 'error', code: 'ValidationException', message: `${NASTY.repeat(10_000)} end` },
    });
    await mine.create(name, specWith());
    const { status } = await mine.untilFailed(name, 'InvalidRequest', PATIENCE_MS);
    emulator.control.removeFault(remove);
    for (const { message } of status?.conditions ?? []) {
      expect(message.length).toBeLessThanOrEqual(4_096);
      expect(message).not.toMatch(/\p{Cc}/u);
    }
    for (const { note } of await eventsOf(mine.namespace, name)) {
      expect(Buffer.byteLength(note)).toBeLessThanOrEqual(1_024);
      expect(note).not.toMatch(/\p{Cc}/u);
    }
    expectHonest();
  });

  async function answered(requestedAt: string): Promise<Answer['body']> {
    const name = `asked-${++made}`;
    const metadata = { name, annotations: { 'workteams.dev/requestedAt': requestedAt } };
    const { body } = await api.create({ metadata, spec: specWith() });
    const echo = [...requestedAt].slice(0, 256).join('');
    await mine.until(name, ({ status }) => status?.lastHandledReconcileAt === echo, { within: PATIENCE_MS });
    return body;
  }

  /** Every line of the log is one object that the operator wrote, and none is endless. */
  function expectHonest(): void {
    const lines = operator.output().split('\n').slice(0, -1);
    for (const line of lines) {
      expect(line).not.toMatch(/\p{Cc}/u);
      expect(line.length).toBeLessThan(20_000);
      expect(JSON.parse(line)).not.toMatchObject({ msg: 'forged' });
    }
  }
});

test('after all that it works as ever, and wrote nothing but what its roles allow', async () => {
  await mine.create('honest', specWith());
  await mine.untilReady('honest', PATIENCE_MS);
  await theirs.edit('victim', { description: 'Still in order' });
  await theirs.untilReady('victim', PATIENCE_MS);
  expect(aws.team('victim').workteam.Description).toBe('Still in order');
  const allowed = PERMISSIONS.map(({ verb, resource }) => `${verb} ${resource}`);
  for (const { namespace } of [mine, theirs]) {
    const writes = await operatorWrites(cluster, namespace);
    const kinds = writes.map(({ verb, resource, subresource }) =>
      [verb, [resource, subresource].filter(Boolean).join('/')].join(' '),
    );
    expect([...new Set(kinds)].filter((kind) => !allowed.includes(kind))).toEqual([]);
    expect(writes.filter(({ code }) => code === 403)).toEqual([]);
  }
});
