import { chmod, mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { cacheRoot, putInPlace } from '../../../dev/control-plane/cache.ts';
import type { Progress } from '../../../dev/control-plane/progress.ts';
import { type Resolution, resolveBinaries, type Supplier } from '../../../dev/control-plane/resolve.ts';
import { ENVTEST, KUBERNETES_VERSION, TOOLS, type Tool } from '../../../dev/control-plane/versions.ts';
import { expectSoon } from '../../support/expect-soon.ts';

// Real processes on a machine that may be busy.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

let base: string;
let cache: string;
let said: Progress[];
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'resolve-'));
  cache = join(base, 'workteam-operator', 'control-plane');
  said = [];
});
afterEach(() => rm(base, { recursive: true }));

const built = () => join(cache, `${KUBERNETES_VERSION}-linux-amd64`);
const downloaded = () => join(cache, `${ENVTEST.kubernetes}-linux-amd64`);

async function programs(folder: string, tools: readonly Tool[] = TOOLS): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const tool of tools) {
    await writeFile(join(folder, tool), '#!/bin/sh\n');
    await chmod(join(folder, tool), 0o755);
  }
  return folder;
}

const works: Supplier = async ({ tools, entry, guardian }) => {
  for (const tool of tools) {
    await writeFile(join(guardian.folder, tool), '');
    await putInPlace(join(guardian.folder, tool), entry);
  }
  return undefined;
};
const fails =
  (reason: string): Supplier =>
  async () =>
    reason;
const mustNotBeAsked: Supplier = () => Promise.reject(new Error('asked'));

function resolve(resolution: Resolution = {}) {
  return resolveBinaries({
    platform: 'linux-amd64',
    archive: mustNotBeAsked,
    go: mustNotBeAsked,
    onProgress: (progress) => said.push(progress),
    ...resolution,
    env: { XDG_CACHE_HOME: base, ...resolution.env },
  });
}

const notes = () => said.flatMap((progress) => (progress.kind === 'note' ? [progress.text] : []));

test('KUBEBUILDER_ASSETS comes before the cache', async () => {
  await programs(built());
  const assets = await programs(join(base, 'assets'));
  const env = { KUBEBUILDER_ASSETS: assets };
  expect(await resolve({ env })).toEqual({ source: 'KUBEBUILDER_ASSETS', folder: assets });
  expect(notes()).toEqual([`Kubernetes binaries from KUBEBUILDER_ASSETS: ${assets}`]);
});

test('KUBEBUILDER_ASSETS without what it promises is an error that names it', async () => {
  await programs(built());
  const assets = await programs(join(base, 'assets'), ['etcd', 'kube-apiserver']);
  await writeFile(join(assets, 'kubectl'), 'a file that cannot be run');
  await expect(resolve({ env: { KUBEBUILDER_ASSETS: assets } })).rejects.toThrow(
    `KUBEBUILDER_ASSETS is ${assets}, where kubectl cannot be run: correct or unset it.`,
  );
});

test('an empty KUBEBUILDER_ASSETS is not set', async () => {
  await programs(built());
  expect((await resolve({ env: { KUBEBUILDER_ASSETS: '' } })).source).toBe('cache');
});

test('an optional tool that KUBEBUILDER_ASSETS lacks is looked for elsewhere', async () => {
  const assets = await programs(join(base, 'assets'));
  await programs(built(), ['kube-controller-manager']);
  const tools = ['kube-controller-manager'] as const;
  expect(await resolve({ tools, env: { KUBEBUILDER_ASSETS: assets } })).toEqual({ source: 'cache', folder: built() });
});

test('a full cache comes before any download or build', async () => {
  await programs(built());
  expect(await resolve()).toEqual({ source: 'cache', folder: built() });
  expect(notes()).toEqual([`Kubernetes binaries from the cache: ${built()}`]);
});

test('what was built comes before what was downloaded, which will do', async () => {
  await programs(downloaded());
  expect(await resolve()).toEqual({ source: 'cache', folder: downloaded() });
  await programs(built());
  expect(await resolve()).toEqual({ source: 'cache', folder: built() });
});

test('the archive comes before a build, and fills the cache', async () => {
  expect(await resolve({ archive: works })).toEqual({ source: 'archive', folder: downloaded() });
  expect(await resolve()).toEqual({ source: 'cache', folder: downloaded() });
});

test('a build comes last, fills the cache, and what was tried before is said', async () => {
  const found = await resolve({ archive: fails('github.com cannot be reached'), go: works });
  expect(found).toEqual({ source: 'go', folder: built() });
  expect(notes()).toEqual([
    'Not from the official archive: github.com cannot be reached.',
    `Kubernetes binaries built with Go: ${built()}`,
  ]);
  expect(await resolve()).toEqual({ source: 'cache', folder: built() });
});

test('when nothing works, one sentence says what to install and why nothing worked', async () => {
  const resolution = { archive: fails('github.com cannot be reached'), go: fails('there is no `go` on the PATH') };
  await expect(resolve(resolution)).rejects.toThrow(
    'There is no Kubernetes control plane to start: install Go 1.26 or newer (https://go.dev/dl), or set ' +
      'KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver and kubectl ' +
      '(the official archive: github.com cannot be reached; a build with Go: there is no `go` on the PATH).',
  );
  expect(await readdir(cache)).toEqual([]);
});

test('of two that find the cache empty one fills it, and the other waits and takes that', async () => {
  const filling = Promise.withResolvers<void>();
  const one = resolve({ archive: fails('no network'), go: (supply) => filling.promise.then(() => works(supply)) });
  await expectSoon(() => readdir(cache)).toContain('lock');
  const two = resolve();
  await expectSoon(() => said).toContainEqual({
    kind: 'began',
    task: 'Waiting for another process to fill the cache',
    hint: cache,
  });
  filling.resolve();
  expect((await one).source).toBe('go');
  expect(await two).toEqual({ source: 'cache', folder: built() });
});

test('scratch folders that a power cut left behind are removed, those in use are not', async () => {
  const old = join(cache, '.partial-old');
  await mkdir(old, { recursive: true });
  const twoHoursAgo = new Date(Date.now() - 2 * 60 * 60 * 1_000);
  await utimes(old, twoHoursAgo, twoHoursAgo);
  await mkdir(join(cache, '.partial-new'));
  await resolve({ archive: works });
  expect((await readdir(cache)).filter((name) => name.startsWith('.partial'))).toEqual(['.partial-new']);
});

test('the cache is below XDG_CACHE_HOME if that is absolute, else below ~/.cache', () => {
  const own = 'workteam-operator/control-plane';
  expect(cacheRoot({ XDG_CACHE_HOME: '/cache' }, '/home/me')).toBe(`/cache/${own}`);
  expect(cacheRoot({ XDG_CACHE_HOME: 'cache' }, '/home/me')).toBe(`/home/me/.cache/${own}`);
  expect(cacheRoot({}, '/home/me')).toBe(`/home/me/.cache/${own}`);
});
