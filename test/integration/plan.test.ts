/** `plan` as a user meets it, against the emulator and, where it matters, a cluster. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { type PlanReport, planReport } from '../../src/workteam/preview-schema.ts';
import { API_VERSION, KIND, OWNER_TAG_KEY } from '../../src/workteam/schema.ts';
import { builtBundle } from '../support/bundle.ts';
import { type Called, useCommand } from '../support/command.ts';
import { controlPlane } from '../support/control-plane.ts';
import { useEmulator } from '../support/emulator.ts';
import { type Aws, awsAt } from '../support/ledger.ts';
import { oidcMembers, specWith } from '../support/specs.ts';
import { useWorkteams } from '../support/workteams.ts';

vi.setConfig({ testTimeout: 120_000 });

const CLUSTER = 'plan-tests';
const cluster = controlPlane();
const emulator = useEmulator({ quota: 1_000 });
const { newNamespace } = useWorkteams();
const { home, call } = useCommand();

/** One manifest, as people write it. */
const manifest = (name: string, spec: object, metadata: object = {}) =>
  JSON.stringify({ apiVersion: API_VERSION, kind: KIND, metadata: { name, ...metadata }, spec });

/** A new folder with these files in it. */
function folder(files: Readonly<Record<string, string | Uint8Array>>): string {
  const path = join(home, randomBytes(6).toString('hex'));
  mkdirSync(path);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

interface Scene {
  readonly region: string;
  readonly aws: Aws;
  plan(path: string, ...flags: string[]): Promise<Called>;
  /** The same as JSON, checked against the schema. */
  report(path: string, ...flags: string[]): Promise<PlanReport>;
  /** A team that somebody made an hour ago. */
  someonesTeam(name: string, more?: { owner?: string; groups?: string[]; tags?: Record<string, string> }): void;
}

const CODES = { nothing: 0, error: 1, changes: 2 };

function newScene(): Scene {
  const region = emulator.newRegion();
  const aws = awsAt(emulator, { region });
  const plan: Scene['plan'] = (path, ...flags) =>
    call(['plan', '-f', path, ...flags], { env: emulator.environment({ region }) });
  return {
    region,
    aws,
    plan,
    async report(path, ...flags) {
      const before = aws.writes().length;
      const { stdout, stderr, code } = await plan(path, '-o', 'json', ...flags);
      expect(stderr).toBe('');
      const report = planReport.parse(JSON.parse(stdout));
      expect(code).toBe(CODES[report.result]);
      expect(aws.writes()).toHaveLength(before);
      return report;
    },
    someonesTeam(name, { owner, groups = ['theirs'], tags = {} } = {}) {
      const all = { ...tags, ...(owner !== undefined && { [OWNER_TAG_KEY]: owner }) };
      aws.console('CreateWorkteam', {
        WorkteamName: name,
        Description: 'Labels street scenes',
        MemberDefinitions: [{ OidcMemberDefinition: { Groups: groups } }],
        Tags: Object.entries(all).map(([Key, Value]) => ({ Key, Value })),
      });
      emulator.control.editTeam({ region }, name, { CreateDate: Math.floor(Date.now() / 1000) - 3_600 });
    },
  };
}

const ID = ['--cluster-id', CLUSTER];

describe('without a cluster', () => {
  test('what would be created, changed, taken over, and refused; then exit code 1', async () => {
    const scene = newScene();
    scene.someonesTeam('changed', { owner: `${CLUSTER}/default/changed`, groups: ['radiology', 'radiology-interns'] });
    scene.someonesTeam('same', { owner: `${CLUSTER}/default/same` });
    scene.someonesTeam('free');
    scene.someonesTeam('foreign', { owner: 'other/default/foreign' });
    const adopt = { adoptionPolicy: 'IfUnowned', deletionPolicy: 'Retain' };
    const path = folder({
      'a.json': manifest('new', specWith()),
      'b.json': manifest('changed', specWith({ memberDefinitions: oidcMembers('radiology') })),
      'c.json': manifest('same', specWith({ memberDefinitions: oidcMembers('theirs') })),
      'd.json': manifest('free', { ...specWith({ memberDefinitions: oidcMembers('theirs') }), ...adopt }),
      'e.json': manifest('foreign', specWith()),
      'f.json': JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap' }),
    });
    const { stdout, stderr, code } = await scene.plan(path, ...ID);
    expect({ stderr, code }).toEqual({ stderr: '', code: 1 });
    expect(stdout).toContain('  - radiology-interns  will lose access\n');
    expect(stdout).toContain(
      'work team foreign in eu-test-1 is refused\n  Work team "foreign" exists and is owned by other/default/foreign.',
    );
    expect(stdout).toContain(
      '5 Workteams: 1 to create, 1 to take over, 1 to change, 1 refused. Passed over: 1 of other kinds.\n',
    );
    expect(stdout).not.toContain('\u001b');
    expect(scene.aws.calls().filter(({ write }) => write)).toEqual([]);
    const { workteams } = await scene.report(path, ...ID);
    expect(workteams.map(({ name, result }) => [name, result])).toEqual([
      ['changed', 'update'],
      ['foreign', 'refused'],
      ['free', 'adopt'],
      ['new', 'create'],
      ['same', 'nothing'],
    ]);
  });

  test('exit code 0 when nothing would change, and 2 when something would', async () => {
    const scene = newScene();
    scene.someonesTeam('same', { owner: `${CLUSTER}/vision/same` });
    const path = folder({ 'a.json': manifest('same', specWith({ memberDefinitions: oidcMembers('theirs') })) });
    expect(await scene.plan(path, ...ID, '--namespace', 'vision')).toEqual({
      stdout: '1 Workteam: nothing to do.\n',
      stderr: '',
      code: 0,
    });
    expect((await scene.plan(path, ...ID)).code).toBe(1);
    expect(await scene.report(folder({ 'a.json': manifest('new', specWith()) }), ...ID)).toMatchObject({
      result: 'changes',
    });
  });

  test('with neither a cluster nor its id, a tag with this namespace and name counts as ours, and that is said', async () => {
    const scene = newScene();
    scene.someonesTeam('mine', { owner: 'whoever/default/mine' });
    const path = folder({ 'a.json': manifest('mine', specWith({ memberDefinitions: oidcMembers('theirs') })) });
    const { stdout, code } = await scene.plan(path);
    expect(code).toBe(0);
    expect(stdout).toContain('an owner tag that names the same namespace and name in any cluster counts as ours');
    expect(await scene.report(path)).toMatchObject({ clusterId: null, result: 'nothing' });
  });

  test('one list and the tags of those that are named, where there are many', async () => {
    const scene = newScene();
    const names = Array.from({ length: 30 }, (_, number) => `team-${number}`);
    for (const name of names) scene.someonesTeam(name, { owner: `${CLUSTER}/default/${name}` });
    const spec = specWith({ memberDefinitions: oidcMembers('theirs') });
    const manifests = names.slice(0, 10).map((name) => manifest(name, spec));
    expect(await scene.report(folder({ 'a.yaml': manifests.join('\n---\n') }), ...ID)).toMatchObject({
      result: 'nothing',
    });
    const count = (operation: string) => scene.aws.calls().filter((entry) => entry.operation === operation).length;
    expect([count('ListWorkteams'), count('DescribeWorkteam'), count('ListTags')]).toEqual([1, 0, 10]);
  });

  test('two that want one team', async () => {
    const path = folder({
      'a.json': manifest('a', { ...specWith(), workteamName: 'one' }),
      'b.json': manifest('b', { ...specWith(), workteamName: 'one' }),
    });
    expect((await newScene().report(path, ...ID)).workteams).toMatchObject([
      { name: 'a', result: 'create' },
      { name: 'b', result: 'refused', reason: 'NameConflict' },
    ]);
  });

  test('a region that cannot be read keeps nothing else from being planned', async () => {
    const scene = newScene();
    const denied = emulator.newRegion();
    emulator.control.addFault({ match: { region: denied }, fault: { kind: 'accessDenied' } });
    const path = folder({
      'a.json': manifest('a', specWith()),
      'b.json': manifest('b', { ...specWith(), region: denied }),
    });
    const report = await scene.report(path, ...ID);
    expect(report.workteams.map(({ name }) => name)).toEqual(['a']);
    expect(report.problems).toMatchObject([{ message: expect.stringContaining(`Nothing is planned for ${denied}`) }]);
  });

  test('the JSON is what the schema of the documentation says, and the same each time', async () => {
    const scene = newScene();
    scene.someonesTeam('changed', { owner: `${CLUSTER}/default/changed`, tags: { old: '1' } });
    const path = folder({
      'a.json': manifest('changed', specWith()),
      'b.json': manifest('new', specWith({ tags: { a: 'b' } })),
    });
    const [first, second] = [await scene.plan(path, ...ID, '-o', 'json'), await scene.plan(path, ...ID, '-o', 'json')];
    expect(second).toEqual(first);
    const validate = new Ajv({ strict: false }).compile(z.toJSONSchema(planReport, { target: 'draft-7' }));
    expect(validate(JSON.parse(first.stdout)), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ ...JSON.parse(first.stdout), result: 'perhaps' })).toBe(false);
  });
});

