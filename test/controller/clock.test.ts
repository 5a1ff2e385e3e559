import { expect, test } from 'vitest';
import { systemClock } from '../../src/controller/clock.ts';

test('sleep rejects as soon as its signal aborts', async () => {
  const abort = new AbortController();
  const slept = systemClock.sleep(60_000, abort.signal);
  abort.abort(new Error('enough'));
  await expect(slept).rejects.toThrow();
});

test('a timer can be cancelled, and a very long one does not fire at once', async () => {
  const fired: string[] = [];
  systemClock.setTimeout(() => fired.push('cancelled'), 1)();
  const cancel = systemClock.setTimeout(() => fired.push('very long'), 2 ** 40);
  await systemClock.sleep(20);
  cancel();
  expect(fired).toEqual([]);
});

test('now moves on', async () => {
  const before = systemClock.now();
  await systemClock.sleep(5);
  expect(systemClock.now()).toBeGreaterThan(before);
});
