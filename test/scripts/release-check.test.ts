/** Whether what must not be released is found, and what to do about it is said. */
import { describe, expect, test } from 'vitest';
import { type Facts, findings } from '../../scripts/release/checks.ts';
import { baseImagesOf, isPinned } from '../../scripts/release/dockerfile.ts';
import { tagsIn } from '../../scripts/release/facts.ts';
import { reportJson, reportText } from '../../scripts/release/report.ts';

const DIGEST = `sha256:${'b'.repeat(64)}`;
const PINNED = { version: '1.0.0', integrity: 'sha512-abc' };

/** A commit that is ready, but for what is given. */
function factsWith(given: Partial<Facts>): Facts {
  return {
    version: '1.2.3',
    lockfile: { version: '1.2.3', packages: { '': { version: '1.2.3' }, 'node_modules/zod': PINNED } },
    changelog: '# Changelog\n\n## [1.2.3] - 2030-01-02\n\n- Something.\n\n## [1.2.2] - 2029-01-02\n\n- Else.\n',
    chart: { version: '1.2.3', appVersion: '1.2.3' },
    imageTags: [{ file: 'deploy/kustomize/deployment.yaml', tag: '1.2.3' }],
    stale: [],
    packages: [{ name: 'zod', version: '1.0.0', licence: 'MIT' }],
    baseImages: [{ argument: 'RUN_IMAGE', reference: `example.org/node:24@${DIGEST}` }],
    workflows: {},
    changes: [],
    tags: ['v1.2.3'],
    ...given,
  };
}

/** What is not ok. */
function complaints(given: Partial<Facts>, release = false): Record<string, string> {
  const all = findings(factsWith({ ...given }), { release });
  for (const { outcome, advice } of all) expect(advice === undefined).toBe(outcome === 'ok');
  return Object.fromEntries(
    all.filter(({ outcome }) => outcome !== 'ok').map(({ check, outcome, found }) => [check, `${outcome}: ${found}`]),
  );
}

test('a commit that is ready', () => {
  expect(complaints({}, true)).toEqual({});
  expect(complaints({ chart: undefined }, true)).toEqual({});
});

describe('what is wrong whenever one looks', () => {
  const locked = (packages: Facts['lockfile']['packages']): Partial<Facts> => ({
    lockfile: { version: '1.2.3', packages: { '': { version: '1.2.3' }, ...packages } },
  });

  test.each<[string, Partial<Facts>, string]>([
    [
      'version in package-lock.json',
      { lockfile: { version: '1.2.2', packages: { '': { version: '1.2.3' } } } },
      '1.2.2',
    ],
    ['version in package-lock.json', { lockfile: { version: '1.2.3', packages: {} } }, 'undefined'],
    ['version of the chart', { chart: { version: '1.2.2', appVersion: '1.2.3' } }, 'version is 1.2.2'],
    ['version of the chart', { chart: { version: '1.2.3', appVersion: 'v1.2.3' } }, 'appVersion is v1.2.3'],
    ['version in manifests and documents', { imageTags: [{ file: 'README.md', tag: '1.2' }] }, 'README.md names 1.2'],
    ['version in manifests and documents', { imageTags: [] }, 'nobody names the image'],
    ['generated files', { stale: ['crds/x.yaml is stale: run npm run generate'] }, 'crds/x.yaml is stale'],
    ['lockfile', locked({ a: { ...PINNED, resolved: 'git+ssh://git@example.org/a.git#1' } }), 'a comes from git+ssh'],
    ['lockfile', locked({ a: { resolved: '../a', link: true } }), 'a comes from ../a'],
    ['lockfile', locked({ a: { ...PINNED, resolved: 'file:a.tgz' } }), 'a comes from file:a.tgz'],
    ['lockfile', locked({ a: { ...PINNED, resolved: 'https://a.test/a.tgz' } }), 'a comes from https://a.test/a.tgz'],
    ['lockfile', locked({ a: { version: '1.0.0' } }), 'a has no SHA-512'],
    ['lockfile', locked({ a: { ...PINNED, integrity: 'sha1-abc' } }), 'a has no SHA-512'],
    ['licences', { packages: [{ name: 'a', version: '1.0.0', licence: 'GPL-3.0-only' }] }, 'a 1.0.0: GPL-3.0-only'],
    ['licences', { packages: [{ name: 'a', version: '1.0.0', licence: '(MIT OR GPL-3.0)' }] }, 'a 1.0.0: (MIT OR'],
    ['actions of the workflows', { workflows: { 'ci.yaml': 'jobs: [{ uses: a/b@v4 }]' } }, 'ci.yaml: a/b@v4 is not'],
  ])('%s: %j', (check, given, found) => {
    expect(complaints(given)).toEqual({ [check]: expect.stringContaining(`failed: ${found}`) });
  });

  test.each(['1.2', 'v1.2.3', '01.2.3', '1.2.3+build', '1.2.3-'])('no semantic version: %s', (version) => {
    expect(complaints({ version })).toMatchObject({ 'version in package.json': expect.stringContaining('failed') });
  });

  test('what came inside another package, and a registry that npm does not name, are fine', () => {
    const resolved = 'https://registry.test/a/-/a-1.0.0.tgz';
    expect(complaints(locked({ a: { ...PINNED, resolved }, 'a/b': { version: '1.0.0', inBundle: true } }))).toEqual({});
  });
});

