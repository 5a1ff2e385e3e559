/**
 * `npm run faults:report`: condenses the last whole run of the fault matrix to docs/reliability/faults.json and writes
 * docs/reliability.md; with --compare it only says in which counts that run differs from another.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { reliabilityPage } from './docs/reliability.ts';
import { FOLDER } from './reliability/data.ts';
import { thisMachine } from './reliability/machine.ts';
import { condensed, differences, FaultRecord, VitestReport } from './reliability/record.ts';

const RUN = 'test-results/faults.json';
const RECORD = `${FOLDER}/faults.json`;

new Command('npm run faults:report --')
  .description(`Record the run of the fault matrix that ${RUN} tells of, and write docs/reliability.md.`)
  .option('--compare <file>', `write nothing, and say in which counts it differs from a record such as ${RECORD}`)
  .addHelpText('after', '\nExit code: 0 if everything passed (with --compare: if the counts are the same), else 1.')
  .action(({ compare }: { compare?: string }) => {
    process.exitCode = compare === undefined ? keep() : compareWith(compare);
  })
  .parse();

function keep(): number {
  const record = lastRun();
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(RECORD, `${JSON.stringify(record, undefined, 2)}\n`);
  writeFileSync('docs/reliability.md', reliabilityPage());
  const tests = record.entries.reduce((sum, entry) => sum + entry.tests, 0);
  const passed = record.entries.reduce((sum, entry) => sum + entry.passed, 0);
  console.log(`${RECORD} and docs/reliability.md: ${passed} of ${tests} tests of the matrix passed`);
  for (const failed of record.failed) console.log(`  did not pass: ${failed}`);
  return record.failed.length === 0 ? 0 : 1;
}

function compareWith(file: string): number {
  const told = differences(FaultRecord.parse(JSON.parse(readFileSync(file, 'utf8'))), lastRun());
  console.log(told.length === 0 ? `The counts are those of ${file}.` : told.join('\n'));
  return told.length === 0 ? 0 : 1;
}

function lastRun(): FaultRecord {
  if (!existsSync(RUN)) {
    console.error(`There is no ${RUN}: run \`npm run test:faults\`, which plays every point and writes it.`);
    process.exit(1);
  }
  const report = VitestReport.parse(JSON.parse(readFileSync(RUN, 'utf8')));
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const about = { date: statSync(RUN).mtime.toISOString(), commit, machine: thisMachine() };
  return condensed(report, `${process.cwd()}/`, about);
}
