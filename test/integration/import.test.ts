/** From work teams that exist to Workteams that have taken them over, without a change but the owner tag. */
import { spawn } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { builtBundle } from '../support/bundle.ts';
import { useCommand } from '../support/command.ts';
import { controlPlane } from '../support/control-plane.ts';
import { useEmulator } from '../support/emulator.ts';
import { eventually } from '../support/eventually.ts';
import { awsAt, operations } from '../support/ledger.ts';
import { conditionsOf, PATIENCE_MS, SYNCED, useStage } from '../support/stage.ts';
import { TEAMS_A_REGION, variedTeam } from '../support/varied-teams.ts';

const cluster = controlPlane();
const { home, call } = useCommand();
const UNHURRIED = ['--aws-requests-per-second', '1000', '--aws-burst', '1000'];
const IGNORED = ['--ignore-tag-keys', 'c7n:*'];

describe('a hundred varied work teams', () => {
  const stage = useStage({ prefix: 'import', flags: IGNORED });

  test('are imported, observed without a write, and taken over by their owner tag alone', async () => {
    const { emulator, workteams } = stage;
    const { control } = emulator;
    const regions = Array.from({ length: 4 }, () => emulator.newRegion());
    for (const [index, region] of regions.entries()) {
      const kind = index % 2 === 0 ? 'Oidc' : 'Cognito';
      control.setup({ region, workforce: { name: `crowd-${index}`, kind } });
      for (let number = 0; number < TEAMS_A_REGION; number += 1) {
        control.actAsConsole({ region }, 'CreateWorkteam', variedTeam(kind, region, number));
      }
    }
    const before = regions.map((region) => control.teams({ region }));
    const tried = () => control.ledger().filter(({ write, outOfBand }) => write && !outOfBand);

    const env = emulator.environment({ region: 'eu-nowhere-1' });
    const args = ['import', ...regions.flatMap((region) => ['--aws-region', region]), ...IGNORED, ...UNHURRIED];
    const [imported, again] = [
      await call([...args, '--namespace', workteams.namespace], { env }),
      await call([...args, '--namespace', workteams.namespace], { env }),
    ];
    expect(imported).toMatchObject({
      code: 0,
      stderr: 'workteam-operator: 100 manifests for work teams in 4 regions; nothing left out.\n',
    });
    expect(again.stdout).toBe(imported.stdout);
    const manifests = parseAllDocuments(imported.stdout).map(
      (document) => document.toJS() as Pick<Seen, 'metadata' | 'spec'>,
    );
    const names = manifests.map(({ metadata }) => metadata.name);
    expect(new Set(names).size).toBe(100);

    const plan = async (text: string) => {
      const file = join(home, 'teams.yaml');
      await writeFile(file, text);
      const shared = ['--kubeconfig', cluster.address.kubeconfig, ...IGNORED, ...UNHURRIED];
      return await call(['plan', '-f', file, '-o', 'json', ...shared], { env });
    };
    expect(await plan(imported.stdout)).toMatchObject({ code: 0, stderr: '' });

    await cluster.run(['apply', '-f', '-'], { input: imported.stdout });
    for (const { metadata, spec } of manifests) {
      const { name } = metadata;
      const observed = await workteams.until(name, isReady('Observed'), { what: 'Observed', within: PATIENCE_MS });
      expect(conditionsOf(observed)).toEqual(['Ready True Observed', 'Drifted False AsSpecified']);
      expect(observed.metadata.finalizers).toBeUndefined();
      // Nothing is filled in, so that Argo CD sees no difference.
      expect(observed.spec).toEqual(spec);
    }
    expect(tried()).toEqual([]);

    const managed = imported.stdout.replaceAll('managementPolicy: Observe', 'managementPolicy: Manage');
    await cluster.run(['apply', '-f', '-'], { input: managed });
    for (const name of names) {
      const synced = await workteams.until(name, isReady('Synced'), { what: 'Synced', within: PATIENCE_MS });
      expect(conditionsOf(synced)).toEqual(SYNCED);
    }
    await settled(regions);
    expect(new Set(operations(tried()))).toEqual(new Set(['AddTags']));
    expect(tried()).toHaveLength(100);
    for (const [index, region] of regions.entries()) {
      const owned = before[index]?.map(({ workteam, tags }) => ({
        workteam,
        tags: { ...tags, 'workteams.dev/owner': expect.stringContaining(`/${workteams.namespace}/`) },
      }));
      expect(control.teams({ region })).toEqual(owned);
    }
    expect(await plan(managed)).toMatchObject({ code: 0, stderr: '' });

    async function settled(places: readonly string[]): Promise<void> {
      const sweeps = (region: string) =>
        awsAt(emulator, { region })
          .calls()
          .filter(({ operation }) => operation === 'ListWorkteams').length;
      const begun = new Map(places.map((region) => [region, sweeps(region)]));
      const isSwept = (region: string) => sweeps(region) >= (begun.get(region) ?? 0) + 3;
      await eventually(() => places.every(isSwept), { what: 'three resyncs', within: PATIENCE_MS });
    }
  }, 240_000);
});

