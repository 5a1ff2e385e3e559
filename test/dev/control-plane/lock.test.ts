import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withLock } from '../../../dev/control-plane/lock.ts';
import { expectSoon } from '../../support/expect-soon.ts';

const TIMES = { beat: 10, stale: 10_000, poll: 2 };

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lock-'));
  path = join(folder, 'lock');
});
afterEach(() => rm(folder, { recursive: true }));

const noWait = () => {
  throw new Error('had to wait');
};

test('the second caller works after the first has ended, and is told once that it waits', async () => {
  const seen: string[] = [];
  const first = Promise.withResolvers<void>();
  const waits = Promise.withResolvers<void>();
  const one = withLock(path, noWait, () => first.promise.then(() => seen.push('first')), TIMES);
  await expectSoon(() => readdir(folder)).toEqual(['lock']);
  const told = () => {
    seen.push('waits');
    waits.resolve();
  };
  const two = withLock(path, told, async () => seen.push('second'), TIMES);
  await waits.promise;
  first.resolve();
  await Promise.all([one, two]);
  expect(seen).toEqual(['waits', 'first', 'second']);
});

test('of many callers only one works at a time', async () => {
  let working = 0;
  let most = 0;
  const work = async () => {
    working++;
    most = Math.max(most, working);
    await readdir(folder);
    working--;
  };
  await Promise.all(Array.from({ length: 20 }, () => withLock(path, () => {}, work, TIMES)));
  expect(most).toBe(1);
});

test('the result is passed on and the lock released', async () => {
  expect(await withLock(path, noWait, async () => 42)).toBe(42);
  expect(await readdir(folder)).toEqual([]);
});

test('work that fails releases the lock', async () => {
  await expect(withLock(path, noWait, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  expect(await readdir(folder)).toEqual([]);
});

test('the lock of a process that is gone from this machine is taken over at once', async () => {
  // Larger than any process id (Linux and macOS stay below 2^22).
  await writeFile(path, `${2 ** 30} ${hostname()}\n`);
  expect(await withLock(path, noWait, async () => 'mine', TIMES)).toBe('mine');
});

test('a lock from elsewhere is respected while it is touched, and taken over when it is not', async () => {
  await writeFile(path, `1 another-machine\n`);
  const waits = Promise.withResolvers<void>();
  const mine = withLock(path, waits.resolve, async () => 'mine', TIMES);
  await waits.promise;
  expect(await readFile(path, 'utf8')).toBe('1 another-machine\n');
  const longAgo = new Date(Date.now() - 2 * TIMES.stale);
  await utimes(path, longAgo, longAgo);
  expect(await mine).toBe('mine');
});

test('an owner that works for long is not taken for dead', async () => {
  const quick = { beat: 5, stale: 1_000, poll: 2 };
  const release = Promise.withResolvers<void>();
  const one = withLock(path, noWait, () => release.promise, quick);
  await expectSoon(() => readdir(folder)).toEqual(['lock']);
  const longAgo = new Date(0);
  await utimes(path, longAgo, longAgo);
  await expectSoon(async () => (await stat(path)).mtimeMs).toBeGreaterThan(Date.now() - quick.stale);
  release.resolve();
  await one;
});
