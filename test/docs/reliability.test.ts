import { globSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { reliabilityPage } from '../../scripts/docs/reliability.ts';
import { type Data, recordedData } from '../../scripts/reliability/data.ts';
import type { Entry } from '../../scripts/reliability/record.ts';
import { ROWS } from '../faults/harness/rows.ts';

const machine = { cores: 2, cpu: 'one', memoryGiB: 8, node: 'v24.0.0' };
const nothing: Data = { faults: undefined, soak: undefined, mistakes: undefined };

function entry(more: Partial<Entry>): Entry {
  return { row: 8, world: 'processes', file: 'f', tests: 4, run: 4, passed: 4, points: 4, ...more };
}

function page(entries: readonly Entry[], failed: string[] = []): string {
  const faults = { date: '2030-01-01T00:00:00Z', commit: 'abc1234', machine, settled: {}, besides: [] };
  return reliabilityPage({ ...nothing, faults: { ...faults, entries: [...entries], failed } });
}

function cells(text: string, row: number): string[] {
  const line = text.split('\n').find((one) => one.startsWith(`| ${row} | ${ROWS[8].fault}`)) ?? '';
  return line.split(' | ').slice(3);
}

describe('the page about reliability', () => {
  test('says of each row that it was not run, until it was', () => {
    const text = reliabilityPage(nothing);
    expect(text.match(/\| \*\*not run\*\* \| \*\*not run\*\* \|/g)).toHaveLength(Object.keys(ROWS).length);
    expect(text).toContain('**No run of the whole matrix is recorded.**');
    expect(text).toContain('**No soak is recorded.**');
    expect(text).not.toContain('reliability/soak.svg');
  });

  test('adds the points of the files of a row up, each world for itself', () => {
    const text = page([entry({}), entry({ file: 'g', points: 3, tests: 3, run: 3, passed: 3 })]);
    expect(cells(text, 8).slice(0, 2)).toEqual(['7', '–']);
    expect(page([entry({ world: 'memory', points: 500 })])).toContain('| – | 500 |');
  });

  test('claims no more than held', () => {
    const text = page([entry({ run: 3, passed: 1, points: 1 })], ['f: row 8 it (failed)']);
    expect(cells(text, 8)[0]).toBe('1, **and 2 failed, 1 not run**');
    expect(text).toContain('1 points held, in 1 of 4 tests, so **some did not hold or were not run**');
    expect(text).toContain('## What did not hold\n\n- f: row 8 it (failed)');
    expect(cells(page([entry({ run: 0, passed: 0, points: 0 })]), 8)[0]).toBe('**not run**: none of 4');
  });

  test('names the mistakes that nothing found', () => {
    const verdicts = [
      { name: 'a', what: 'x', killedBy: 'unit' },
      { name: 'b', what: 'the owner is not looked at', killedBy: null },
    ];
    const text = reliabilityPage({ ...nothing, mistakes: { verdicts } });
    expect(text).toContain('1 of them were found. **Not found:**\n\n- `b`: the owner is not looked at');
  });
});

const { faults } = recordedData();

/** How many points each of them has is compared where they are registered, in `npm test`: see test/faults/harness/points.ts. */
if (faults !== undefined) {
  test('the recorded run is of the files that there are', () => {
    const recorded = faults.entries.map(({ file }) => file);
    const files = globSync('test/faults/**/row-*.test.ts').map((file) => file.replaceAll('\\', '/'));
    expect([...new Set(recorded)].toSorted()).toEqual(expect.arrayContaining(files.toSorted()));
    const besides = globSync('test/faults/**/*.test.ts');
    expect(recorded.filter((file) => !besides.includes(file))).toEqual([]);
  });
}
