/** docs/reliability.md: what was done to the operator and what came of it, from recorded runs; nothing that was not run is told. */
import { MEASURES, type MeasureName, type Report as SoakReport } from '../../dev/soak/report.ts';
import { NOT_COVERED, NOT_COVERED_AT_ALL } from '../../test/faults/harness/not-covered.ts';
import { ROWS, type RowNumber } from '../../test/faults/harness/rows.ts';
import { type Data, recordedData } from '../reliability/data.ts';
import type { Machine } from '../reliability/machine.ts';
import { type Entry, type FaultRecord, keyOf } from '../reliability/record.ts';
import { code, page, table } from './markdown.ts';

const NOT_RUN = '**not run**';
const ROW_NUMBERS = (Object.keys(ROWS) as unknown[]).map(Number) as RowNumber[]; // the keys of a record of numbers

const JUDGES = [
  '**The end state.** The objects in the API server and the work teams with their tags are those of a run without any fault.',
  '**The writes.** Each work team had the same successful writes as in that run: never two creates, a delete only after its own Workteam was deleted, nothing done to a team of somebody else’s.',
  '**It settles.** When the faults stop it converges in bounded time, and then writes nothing more.',
];

/** The page, from what is recorded unless something else is given. */
export function reliabilityPage(data: Data = recordedData()): string {
  const { faults, soak, mistakes } = data;
  return page(
    'Reliability',
    'What the operator was put through, and what came of it. It ran as the built program, against a real Kubernetes API server and an emulator of the work-team API of SageMaker; where the table says “in memory”, its own code ran inside the test, against a model of the API server and the emulator, with a clock that the test turns. Nothing here is told that was not run.',
    '## Thirty faults',
    `A point is one fault at one place, such as “killed after the answer of the third call of an edit”. Places are counted, not left to chance. Three judges look at each:\n\n${JUDGES.map((judge) => `- ${judge}`).join('\n')}`,
    faults === undefined ? '**No run of the whole matrix is recorded.**' : aboutRun(faults),
    table(
      ['', 'fault', 'what must hold', 'points against processes', 'points in memory', 'settled after'],
      ROW_NUMBERS.map((row) => rowOf(row, faults)),
    ),
    '“Settled after”: from the end of the faults to the end state, in seconds, the median and the longest.',
    ...besides(faults),
    ...failures(faults),
    '## What is not played',
    table(
      ['', 'what, and why'],
      ROW_NUMBERS.flatMap((row) => {
        const words = NOT_COVERED[row];
        return words === undefined ? [] : [[String(row), words]];
      }),
    ),
    `And in no row:\n\n${NOT_COVERED_AT_ALL.map((words) => `- ${words}`).join('\n')}`,
    '## A long run',
    ...(soak === undefined ? ['**No soak is recorded.**'] : soakParts(soak)),
    '## Mistakes made on purpose',
    mistakes === undefined ? '**No run is recorded.**' : mistakesPart(mistakes.verdicts),
    '## Again',
    `${code('npm run test:faults')} plays every point, ${code('npm run faults -- --row 17')} those of one row, and a point that fails leaves a plan that ${code('npm run faults -- --replay FILE')} plays again. ${code('npm run faults:report')} records the last whole run and writes this page; with ${code('--compare FILE')} it says in which counts the last run differs from a recorded one, and should say in none. ${code('npm run soak -- --out docs/reliability')} is the long run, ${code('npm run mistakes')} makes the mistakes.`,
  );
}

function aboutRun({ date, commit, machine, entries }: FaultRecord): string {
  const [points, passed, tests] = [sum(entries, 'points'), sum(entries, 'passed'), sum(entries, 'tests')];
  return `On ${day(date)}, of commit ${code(commit)}, on ${told(machine)}: ${points} points held, in ${passed} of ${tests} tests${passed === tests ? '.' : ', so **some did not hold or were not run**.'}`;
}

function rowOf(row: RowNumber, faults: FaultRecord | undefined): string[] {
  const { fault, holds } = ROWS[row];
  const counts = (['processes', 'memory'] as const).map((world) => countsOf(row, world, faults));
  const isRun = counts.some((count) => count !== '–');
  const [processes = '', memory = ''] = isRun ? counts : [NOT_RUN, NOT_RUN];
  return [String(row), fault, holds, processes, memory, settledOf(row, faults)];
}

