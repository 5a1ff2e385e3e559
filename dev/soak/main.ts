/** `npm run soak`: one operator under edits, drift and faults for as long as one likes, and whether it grew. */
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { builtBundle } from '../../test/support/bundle.ts';
import { terminalProgress } from '../control-plane/progress.ts';
import { start } from '../control-plane/start.ts';
import { prepare } from './cluster.ts';
import { SPELLS } from './faults.ts';
import { picture } from './picture.ts';
import { TEAMS_A_REGION } from './population.ts';
import { type Report, reportOn, spanOf, verdict } from './report.ts';
import type { Sample } from './samples.ts';
import { soak } from './soak.ts';

interface Flags {
  readonly minutes: number;
  readonly teams: number;
  readonly seed: number;
  readonly rate: number;
  readonly resync: number;
  readonly out: string;
}

/** Long enough for backoff to grow, short enough for 150 spells in an hour. In milliseconds. */
const SPELL_MS = 6_000;

/** npm passes a Ctrl-C on that the terminal has delivered already: within this time, two are one. In milliseconds. */
const SAME_MS = 1_000;

await new Command('npm run soak --')
  .description('Let one operator work under edits, drift and faults, and judge whether it grew. Ctrl-C ends it early.')
  .option('--minutes <number>', 'for how long', positive, 60)
  .option('--teams <number>', `how many Workteams, ${TEAMS_A_REGION} to a region`, positive, 1000)
  .option('--rate <number>', 'how many edits, changes in the console and replacements a second', positive, 2)
  .option('--resync <seconds>', 'how often AWS is compared with the specs', positive, 30)
  .option('--seed <number>', 'the same seed, the same works and faults', positive, 28)
  .option('--out <folder>', 'where soak.json and soak.svg go', 'test-results/soak')
  .addHelpText('after', '\nExit code: 0 if nothing grew, nothing was written while idle and no judge objects; else 1.')
  .action(run)
  .parseAsync();

async function run(flags: Flags): Promise<void> {
  const stop = new AbortController();
  listen(stop);
  try {
    process.exitCode = await soakIn(flags, stop.signal);
  } catch (error) {
    tell(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}

async function soakIn({ minutes, teams, seed, rate, resync, out }: Flags, stop: AbortSignal): Promise<number> {
  const bundle = builtBundle();
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const date = new Date().toISOString();
  const regions = Math.ceil(teams / TEAMS_A_REGION);
  const title = `One operator, ${teams} Workteams in ${regions} regions, under edits, drift and faults`;
  const everyS = Math.min(10, Math.max(1, minutes / 6));
  const draw = async (samples: readonly Sample[], seconds: number) => {
    await mkdir(out, { recursive: true });
    await writeFile(join(out, 'soak.svg'), picture(samples, title, spanOf(seconds).fromS));
  };
  const plane = await start({ onProgress: terminalProgress(process.stderr) });
  try {
    const found = await soak({
      ground: await prepare(plane, bundle),
      seconds: minutes * 60,
      teams,
      seed,
      rate,
      resyncS: resync,
      everyS,
      spells: SPELLS,
      spellMs: SPELL_MS,
      stop,
      tell,
      keep: (samples) => draw(samples, minutes * 60),
    });
    const report = reportOn(found, { date, commit, teams, regions, seed, resyncS: resync });
    await draw(found.samples, found.seconds);
    await keep(report, out);
    tell(verdict(report));
    return report.ok ? 0 : 1;
  } finally {
    await plane.stop();
  }
}

async function keep(report: Report, folder: string): Promise<void> {
  await writeFile(join(folder, 'soak.json'), `${JSON.stringify(report, undefined, 2)}\n`);
}

/** The first signal ends works and faults, the next one everything, without a report; what runs is guarded. */
function listen(stop: AbortController): void {
  let first = Number.POSITIVE_INFINITY;
  const hear = () => {
    if (performance.now() - first > SAME_MS) process.exit(1);
    if (first === Number.POSITIVE_INFINITY)
      tell('stopping early; what follows takes a few minutes, Ctrl-C again ends it at once');
    first = Math.min(first, performance.now());
    stop.abort();
  };
  process.on('SIGINT', hear).on('SIGTERM', hear);
}

function tell(line: string): void {
  console.log(`${new Date().toISOString().slice(11, 19)} ${line}`);
}

function positive(text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new InvalidArgumentError('Write a number above 0.');
  return number;
}
