/** The workflow files, as their linter sees them. */
import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { goTool } from '../../dev/tools/go-tool.ts';

let actionlint = '';
beforeAll(async () => {
  actionlint = await goTool('actionlint');
}, 900_000); // It may wait for others that build first.

/** What it complains about, a line each. */
function complaints(files: readonly string[]): Promise<string[]> {
  // Without what happens to be installed here, it says the same everywhere.
  const flags = ['-oneline', '-no-color', '-shellcheck=', '-pyflakes='];
  return new Promise((resolve, reject) => {
    execFile(actionlint, [...flags, ...files], (error, stdout, stderr) => {
      if (error === null || error.code === 1) resolve(stdout.split('\n').filter((line) => line !== ''));
      else reject(new Error(stderr));
    });
  });
}

test('nothing is wrong with them', async () => {
  const files = globSync('.github/workflows/*');
  expect(files.length).toBeGreaterThanOrEqual(2);
  expect(await complaints(files)).toEqual([]);
});

test('a mistake would be found', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'workteam-operator-workflow-'));
  try {
    const file = join(folder, 'wrong.yaml');
    const steps = `[{ run: "echo $${'{{'} steps.nobody.outputs.x }}" }]`;
    await writeFile(
      file,
      `on: push\npermissions: { everything: write }\njobs: { a: { runs-on: ubuntu-24.04, steps: ${steps} } }\n`,
    );
    expect(await complaints([file])).toEqual([
      expect.stringContaining('unknown permission scope "everything"'),
      expect.stringContaining('property "nobody" is not defined'),
    ]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
