import { describe, expect, test } from 'vitest';
import { condensed, differences, type VitestReport } from '../../scripts/reliability/record.ts';

const about = {
  date: '2030-01-01T00:00:00Z',
  commit: 'abc1234',
  machine: { cores: 2, cpu: 'one', memoryGiB: 8, node: 'v24.0.0' },
};
type Tests = VitestReport['testResults'][number]['assertionResults'];

function point(title: string, more: { status?: string; points?: number; settledMs?: number; row?: number } = {}) {
  const { status = 'passed', row = 8, points = 1, settledMs } = more;
  const suite = `row ${row}: a fault`;
  const fault = { points, world: 'processes' as const, ...(settledMs !== undefined && { settledMs }) };
  return { ancestorTitles: [suite], fullName: `${suite} ${title}`, status, meta: { fault } };
}
const file = (name: string, assertionResults: Tests, status = 'passed') => ({
  name: `/home/${name}`,
  status,
  assertionResults,
});
const record = (...testResults: VitestReport['testResults']) => condensed({ testResults }, '/home/', about);

const WATCH = 'test/faults/row-08-watch.test.ts';

describe('a run is condensed', () => {
  test('to what was registered, ran, passed and was played, by row and file', () => {
    const { entries, failed } = record(
      file(WATCH, [point('a'), point('b', { status: 'failed' }), point('c', { status: 'pending' })], 'failed'),
      file('test/faults/memory/row-08-x.test.ts', [point('a', { points: 500 })]),
    );
    expect(entries).toEqual([
      {
        row: 8,
        world: 'memory',
        file: 'test/faults/memory/row-08-x.test.ts',
        tests: 1,
        run: 1,
        passed: 1,
        points: 500,
      },
      { row: 8, world: 'processes', file: WATCH, tests: 3, run: 2, passed: 1, points: 1 },
    ]);
    expect(failed).toEqual([`${WATCH}: row 8: a fault b (failed)`, `${WATCH}: row 8: a fault c (pending)`]);
  });

  test('to how long it took to settle, where that was measured', () => {
    const times = [300, 100, undefined, 200];
    const points = times.map((settledMs, index) => point(String(index), settledMs === undefined ? {} : { settledMs }));
    expect(record(file(WATCH, points)).settled).toEqual({ '8 processes': { of: 3, p50Ms: 200, maxMs: 300 } });
  });

  test('with the tests that are of no row apart', () => {
    const reference = { ancestorTitles: [], fullName: 'the run without a fault', status: 'passed' };
    expect(record(file(WATCH, [point('a'), reference]))).toMatchObject({
      entries: [{ tests: 1 }],
      besides: [{ file: WATCH, tests: 1, passed: 1 }],
      failed: [],
    });
  });

  test('with a file that could not be loaded, or whose hooks failed, among what failed', () => {
    expect(record(file(WATCH, [], 'failed')).failed).toEqual([`${WATCH}: could not be run to its end`]);
  });
});

describe('two runs', () => {
  const one = record(file(WATCH, [point('a', { settledMs: 10 }), point('b')]));

  test('with the same counts do not differ, whatever they took', () => {
    expect(differences(one, record(file(WATCH, [point('a', { settledMs: 90 }), point('b')])))).toEqual([]);
  });

  test('differ where a point is missing, fails, or counts otherwise, and where a file came or went', () => {
    expect(differences(one, record(file(WATCH, [point('a')])))).toEqual([
      `row 8, ${WATCH}: 2 tests, 2 run, 2 passed, 2 points; now 1 tests, 1 run, 1 passed, 1 points`,
    ]);
    expect(differences(one, record(file(WATCH, [point('a'), point('b', { status: 'failed' })])))).toHaveLength(1);
    expect(differences(one, record(file(WATCH, [point('a'), point('b', { points: 2 })])))).toHaveLength(1);
    expect(differences(one, record())).toEqual([`row 8, ${WATCH}: 2 tests, 2 run, 2 passed, 2 points; now nothing`]);
  });
});
