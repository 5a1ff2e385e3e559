import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { renderAll, renderOne } from '../../src/cli/import-render.ts';
import type { ImportedWorkteam } from '../../src/workteam/manifest.ts';
import { API_VERSION, KIND } from '../../src/workteam/schema.ts';
import { oidcMembers, specWith } from '../support/specs.ts';

function imported(more: Parameters<typeof specWith>[0] = {}, comments: readonly string[] = []): ImportedWorkteam {
  const manifest = { apiVersion: API_VERSION, kind: KIND, metadata: { name: 'labelers' }, spec: specWith(more) };
  return { region: 'eu-west-1', workteamName: 'labelers', manifest, comments };
}

/** As Kubernetes reads YAML, and as everybody else does. */
const VERSIONS = ['1.1', '1.2'] as const;

test('YAML begins with what to change, and is no more quoted than it has to be', () => {
  const text = renderOne(
    imported({ description: 'Labels: faces', tags: { team: 'cats', 'cost center': '4711' } }),
    'yaml',
  );
  expect(text.split('\n').filter((line) => !line.startsWith('#'))).toEqual([
    'apiVersion: workteams.dev/v1alpha1',
    'kind: Workteam',
    'metadata:',
    '  name: labelers',
    'spec:',
    '  description: "Labels: faces"',
    '  memberDefinitions:',
    '    - oidcMemberDefinition:',
    '        groups:',
    '          - labelers',
    '  tags:',
    '    team: cats',
    '    cost center: "4711"',
    '',
  ]);
  expect(text).toMatch(/^# Work team "labelers" of eu-west-1, as it is in AWS\./);
  for (const line of text.split('\n')) expect(line.length).toBeLessThan(115);
});

describe('every text comes back as it was, whoever reads it', () => {
  const odd = [
    'yes',
    'No',
    'on',
    'y',
    '~',
    'null',
    '=',
    '1e3',
    '0o7',
    '1_000',
    '12:30',
    '2030-01-01',
    '.inf',
    'a: b',
    '- a',
  ];
  const odder = [
    'e0',
    'E-12',
    'a #b',
    '#',
    ' a ',
    'a\u2028b',
    '\u0085',
    '\u007f',
    '\ufeff',
    '\ufffe',
    '\t',
    '\u0000',
    '"',
    "'",
    '\\u0041',
  ];
  const text = fc.oneof(fc.constantFrom(...odd, ...odder, 'ändert 🚗'), fc.string({ unit: 'grapheme' }), fc.string());

  test.each(VERSIONS)('in YAML %s', (version) => {
    fc.assert(
      fc.property(text, fc.uniqueArray(text, { maxLength: 3 }), (description, keys) => {
        const tags = Object.fromEntries(keys.map((key) => [key, key]));
        const workteam = imported({ description, tags, memberDefinitions: oidcMembers(...keys) });
        const read = parse(renderOne(workteam, 'yaml'), { version, uniqueKeys: true });
        expect(JSON.stringify(read)).toBe(JSON.stringify(workteam.manifest));
      }),
    );
  });

  test('and nothing that Kubernetes does not print', () => {
    const workteam = imported({ description: odder.join('') });
    expect(renderOne(workteam, 'yaml')).not.toMatch(/[^\P{C}\n]|[\u2028\u2029\u0085]/u);
  });
});

test('a long text stays in its line, so that a change of it is one line of a diff', () => {
  for (const description of ['word '.repeat(40).trim(), `# ${'word '.repeat(38)}`]) {
    expect(renderOne(imported({ description }), 'yaml')).toMatch(/^ {2}description: .{190,}$/m);
  }
});

test('a comment stays a comment, whatever is in it', () => {
  const comments = ['a\nkind: b', 'a\u2028kind: b', `a\u0085kind: b\r${'x'.repeat(300)}`];
  for (const version of VERSIONS) {
    const workteam = imported({}, comments);
    expect(parse(renderOne(workteam, 'yaml'), { version })).toEqual(workteam.manifest);
    expect(renderOne(workteam, 'yaml')).not.toMatch(/[\r\u2028\u0085]/);
  }
});

test('many: one YAML document each, or one List in JSON', () => {
  const all = [imported(), imported({ description: 'Another' })];
  const manifests = all.map(({ manifest }) => manifest);
  expect(parseAllDocuments(renderAll(all, 'yaml')).map((document) => document.toJS())).toEqual(manifests);
  expect(JSON.parse(renderAll(all, 'json'))).toEqual({ apiVersion: 'v1', kind: 'List', items: manifests });
  expect(JSON.parse(renderOne(imported(), 'json'))).toEqual(imported().manifest);
});

test('none: nothing, or an empty List', () => {
  expect(renderAll([], 'yaml')).toBe('');
  expect(JSON.parse(renderAll([], 'json'))).toEqual({ apiVersion: 'v1', kind: 'List', items: [] });
});
