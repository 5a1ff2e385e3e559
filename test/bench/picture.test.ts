/** Pictures of measurements: nothing in them that was not measured, and nothing that is no number. */
import { describe, expect, test } from 'vitest';
import { type CondensedSeries, condensed } from '../../bench/condensed.ts';
import { curvesOf, GROWING, GROWTH_ROWS, growthPower, pointsOf, withMemoryPerObject } from '../../bench/curves.ts';
import { bars, curves } from '../../bench/picture.ts';
import { ROWS } from '../../bench/rows.ts';

const row = { key: 'allReadyMs', title: 'first <apply> → all Ready', unit: 'ms' } as const;

function series(subject: string, n: number, latencyMs: number, figures: CondensedSeries['figures']): CondensedSeries {
  return { subject, setting: { n, latencyMs, regions: 1 }, repeats: 3, figures };
}

const spread = (median: number, lowest = median, highest = median) => ({ median, lowest, highest });

describe('bars', () => {
  const all = [0, 50].flatMap((latency) =>
    [25, 250].flatMap((n) => [
      series('ours', n, latency, { allReadyMs: spread(n * 10, n * 9, n * 12) }),
      series('other', n, latency, { allReadyMs: spread(n * 20) }),
    ]),
  );
  const svg = bars(row, all) ?? '';

  test('one for each subject, N and latency, and a line for the spread where there is one', () => {
    expect(svg.match(/<path [^>]*z" fill/g)).toHaveLength(8);
    expect(svg.match(/stroke="#111"/g)).toHaveLength(4);
    for (const text of ['AWS answers after 0 ms', 'AWS answers after 50 ms', 'N = 25', 'N = 250', '2.5 s', '>other<'])
      expect(svg).toContain(text);
    expect(svg).toContain('first &lt;apply> → all Ready');
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  test('are as high as what they show', () => {
    const heights = [...svg.matchAll(/<path d="M[\d.]+ 160V([\d.]+)h/g)].map(([, y]) => 160 - Number(y));
    expect((heights[1] ?? 0) / (heights[0] ?? 0)).toBeCloseTo(2, 0);
    expect(Math.max(...heights)).toBeLessThanOrEqual(160 - 36);
  });

  test('of what nobody measured there are none', () => {
    expect(bars({ ...row, key: 'else' }, all)).toBeUndefined();
    const some = bars({ ...row, key: 'newCalls' }, [...all, series('ours', 25, 50, { newCalls: spread(0) })]) ?? '';
    expect(some.match(/<path [^>]*z" fill/g)).toHaveLength(1);
    expect(some).not.toMatch(/AWS answers after 0 ms|>other<|NaN/);
  });
});

describe('curves', () => {
  const grown = [100, 1000, 10_000].map((n) =>
    series('ours', n, 50, { rssIdle: spread(50e6 + n * 10_000), editUpdateP50Ms: spread(55) }),
  );

  test('go through the points that were measured', () => {
    const svg = curves('a', 'count', [{ name: 'line', points: pointsOf('editUpdateP50Ms', grown) }]);
    expect(svg.match(/<circle/g)).toHaveLength(3);
    const heights = [...svg.matchAll(/cy="([\d.]+)"/g)].map(([, y]) => y);
    expect(new Set(heights).size).toBe(1);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  test('there is none of what was not measured', () => {
    const drawn = GROWING.filter((growing) => curvesOf(growing, grown) !== undefined).map(({ name }) => name);
    expect(drawn).toEqual(['memory', 'edits']);
  });

  test('every picture has a name of its own, and no file of a row', () => {
    const names = [...ROWS.map(({ key }) => key), ...GROWING.map(({ name }) => `growth-${name}`)];
    expect(new Set(names).size).toBe(names.length);
    expect(GROWTH_ROWS.map(({ title }) => title)).toContain('An edit → UpdateWorkteam sent, p95');
  });
});

test.each([
  [
    'in proportion',
    [
      [1000, 5],
      [2000, 10],
    ],
    1,
  ],
  [
    'not at all',
    [
      [1, 99],
      [1000, 5],
      [2000, 5],
    ],
    0,
  ],
  [
    'with the square',
    [
      [1000, 5],
      [2000, 20],
    ],
    2,
  ],
  ['from one point nobody knows', [[1000, 5]], undefined],
  [
    'from nothing nobody knows',
    [
      [1000, 0],
      [2000, 5],
    ],
    undefined,
  ],
] as const)('what grows %s', (_, points, power) => {
  const found = growthPower(points);
  if (power === undefined) expect(found).toBeUndefined();
  else expect(found).toBeCloseTo(power, 5);
});

test('the memory of each Workteam is what those beyond the first size added', () => {
  const runs = withMemoryPerObject([100, 1100], [{ rssIdle: 60e6 }, { rssIdle: 70e6 }]);
  expect(runs).toEqual([{ rssIdle: 60e6 }, { rssIdle: 70e6, rssPerObject: 10_000 }]);
});

test('what is kept of a run are medians and spreads, also of what only one repeat has', () => {
  const kept = condensed({
    date: '2030-01-02T03:04:05.000Z',
    commit: 'abc1234',
    machine: { cores: 2, cpu: 'Some CPU', memoryGiB: 4, node: 'v24.0.0' },
    commands: { ours: './ours' },
    series: [
      {
        subject: 'ours',
        setting: { n: 25, latencyMs: 50, regions: 1 },
        runs: [{ a: 1 }, { a: 3.000001, idle: 7 }, { a: 2 }],
      },
    ],
  });
  expect(kept.series).toEqual([series('ours', 25, 50, { a: spread(2, 1, 3), idle: spread(7) })]);
});
