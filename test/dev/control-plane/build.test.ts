import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { buildArguments } from '../../../dev/control-plane/build.ts';
import { isNewEnough } from '../../../dev/control-plane/go.ts';
import type { Progress } from '../../../dev/control-plane/progress.ts';
import { resolveBinaries } from '../../../dev/control-plane/resolve.ts';
import { KUBERNETES_VERSION, TOOLS } from '../../../dev/control-plane/versions.ts';

// Real processes on a machine that may be busy.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const FIXTURES = fileURLToPath(new URL('fixtures', import.meta.url));

let base: string;
let entry: string;
let said: Progress[];
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'build-'));
  entry = join(base, 'workteam-operator', 'control-plane', `${KUBERNETES_VERSION}-linux-amd64`);
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

function fillCache() {
  return resolveBinaries({
    platform: 'linux-amd64',
    env: { XDG_CACHE_HOME: base },
    archive: async () => 'there is no network in this test',
    onProgress: (progress) => said.push(progress),
  });
}

const builds = async () => (await readFile(join(base, 'ledger'), 'utf8')).trim().split(/ \d+\n?/);

test('the cache is filled tool by tool, the quickest first, and nothing else is left there', async () => {
  expect(await fillCache()).toEqual({ source: 'go', folder: entry });
  expect((await builds()).slice(0, -1)).toEqual([...TOOLS]);
  expect((await readdir(entry)).sort()).toEqual([...TOOLS].sort());
  expect(await readdir(join(entry, '..'))).toEqual([`${KUBERNETES_VERSION}-linux-amd64`]);
  expect(said).toContainEqual({
    kind: 'began',
    task: `Building kube-apiserver ${KUBERNETES_VERSION}`,
    hint: '5 to 10 minutes in all, then cached',
  });
});

test('a build that fails keeps what was built, says what Go said, and goes on from there the next time', async () => {
  vi.stubEnv('BROKEN', 'kube-apiserver');
  await expect(fillCache()).rejects.toThrow('kube-apiserver does not build: kube-apiserver.go:1:1: syntax error');
  expect(await readdir(entry)).toEqual(['etcd']);

  vi.stubEnv('BROKEN', undefined);
  expect((await fillCache()).source).toBe('go');
  expect((await builds()).filter((tool) => tool === 'etcd')).toHaveLength(1);
});

test('a Go that is too old is named beside the one that is needed', async () => {
  vi.stubEnv('FAKE_GO_VERSION', 'go1.22.2');
  await expect(fillCache()).rejects.toThrow('it needs Go 1.26 or newer, and `go env GOVERSION` says go1.22.2');
});

test('no Go at all is said', async () => {
  vi.stubEnv('PATH', base);
  await expect(fillCache()).rejects.toThrow('a build with Go: there is no `go` on the PATH');
});

test.each([
  ['go1.26.0', true],
  ['go1.27rc1', true],
  ['go2.0', true],
  ['devel go1.28-0123abc Mon', true],
  ['go1.25.9', false],
  ['go1.3', false],
  ['command not found', false],
])('%s is new enough: %s', (version, expected) => {
  expect(isNewEnough(version)).toBe(expected);
});

test('the version is stamped into the binaries, for Helm and Argo CD refuse a server without one', () => {
  expect(buildArguments('kube-apiserver', 'out').join(' ')).toContain(
    `-X k8s.io/component-base/version.gitVersion=v${KUBERNETES_VERSION} `,
  );
});
