/** `npm run bench:growth`: how the cost of the built bundle grows with the number of Workteams, as figures and curves. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { thisMachine } from '../scripts/reliability/machine.ts';
import { commandsOf, count, counts, NODE_FLAGS, OURS, ours, tell } from './command.ts';
import { condensed } from './condensed.ts';
import { curvesOf, GROWING, withMemoryPerObject } from './curves.ts';
import { growth, PER_REGION, regionsOf } from './growth.ts';
import type { Figures } from './measure.ts';
import { commit, type Report } from './report.ts';

interface Flags {
  readonly n: readonly number[];
  readonly latency: number;
  readonly repeats: number;
  readonly rate: number;
  readonly nodeFlags: string;
  readonly out: string;
}

await new Command('npm run bench:growth --')
  .description(`Measure the built bundle with more and more Workteams, ${PER_REGION} a region.`)
  .option('--n <numbers>', 'how many Workteams, comma-separated', counts, [100, 1000, 2500, 5000, 10_000])
  .option('--latency <ms>', 'how long AWS takes to answer', count, 50)
  .option('--repeats <number>', 'how often all of it is measured', count, 1)
  .option('--rate <number>', 'AWS calls a second that the bundle may make in each region', count, 1000)
  .option('--node-flags <flags>', 'flags of Node for the bundle', NODE_FLAGS)
  .option('--out <folder>', 'where growth.json, a picture for each measure and the log go', 'test-results/bench')
  .addHelpText('after', '\nUp to 10,000 takes about ten minutes; --n 100,1000 about two and a half.')
  .action(measureGrowth)
  .parseAsync();

async function measureGrowth({ latency, repeats, rate, nodeFlags, out, ...flags }: Flags): Promise<void> {
  mkdirSync(out, { recursive: true });
  const sizes = flags.n.toSorted((a, b) => a - b);
  const subject = ours(nodeFlags);
  const about = {
    date: new Date().toISOString(),
    commit: commit(),
    machine: thisMachine(),
    commands: commandsOf([subject], rate),
  };
  const all: (readonly Figures[])[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    tell(`run ${repeat + 1} of ${repeats}`);
    // After each size: whoever breaks it off has what was measured.
    const onSize = (figures: readonly Figures[]) => {
      all[repeat] = withMemoryPerObject(sizes, figures);
      const series = sizes.map((n, index) => ({
        subject: OURS,
        setting: { n, latencyMs: latency, regions: regionsOf(n) },
        runs: all.flatMap((runs) => runs.slice(index, index + 1)),
      }));
      keep({ ...about, series: series.filter(({ runs }) => runs.length > 0) }, out);
    };
    await growth(subject, { sizes, latencyMs: latency, rate, log: join(out, 'growth.log'), tell, onSize });
  }
  tell(`${out}: growth.json and its pictures`);
}

function keep(report: Report, folder: string): void {
  writeFileSync(join(folder, 'growth.json'), `${JSON.stringify(report, null, 2)}\n`);
  const { series } = condensed(report);
  for (const growing of GROWING) {
    const picture = curvesOf(growing, series);
    if (picture !== undefined) writeFileSync(join(folder, `growth-${growing.name}.svg`), picture);
  }
}
