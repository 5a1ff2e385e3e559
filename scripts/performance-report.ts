/**
 * `npm run bench:report`: condenses what was measured last to docs/performance, pictures and all, and writes
 * docs/performance.md.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { OURS } from '../bench/command.ts';
import { type Condensed, condensed } from '../bench/condensed.ts';
import { curvesOf, GROWING } from '../bench/curves.ts';
import { bars } from '../bench/picture.ts';
import type { Report } from '../bench/report.ts';
import { ROWS } from '../bench/rows.ts';
import { performancePage } from './docs/performance.ts';
import { baselineSeries } from './performance/baseline.ts';
import { FOLDER, recordedData } from './performance/data.ts';
import { judged } from './performance/targets.ts';

new Command('npm run bench:report --')
  .description('Record what `npm run bench` and `npm run bench:growth` measured last, and write docs/performance.md.')
  .option('--from <folder>', 'where they left it', 'test-results/bench')
  .addHelpText('after', '\nWhat is not there stays as it was recorded before.')
  .action(({ from }: { from: string }) => record(from))
  .parse();

function record(from: string): void {
  mkdirSync(FOLDER, { recursive: true });
  const bench = keep(join(from, 'report.json'), 'bench.json');
  const growth = keep(join(from, 'growth.json'), 'growth.json');
  if (bench === undefined && growth === undefined) {
    console.error(
      `There is no report.json and no growth.json in ${from}: run \`npm run bench\` or \`npm run bench:growth\`.`,
    );
    process.exitCode = 1;
    return;
  }
  if (bench !== undefined) drawRows(bench);
  if (growth !== undefined) drawGrowth(growth);
  const data = recordedData();
  writeFileSync('docs/performance.md', performancePage(data));
  for (const { verdict, title, n } of judged(data.bench, data.growth))
    if (verdict !== 'met') console.log(`${verdict}: ${title}, N = ${n}`);
  console.log(`${FOLDER} and docs/performance.md are written`);
}

/** Records a run of ours; of another operator that was measured beside it nothing is kept. */
function keep(file: string, name: string): Condensed | undefined {
  if (!existsSync(file)) return undefined;
  const whole = condensed(JSON.parse(readFileSync(file, 'utf8')) as Report); // written by the bench, and by nobody else
  const kept: Condensed = {
    ...whole,
    commands: { [OURS]: whole.commands[OURS] ?? '' },
    series: whole.series.filter(({ subject }) => subject === OURS),
  };
  writeFileSync(join(FOLDER, name), `${JSON.stringify(kept, null, 2)}\n`);
  return kept;
}

function drawRows({ series }: Condensed): void {
  for (const row of ROWS.filter(({ key }) => series.some(({ figures }) => figures[key] !== undefined)))
    draw(row.key, bars(row, [...series, ...baselineSeries()]));
}

function drawGrowth({ series }: Condensed): void {
  for (const growing of GROWING) draw(`growth-${growing.name}`, curvesOf(growing, series));
}

function draw(name: string, picture: string | undefined): void {
  if (picture !== undefined) writeFileSync(join(FOLDER, `${name}.svg`), picture);
}
