/** `npm run bench`: measures the built bundle, and other operators beside it, and prints a table. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { imageNodeOptions } from '../dev/image/node-options.ts';
import { type Figures, measure, OPTIONAL, type Optional } from './measure.ts';
import { markdown, type Report, type Series } from './report.ts';
import type { Subject } from './subject.ts';

interface Flags {
  readonly n: readonly number[];
  readonly latency: readonly number[];
  readonly repeats: number;
  readonly regions: number;
  readonly rate: number;
  readonly nodeFlags: string;
  readonly only: readonly Optional[];
  readonly vs?: string;
  readonly out: string;
  readonly output: 'markdown' | 'json';
}

const BUNDLE = 'dist/workteam-operator.js';

await new Command('npm run bench --')
  .description('Measure the built bundle with a real API server and a fast fake of AWS, both on this machine.')
  .option('--n <numbers>', 'how many Workteams, comma-separated', counts, [25, 250, 1000])
  .option('--latency <ms>', 'how long AWS takes to answer, comma-separated', counts, [0, 50])
  .option('--repeats <number>', 'how often each setting is measured', count, 3)
  .option('--regions <number>', 'over how many regions the Workteams are spread', count, 1)
  .option('--rate <number>', 'AWS calls a second that the bundle may make in each region', count, 1000)
  .option('--node-flags <flags>', 'flags of Node for the bundle', imageNodeOptions().join(' '))
  .option('--only <parts>', `of ${OPTIONAL.join(', ')}: measure only these besides start and first apply`, parts, [
    ...OPTIONAL,
  ])
  .option('--vs <command>', 'another operator to measure in turn with it; {resync} in it becomes a resync interval')
  .option('--out <folder>', 'where report.json, report.md and the logs go', 'test-results/bench')
  .option('-o, --output <format>', 'markdown or json, on the standard output', format, 'markdown')
  .addHelpText(
    'after',
    '\nA run of --n 25 takes about 3 minutes, of --n 1000 about 5; --only edits,rss,restart leaves out what takes longest.',
  )
  .action(bench)
  .parseAsync();

async function bench(flags: Flags): Promise<void> {
  const subjects = subjectsOf(flags);
  mkdirSync(flags.out, { recursive: true });
  const series: Series[] = [];
  for (const latencyMs of flags.latency) {
    for (const n of flags.n) {
      const setting = { n, latencyMs, regions: flags.regions };
      const runs = new Map<string, Figures[]>(subjects.map(({ name }) => [name, []]));
      for (let repeat = 1; repeat <= flags.repeats; repeat++) {
        // In turn, so that a busier minute of the machine meets all of them.
        for (const subject of subjects) {
          tell(`${subject.name}: N = ${n}, AWS after ${latencyMs} ms, run ${repeat} of ${flags.repeats}`);
          const log = join(flags.out, `${subject.name}.log`);
          runs.get(subject.name)?.push(await measure(subject, setting, log, flags.only));
        }
      }
      for (const [subject, its] of runs) series.push({ subject, setting, runs: its });
    }
  }
  const report: Report = { date: new Date().toISOString(), machine: machine(), commands: commands(subjects), series };
  writeFileSync(join(flags.out, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(join(flags.out, 'report.md'), markdown(report));
  process.stdout.write(flags.output === 'json' ? `${JSON.stringify(report, null, 2)}\n` : markdown(report));
}

function subjectsOf({ vs, rate, nodeFlags }: Flags): Subject[] {
  const flags = {
    '--leader-election-namespace': 'default',
    '--metrics-bind-address': '127.0.0.1:0',
    '--health-probe-bind-address': '127.0.0.1:0',
    '--aws-requests-per-second': String(rate),
    '--aws-burst': String(Math.max(20, rate)),
    '--resync-interval': '{resync}',
  };
  const command = [process.execPath, ...words(nodeFlags), BUNDLE, 'run', ...Object.entries(flags).flat()];
  const ours: Subject = { name: 'workteam-operator', command };
  return vs === undefined ? [ours] : [ours, { name: 'other', command: words(vs) }];
}

function commands(subjects: readonly Subject[]): Record<string, string> {
  const shown = (word: string) => (word === process.execPath ? 'node' : word);
  return Object.fromEntries(subjects.map(({ name, command }) => [name, command.map(shown).join(' ')]));
}

function machine(): Report['machine'] {
  const all = cpus();
  const memoryMiB = Math.round(totalmem() / 2 ** 20);
  return { cpus: all.length, model: all[0]?.model ?? 'unknown', memoryMiB, node: process.version };
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

function counts(text: string): number[] {
  return text.split(',').map(count);
}

function count(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < 0)
    throw new InvalidArgumentError('Write whole numbers.');
  return value;
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

function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}
