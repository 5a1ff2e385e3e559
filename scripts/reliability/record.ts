/** A run of the whole fault matrix, condensed from vitest's report to what is kept of it. Pure. */
import { z } from 'zod';
import { ROWS, type RowNumber } from '../../test/faults/harness/rows.ts';

const World = z.enum(['processes', 'memory']);

/** vitest's JSON report, as far as it is read. */
export const VitestReport = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      assertionResults: z.array(
        z.object({
          ancestorTitles: z.array(z.string()),
          fullName: z.string(),
          status: z.string(),
          meta: z
            .object({
              fault: z.object({ points: z.number(), settledMs: z.number().optional(), world: World }).optional(),
            })
            .optional(),
        }),
      ),
    }),
  ),
});
export type VitestReport = z.infer<typeof VitestReport>;

const Settled = z.object({ of: z.number(), p50Ms: z.number(), maxMs: z.number() });

/** What became of a row in one file. */
const Entry = z.object({
  row: z.number(),
  world: World,
  /** From the root of the project. */
  file: z.string(),
  /** Tests that were registered, that ran to a verdict, and that passed. */
  tests: z.number(),
  run: z.number(),
  passed: z.number(),
  /** Points that those that passed have played: mostly one each. */
  points: z.number(),
});
export type Entry = z.infer<typeof Entry>;

/** The tests of the two projects that are of no row. */
const Besides = z.object({ file: z.string(), tests: z.number(), passed: z.number() });

/** What is kept, in docs/reliability/faults.json. */
export const FaultRecord = z.object({
  date: z.string(),
  commit: z.string(),
  machine: z.object({ cores: z.number(), cpu: z.string(), memoryGiB: z.number(), node: z.string() }),
  entries: z.array(Entry),
  /** By row and world, as `17 processes`: how long it took from the end of the faults to the end state. */
  settled: z.record(z.string(), Settled),
  besides: z.array(Besides),
  /** The full names of the tests that did not pass, and the files that could not be run. */
  failed: z.array(z.string()),
});
export type FaultRecord = z.infer<typeof FaultRecord>;

type Result = VitestReport['testResults'][number]['assertionResults'][number];

/** @param root the folder of the project, with a slash at its end */
export function condensed(
  { testResults }: VitestReport,
  root: string,
  about: Pick<FaultRecord, 'date' | 'commit' | 'machine'>,
): FaultRecord {
  const files = testResults
    .map((result) => ({ ...result, file: result.name.startsWith(root) ? result.name.slice(root.length) : result.name }))
    .toSorted((a, b) => (a.file < b.file ? -1 : 1));
  const entries = files.flatMap(({ file, assertionResults }) => {
    const byRow = Map.groupBy(assertionResults, rowOf);
    return [...byRow].flatMap(([row, tests]) => (row === undefined ? [] : [entryOf(row, file, tests)]));
  });
  const besides = files.flatMap(({ file, assertionResults }) => {
    const tests = assertionResults.filter((test) => rowOf(test) === undefined);
    return tests.length === 0 ? [] : [{ file, tests: tests.length, passed: tests.filter(isPassed).length }];
  });
  const all = files.flatMap(({ file, assertionResults }) => assertionResults.map((test) => ({ ...test, file })));
  const broken = files.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.every(isPassed),
  );
  return {
    ...about,
    entries: entries.toSorted((a, b) => a.row - b.row),
    settled: settledOf(all),
    besides,
    failed: [
      ...all.filter((test) => !isPassed(test)).map(({ fullName, status, file }) => `${file}: ${fullName} (${status})`),
      ...broken.map(({ file }) => `${file}: could not be run to its end`),
    ],
  };
}

/** The row of a test, by the title of what it stands in. */
function rowOf({ ancestorTitles }: Result): RowNumber | undefined {
  const titled = ancestorTitles.map((title) => Number(/^row (\d+): /.exec(title)?.[1]));
  return titled.find((number): number is RowNumber => number in ROWS);
}

function isPassed({ status }: { readonly status: string }): boolean {
  return status === 'passed';
}

function worldOf(file: string): Entry['world'] {
  return file.includes('/memory/') ? 'memory' : 'processes';
}

function entryOf(row: RowNumber, file: string, tests: readonly Result[]): Entry {
  const passed = tests.filter(isPassed);
  return {
    row,
    world: worldOf(file),
    file,
    tests: tests.length,
    run: tests.filter(({ status }) => status === 'passed' || status === 'failed').length,
    passed: passed.length,
    points: passed.reduce((sum, { meta }) => sum + (meta?.fault?.points ?? 1), 0),
  };
}

function settledOf(tests: readonly (Result & { file: string })[]): FaultRecord['settled'] {
  const passed = tests.filter((test) => rowOf(test) !== undefined && isPassed(test));
  const groups = Map.groupBy(passed, (test) => keyOf(rowOf(test) ?? 0, worldOf(test.file)));
  const told = [...groups].flatMap(([key, group]): [string, z.infer<typeof Settled>][] => {
    const times = group.flatMap(({ meta }) => meta?.fault?.settledMs ?? []).toSorted((a, b) => a - b);
    const [p50Ms, maxMs] = [times[Math.floor(times.length / 2)], times.at(-1)];
    return p50Ms === undefined || maxMs === undefined ? [] : [[key, { of: times.length, p50Ms, maxMs }]];
  });
  return Object.fromEntries(told.toSorted(([a], [b]) => Number.parseInt(a, 10) - Number.parseInt(b, 10)));
}

/** How a row and a world are called in `settled`. */
export function keyOf(row: number, world: Entry['world']): string {
  return `${row} ${world}`;
}

/** In which counts two runs differ, one sentence each; dates, machines and times may. */
export function differences(before: FaultRecord, after: FaultRecord): string[] {
  const told = (record: FaultRecord) =>
    new Map([
      ...record.entries.map((entry) => [`row ${entry.row}, ${entry.file}`, countsOf(entry)] as const),
      ...record.besides.map(({ file, tests, passed }) => [file, `${tests} tests, ${passed} passed`] as const),
    ]);
  const [one, other] = [told(before), told(after)];
  return [...new Set([...one.keys(), ...other.keys()])].flatMap((what) => {
    const [then, now] = [one.get(what) ?? 'nothing', other.get(what) ?? 'nothing'];
    return then === now ? [] : [`${what}: ${then}; now ${now}`];
  });
}

function countsOf({ tests, run, passed, points }: Entry): string {
  return `${tests} tests, ${run} run, ${passed} passed, ${points} points`;
}