function countsOf(row: RowNumber, world: Entry['world'], faults: FaultRecord | undefined): string {
  const entries = faults?.entries.filter((entry) => entry.row === row && entry.world === world) ?? [];
  const [tests, run, passed, points] = [
    sum(entries, 'tests'),
    sum(entries, 'run'),
    sum(entries, 'passed'),
    sum(entries, 'points'),
  ];
  if (run === 0) return tests === 0 ? '–' : `${NOT_RUN}: none of ${tests}`;
  if (passed === tests) return String(points);
  return `${points}, **and ${run - passed} failed, ${tests - run} not run**`;
}

function settledOf(row: RowNumber, faults: FaultRecord | undefined): string {
  const seconds = (ms: number) => (ms / 1000).toFixed(1);
  const found = faults?.settled[keyOf(row, 'processes')];
  return found === undefined ? '' : `${seconds(found.p50Ms)}, ${seconds(found.maxMs)}`;
}

function besides(faults: FaultRecord | undefined): string[] {
  if (faults === undefined || faults.besides.length === 0) return [];
  const tests = faults.besides.reduce((all, { tests }) => all + tests, 0);
  const passed = faults.besides.reduce((all, one) => all + one.passed, 0);
  return [
    `Beside the rows, ${passed} of ${tests} tests of the same suite passed, such as the runs without a fault that the others are compared with, and proofs that the points are all there are.`,
  ];
}

function failures(faults: FaultRecord | undefined): string[] {
  if (faults === undefined || faults.failed.length === 0) return [];
  return ['## What did not hold', faults.failed.map((name) => `- ${name}`).join('\n')];
}

function soakParts(soak: SoakReport): string[] {
  const { found, calls, teams, regions, date, commit, machine, resyncS } = soak;
  const minutes = Math.round(found.seconds / 60);
  const works = Object.entries(found.works).map(([kind, count]) => `${count} ${kind}`);
  const spells = Object.values(found.spells).reduce((all, count) => all + count, 0);
  const objections = [...found.objections, ...found.idleWrites];
  return [
    `On ${day(date)}, of commit ${code(commit)}, on ${told(machine)}: one process, ${teams} Workteams in ${regions} regions, for ${minutes} minutes, compared with AWS every ${resyncS} s. In that time: ${works.join(', ')}; ${spells} spells of ${Object.keys(found.spells).length} kinds of faults; ${calls.passes} passes, ${calls.awsCalls} calls to AWS, ${calls.kubernetesCalls} to the API server. Then everything was as it should be after ${Math.round(found.settledMs / 1000)} s, and ${found.idleWrites.length === 0 ? 'nothing was written any more' : '**something was still written**'}. ${soak.ok ? 'Nothing grew by more than counts as flat.' : '**It did not hold.**'}`,
    '![The measures of the long run over time](reliability/soak.svg)',
    table(
      ['measure', 'median', 'growth over the judged time', 'what counts as flat', ''],
      (Object.keys(MEASURES) as MeasureName[]).map((name) => trendRow(name, soak)),
    ),
    'Growth is the slope by Theil and Sen after the shaded time, over windows of the least heap or the median of the others.',
    ...(objections.length > 0 ? [objections.map((objection) => `- ${objection}`).join('\n')] : []),
  ];
}

function trendRow(name: MeasureName, { trends }: SoakReport): string[] {
  const { title, unit } = MEASURES[name];
  const { median, growth, tolerance, flat } = trends[name];
  const show = (value: number) => (unit === 'MiB' ? `${(value / 2 ** 20).toFixed(1)} MiB` : value.toFixed(1));
  return [title, show(median), show(growth), `up to ${show(tolerance)}`, flat ? 'flat' : '**not flat**'];
}

function mistakesPart(verdicts: NonNullable<Data['mistakes']>['verdicts']): string {
  const survivors = verdicts.filter(({ killedBy }) => killedBy === null);
  const killed = verdicts.length - survivors.length;
  const first = `The tests are tested too: ${verdicts.length} small mistakes were made in the source, one at a time, and ${killed} of them were found.`;
  if (survivors.length === 0) return first;
  return `${first} **Not found:**\n\n${survivors.map(({ name, what }) => `- ${code(name)}: ${what}`).join('\n')}`;
}

function sum(entries: readonly Entry[], count: 'tests' | 'run' | 'passed' | 'points'): number {
  return entries.reduce((all, entry) => all + entry[count], 0);
}

function day(date: string): string {
  return date.slice(0, 10);
}

function told({ cores, cpu, memoryGiB, node }: Machine): string {
  return `${cores} cores (${cpu}), ${memoryGiB} GiB, Node ${node}`;
}
