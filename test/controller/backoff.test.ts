import { describe, expect, test } from 'vitest';
import { retryDelay } from '../../src/controller/backoff.ts';

const range = { base: 1_000, cap: 300_000 };
const lowest = () => 0;
const highest = () => 1 - Number.EPSILON;

describe('retryDelay', () => {
  test.each([
    [0, 500, 1_000],
    [1, 1_000, 2_000],
    [2, 2_000, 4_000],
    [8, 128_000, 256_000],
    [9, 150_000, 300_000],
    [50, 150_000, 300_000],
    [5_000, 150_000, 300_000],
  ])('attempt %i waits between %i and %i ms', (attempt, from, to) => {
    expect(retryDelay(attempt, range, lowest)).toBe(from);
    expect(retryDelay(attempt, range, highest)).toBeCloseTo(to, 3);
  });

  test('spreads two keys that failed together', () => {
    expect(retryDelay(3, range, () => 0.25)).not.toBe(retryDelay(3, range, () => 0.5));
  });

  test('never exceeds the cap, even when the base does', () => {
    expect(retryDelay(0, { base: 60_000, cap: 5_000 }, highest)).toBeLessThanOrEqual(5_000);
  });
});