type Seen = Parameters<typeof conditionsOf>[0];

const isReady = (reason: string) => (workteam: Seen) =>
  workteam.status?.observedGeneration === workteam.metadata.generation &&
  conditionsOf(workteam).includes(`Ready True ${reason}`);

describe('without a cluster', () => {
  const emulator = useEmulator();
  const smallest = { Description: 'Labels', MemberDefinitions: [{ OidcMemberDefinition: { Groups: ['a'] } }] };
  const create = (region: string, WorkteamName: string, more = {}) =>
    emulator.control.actAsConsole({ region }, 'CreateWorkteam', { ...smallest, WorkteamName, ...more });

  test('a file each, whole, and none overwritten unless by force', async () => {
    const region = emulator.newRegion();
    const env = emulator.environment({ region });
    for (const name of ['Cats', 'dogs']) create(region, name);
    const folder = join(home, 'files', 'teams');
    const args = ['import', '--output-dir', folder];
    const first = await call(args, { env });
    expect(first).toEqual({
      code: 0,
      stdout: '',
      stderr: `workteam-operator: 2 manifests for work teams in ${region}; nothing left out.\n`,
    });
    expect((await readdir(folder)).toSorted()).toEqual(['cats.yaml', 'dogs.yaml']);
    const printed = await call(['import'], { env });
    const files = await Promise.all(['cats', 'dogs'].map((name) => readFile(join(folder, `${name}.yaml`), 'utf8')));
    expect(files.join('---\n')).toBe(printed.stdout);

    await writeFile(join(folder, 'dogs.yaml'), 'mine');
    expect(await call(args, { env })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/has .* already: pass --force/),
    });
    expect(await readFile(join(folder, 'dogs.yaml'), 'utf8')).toBe('mine');
    expect((await call([...args, '--force'], { env })).code).toBe(0);
    expect(await readFile(join(folder, 'dogs.yaml'), 'utf8')).toBe(files[1]);
  });

  test('what cannot be said is told and counted, and the rest is written; so is a region that cannot be read', async () => {
    const [region, denied] = [emulator.newRegion(), emulator.newRegion()];
    for (const name of ['good', 'bad']) create(region, name);
    emulator.control.editTeam({ region }, 'bad', { Description: 'two\nlines' });
    const { WorkteamArn } = awsAt(emulator, { region }).team('good').workteam;
    const owner = { Key: 'workteams.dev/owner', Value: 'a-cluster/vision/good' };
    emulator.control.actAsConsole({ region }, 'AddTags', { ResourceArn: WorkteamArn, Tags: [owner] });
    emulator.control.addFault({ match: { region: denied }, fault: { kind: 'accessDenied' } });
    const args = ['import', '-o', 'json', '--aws-region', region, '--aws-region', denied];
    const { stdout, stderr, code } = await call(args, { env: emulator.environment({ region }) });
    expect(code).toBe(1);
    expect(stderr.split('\n')).toEqual([
      expect.stringMatching(
        /work team "good": It carries the owner tag of Workteam vision\/good of cluster a-cluster\./,
      ),
      `workteam-operator: ${denied}: its work teams could not be read: AWS denies ListWorkteams, allow sagemaker:ListWorkteams.`,
      `workteam-operator: ${region}: work team "bad" is left out: spec.description: must be one line, without line breaks.`,
      'workteam-operator: 1 manifest for work teams in 2 regions; 2 left out.',
      '',
    ]);
    expect(JSON.parse(stdout).items.map(({ metadata }: Seen) => metadata.name)).toEqual(['good']);
  });

  test('without a region or credentials, one sentence says what is missing', async () => {
    const {
      AWS_REGION: _region,
      AWS_DEFAULT_REGION: _default,
      ...noRegion
    } = emulator.environment({ region: 'eu-x-1' });
    expect(await call(['import'], { env: noRegion })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^workteam-operator: No AWS region: pass --aws-region [^\n]*\n$/),
    });
    const nobody = { AWS_REGION: 'eu-west-1', AWS_EC2_METADATA_DISABLED: 'true' };
    expect(await call(['import'], { env: nobody })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^workteam-operator: No AWS credentials [^\n]*\n$/),
    });
  });

  test('throttled by AWS, it takes its time and reads everything', async () => {
    const region = emulator.newRegion();
    for (let number = 0; number < 8; number += 1) create(region, `team-${number}`);
    const { requestsPerSecond, requestBurst } = emulator.control.switches();
    emulator.control.setSwitches({ requestsPerSecond: 10, requestBurst: 5 });
    try {
      const { stderr, code } = await call(['import', ...UNHURRIED], { env: emulator.environment({ region }) });
      expect({ stderr, code }).toMatchObject({ code: 0, stderr: expect.stringContaining(' 8 manifests ') });
      expect(emulator.control.ledger().some((entry) => entry.region === region && entry.outcome !== 'ok')).toBe(true);
    } finally {
      emulator.control.setSwitches({ requestsPerSecond, requestBurst });
    }
  });

  test('members and groups in another order in every answer, and a list that leaves things out: the same bytes', async () => {
    const region = emulator.newRegion();
    const topic = { NotificationTopicArn: `arn:aws:sns:${region}:123456789012:work` };
    const Groups = ['a', 'b', 'c', 'd', 'e', 'f'];
    create(region, 'mixed', {
      NotificationConfiguration: topic,
      MemberDefinitions: [{ OidcMemberDefinition: { Groups } }],
    });
    const asked = () => call(['import'], { env: emulator.environment({ region }) });
    const { stdout } = await asked();
    expect(stdout).toContain('notificationTopicArn');
    const { memberOrder, listOptionalMembers } = emulator.control.switches();
    emulator.control.setSwitches({ memberOrder: 'shuffled', listOptionalMembers: 'leftOut' });
    try {
      for (let time = 0; time < 3; time += 1) expect((await asked()).stdout).toBe(stdout);
    } finally {
      emulator.control.setSwitches({ memberOrder, listOptionalMembers });
    }
  });

  test('a thousand work teams in forty regions, within the pace in each', async () => {
    const regions = Array.from({ length: 40 }, () => emulator.newRegion());
    for (const region of regions) for (let number = 0; number < 25; number += 1) create(region, `team-${number}`);
    const since = emulator.control.ledger().length;
    const args = ['import', ...regions.flatMap((region) => ['--aws-region', region]), '-o', 'json'];
    const { stdout, stderr, code } = await call(args, { env: emulator.environment({ region: regions[0] ?? '' }) });
    expect({ stderr, code }).toEqual({
      stderr: 'workteam-operator: 1000 manifests for work teams in 40 regions; nothing left out.\n',
      code: 0,
    });
    expect(JSON.parse(stdout).items).toHaveLength(1000);
    const calls = emulator.control.ledger(since);
    expect(calls.filter(({ write }) => write)).toEqual([]);
    for (const region of regions) {
      const times = calls.filter((entry) => entry.region === region).map(({ time }) => Date.parse(time));
      const [begin = 0] = times;
      // 20 at once, then 5 a second; what was on its way may arrive a little closer to what came after it.
      for (const [index, time] of times.entries())
        expect(index).toBeLessThanOrEqual(20 + (5 * (time - begin)) / 1000 + 5);
    }
  }, 90_000);

  test('Ctrl-C ends it with 130 and nothing half done; on a terminal, the progress shows until then', async () => {
    const region = emulator.newRegion();
    for (let number = 0; number < 25; number += 1) create(region, `team-${number}`);
    const folder = join(home, 'interrupted');
    const slow = ['--aws-requests-per-second', '1', '--aws-burst', '1', '--output-dir', folder];
    const command = [process.execPath, builtBundle(), 'import', ...slow].join(' ');
    // A terminal of its own, so that Ctrl-C is what it is for a person.
    const child = spawn('script', ['-qec', command, '/dev/null'], {
      env: { PATH: process.env.PATH, ...emulator.environment({ region }) },
    });
    let shown = '';
    child.stdout.on('data', (chunk: Buffer) => {
      shown += chunk;
    });
    const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
    try {
      await eventually(() => /\d+ of 25 work teams read/.test(shown), { what: 'progress' });
      child.stdin.write('\u0003');
      expect(await ended).toBe(130);
    } finally {
      child.kill('SIGKILL');
    }
    expect(shown).not.toMatch(/error|\n\s+at /i);
    await expect(readdir(folder)).rejects.toThrow('ENOENT');
  });
});

