/** docs/guides/first-team.md and the first team of the README, by a stranger with a shell: nothing is there but this repository. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Guardian, openGuardian } from '../../dev/control-plane/guarded.ts';
import { builtBundle } from '../support/bundle.ts';
import { controlPlane } from '../support/control-plane.ts';
import { useDesk } from '../support/desk.ts';
import { eventually } from '../support/eventually.ts';
import { readerOf } from '../support/reader.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

/** The fourth terminal: what the others have printed is pasted into it. */
const pasted: Record<string, string> = {};
/** The port of the emulator is another at each time, so that tests do not meet. */
let port = '';
const desk = useDesk({
  kubectl: () => controlPlane().address.binaries.kubectl,
  env: () => pasted,
  fill: (text) => text.replaceAll('4566', port),
});
const guide = readerOf('docs/guides/first-team.md', desk);
const readme = readerOf('README.md', desk);
const TERMINALS = 'Three terminals';

let guardian: Guardian | undefined;
let opened = 0;
beforeAll(async () => {
  builtBundle();
  guardian = await openGuardian(join(tmpdir(), `workteam-operator-terminals-${randomBytes(4).toString('hex')}`));
});
afterAll(() => guardian?.close());

/** A command that runs until Ctrl-C, in a terminal of its own; what it prints. */
async function terminal(command: string): Promise<() => string> {
  if (guardian === undefined) throw new Error('terminals are there only inside tests');
  const log = join(guardian.folder, `terminal-${opened++}.log`);
  const cache = process.env.XDG_CACHE_HOME ?? join(process.env.HOME ?? '', '.cache');
  const env = { ...desk.env(), XDG_CACHE_HOME: cache, ...pasted };
  const assignments = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const args = ['-i', ...assignments, 'sh', '-c', `cd '${resolve('.')}' && exec ${command}`];
  await guardian.run({ program: '/usr/bin/env', args, log });
  return () => (existsSync(log) ? readFileSync(log, 'utf8') : '');
}

/** Pastes the `export` lines that a terminal has printed. */
async function paste(printed: () => string, last: string): Promise<void> {
  await eventually(() => new RegExp(`export ${last}=.*\n`).test(printed()), { what: last, within: 120_000 });
  for (const [, name = '', value = ''] of printed().matchAll(/^ *export (\w+)=(.*)$/gm)) {
    // kubectl is on the path of the desk; a PATH that is pasted begins with its folder.
    if (name !== 'PATH') pasted[name] = value;
    else expect(existsSync(join(value.split(':')[0] ?? '', 'kubectl'))).toBe(true);
  }
}

describe('from nothing to an adopted team', () => {
  test('three terminals', async () => {
    const take = (part: string) => guide.take(TERMINALS, (text) => text.includes(part))[0] ?? '';
    await paste(await terminal(take('control-plane')), 'PATH');
    const emulator = await terminal(`${take('npm run emulator')} `.replace(/--port \d* /, '--port 0 '));
    await paste(emulator, 'AWS_EC2_METADATA_DISABLED');
    port = new URL(pasted.AWS_ENDPOINT_URL_SAGEMAKER ?? '').port;
    await guide.follow(TERMINALS, (text) => text.includes(' crd '));
    const operator = await terminal(take('dist/workteam-operator.js run'));
    await eventually(() => operator().includes('"reconciling"'), { what: 'the operator', within: 60_000 });
    expect(take('workteam-operator()')).toContain('dist/workteam-operator.js "$@"');
  });

  test('A team: created, and put back', async () => {
    const teamsOf = (text = ''): { workteam: { MemberDefinitions: unknown } }[] => JSON.parse(text);
    const [, , list, teams] = await guide.follow('A team', (text) => !/console|events/.test(text));
    expect(list).toMatch(/street-scenes +True +Synced/);
    const before = teamsOf(teams)[0]?.workteam.MemberDefinitions;
    await guide.follow('A team', (text) => text.includes('console'));
    const repaired = async () => (await guide.follow('A team', (text) => text.includes('events')))[0]?.includes('Put ');
    await eventually(repaired, { what: 'the repair', within: 60_000 });
    const [after] = await guide.follow('A team', (text) => text.includes('/teams'));
    expect(teamsOf(after)[0]?.workteam.MemberDefinitions).toEqual(before);
  });

  test('A team that was there before: nothing but the owner tag is added', async () => {
    const said = (await guide.follow('A team that was there before')).join('\n');
    expect(said).toContain('Workteam default/lidar: work team Lidar in eu-west-1 will be');
    const manifest = readFileSync(join(desk.folder, 'teams', 'lidar.yaml'), 'utf8');
    expect(manifest).toContain('managementPolicy: Manage');
    const ledger = await (await fetch(`http://localhost:${port}/_emulator/ledger`)).json();
    const writes = (ledger as { workteamName?: string; effective: boolean; outOfBand: boolean; operation: string }[])
      .filter(({ workteamName, effective, outOfBand }) => workteamName === 'Lidar' && effective && !outOfBand)
      .map(({ operation }) => operation);
    expect(writes).toEqual(['AddTags']);
  });

  test('Clean up: one work team goes, the other stays', async () => {
    await guide.follow('Clean up');
    const [left] = await guide.follow('A team', (text) => text.includes('/teams'));
    expect(left).toContain('Lidar');
    expect(left).not.toContain('street-scenes');
  });

  test('the team of the README', async () => {
    const shown = await readme.follow('A work team', (text) => !/^(NAME|street-scenes) /.test(text));
    const lines = readme.take('A work team', (text) => /^(NAME|street-scenes) /.test(text));
    const columns = (text = '') => text.split(/ {2,}/).slice(0, -1);
    const printed = (shown.at(-1) ?? '').split('\n');
    expect(printed.slice(0, 2).map(columns)).toEqual(lines.map(columns));
  });
});

readme.leavesNothingOut();
guide.leavesNothingOut();
