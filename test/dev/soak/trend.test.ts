import { describe, expect, test } from 'vitest';
import { Chance } from '../../../dev/soak/random.ts';
import { MEASURES, spanOf } from '../../../dev/soak/report.ts';
import { type Measured, middle, type Trend, trendOf } from '../../../dev/soak/trend.ts';

const MIB = 2 ** 20;
const KIB = 2 ** 10;
const HOUR = 3600;
const PASSES_A_SECOND = 10;
const { gauge } = MEASURES.heap;
const chance = new Chance(1);

/** A heap of `base` bytes that garbage piles up on until it is collected, sampled every 10 s. */
function heap(seconds: number, live: (at: number) => number): Measured[] {
  return Array.from({ length: seconds / 10 }, (_, index) => {
    const at = index * 10;
    const garbage = ((at % 47) / 47) * 40 * MIB;
    return { at, value: live(at) + garbage + chance.next() * MIB };
  });
}

function judged(samples: readonly Measured[]): Trend {
  return trendOf(samples, spanOf(samples.length * 10), gauge);
}

describe('a heap over an hour', () => {
  test('that stays as it is, is flat whatever garbage lies on it', () => {
    expect(judged(heap(HOUR, () => 60 * MIB))).toMatchObject({ flat: true });
  });

  test('that grows while caches fill, and no more, is flat', () => {
    expect(judged(heap(HOUR, (at) => 60 * MIB + Math.min(at, 500) * 100 * KIB))).toMatchObject({ flat: true });
  });

  test('that shrinks is flat', () => {
    expect(judged(heap(HOUR, (at) => 100 * MIB - at * 4 * KIB))).toMatchObject({ flat: true });
  });

  test('with a burst of ten minutes in it, is flat', () => {
    const burst = (at: number) => (at > 2800 && at < 3400 ? 30 * MIB : 0);
    expect(judged(heap(HOUR, (at) => 60 * MIB + burst(at)))).toMatchObject({ flat: true });
  });

  test.each([1, 2, 4])('with a leak of %i KiB a pass, is not flat', (leak) => {
    const trend = judged(heap(HOUR, (at) => 60 * MIB + at * PASSES_A_SECOND * leak * KIB));
    expect(trend).toMatchObject({ flat: false });
    expect(trend.perHour / MIB).toBeCloseTo((leak * PASSES_A_SECOND * HOUR) / KIB, -1);
  });

  test('with a leak that begins half way, is not flat', () => {
    const late = (at: number) => Math.max(0, at - HOUR / 2) * PASSES_A_SECOND * 2 * KIB;
    expect(judged(heap(HOUR, (at) => 60 * MIB + late(at)))).toMatchObject({ flat: false });
  });
});

test('sockets that pile up, one a minute, are not flat', () => {
  const samples = Array.from({ length: 360 }, (_, index) => ({ at: index * 10, value: 20 + Math.floor(index / 6) }));
  expect(trendOf(samples, spanOf(HOUR), MEASURES.sockets.gauge)).toMatchObject({
    flat: false,
    perHour: expect.closeTo(60, 0),
  });
});

test('too few samples are not flat: they say nothing', () => {
  expect(judged([{ at: 0, value: 1 }])).toMatchObject({ flat: false });
  expect(judged([])).toMatchObject({ flat: false, median: 0 });
});

test('the last window counts only when it is full', () => {
  const samples = Array.from({ length: 101 }, (_, at) => ({ at, value: at >= 95 ? 1e9 : 1 }));
  const { windows } = trendOf(samples, { fromS: 0, windowS: 19 }, MEASURES.sockets.gauge);
  expect(windows.map(({ value }) => value)).toEqual([1, 1, 1, 1, 1]);
});

test('the middle of values', () => {
  expect([middle([]), middle([3]), middle([5, 1, 3]), middle([4, 1, 3, 2])]).toEqual([0, 3, 3, 2.5]);
});
