/** `npm run faults`: plays points of the fault matrix: one row, all rows, or one that failed, from its plan file. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';

const REPORT = 'test-results/faults.json';
/** Three workers, whatever the machine: a point waits far more than it works, and more of them at once get in each other's way. */
const ARGUMENTS = ['run', '--project=faults', '--project=faults-memory', '--maxWorkers=3'];

interface Options {
  readonly replay?: string;
  readonly row?: number;
  readonly sample?: boolean;
}

const program = new Command('npm run faults --')
  .description(
    'Play the points of the fault matrix against a real API server, the SageMaker emulator and the built bundle.',
  )
  .option('--replay <file>', 'play the one point again that left this plan file in test-results/faults')
  .option('--row <number>', 'play the points of one row', rowNumber)
  .option('--sample', 'play the sample of `npm test` only')
  .addHelpText(
    'after',
    '\nWithout options, all points of all rows are played; test-results/faults.json tells of them.',
  );
program.action((options: Options) => process.exit(run(options)));
program.parse();

function run({ replay, row, sample }: Options): number {
  const plan = replay === undefined ? undefined : planIn(replay);
  const env = { ...process.env, FAULTS: sample ? 'sample' : 'all', ...plan?.details.environment };
  const narrowed = plan !== undefined ? replayOf(plan) : row !== undefined ? [`/row-${pad(row)}-`] : [];
  const whole = narrowed.length === 0;
  const reporters = ['--reporter=default', ...(whole ? ['--reporter=json', `--outputFile.json=${REPORT}`] : [])];
  const { status } = spawnSync('vitest', [...ARGUMENTS, ...narrowed, ...reporters], { stdio: 'inherit', env });
  return status ?? 1;
}

function replayOf(plan: Plan): string[] {
  console.log(`row ${plan.row}: ${plan.fault}`);
  if (Object.keys(plan.details).length > 0) console.log(JSON.stringify(plan.details));
  return [plan.file, '--testNamePattern', `${plan.test.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`];
}

interface Plan {
  readonly row: number;
  readonly fault: string;
  readonly file: string;
  readonly test: string;
  /** `environment` is what the test reads from its environment, such as a seed. */
  readonly details: { readonly environment?: Readonly<Record<string, string>> };
}

function planIn(path: string): Plan {
  let plan: Omit<Plan, 'details'> & Partial<Pick<Plan, 'details'>>;
  try {
    plan = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    return program.error(`error: cannot read the plan file ${path}: ${(error as Error).message}`);
  }
  if (typeof plan?.file !== 'string' || typeof plan.test !== 'string')
    return program.error(`error: ${path} is not a plan file of the fault suite: it names no test`);
  return { details: {}, ...plan };
}

function rowNumber(text: string): number {
  const row = Number(text);
  if (!Number.isInteger(row) || row < 1 || row > 30) throw new InvalidArgumentError('The rows are 1 to 30.');
  return row;
}

function pad(row: number): string {
  return String(row).padStart(2, '0');
}
