/** The scripts in Argo CD's own Lua, by its own command line. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { SCRIPTS } from '../../scripts/deploy/argocd.ts';
import { useArgoCd } from './argocd.ts';

const argo = useArgoCd();
const load = async (path: string) => parse(await readFile(`${SCRIPTS}/${path}`, 'utf8'));
const { tests } = await load('health_test.yaml');
const { discoveryTests, actionTests } = await load('actions/action_test.yaml');

/** `argocd admin settings resource-overrides …`, with our part of its ConfigMap and nothing else. */
async function overrides(...args: string[]): Promise<string> {
  const settings = ['admin', 'settings', 'resource-overrides'];
  const { stdout, stderr, code } = await argo.call([
    ...settings,
    ...args,
    '--argocd-cm-path',
    'deploy/argocd/argocd-cm.yaml',
  ]);
  if (code !== 0) throw new Error(`exit code ${code}: ${stderr}`);
  return stdout;
}

describe.concurrent('health', () => {
  test.each<{ inputPath: string; healthStatus: { status: string; message: string } }>(tests)(
    '$inputPath',
    async ({ inputPath, healthStatus }) => {
      const { status, message } = healthStatus;
      expect(await overrides('health', `${SCRIPTS}/${inputPath}`)).toBe(`STATUS: ${status}\nMESSAGE: ${message}\n`);
    },
  );
});

describe('a Workteam that is being deleted', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'workteam-operator-argocd-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('is Progressing, whatever its conditions say', async () => {
    const workteam = await load('testdata/degraded-not-owned.yaml');
    const metadata = { ...workteam.metadata, deletionTimestamp: '2030-01-02T00:00:00Z' };
    const file = join(folder, 'deleting.yaml');
    await writeFile(file, JSON.stringify({ ...workteam, metadata }));
    expect(await overrides('health', file)).toMatch(/^STATUS: Progressing\n/);
  });
});

describe('actions', () => {
  test.each<{ inputPath: string; result: readonly { name: string; disabled: boolean }[] }>(discoveryTests)(
    'that make sense for $inputPath',
    async ({ inputPath, result }) => {
      const rows = (await overrides('list-actions', `${SCRIPTS}/actions/${inputPath}`)).trim().split('\n');
      const found = rows.slice(1).map((row) => row.split(/\s+/));
      const expected = result.map(({ name, disabled }) => [name, String(disabled)]);
      expect(found.toSorted()).toEqual(expected.toSorted());
    },
  );

  test.each<{ action: string; inputPath: string }>(actionTests)('$action changes something', async (row) => {
    const told = await overrides('run-action', `${SCRIPTS}/actions/${row.inputPath}`, row.action);
    expect(told).toContain(row.action === 'reconcile' ? 'workteams.dev/requestedAt: ' : 'suspend: true');
  });
});
