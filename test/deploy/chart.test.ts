/** What can be said of the chart without Helm. */
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { crdTemplate } from '../../scripts/deploy/chart.ts';
import { chartValues } from '../../scripts/docs/chart.ts';
import { printCrd } from '../../src/cli/crd.ts';
import { loadConfig, OPTIONS, optionKey } from '../../src/config.ts';
import { DEFAULT_ARGS, FLAG_VALUES } from '../support/chart.ts';

const read = (path: string) => readFile(path, 'utf8');
const values = chartValues();
const schema = JSON.parse(await read('deploy/chart/values.schema.json'));

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** The paths of the values that a schema knows one by one; a part that lets anything in is one value. */
function pathsOf({ properties }: Schema, prefix = ''): string[] {
  return Object.entries(properties ?? {}).flatMap(([key, part]) =>
    part.properties === undefined ? [`${prefix}${key}`] : pathsOf(part, `${prefix}${key}.`),
  );
}

describe('the values', () => {
  test('are those that the schema knows', () => {
    const known = pathsOf(schema).map((path) => path.replace(/^(livenessProbe|readinessProbe)\..*/, '$1'));
    // Helm itself adds `global`.
    expect(new Set(known.filter((path) => path !== 'global'))).toEqual(new Set(values.map(({ path }) => path)));
  });

  test('are refused when they are misspelt, at every level', () => {
    const open = (part: Schema, path: string): string[] => [
      ...(part.properties !== undefined && part.additionalProperties !== false ? [path] : []),
      ...Object.entries(part.properties ?? {}).flatMap(([key, inner]) => open(inner, `${path}.${key}`)),
    ];
    expect(open(schema, '')).toEqual([]);
  });

  test('that nobody explains are found', () => {
    expect(() => chartValues('a:\n  # This one.\n  b: 1\n  c: 2\n')).toThrow('values.yaml: a.c has no comment');
    expect(chartValues('a:\n  # This\n  # one.\n  b: { c: [2] }\n')).toEqual([
      { path: 'a.b', fallback: { c: [2] }, help: 'This one.' },
    ]);
  });
});

describe('every flag of run', () => {
  test('has a value', () => {
    const names = OPTIONS.map(({ name }) => name).filter((name) => name !== 'kubeconfig');
    expect(Object.keys(FLAG_VALUES).toSorted()).toEqual(names.toSorted());
  });

  test.each(Object.entries(FLAG_VALUES))('%s has the default of the program', (name, { path }) => {
    const option = OPTIONS.find((candidate) => candidate.name === name);
    const value = values.find((candidate) => candidate.path === path);
    const unset = option?.repeatable ? [] : '';
    const fallback = String(option?.fallback ?? unset).replace(/^:/, '');
    expect(String(value?.fallback)).toBe(fallback);
  });
});

describe('the schema and the program agree about', () => {
  /** Of the value at a path. */
  const schemaOf = (path: string): Schema =>
    path.split('.').reduce<Schema>((part, key) => part.properties?.[key] ?? part, schema);
  const refusal = (name: string, value: string): string => {
    const key = optionKey({ name });
    const isList = OPTIONS.find((option) => option.name === name)?.repeatable;
    try {
      loadConfig({ [key]: isList ? [value] : value }, {});
      return '';
    } catch (error) {
      return String(error);
    }
  };

  const numbers = Object.entries(FLAG_VALUES).filter(
    ([name, { path }]) => schemaOf(path).minimum !== undefined && !name.endsWith('bind-address'),
  );
  test.each(numbers)('the bounds of --%s', (name, { path }) => {
    const { minimum = 0, maximum = 0, type } = schemaOf(path);
    const step = type === 'integer' ? 1 : 0.01;
    const accepted = [minimum - step, minimum, maximum, maximum + step].map(
      (bound) => refusal(name, `${bound}`) === '',
    );
    expect(accepted).toEqual([false, true, true, false]);
  });

  const SAMPLES = [
    ...['a', 'A', 'a1', 'a-b', '-a', 'a-', 'a_b', 'a.b', 'a b', 'a/b', '*', 'a*', '*a', 'a*b', 'é'],
    ...[
      'eu-west-1',
      'us-gov-west-1',
      'eu-west-1a',
      'EU-WEST-1',
      'west',
      '111122223333',
      '1111',
      '11112222333',
      '1111222233334',
    ],
    ...['!a', 'a=b', 'a==', 'a!=b', 'a in (b)', 'a notin (b, c),d', 'a in b', 'a=b,', 'a,b', ' a ', 'A.b/c'],
    ...['10m', '1h30m', '90s', '1.5h', '90', '1d', '-5m', 'm', 'a'.repeat(63), 'a'.repeat(64), 'a'.repeat(254)],
  ];
  const texts = Object.entries(FLAG_VALUES).filter(([, { path }]) => patternOf(schemaOf(path)) !== undefined);
  test.each(texts)('the form of --%s', (name, { path }) => {
    const pattern = new RegExp(patternOf(schemaOf(path)) ?? '', 'u');
    // How long an interval may be, and what else has to be said, is not a question of its form.
    const isWellFormed = (sample: string) => /^$|write at (least|most)|needs a Lease/.test(refusal(name, sample));
    expect(SAMPLES.filter((sample) => pattern.test(sample))).toEqual(SAMPLES.filter(isWellFormed));
  });

  function patternOf({ pattern, items }: Schema): string | undefined {
    return pattern ?? items?.pattern;
  }
});

test('the pod runs what the image runs', async () => {
  const [, command = ''] = /^CMD (\[.*\])$/m.exec(await read('Dockerfile')) ?? [];
  expect(JSON.parse(command)).toEqual(DEFAULT_ARGS);
  const [, args = ''] =
    /define "workteam-operator.args" -}}\n(.*?)\n{{-/s.exec(await read('deploy/chart/templates/_helpers.tpl')) ?? [];
  expect(parse(args)).toEqual(DEFAULT_ARGS);
});

test('the versions of the package, the chart and the images are one', async () => {
  const { version } = JSON.parse(await read('package.json'));
  expect(parse(await read('deploy/chart/Chart.yaml'))).toMatchObject({ version, appVersion: version });
  const deployment = parse(await read('deploy/kustomize/deployment.yaml'));
  expect(deployment.spec.template.spec.containers[0].image).toBe(`workteam-operator:${version}`);
});

describe('the CRD of the chart', () => {
  test('is the CRD, and stays when the release goes', () => {
    const text = crdTemplate();
    const yaml = text.replace(/^(?:\{\{| {4}\{\{).*\n/gm, '').replace('  labels:\n', '');
    const [crd] = parseAllDocuments(yaml).map((document) => document.toJS());
    expect(crd.metadata.annotations).toEqual({
      'helm.sh/resource-policy': 'keep',
      'argocd.argoproj.io/sync-options': 'Prune=confirm,Delete=confirm',
    });
    expect(crd.spec).toEqual(parse(printCrd()).spec);
  });

  test('is not generated when Helm would read something into it', () => {
    expect(() => crdTemplate(`${printCrd()}# {{ oops }}\n`)).toThrow('Helm would take for a template');
    expect(() => crdTemplate('kind: Other\n')).toThrow('metadata');
  });
});
