import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Progress } from '../../../dev/control-plane/progress.ts';
import { GO_VERSION, platformOf } from '../../../dev/control-plane/versions.ts';
import { GO_TOOLS, type GoTool, goTool, versionIn } from '../../../dev/tools/go-tool.ts';
import { expectSoon } from '../../support/expect-soon.ts';

// Real processes on a machine that may be busy.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const FIXTURES = fileURLToPath(new URL('../control-plane/fixtures', import.meta.url));
const PLATFORM = platformOf(process.platform, process.arch);

let base: string;
let said: Progress[];
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'tools-'));
  await pin('v4.1.0');
  said = [];
  // The stand-in for Go builds at once, and notes what it builds.
  vi.stubEnv('PATH', `${FIXTURES}${delimiter}${process.env.PATH}`);
  vi.stubEnv('GATE', base);
  vi.stubEnv('LEDGER', join(base, 'ledger'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(base, { recursive: true });
});

async function pin(version: string): Promise<void> {
  const module = join(base, 'modules', 'helm');
  await mkdir(module, { recursive: true });
  await writeFile(join(module, 'go.mod'), `module x\n\nrequire helm.sh/helm/v4 ${version}\n`);
  await writeFile(join(module, 'go.sum'), '');
}

function helm(onProgress = (progress: Progress) => void said.push(progress)): Promise<string> {
  return goTool('helm', { env: { XDG_CACHE_HOME: base }, modules: join(base, 'modules'), onProgress });
}

const builds = async () => (await readFile(join(base, 'ledger'), 'utf8')).trim().split('\n').length;

test('a tool is built once, with progress, and comes from the cache from then on', async () => {
  const path = await helm();
  expect(path).toMatch(new RegExp(`/workteam-operator/tools/helm-v4\\.1\\.0-[0-9a-f]{12}-${PLATFORM}/helm$`));
  expect(await readFile(path, 'utf8')).toContain('#!');
  expect(said[1]).toEqual({ kind: 'began', task: 'Building helm v4.1.0', hint: 'about 2 minutes, then cached' });
  expect(said.at(-1)).toEqual({ kind: 'ended' });
  expect(await readdir(join(path, '../..'))).toHaveLength(1);

  said = [];
  expect(await helm()).toBe(path);
  expect(said).toEqual([]);
  expect(await builds()).toBe(1);
});

test('other pinned versions make another program', async () => {
  const before = await helm();
  await pin('v4.2.0');
  expect(await helm()).not.toBe(before);
  expect(await builds()).toBe(2);
});

test('of two that want it at once, one builds and the other waits for that', async () => {
  vi.stubEnv('GATE', join(base, 'open'));
  const one = helm();
  await expectSoon(() => said).toContainEqual(expect.objectContaining({ task: 'Building helm v4.1.0' }));
  const heard: Progress[] = [];
  const two = helm((progress) => void heard.push(progress));
  await expectSoon(() => heard).toContainEqual(
    expect.objectContaining({ task: 'Waiting for another process that builds' }),
  );
  await writeFile(join(base, 'open'), '');
  expect(await two).toBe(await one);
  expect(await builds()).toBe(1);
});

describe('when it cannot be built, one sentence says', () => {
  test('that there is no Go', async () => {
    vi.stubEnv('PATH', base);
    await expect(helm()).rejects.toThrow(
      'helm cannot be built: install Go 1.26 or newer (https://go.dev/dl); there is no `go` on the PATH.',
    );
  });

  test('that Go is too old', async () => {
    vi.stubEnv('FAKE_GO_VERSION', 'go1.22.2');
    await expect(helm()).rejects.toThrow('it needs Go 1.26 or newer, and `go env GOVERSION` says go1.22.2');
  });

  test('what Go said, and nothing is left behind', async () => {
    vi.stubEnv('BROKEN', 'helm');
    await expect(helm()).rejects.toThrow('helm cannot be built: helm.go:1:1: syntax error');
    expect(await readdir(join(base, 'workteam-operator', 'tools'))).toEqual([]);
  });
});

test('the version is that of the module which holds the package', () => {
  const goMod =
    'require (\n\ta.example/b v1.0.0\n\ta.example/b/c v2.0.0 // indirect\n)\nreplace a.example => x v9.0.0\n';
  expect(versionIn(goMod, 'a.example/b/cmd/x')).toBe('v1.0.0');
  expect(versionIn(goMod, 'a.example/b/c')).toBe('v2.0.0');
  expect(() => versionIn(goMod, 'a.example/bc')).toThrow('does not require a module with a.example/bc');
});

const MODULES = fileURLToPath(new URL('../../../dev/tools/', import.meta.url));

describe.each(Object.keys(GO_TOOLS) as GoTool[])('%s', (tool) => {
  test('is pinned to be built by the Go that builds the control plane', async () => {
    const goMod = await readFile(join(MODULES, tool, 'go.mod'), 'utf8');
    expect(goMod).toContain(`tool ${GO_TOOLS[tool].package}\n`);
    expect(versionIn(goMod, GO_TOOLS[tool].package)).toMatch(/^v\d+\.\d+\.\d+$/);
    const [, minor] = /^go 1\.(\d+)/m.exec(goMod) ?? [];
    expect(Number(minor)).toBeLessThanOrEqual(GO_VERSION.minor);
    expect(await readFile(join(MODULES, tool, 'go.sum'), 'utf8')).toContain(' h1:');
  });
});