describe('with a cluster', () => {
  test('its id is that of the owner tags, found by KUBECONFIG', async () => {
    const uid = await cluster.run(['get', 'namespace', 'kube-system', '-o', 'jsonpath={.metadata.uid}']);
    const { region, aws } = newScene();
    const path = folder({ 'a.json': manifest('new', specWith()) });
    const env = { ...emulator.environment({ region }), KUBECONFIG: cluster.address.kubeconfig };
    const { stdout, code } = await call(['plan', '-f', path, '-o', 'json'], { env });
    expect(code).toBe(2);
    const owner = { [OWNER_TAG_KEY]: `${uid}/default/new` };
    expect(planReport.parse(JSON.parse(stdout))).toMatchObject({
      clusterId: uid,
      notes: [],
      workteams: [{ actions: [{ do: 'create', request: { tags: owner } }] }],
    });
    expect(aws.writes()).toEqual([]);
  });

  test('an edit that the API server would refuse is a problem, and every other one is planned', async () => {
    const workteams = await newNamespace('plan-edits');
    const scene = newScene();
    const { namespace } = workteams;
    const before = { ...specWith(), region: scene.region };
    for (const name of ['renamed', 'edited']) await workteams.create(name, before);
    const renamed = manifest('renamed', { ...before, workteamName: 'another' });
    const path = folder({ 'a.json': `\n${renamed}`, 'b.json': manifest('edited', { ...before, description: 'x' }) });
    const flags = ['--kubeconfig', cluster.address.kubeconfig, '--namespace', namespace];
    const { workteams: entries, problems } = await scene.report(path, ...flags);
    expect(entries).toMatchObject([{ name: 'edited', result: 'create' }]);
    expect(problems).toEqual([
      { file: join(path, 'a.json'), line: 2, message: expect.stringContaining('spec.workteamName cannot change') },
    ]);
    const applied = await cluster.kubectl(['apply', '-n', namespace, '--dry-run=server', '-f', join(path, 'a.json')]);
    expect(applied.stderr).toContain('spec.workteamName cannot change');
  });

  test('one that nobody named and that does not answer is left out, and that is said', async () => {
    const gone = join(home, 'gone');
    const named = { name: 'gone', cluster: { server: 'https://127.0.0.1:1' } };
    const contexts = [{ name: 'gone', context: { cluster: 'gone', user: 'gone' } }];
    const users = [{ name: 'gone', user: {} }];
    const config = { apiVersion: 'v1', kind: 'Config', clusters: [named], users, contexts, 'current-context': 'gone' };
    writeFileSync(gone, JSON.stringify(config));
    const path = folder({ 'a.json': manifest('new', specWith()) });
    const env = { ...emulator.environment({ region: emulator.newRegion() }), KUBECONFIG: gone };
    const { stdout, code } = await call(['plan', '-f', path], { env });
    expect(code).toBe(2);
    expect(stdout).toMatch(/Note: The cluster did not answer \(.*ECONNREFUSED.*\)\./);
    expect(await call(['plan', '-f', path, '--kubeconfig', gone], { env })).toMatchObject({ code: 1, stdout: '' });
    expect(await call(['plan', '-f', path, '--prune'], { env })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('with --prune, pass --cluster-id'),
    });
  });
});

