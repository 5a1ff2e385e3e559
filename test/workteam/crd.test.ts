import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { printCrd } from '../../src/cli/crd.ts';
import { type SchemaNode, workteamCrd } from '../../src/workteam/crd.ts';

const root = workteamCrd().spec.versions[0]?.schema.openAPIV3Schema ?? {};

/** Every node of the schema with its path; items as `[]`, the values of a map as `*`. */
function nodes(node: SchemaNode, path = ''): { path: string; node: SchemaNode }[] {
  const { properties = {}, items, additionalProperties } = node;
  return [
    { path, node },
    ...Object.entries(properties).flatMap(([name, child]) => nodes(child, `${path}.${name}`)),
    ...(items === undefined ? [] : nodes(items, `${path}[]`)),
    ...(typeof additionalProperties === 'object' ? nodes(additionalProperties, `${path}.*`) : []),
  ];
}

const all = nodes(root);
const strings = (paths: readonly { path: string }[]) => paths.map(({ path }) => path);

/** Every list and map in a value, however deep. */
function containers(value: unknown): object[] {
  return typeof value === 'object' && value !== null ? [value, ...Object.values(value).flatMap(containers)] : [];
}

describe('the generated file', () => {
  test('is what the schema says now (else: npm run generate)', async () => {
    const { stderr } = await promisify(execFile)(process.execPath, ['scripts/generate.ts', '--check']);
    expect(stderr).toBe('');
    // A program of its own, on a machine that may be busy.
  }, 60_000);

  test('is what the crd command prints', async () => {
    const file = await readFile('crds/workteams.workteams.dev.yaml', 'utf8');
    expect(parse(file)).toEqual(parse(printCrd()));
    expect(parse(file)).toEqual(workteamCrd());
  });

  test('has the same bytes each time', () => {
    expect(printCrd()).toBe(printCrd());
  });
});

describe('every field', () => {
  test('has a description, but metadata, whose description is Kubernetes own', () => {
    const fields = all.filter(({ path }) => path !== '.metadata' && !path.endsWith('[]') && !path.endsWith('.*'));
    expect(fields.length).toBeGreaterThan(50);
    expect(strings(fields.filter(({ node }) => typeof node.description !== 'string'))).toEqual([]);
  });

  test('has a type', () => {
    expect(strings(all.filter(({ node }) => typeof node.type !== 'string'))).toEqual([]);
  });

  test('is bounded, so that the rules stay inside their cost budget', () => {
    const unbounded = all.filter(({ path, node }) => {
      if (path === '.apiVersion' || path === '.kind') return false;
      if (node.type === 'string')
        return node.maxLength === undefined && node.enum === undefined && node.format === undefined;
      if (node.type === 'array') return node.maxItems === undefined;
      return node.additionalProperties !== undefined && node.maxProperties === undefined;
    });
    expect(strings(unbounded)).toEqual([]);
  });

  test('of a list says how it is merged', () => {
    const lists = all.filter(({ node }) => node.type === 'array');
    expect(
      lists.map(({ path, node }) => [path, node['x-kubernetes-list-type'], node['x-kubernetes-list-map-keys']]),
    ).toEqual([
      ['.spec.memberDefinitions', 'atomic', undefined],
      ['.spec.memberDefinitions[].oidcMemberDefinition.groups', 'set', undefined],
      ['.status.conditions', 'map', ['type']],
      ['.status.productListingIds', 'atomic', undefined],
      ['.status.drift', 'map', ['field']],
    ]);
  });
});

describe('the schema', () => {
  test('fills in nothing but the status of a new object', () => {
    const defaults = all.filter(({ node }) => node.default !== undefined);
    expect(defaults.map(({ path, node }) => [path, node.default])).toEqual([['.status', { observedGeneration: -1 }]]);
  });

  test('has nothing that the API server refuses or drops', () => {
    const keywords = new Set(all.flatMap(({ node }) => Object.keys(node)));
    const structural = [
      'description',
      'type',
      'format',
      'enum',
      'default',
      'required',
      'properties',
      'items',
      'additionalProperties',
      'minLength',
      'maxLength',
      'pattern',
      'minItems',
      'maxItems',
      'maxProperties',
      'minimum',
      'x-kubernetes-validations',
      'x-kubernetes-list-type',
      'x-kubernetes-list-map-keys',
      'x-kubernetes-map-type',
    ];
    expect([...keywords].filter((keyword) => !structural.includes(keyword))).toEqual([]);
    expect(all.filter(({ node }) => node.additionalProperties === false)).toEqual([]);
  });

  test('has no empty list, which GitOps tools see as a difference', () => {
    const lists = containers(workteamCrd()).filter((value) => Array.isArray(value));
    expect(lists.filter((list) => list.length === 0)).toEqual([]);
  });

  test('uses patterns that RE2 knows: no look-around, no back-references, no \\u', () => {
    const patterns = all.flatMap(({ node }) => (typeof node.pattern === 'string' ? [node.pattern] : []));
    expect(patterns.length).toBeGreaterThan(5);
    expect(patterns.filter((pattern) => /\(\?[=!<]|\\[1-9u]/.test(pattern))).toEqual([]);
  });

  test('gives a message with every rule', () => {
    const rules = all.flatMap(({ node }) => [node['x-kubernetes-validations'] ?? []].flat());
    expect(rules.length).toBeGreaterThan(20);
    for (const rule of rules)
      expect(rule).toMatchObject({ rule: expect.any(String), message: expect.stringMatching(/.{10}/) });
  });
});

describe('the names', () => {
  test('are those of the public contract', () => {
    const { metadata, spec } = workteamCrd();
    expect(metadata.name).toBe('workteams.workteams.dev');
    expect(spec).toMatchObject({
      group: 'workteams.dev',
      scope: 'Namespaced',
      names: { kind: 'Workteam', plural: 'workteams', singular: 'workteam', shortNames: ['wt'], categories: ['aws'] },
      versions: [{ name: 'v1alpha1', served: true, storage: true, subresources: { status: {} } }],
    });
  });
});
