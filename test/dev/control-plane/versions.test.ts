import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { buildArguments } from '../../../dev/control-plane/build.ts';
import {
  ENVTEST,
  ETCD_VERSION,
  GO_VERSION,
  KUBERNETES_VERSION,
  OPTIONAL_TOOLS,
  platformOf,
  TOOLS,
} from '../../../dev/control-plane/versions.ts';

const goMod = await readFile(new URL('../../../dev/control-plane/go.mod', import.meta.url), 'utf8');
const [, minor, patch] = KUBERNETES_VERSION.split('.');

test('go.mod requires the versions named in versions.ts', () => {
  const required = new Map([...goMod.matchAll(/^\t(\S+) (v\S+)/gm)].map(([, module, version]) => [module, version]));
  expect(required.get('k8s.io/kubernetes')).toBe(`v${KUBERNETES_VERSION}`);
  expect(required.get('go.etcd.io/etcd/server/v3')).toBe(`v${ETCD_VERSION}`);
  expect(goMod).toMatch(new RegExp(`^go ${GO_VERSION.major}\\.${GO_VERSION.minor}\\b`, 'm'));
});

test('go.mod replaces every staging module by the same release', () => {
  const replacements = [...goMod.matchAll(/(\S+) => (\S+) (\S+)$/gm)];
  expect(replacements.length).toBeGreaterThan(30);
  for (const [, from, to, version] of replacements) {
    expect(to).toBe(from);
    expect(version).toBe(`v0.${minor}.${patch}`);
  }
});

test('go.mod lists exactly the packages that are built', () => {
  const packages = [...TOOLS, ...OPTIONAL_TOOLS].map((tool) => buildArguments(tool, 'out').at(-1));
  const listed = /^tool \(\n([^)]*)\)/m.exec(goMod)?.[1]?.trim().split(/\s+/);
  expect(listed?.sort()).toEqual(packages.sort());
});

test('the archive is of the same minor version, with a whole SHA-512 for every platform', () => {
  expect(ENVTEST.kubernetes.split('.').slice(0, 2)).toEqual(KUBERNETES_VERSION.split('.').slice(0, 2));
  expect(Object.keys(ENVTEST.sha512).sort()).toEqual(['darwin-amd64', 'darwin-arm64', 'linux-amd64', 'linux-arm64']);
  for (const sum of Object.values(ENVTEST.sha512)) expect(sum).toMatch(/^[0-9a-f]{128}$/);
});

test('platforms are named as Go names them', () => {
  expect(platformOf('linux', 'x64')).toBe('linux-amd64');
  expect(platformOf('darwin', 'arm64')).toBe('darwin-arm64');
  expect(() => platformOf('win32', 'x64')).toThrow('runs on Linux and macOS');
});
