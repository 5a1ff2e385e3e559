import { readdir, readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ACTIONS, argocdFiles, SCRIPTS } from '../../scripts/deploy/argocd.ts';
import { CONDITION_REASONS } from '../../src/workteam/conditions.ts';
import { readyMessage } from '../../src/workteam/messages.ts';
import { parseSpec, REQUESTED_AT_ANNOTATION, type Workteam } from '../../src/workteam/schema.ts';
import { runLua } from './argocd-lua.ts';

const read = (path: string) => readFile(`${SCRIPTS}/${path}`, 'utf8');
const load = async (path: string) => parse(await read(path));
const healthOf = async (workteam: unknown) => runLua(await read('health.lua'), workteam);

interface Verdict {
  readonly healthStatus: { readonly status: string; readonly message: string };
  readonly inputPath: string;
}

const verdicts: readonly Verdict[] = (await load('health_test.yaml')).tests;
const { discoveryTests, actionTests } = await load('actions/action_test.yaml');

describe('health', () => {
  test.each(verdicts)('$inputPath', async ({ healthStatus, inputPath }) => {
    expect(await healthOf(await load(inputPath))).toEqual(healthStatus);
  });

  test('is tried on every reason that Ready and Stalled can have, and on both of Drifted', async () => {
    const workteams: Workteam[] = await Promise.all(verdicts.map(({ inputPath }) => load(inputPath)));
    const seen = new Set(
      workteams.flatMap(({ status }) => (status?.conditions ?? []).map(({ type, reason }) => `${type} ${reason}`)),
    );
    const all = Object.entries(CONDITION_REASONS).flatMap(([type, reasons]) =>
      reasons.map((reason) => `${type} ${reason}`),
    );
    expect(all.filter((one) => !seen.has(one))).toEqual([]);
  });

  test('is Suspended in the words of the operator', async () => {
    const said = { status: 'Suspended', message: readyMessage('suspended', 'any') };
    expect(await healthOf({ metadata: { generation: 1 }, spec: { suspend: true } })).toEqual(said);
  });

  test('is Progressing with the reason alone where a condition has no message', async () => {
    const ready = { type: 'Ready', status: 'False', reason: 'Throttled', observedGeneration: 1 };
    const workteam = { metadata: { generation: 1 }, status: { observedGeneration: 1, conditions: [ready] } };
    expect(await healthOf(workteam)).toEqual({ status: 'Progressing', message: 'Throttled: ' });
  });

  test.each([
    { what: 'nothing but a generation', workteam: { metadata: { generation: 1 } } },
    { what: 'no conditions', workteam: { metadata: { generation: 1 }, spec: {}, status: { observedGeneration: 1 } } },
    {
      what: 'conditions of others only',
      workteam: {
        metadata: { generation: 1 },
        status: { observedGeneration: 1, conditions: [{ type: 'Approved', status: 'True', reason: 'Yes' }] },
      },
    },
  ])('is Progressing for an object with $what', async ({ workteam }) => {
    expect(await healthOf(workteam)).toEqual({
      status: 'Progressing',
      message: 'The operator has not come to this spec yet.',
    });
  });
});

describe('actions', () => {
  test.each<{ inputPath: string; result: { name: string; disabled: boolean }[] }>(discoveryTests)(
    'that make sense for $inputPath',
    async ({ inputPath, result }) => {
      const found = await runLua(await read('actions/discovery.lua'), await load(`actions/${inputPath}`));
      expect(found).toEqual(Object.fromEntries(result.map(({ name, disabled }) => [name, { disabled }])));
    },
  );

  test.each<{ action: string; inputPath: string; expectedOutputPath: string }>(actionTests)(
    '$action',
    async ({ action, inputPath, expectedOutputPath }) => {
      const expected = await load(`actions/${expectedOutputPath}`);
      const script = await read(`actions/${action}/action.lua`);
      const begun = Math.floor(Date.now() / 1000) * 1000;
      const result = (await runLua(script, await load(`actions/${inputPath}`))) as Workteam;
      const annotations = result.metadata.annotations;
      const requestedAt = annotations?.[REQUESTED_AT_ANNOTATION];
      if (annotations !== undefined && requestedAt !== undefined) {
        expect(requestedAt).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/);
        expect(Date.parse(requestedAt)).toBeGreaterThanOrEqual(begun);
        expect(Date.parse(requestedAt)).toBeLessThanOrEqual(Date.now());
        annotations[REQUESTED_AT_ANNOTATION] = expected.metadata.annotations[REQUESTED_AT_ANNOTATION];
      }
      expect(result).toEqual(expected);
    },
  );

  test('reconcile leaves other annotations alone', async () => {
    const obj = { metadata: { annotations: { mine: 'x', [REQUESTED_AT_ANNOTATION]: 'old' } } };
    const result = (await runLua(await read('actions/reconcile/action.lua'), obj)) as Workteam;
    expect(result.metadata.annotations).toEqual({
      mine: 'x',
      [REQUESTED_AT_ANNOTATION]: expect.stringMatching(/^2\d{3}-/),
    });
  });
});

