/**
 * The CRD in a real API server: what it accepts, what it refuses and with which words, what may change later, and how
 * kubectl shows it. Writes that persist go to a copy of the CRD under another group, where no operator looks.
 */
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { type CustomResourceDefinition, type SchemaNode, workteamCrd } from '../../src/workteam/crd.ts';
import { GROUP } from '../../src/workteam/schema.ts';
import { controlPlane } from '../support/control-plane.ts';
import { specCases, specOf, validSpec } from '../workteam/spec-cases.ts';
import { transitions } from './crd-transitions.ts';
import { verdictOf, WorkteamApi } from './workteam-api.ts';

const cluster = controlPlane();

let namespace: string;
beforeAll(async () => {
  namespace = await cluster.createNamespace('crd');
});

/**
 * The same CRD under another group, optionally with another schema. The group sorts behind ours, so that `workteams` goes on
 * meaning ours in the kubectl of tests that run at the same time.
 */
function copyOf(group: string, schema?: SchemaNode): CustomResourceDefinition {
  const crd = workteamCrd();
  crd.metadata.name = `workteams.${group}`;
  crd.spec.group = group;
  crd.spec.names.shortNames = [];
  if (schema !== undefined) for (const version of crd.spec.versions) version.schema = { openAPIV3Schema: schema };
  return crd;
}

/** Applies a CRD and waits until the API server answers with its schema: the probe tells old from new. */
async function install(crd: CustomResourceDefinition, isServed: (verdict: string) => boolean): Promise<WorkteamApi> {
  await cluster.run(['apply', '--server-side', '-f', '-'], { input: JSON.stringify(crd) });
  const api = new WorkteamApi(cluster.address, crd.spec.group, namespace);
  await vi.waitFor(
    async () => {
      const verdict = verdictOf(await api.create({ metadata: { name: 'probe' }, spec: {} }, { dryRun: true }));
      expect(verdict).toSatisfy(isServed);
    },
    { timeout: 20_000 },
  );
  return api;
}

const refusesEmptySpec = (verdict: string) => verdict.includes('spec.description: Required value');

describe('a new Workteam', () => {
  const create = (row: { name?: string; spec: Record<string, unknown> }) => {
    const api = new WorkteamApi(cluster.address, GROUP, namespace);
    return api.create({ metadata: { name: row.name ?? 'labelers' }, spec: specOf(row) }, { dryRun: true });
  };

  test.each(specCases.filter(({ refused }) => refused === undefined))('is accepted: $row $title', async (row) => {
    expect(verdictOf(await create(row))).toBe('accepted');
  });

  test.each(specCases.filter(({ refused }) => refused !== undefined))('is refused: $row $title', async (row) => {
    const verdict = verdictOf(await create(row));
    for (const message of row.refused ?? []) expect(verdict).toContain(message);
  });

  test('has nothing filled in but the status that says "never seen"', async () => {
    const { body } = await create({ spec: {} });
    expect(body).toMatchObject({ spec: validSpec, status: { observedGeneration: -1 } });
    expect(body.spec).toEqual(validSpec);
  });

  test('is refused with a field that does not exist', async () => {
    expect(verdictOf(await create({ spec: { colour: 'red' } }))).toContain('unknown field "spec.colour"');
  });

  test('is refused without a spec', async () => {
    const api = new WorkteamApi(cluster.address, GROUP, namespace);
    expect(verdictOf(await api.create({ metadata: { name: 'labelers' } }, { dryRun: true }))).toContain(
      'spec: Required value',
    );
  });
});

describe('an edit', () => {
  let api: WorkteamApi;
  beforeAll(async () => {
    api = await install(copyOf('z-edits.example.com'), refusesEmptySpec);
  });

  const title = ({ row, title, refused }: (typeof transitions)[number]) =>
    `is ${refused === undefined ? 'accepted' : 'refused'}: ${row} ${title}`;

  test.each(transitions.map((edit) => ({ ...edit, says: title(edit) })))('$says', async (edit) => {
    const name = edit.name ?? 'team';
    let stored = await api.create({ metadata: { name }, spec: specOf({ spec: edit.before }) });
    expect(verdictOf(stored)).toBe('accepted');
    if (edit.status !== undefined) stored = await api.patch(name, { status: edit.status }, '/status');
    const { metadata, ...rest } = stored.body;
    const edited = { ...rest, metadata: { ...metadata, name }, spec: specOf({ spec: edit.after }) };
    const verdict = verdictOf(await api.replace(edited, { dryRun: true }));
    await api.delete(name);
    if (edit.refused === undefined) expect(verdict).toBe('accepted');
    else expect(verdict).toContain(edit.refused);
  });
});

