import { Command, type CommanderError } from 'commander';
import { type Config, loadConfig, OPTIONS } from '../config.ts';
import { printCrd } from './crd.ts';
import { flagsOf } from './flags.ts';
import { IMPORT_OPTIONS, type ImportOptions, loadImportOptions } from './import-options.ts';
import { planCommand } from './plan-command.ts';
import type { PlanOptions } from './plan-options.ts';

/** What the commands do; `program` only finds out which one is meant. */
export interface Commands {
  run(config: Config): Promise<void>;
  import(options: ImportOptions): Promise<void>;
  /** Sets the exit code. */
  plan(options: PlanOptions): Promise<void>;
  print(text: string): void;
}

/** The command line. `parseAsync` throws UsageError or CommanderError for a call that cannot be understood. */
export function program(
  commands: Commands,
  version: string,
  env: Readonly<Record<string, string | undefined>>,
): Command {
  const root = new Command('workteam-operator')
    .description('Keeps Amazon SageMaker work teams equal to the Workteam resources in a Kubernetes cluster.')
    .version(version)
    .configureOutput({ outputError: (text, write) => write(complaint(text)) })
    .exitOverride();
  const run = root.command('run').description('run the controller').exitOverride();
  for (const option of OPTIONS) for (const flag of flagsOf(option)) run.addOption(flag);
  run.addHelpText(
    'after',
    '\nEach option is also an environment variable: --log-level is WORKTEAM_OPERATOR_LOG_LEVEL; repeatable ones take commas.',
  );
  run.action((flags: Record<string, unknown>) => commands.run(loadConfig(flags, env)));
  const imports = root.command('import').description('print manifests for work teams that exist').exitOverride();
  for (const option of IMPORT_OPTIONS) for (const flag of flagsOf(option)) imports.addOption(flag);
  imports.action((flags: Record<string, unknown>) => commands.import(loadImportOptions(flags, env)));
  root.addCommand(planCommand((options) => commands.plan(options), env));
  root
    .command('crd')
    .description('print the CRD, for kubectl apply -f -')
    .exitOverride()
    .action(() => commands.print(printCrd()));
  return root;
}

/** What commander finds wrong with a call, in one line as everything else that is said of one. */
function complaint(text: string): string {
  const what = text
    .replace(/^error: /, '')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/\.$/, '');
  return `workteam-operator: ${what} (workteam-operator --help shows what there is).\n`;
}

/** Whether commander threw only because it has printed what was asked for. */
export function isHelp(error: CommanderError): boolean {
  return error.exitCode === 0;
}