test('--prune without a cluster says what the tags tell, and what they do not', async () => {
  const scene = newScene();
  const spec = specWith({ memberDefinitions: oidcMembers('theirs') });
  scene.someonesTeam('kept', { owner: `${CLUSTER}/default/kept` });
  scene.someonesTeam('gone', { owner: `${CLUSTER}/default/gone` });
  scene.someonesTeam('elsewhere', { owner: `${CLUSTER}/other/elsewhere` });
  scene.someonesTeam('foreign', { owner: 'other/default/foreign' });
  scene.someonesTeam('free');
  const path = folder({ 'a.json': manifest('kept', spec) });
  const { prune, result } = await scene.report(path, ...ID, '--prune');
  expect(result).toBe('changes');
  expect(prune).toMatchObject([{ namespace: 'default', name: 'gone', workteamName: 'gone', result: 'unknown' }]);
  const { stdout } = await scene.plan(path, ...ID, '--prune');
  expect(stdout).toContain('Workteam default/gone is in no manifest: work team gone in');
  expect(stdout).toContain('irrevocably, unless the spec of its Workteam has deletionPolicy: Retain');
  expect(stdout).toContain('work teams in other regions, and other namespaces, were not looked at');
  expect(await scene.plan(folder({}), ...ID, '--prune')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('pass --namespace'),
  });
  expect((await scene.report(folder({}), ...ID, '--prune', '--namespace', 'other')).prune).toHaveLength(1);
  const broken = folder({ 'a.json': manifest('kept', {}) });
  const report = await scene.report(broken, ...ID, '--prune');
  expect(report.prune).toBeUndefined();
  expect(report.notes).toEqual([expect.stringContaining('Nothing was looked for to prune')]);
});

