/** `npm run bench`: measures the built bundle, and other operators beside it, and prints a table. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { thisMachine } from '../scripts/reliability/machine.ts';
import { commandsOf, count, counts, NODE_FLAGS, ours, tell, words } from './command.ts';
import { condensed } from './condensed.ts';
import { type Figures, measure, OPTIONAL, type Optional } from './measure.ts';
import { bars } from './picture.ts';
import { commit, markdown, type Report, type Series } from './report.ts';
import { ROWS } from './rows.ts';
import type { Subject } from './subject.ts';

interface Flags {
  readonly n: readonly number[];
  readonly latency: readonly number[];
  readonly repeats: number;
  readonly regions: number;
  readonly rate: number;
  readonly stormRate: number;
  readonly nodeFlags: string;
  readonly only: readonly Optional[];
  readonly vs?: string;
  readonly out: string;
  readonly output: 'markdown' | 'json';
}

const HELP = `
One run takes about 1 minute with --n 25 and about 2 with --n 1000. "idle" takes half a minute, and 2 with --n 1000; it is measured
once for each number of Workteams, with the last latency, because it is counted, not timed. What makes it shorter: --repeats 1;
--latency 50; --only edits,rss,restart.`;

await new Command('npm run bench --')
  .description('Measure the built bundle with a real API server and a fast fake of AWS, both on this machine.')
  .option('--n <numbers>', 'how many Workteams, comma-separated', counts, [25, 250, 1000])
  .option('--latency <ms>', 'how long AWS takes to answer, comma-separated', counts, [0, 50])
  .option('--repeats <number>', 'how often each setting is measured', count, 3)
  .option('--regions <number>', 'over how many regions the Workteams are spread', count, 1)
  .option('--rate <number>', 'AWS calls a second that the bundle may make in each region', count, 1000)
  .option('--storm-rate <number>', 'the same for the edits during a storm that is held to a pace', count, 5)
  .option('--node-flags <flags>', 'flags of Node for the bundle', NODE_FLAGS)
  .option('--only <parts>', `of ${OPTIONAL.join(', ')}: measure only these besides start and first apply`, parts, [
    ...OPTIONAL,
  ])
  .option(
    '--vs <command>',
    'another operator to measure in turn with it; {resync} in it becomes a resync interval, {rate} and {burst} its pace',
  )
  .option(
    '--out <folder>',
    'where report.json, report.md, a picture for each row and the logs go',
    'test-results/bench',
  )
  .option('-o, --output <format>', 'markdown or json, on the standard output', format, 'markdown')
  .addHelpText('after', HELP)
  .action(bench)
  .parseAsync();

async function bench(flags: Flags): Promise<void> {
  const subjects = subjectsOf(flags);
  mkdirSync(flags.out, { recursive: true });
  const about = {
    date: new Date().toISOString(),
    commit: commit(),
    machine: thisMachine(),
    commands: commandsOf(subjects, flags.rate),
    ...(flags.only.includes('paced') && { stormRate: flags.stormRate }),
  };
  const series: Series[] = [];
  for (const latencyMs of flags.latency) {
    for (const n of flags.n) {
      const setting = { n, latencyMs, regions: flags.regions };
      const runs = new Map<string, Figures[]>(subjects.map(({ name }) => [name, []]));
      for (let repeat = 1; repeat <= flags.repeats; repeat++) {
        // In turn, so that a busier minute of the machine meets all of them.
        for (const subject of subjects) {
          const began = performance.now();
          const log = join(flags.out, `${subject.name}.log`);
          const isOnce = repeat === 1 && latencyMs === flags.latency.at(-1);
          const wanted = flags.only.filter((part) => part !== 'idle' || isOnce);
          const rates = { usual: flags.rate, storm: flags.stormRate };
          runs.get(subject.name)?.push(await measure(subject, setting, { log, wanted, rates }));
          const seconds = ((performance.now() - began) / 1000).toFixed(0);
          const run = `run ${repeat} of ${flags.repeats}`;
          tell(`${subject.name}: N = ${n}, AWS after ${latencyMs} ms, ${run}: took ${seconds} s`);
        }
      }
      for (const [subject, its] of runs) series.push({ subject, setting, runs: its });
      // After each setting: whoever breaks it off has what was measured.
      keep({ ...about, series }, flags.out);
    }
  }
  const report: Report = { ...about, series };
  process.stdout.write(flags.output === 'json' ? `${JSON.stringify(report, null, 2)}\n` : markdown(report));
}

function keep(report: Report, folder: string): void {
  writeFileSync(join(folder, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(join(folder, 'report.md'), markdown(report));
  const { series } = condensed(report);
  for (const row of ROWS) {
    const picture = bars(row, series);
    if (picture !== undefined) writeFileSync(join(folder, `${row.key}.svg`), picture);
  }
}

function subjectsOf({ vs, nodeFlags }: Flags): Subject[] {
  return vs === undefined ? [ours(nodeFlags)] : [ours(nodeFlags), { name: 'other', command: words(vs) }];
}

function parts(text: string): Optional[] {
  return text.split(',').map((name) => {
    const part = OPTIONAL.find((one) => one === name);
    if (part === undefined) throw new InvalidArgumentError(`There are: ${OPTIONAL.join(', ')}.`);
    return part;
  });
}

function format(text: string): string {
  if (text !== 'markdown' && text !== 'json') throw new InvalidArgumentError('Write markdown or json.');
  return text;
}