describe('docs/guides/adopting.md', () => {
  const stage = useStage({ prefix: 'adopting' });

  test('every command does what it says', async () => {
    const { emulator, workteams } = stage;
    const region = emulator.newRegion();
    const team = { Description: 'Labels', MemberDefinitions: [{ OidcMemberDefinition: { Groups: ['a'] } }] };
    for (const WorkteamName of ['Cats', 'dogs']) {
      emulator.control.actAsConsole({ region }, 'CreateWorkteam', { ...team, WorkteamName });
    }
    const tried = () => emulator.control.ledger().filter(({ write, outOfBand }) => write && !outOfBand);
    const shell = await shellWith({ ...emulator.environment({ region }), KUBECONFIG: cluster.address.kubeconfig });
    const text = await readFile('docs/guides/adopting.md', 'utf8');
    const commands = [...text.matchAll(/^ {4}((?:workteam-operator|kubectl|sed) .*)$/gm)].map(([, command = '']) =>
      command.replaceAll('eu-west-1', region).replaceAll('vision', workteams.namespace),
    );
    expect(commands).toHaveLength(8);
    const [before, after] = [commands.slice(0, 5), commands.slice(5)];
    for (const command of before) expect(await shell(command), command).toMatchObject({ code: 0 });
    for (const name of ['cats', 'dogs']) {
      expect(conditionsOf(workteams.get(name))).toEqual(['Ready True Observed', 'Drifted False AsSpecified']);
    }
    expect(tried()).toEqual([]);
    for (const command of after) expect(await shell(command), command).toMatchObject({ code: 0 });
    for (const name of ['cats', 'dogs']) await workteams.until(name, isReady('Synced'), { within: PATIENCE_MS });
    expect(operations(tried())).toEqual(['AddTags', 'AddTags']);
  }, 120_000);
});

/** A shell in which the commands of a guide can be typed as they stand. */
async function shellWith(env: Readonly<Record<string, string>>) {
  const bin = join(home, 'bin');
  await mkdir(bin);
  const programs = {
    'workteam-operator': `exec '${process.execPath}' '${builtBundle()}' "$@"`,
    kubectl: `exec '${cluster.address.binaries.kubectl}' "$@"`,
  };
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(bin, name), 0o755);
  }
  return (command: string): Promise<{ code: number | null; output: string }> =>
    new Promise((resolve) => {
      const options = { cwd: home, env: { ...env, PATH: `${bin}:${process.env.PATH}`, HOME: home, KUBERC: 'off' } };
      const child = spawn('sh', ['-c', command], { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
      let output = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk));
      child.on('close', (code) => resolve({ code, output }));
    });
}