describe('an object that was stored before the schema was as it is now', () => {
  const anything: SchemaNode = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const oldObjects: Record<string, Record<string, unknown>> = {
    ['n'.repeat(70)]: validSpec,
    'dotted.name': validSpec,
    'line-break': { ...validSpec, description: 'one\ntwo' },
    'bad-tags': { ...validSpec, tags: { 'aws:a': 'b' } },
    'says-no-deletion': { ...validSpec, adoptionPolicy: 'Always' },
    'wrong-type': { ...validSpec, suspend: 'yes' },
    'no-kind': { ...validSpec, memberDefinitions: [{}, {}] },
    'misses-fields': {},
  };
  const names = Object.keys(oldObjects);

  let api: WorkteamApi;
  beforeAll(async () => {
    const old = await install(copyOf('z-old.example.com', anything), (verdict) => verdict === 'accepted');
    for (const [name, spec] of Object.entries(oldObjects)) {
      const metadata = { name, finalizers: ['workteams.dev/finalizer'] };
      expect(verdictOf(await old.create({ metadata, spec }))).toBe('accepted');
    }
    api = await install(copyOf('z-old.example.com'), refusesEmptySpec);
  });

  test.each(names)('takes a status: %s', async (name) => {
    expect(verdictOf(await api.patch(name, { status: { observedGeneration: 1 } }, '/status'))).toBe('accepted');
  });

  test.each([
    ['n'.repeat(70), { description: 'new' }],
    ['dotted.name', { description: 'new' }],
    ['line-break', { suspend: true }],
    ['bad-tags', { description: 'new' }],
    ['says-no-deletion', { deletionPolicy: 'Retain' }],
    ['wrong-type', { description: 'new' }],
  ])('may be edited elsewhere: %s', async (name, spec) => {
    expect(verdictOf(await api.patch(name, { spec }))).toBe('accepted');
  });

  test.each([
    ['line-break', { description: 'one\nthree' }, 'must be one line, without line breaks'],
    ['bad-tags', { tags: { c: 'd' } }, 'tag keys that start with aws: belong to AWS'],
    ['wrong-type', { suspend: 'no' }, 'must be of type boolean'],
    ['misses-fields', { description: 'new' }, 'spec.memberDefinitions: Required value'],
  ])('may not stay wrong where it is edited: %s', async (name, spec, message) => {
    expect(verdictOf(await api.patch(name, { spec }))).toContain(message);
  });

  test.each(names)('can lose its finalizer and go: %s', async (name) => {
    await api.delete(name);
    expect((await api.get(name)).body).toMatchObject({ metadata: { deletionTimestamp: expect.any(String) } });
    expect(verdictOf(await api.patch(name, { metadata: { finalizers: null } }))).toBe('accepted');
    expect(await api.get(name)).toMatchObject({ code: 404 });
  });
});

describe('kubectl', () => {
  test('explains every field of the spec at a glance', async () => {
    const text = await cluster.run(['explain', 'workteam.spec', '--recursive']);
    for (const field of [
      'workteamName',
      'description\t<string> -required-',
      'groups\t<[]string> -required-',
      'tags\t<map[string]string>',
    ]) {
      expect(text).toContain(field);
    }
  });

  test('explains what surprises about members, where one looks for it', async () => {
    const text = (await cluster.run(['explain', 'workteam.spec.memberDefinitions'])).replace(/\s+/g, ' ');
    expect(text).toContain('an update replaces what AWS has, so whoever is not listed here is off the team');
  });

  test('explains that a topic set later subscribes nobody', async () => {
    const text = (await cluster.run(['explain', 'wt.spec.notificationConfiguration'])).replace(/\s+/g, ' ');
    expect(text).toContain('subscribes nobody who is already on the team');
  });

  test('knows the short name and the category', async () => {
    const resources = await cluster.run(['api-resources', `--api-group=${GROUP}`, '--no-headers', '-o', 'wide']);
    expect(resources).toMatch(/^workteams\s+wt\s+workteams\.dev\/v1alpha1\s+true\s+Workteam\s.*\saws\s*$/);
    expect(await cluster.run(['get', 'wt', '--namespace', namespace, '-o', 'name'])).toBe('');
  });

  test('shows the columns, and the wide ones with -o wide', async () => {
    const group = 'z-columns.example.com';
    const api = await install(copyOf(group), refusesEmptySpec);
    const arn = 'arn:aws:sagemaker:eu-west-1:111122223333:workteam/private-crowd/labelers';
    await api.create({ metadata: { name: 'labelers' }, spec: validSpec });
    const ready = {
      type: 'Ready',
      status: 'True',
      reason: 'Synced',
      message: '',
      lastTransitionTime: '2030-01-01T00:00:00Z',
    };
    const status = { conditions: [ready], workteamName: 'Labelers', workteamArn: arn, region: 'eu-west-1' };
    await api.patch('labelers', { status }, '/status');
    const get = (...more: string[]) => cluster.run(['get', `workteams.${group}`, '--namespace', namespace, ...more]);
    expect(await get()).toMatch(/^NAME +READY +REASON +WORK TEAM +AGE\nlabelers +True +Synced +Labelers +\d+s\n$/);
    expect(await get('-o', 'wide')).toMatch(
      new RegExp(
        `^NAME +READY +REASON +WORK TEAM +AGE +ARN +REGION\nlabelers +True +Synced +Labelers +\\d+s +${arn} +eu-west-1\n$`,
      ),
    );
  });
});
