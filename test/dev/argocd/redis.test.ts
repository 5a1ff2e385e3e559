import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findRedis } from '../../../dev/argocd/redis.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'workteam-operator-redis-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('redis-server is taken from the PATH, and its absence says how to install it', async () => {
  const program = join(folder, 'redis-server');
  const path = ['/nowhere', folder].join(delimiter);
  await writeFile(program, '', { mode: 0o644 });
  await expect(findRedis(path)).rejects.toThrow('apt-get install redis-server');
  await rm(program);
  await writeFile(program, '', { mode: 0o755 });
  expect(await findRedis(path)).toBe(program);
});
