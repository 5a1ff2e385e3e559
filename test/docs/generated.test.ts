import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

test('what is generated is what the sources say: npm run generate changes nothing', async () => {
  const { stderr } = await promisify(execFile)(process.execPath, ['scripts/generate.ts', '--check']);
  expect(stderr).toBe('');
});