describe('the ConfigMap', () => {
  test('has exactly these scripts', async () => {
    const { data } = parse(await readFile('deploy/argocd/argocd-cm.yaml', 'utf8'));
    const { 'resource.customizations.actions.workteams.dev_Workteam': actions, ...rest } = data;
    expect(rest).toEqual({ 'resource.customizations.health.workteams.dev_Workteam': await read('health.lua') });
    const definitions = ACTIONS.map(async (name) => ({ name, 'action.lua': await read(`actions/${name}/action.lua`) }));
    expect(parse(actions)).toEqual({
      'discovery.lua': await read('actions/discovery.lua'),
      definitions: await Promise.all(definitions),
    });
  });

  test('leaves no script and no generated file out', async () => {
    const found = await readdir('deploy/argocd', { recursive: true, withFileTypes: true });
    const files = found.filter((entry) => entry.isFile()).map(({ parentPath, name }) => `${parentPath}/${name}`);
    const scripts = ['health.lua', 'actions/discovery.lua', ...ACTIONS.map((name) => `actions/${name}/action.lua`)];
    const known = [...Object.keys(argocdFiles()), ...scripts.map((name) => `${SCRIPTS}/${name}`)];
    expect(files.toSorted()).toEqual(known.toSorted());
  });
});

describe('the example', () => {
  test('has valid Workteams, the second of them in a later wave', async () => {
    const folder = 'deploy/examples/argocd/teams';
    const files = (await readdir(folder)).toSorted();
    const found: Workteam[] = await Promise.all(
      files.map(async (file) => parse(await readFile(`${folder}/${file}`, 'utf8'))),
    );
    for (const { metadata, spec } of found) expect(parseSpec(spec, metadata.name)).toMatchObject({ ok: true });
    expect(found.map(({ metadata }) => metadata.annotations?.['argocd.argoproj.io/sync-wave'])).toEqual([
      undefined,
      '1',
    ]);
  });
});

describe('the Applications of the example', () => {
  const load = async (name: string) => parse(await readFile(`deploy/examples/argocd/${name}.yaml`, 'utf8'));

  test('install the operator before the work teams, with values that the chart takes, and never prune it', async () => {
    const { metadata, spec } = await load('operator');
    const { metadata: ofTeams } = await load('application');
    const waveOf = ({ annotations }: { annotations?: Record<string, string> }) =>
      Number(annotations?.['argocd.argoproj.io/sync-wave'] ?? 0);
    expect(waveOf(metadata)).toBeLessThan(waveOf(ofTeams));
    expect(spec.source.path).toBe('deploy/chart');
    expect(spec.syncPolicy.automated.prune).toBe(false);

    const { metadata: namespace } = parse(await readFile('deploy/kustomize/namespace.yaml', 'utf8'));
    expect(spec.destination.namespace).toBe(namespace.name);
    expect(namespace.labels).toMatchObject(spec.syncPolicy.managedNamespaceMetadata.labels);

    const isValid = new Ajv({ strict: false }).compile(
      JSON.parse(await readFile('deploy/chart/values.schema.json', 'utf8')),
    );
    const values = parse(await readFile('deploy/chart/values.yaml', 'utf8'));
    const mine = spec.source.helm.valuesObject;
    expect(isValid({ ...values, image: { ...values.image, ...mine.image }, aws: { ...values.aws, ...mine.aws } })).toBe(
      true,
    );
    expect(Object.keys(mine)).toEqual(['image', 'aws']);
  });
});

describe('the scripts run as in Argo CD', () => {
  test.each([
    { what: 'without the string library', script: 'return ("a"):upper()' },
    { what: 'without a global os', script: 'return os.date()' },
    { what: 'without other modules', script: 'return require("io")' },
    { what: 'for a second at most', script: 'while true do end' },
  ])('$what', async ({ script }) => {
    await expect(runLua(script, {})).rejects.toThrow();
  });
});
