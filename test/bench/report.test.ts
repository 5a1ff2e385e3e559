/** How a bench run is told; what it measures is in bench/measure.ts. */
import { describe, expect, test } from 'vitest';
import { type Figures, spacing } from '../../bench/measure.ts';
import { markdown, type Report, summaries } from '../../bench/report.ts';
import { ROWS, shown } from '../../bench/rows.ts';
import { percentile, summary } from '../../bench/statistics.ts';
import { filled, isPaced } from '../../bench/subject.ts';

describe('percentiles are values that were measured', () => {
  const values = [50, 10, 40, 20, 30];
  test.each([
    [0, 10],
    [20, 10],
    [21, 20],
    [50, 30],
    [95, 50],
    [100, 50],
  ])('p%i', (percent, value) => {
    expect(percentile(values, percent)).toBe(value);
  });

  test('of one value they are that value', () => {
    expect(summary([7])).toEqual({ median: 7, lowest: 7, highest: 7, values: [7] });
  });

  test('of nothing there are none', () => {
    expect(() => percentile([], 50)).toThrow(RangeError);
  });
});

const row = (key: string) => ROWS.find((one) => one.key === key) ?? { key, title: key, unit: 'count' as const };

test.each([
  ['firstCallMs', 250.4, '250 ms'],
  ['newCpuMs', 5.04, '5.0 ms'],
  ['allReadyMs', 43_012, '43.0 s'],
  ['rssIdle', 80e6, '80 MB'],
  ['newCalls', 2, '2'],
  ['newCalls', 2.125, '2.13'],
])('%s of %d is shown as %s', (key, value, text) => {
  expect(shown(row(key), { [key]: value })).toBe(text);
});

function report(subjects: Record<string, readonly Figures[]>): Report {
  const setting = { n: 25, latencyMs: 50, regions: 1 };
  return {
    date: '2030-01-02T03:04:05.000Z',
    commit: 'abc1234',
    machine: { cores: 2, cpu: 'Some CPU', memoryGiB: 4, node: 'v24.0.0' },
    commands: Object.fromEntries(Object.keys(subjects).map((name) => [name, `./${name} run`])),
    series: Object.entries(subjects).map(([subject, runs]) => ({ subject, setting, runs })),
  };
}

test('the table has the medians with the spread, and only the rows that were measured', () => {
  const text = markdown(report({ ours: [{ allReadyMs: 900 }, { allReadyMs: 700 }, { allReadyMs: 800 }] }));
  expect(text).toContain('Measured 2030-01-02, commit abc1234, on 2 × Some CPU, 4 GiB, Node v24.0.0');
  expect(text).toContain('### AWS answers after 50 ms\n\n| | ours, N = 25 |\n|---|--:|\n');
  expect(text).toContain('| first apply → all Ready | 800 ms (700 ms–900 ms) |');
  expect(text).not.toContain('RSS');
});

test('beside another operator it has their ratio', () => {
  const text = markdown(report({ ours: [{ allReadyMs: 500 }], other: [{ allReadyMs: 1000 }] }));
  expect(text).toContain('| | ours, N = 25 | other, N = 25 | ours ÷ other, N = 25 |');
  expect(text).toContain('| first apply → all Ready | 500 ms | 1.0 s | 0.50 |');
  expect(text).toContain('- other: `./other run`');
});

test('a figure that one repeat lacks is summed up over the others', () => {
  const [series] = report({ ours: [{ a: 1 }, {}, { a: 3 }] }).series;
  expect(series && summaries(series).a).toMatchObject({ values: [1, 3] });
});

test('a command has its holes filled: what stands for the resync interval and for the pace', () => {
  const subject = { name: 'ours', command: ['./ours', '--resync={resync}', '--rate', '{rate}', '--burst', '{burst}'] };
  const at = (rate: number) => filled(subject, { resync: '10m', rate }).join(' ');
  expect(at(1000)).toBe('./ours --resync=10m --rate 1000 --burst 1000');
  expect(at(5)).toBe('./ours --resync=10m --rate 5 --burst 20');
  expect(isPaced(subject)).toBe(true);
  expect(isPaced({ name: 'other', command: ['./other'] })).toBe(false);
});

test('in a storm at a low pace the calls of the edits, three each, take half of the pace', () => {
  const gaps = Array.from({ length: 20 }, (_, index) => spacing(5, index));
  for (const gap of gaps) expect(3 / (gap / 1000)).toBeLessThanOrEqual(5 / 2);
  // Each at another moment of the 200 ms that a token takes.
  expect(new Set(gaps).size).toBe(20);
  expect(Math.max(...gaps) - Math.min(...gaps)).toBeLessThan(200);
});
