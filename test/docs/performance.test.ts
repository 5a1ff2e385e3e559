/** docs/performance.md: it tells what was measured, loudly what was missed, and nothing else. */
import { describe, expect, test } from 'vitest';
import { OURS } from '../../bench/command.ts';
import type { Condensed, CondensedSeries } from '../../bench/condensed.ts';
import { ROWS } from '../../bench/rows.ts';
import { performancePage } from '../../scripts/docs/performance.ts';
import { baselineSeries } from '../../scripts/performance/baseline.ts';
import { recordedData } from '../../scripts/performance/data.ts';
import { IN_THE_WAY } from '../../scripts/performance/in-the-way.ts';
import { judged, TARGETS } from '../../scripts/performance/targets.ts';

const nothing = { bench: undefined, growth: undefined };

function series(n: number, figures: Record<string, number>, more: object = {}): CondensedSeries {
  const spreads = Object.entries(figures).map(([key, value]) => [
    key,
    { median: value, lowest: value * 0.9, highest: value * 1.1 },
  ]);
  const setting = { n, latencyMs: 50, regions: 1, ...more };
  return { subject: OURS, setting, repeats: 3, figures: Object.fromEntries(spreads) };
}

function run(...all: CondensedSeries[]): Condensed {
  const machine = { cores: 2, cpu: 'Some CPU', memoryGiB: 8, node: 'v24.0.0' };
  const commands = { [OURS]: 'node x run' };
  return { date: '2030-01-02T03:04:05Z', commit: 'abc1234', machine, commands, stormRate: 5, series: all };
}

const verdictsOf = (bench: Condensed, id: string) =>
  judged(bench, undefined)
    .filter(({ target }) => target.id === id)
    .map(({ n, verdict }) => `${n}: ${verdict}`);

describe('the targets', () => {
  test('each has a name of its own, and a row', () => {
    expect(new Set(TARGETS.map(({ id }) => id)).size).toBe(TARGETS.length);
    const rows = ROWS.map(({ key }) => key);
    expect(TARGETS.filter(({ key }) => !rows.includes(key))).toEqual([]);
    expect(Object.keys(IN_THE_WAY).filter((id) => !TARGETS.some((target) => target.id === id))).toEqual([]);
  });

  test('the figures that they are compared with are of rows', () => {
    const keys = new Set(baselineSeries().flatMap(({ figures }) => Object.keys(figures)));
    const rows = ROWS.map(({ key }) => key);
    expect([...keys].filter((key) => !rows.includes(key))).toEqual([]);
  });

  test('what is not measured is neither met nor missed', () => {
    expect(new Set(judged(undefined, undefined).map(({ verdict }) => verdict))).toEqual(new Set(['not measured']));
  });

  test('the limit itself still meets', () => {
    const bench = run(series(25, { editUpdateP50Ms: 60 }), series(250, { editUpdateP50Ms: 60.1 }));
    expect(verdictsOf(bench, 'edit-p50')).toEqual(['25: met', '250: missed', '1000: not measured']);
  });

  test('a share of what the operator in Go needed', () => {
    const bench = run(series(25, { allReadyMs: 659 }), series(250, { allReadyMs: 6_361 }));
    expect(verdictsOf(bench, 'ready')).toEqual(['25: met', '250: missed', '1000: not measured']);
    expect(verdictsOf(bench, 'ready-at-once')).toEqual(['25', '250', '1000'].map((n) => `${n}: not measured`));
  });

  test('a multiple of what the same run needed', () => {
    const bench = run(
      series(25, { editUpdateP95Ms: 60, pacedUpdateP95Ms: 120 }),
      series(250, { editUpdateP95Ms: 60, pacedUpdateP95Ms: 121 }),
      series(1000, { pacedUpdateP95Ms: 1 }),
    );
    expect(verdictsOf(bench, 'paced')).toEqual(['25: met', '250: missed', '1000: not measured']);
  });

  test('calls that read tags are not held against a restart', () => {
    const bench = (restartTagCalls: number) => run(series(1000, { restartCalls: 180, restartTagCalls }));
    expect(verdictsOf(bench(160), 'restart-calls')).toEqual(['1000: met']);
    expect(verdictsOf(bench(159), 'restart-calls')).toEqual(['1000: missed']);
  });

  test('they are about one region, or about the run that grows', () => {
    const spread = run(series(25, { rssIdle: 1 }, { regions: 5 }));
    expect(verdictsOf(spread, 'rss-25')).toEqual(['25: not measured']);
    const grown = judged(undefined, run(series(10_000, { rssIdle: 201e6 }, { regions: 400 })));
    expect(grown.filter(({ verdict }) => verdict === 'missed').map(({ target }) => target.id)).toEqual(['rss-10000']);
  });
});

describe('the page', () => {
  test('of nothing says that nothing was measured', () => {
    const text = performancePage(nothing, {});
    expect(text).toContain('**No run is recorded.**');
    expect(text.match(/\| – \| not measured \|/g)).toHaveLength(judged(undefined, undefined).length);
    expect(text).not.toMatch(/\.svg|MISSED|## Missed|undefined|NaN/);
  });

  const text = performancePage(
    {
      bench: run(series(25, { editUpdateP50Ms: 80, firstCallMs: 200, restartQuietMs: 4000 })),
      growth: run(series(100, { rssIdle: 60e6 }, { regions: 4 }), series(1000, { rssIdle: 900e6 }, { regions: 40 })),
    },
    { 'edit-p50': 'Two calls go one after the other.' },
  );

  test('names the machine, the day, the commit and the command', () => {
    expect(text).toContain(
      'On 2030-01-02, of commit `abc1234`, on 2 cores (Some CPU), 8 GiB, Node v24.0.0; repeats of each setting: 3. Run as `node x run`.',
    );
  });

  test('shows what was met and, loudly, what was missed', () => {
    expect(text).toContain(
      `Of ${judged(undefined, undefined).length} targets 1 are met, **2 missed**, ${judged(undefined, undefined).length - 3} not measured.`,
    );
    expect(text).toContain('| 50 ms | 25 | 0.30 s | 200 ms (180 ms–220 ms) | met |');
    expect(text).toContain('| 50 ms | 25 | 60 ms | 80 ms (72 ms–88 ms) | **MISSED** |');
  });

  test('says of a miss what is in the way, or that nobody has said it', () => {
    expect(text).toContain('80 ms instead of 60 ms at N = 25. Two calls go one after the other.');
    expect(text).toContain(
      '4.0 s instead of 3.0 s at N = 25. What was tried and what is in the way is not written down.',
    );
  });

  test('draws only what was measured', () => {
    const pictures = [...text.matchAll(/performance\/([\w-]+)\.svg/g)].map(([, name]) => name);
    expect(pictures).toEqual(['firstCallMs', 'editUpdateP50Ms', 'restartQuietMs', 'growth-memory']);
  });

  test('says how each measure grows', () => {
    expect(text).toContain(
      '| RSS idle | 60 MB (54 MB–66 MB) | 900 MB (810 MB–990 MB) | **faster than N**, as N^1.18 |',
    );
    expect(text).toContain('| CPU of a resync | not measured | not measured | not measured |');
  });
});

test('what is recorded can be read, and is told on the page', () => {
  const { bench, growth } = recordedData();
  const text = performancePage();
  for (const run of [bench, growth]) if (run !== undefined) expect(text).toContain(run.commit);
});