describe('what is left for the release, and stops it', () => {
  test.each<[string, Partial<Facts>, string]>([
    [
      'CHANGELOG.md',
      { changelog: '# Changelog\n\n## [Unreleased]\n\n- New.\n' },
      'the newest heading is "[Unreleased]"',
    ],
    [
      'CHANGELOG.md',
      { changelog: '# Changelog\n\n## [1.2.2] - 2030-01-02\n\n- Old.\n' },
      'the newest heading is "[1.2.2]',
    ],
    [
      'CHANGELOG.md',
      { changelog: '# Changelog\n\n## [1.2.3] - soon\n\n- New.\n' },
      'the newest heading is "[1.2.3] - soon"',
    ],
    ['CHANGELOG.md', { changelog: '# Changelog\n' }, 'the newest heading is ""'],
    ['base images', { baseImages: [{ argument: 'RUN_IMAGE', reference: 'node:24' }] }, 'NOT PINNED: RUN_IMAGE=node:24'],
    ['working tree', { changes: [' M src/main.ts'] }, ' M src/main.ts'],
    ['tag', { tags: ['v1.2.2'] }, 'this commit is not v1.2.3'],
  ])('%s: %j', (check, given, found) => {
    expect(complaints(given)).toEqual({ [check]: expect.stringContaining(`later: ${found}`) });
    expect(complaints(given, true)).toEqual({ [check]: expect.stringContaining(`failed: ${found}`) });
  });

  test('an empty Unreleased may stand above the release', () => {
    const changelog = '# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2030-01-02\n\n- Something.\n';
    expect(complaints({ changelog }, true)).toEqual({});
  });
});

describe('the base images of a Dockerfile', () => {
  const of = (argument: string) => `\${${argument}}`;

  test('are the defaults of its arguments; a stage is none', () => {
    const dockerfile = [
      'ARG BUILD_IMAGE=node:24.1.0',
      'ARG RUN_IMAGE=example.org/node:24',
      `FROM --platform=${of('BUILDPLATFORM')} ${of('BUILD_IMAGE')} AS build`,
      'FROM build AS test',
      `FROM ${of('RUN_IMAGE')}`,
    ].join('\n');
    expect(baseImagesOf(dockerfile)).toEqual([
      { argument: 'BUILD_IMAGE', reference: 'node:24.1.0' },
      { argument: 'RUN_IMAGE', reference: 'example.org/node:24' },
    ]);
  });

  test.each(['FROM node:24', `ARG IMAGE\nFROM ${of('IMAGE')}`, `FROM ${of('OTHER')}`])(
    '%j can be pinned by nobody',
    (dockerfile) => {
      expect(() => baseImagesOf(dockerfile)).toThrow('name the image as an argument that has a default');
    },
  );

  test.each([
    [`node:24@${DIGEST}`, true],
    ['node:24.1.0', false],
    ['node@sha256:abc', false],
    [DIGEST, false],
  ])('%s is pinned: %s', (reference, pinned) => {
    expect(isPinned(reference)).toBe(pinned);
  });
});

test('every name of the image with a version behind it is found, and no other', () => {
  const content =
    'image: workteam-operator:0.1.0\n-t example.org/workteam-operator:v0.2.0-rc.1 .\nworkteam-operator:latest';
  expect(tagsIn(content)).toEqual(['0.1.0', '0.2.0-rc.1']);
});

describe('the report', () => {
  const found = findings(factsWith({ version: '1.2', tags: [] }), { release: false });

  test('a line for each check, what to do below it, and the sum', () => {
    const text = reportText(found);
    expect(text).toMatch(/^FAILED {2}version in package.json +1\.2 is no semantic version\n +-> Write MAJOR/);
    expect(text).toMatch(/\nLATER {3}tag +this commit is not v1\.2\n +-> When all the rest is done/);
    expect(text).toMatch(/\n\n\d+ ok, \d+ to do before the release, \d+ failed\.$/);
  });

  test('as JSON', () => {
    const ready = findings(factsWith({}), { release: true });
    expect(JSON.parse(reportJson('1.2', found))).toMatchObject({ version: '1.2', isReady: false, findings: found });
    expect(JSON.parse(reportJson('1.2.3', ready))).toMatchObject({ isReady: true });
  });
});