describe('what is wrong is told in one line, with exit code 1', () => {
  test('with file and line', async () => {
    const path = folder({
      'bad.yaml': `${manifest('a', { description: 'x' })}\n`,
      'good.yaml': manifest('b', specWith()),
    });
    const { stdout, code } = await newScene().plan(path, ...ID);
    expect(code).toBe(1);
    expect(stdout).toContain(`${path}/bad.yaml:1: spec.memberDefinitions: Required value\n`);
    expect(stdout).toContain('Workteam default/b: work team b');
  });

  test('hostile files', async () => {
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]'];
    for (const [was, is] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg', 'gh', 'hi'].map((pair) => [...pair]))
      bomb.push(`${is}: &${is} [${Array.from({ length: 9 }, () => `*${was}`).join(', ')}]`);
    const head = 'apiVersion: workteams.dev/v1alpha1\nkind: Workteam\nmetadata: { name: x }\nspec:\n';
    const path = folder({
      '1-bomb.yaml': head + bomb.map((line) => `  ${line}\n`).join(''),
      '2-binary.yaml': Buffer.from([0, 1, 2, 3]),
      '3-huge.yaml': Buffer.alloc(50 * 1024 * 1024, 'x'),
      '4-twice.yaml': `${head}  region: a\n  region: b\n`,
    });
    const { stdout, stderr, code } = await newScene().plan(path, ...ID);
    expect({ stderr, code }).toEqual({ stderr: '', code: 1 });
    expect(stdout.replaceAll(`${path}/`, '').split('\n')).toEqual([
      '2-binary.yaml: is not text: write YAML or JSON in UTF-8',
      '3-huge.yaml: is longer than 5 MiB: split it into several files',
      '1-bomb.yaml:1: follows more than 100 aliases: write out what they stand for',
      '4-twice.yaml:6: a key is written twice in the same place',
      '',
      '0 Workteams: 4 problems.',
      '',
    ]);
  });

  test.for<[string[], RegExp]>([
    [['plan'], /^workteam-operator: --filename is "": name manifests with -f PATH$/m],
    [['plan', '-f', 'x', '-o', 'xml'], /^workteam-operator: --output is "xml": write text or json$/m],
    [['plan', '-f', 'x', '--foo'], /^workteam-operator: unknown option '--foo' .*--help/],
    [
      ['plan', '-f', 'x', '--namespace', 'No_Name'],
      /^workteam-operator: --namespace is "No_Name": write a namespace name/,
    ],
  ])('%j', async ([args, sentence]) => {
    const { stdout, stderr, code } = await call(args);
    expect({ stdout, code }).toEqual({ stdout: '', code: 1 });
    expect(stderr).toMatch(sentence);
    expect(stderr.trimEnd()).not.toContain('\n');
  });

  test('a named cluster that does not answer, and no region', async () => {
    const path = folder({ 'a.json': manifest('a', specWith()) });
    const missing = join(home, 'no-kubeconfig');
    expect(await newScene().plan(path, '--kubeconfig', missing)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('The cluster cannot be asked: The kubeconfig'),
    });
    const { AWS_REGION: _r, AWS_DEFAULT_REGION: _d, ...env } = emulator.environment({ region: 'eu-west-1' });
    expect(await call(['plan', '-f', path, ...ID], { env })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('No AWS region'),
    });
  });
});

test('Ctrl-C ends it, with 130 and without a word', async () => {
  const region = emulator.newRegion();
  const path = folder({ 'a.json': manifest('a', specWith()) });
  const env = { PATH: process.env.PATH, ...emulator.environment({ region }) };
  const child = spawn(process.execPath, [builtBundle(), 'plan', '-f', path, ...ID], { env });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      said += data;
    });
  }
  emulator.control.beforeActing({ region }, async () => {
    child.kill('SIGINT');
    return 'drop';
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect({ code, said }).toEqual({ code: 130, said: '' });
});
