/** Whether this checkout could be released. */
import { execFile } from 'node:child_process';
import { expect, test } from 'vitest';
import type { Finding } from '../../scripts/release/checks.ts';

test('nothing is wrong with it; what is left is for the day of the release', async () => {
  const check = ['scripts/release/check.ts', '-o', 'json'];
  const printed = await new Promise<string>((resolve) => {
    execFile(process.execPath, check, (_, stdout, stderr) => resolve(stdout || stderr));
  });
  const { findings }: { findings: Finding[] } = JSON.parse(printed);
  expect(findings.length).toBeGreaterThan(10);
  expect(findings.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
  // It generates and bundles everything anew, which takes its time on a busy machine.
}, 180_000);
