import { expect, test } from 'vitest';
import { withProgress } from '../../src/cli/progress.ts';

/** A clock whose timers fire when the test says so. */
function handClock() {
  const timers: { callback: () => void; ms: number; cancelled: boolean }[] = [];
  return {
    timers,
    setTimeout(callback: () => void, ms: number) {
      const timer = { callback, ms, cancelled: false };
      timers.push(timer);
      return () => {
        timer.cancelled = true;
      };
    },
    fire: () => timers.at(-1)?.callback(),
  };
}

test('shows nothing at once, then one line that is written over, then wipes it', async () => {
  const clock = handClock();
  const written: string[] = [];
  let read = 0;
  const work = async () => {
    expect(clock.timers.map(({ ms }) => ms)).toEqual([2_000]);
    expect(written).toEqual([]);
    for (read of [3, 3, 4]) clock.fire();
    return 'done';
  };
  const terminal = { write: (text: string) => void written.push(text) };
  expect(await withProgress(terminal, clock, () => `${read} read`, work)).toBe('done');
  expect(written).toEqual(['\r\u001b[K3 read', '\r\u001b[K4 read', '\r\u001b[K']);
  expect(clock.timers.at(-1)?.cancelled).toBe(true);
});

test('leaves nothing behind when the work fails, and shows nothing without a terminal', async () => {
  const clock = handClock();
  const fail = () => Promise.reject(new Error('no'));
  await expect(withProgress({ write: () => {} }, clock, () => 'x', fail)).rejects.toThrow('no');
  expect(clock.timers.map(({ cancelled }) => cancelled)).toEqual([true]);
  expect(
    await withProgress(
      undefined,
      clock,
      () => 'x',
      async () => 1,
    ),
  ).toBe(1);
  expect(clock.timers).toHaveLength(1);
});
