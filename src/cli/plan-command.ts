/** The command line of `plan`. */
import { Command, type CommanderError } from 'commander';
import { type Environment, UsageError } from '../config.ts';
import { CannotStart } from './cannot-start.ts';
import { flagsOf } from './flags.ts';
import { loadPlanOptions, PLAN_OPTIONS, type PlanOptions } from './plan-options.ts';

/**
 * The command. A call that cannot be understood ends in CannotStart, so that its exit code is 1: 2 means that something
 * would change.
 */
export function planCommand(plan: (options: PlanOptions) => Promise<void>, env: Environment): Command {
  const command = new Command('plan')
    .description('print what run would do about manifests, and change nothing')
    .configureOutput({ outputError: () => {} })
    .exitOverride(complain)
    .addHelpText(
      'after',
      '\nExit codes: 0 nothing would change, 2 something would, 1 something is refused or went wrong.',
    )
    .action((flags: Record<string, unknown>) => plan(optionsOf(flags, env)));
  for (const option of PLAN_OPTIONS) for (const flag of flagsOf(option)) command.addOption(flag);
  return command;
}

function optionsOf(flags: Record<string, unknown>, env: Environment): PlanOptions {
  try {
    return loadPlanOptions(flags, env);
  } catch (error) {
    if (error instanceof UsageError) throw new CannotStart(error.message, { cause: error });
    throw error;
  }
}

function complain(error: CommanderError): never {
  if (error.exitCode === 0) throw error;
  const what = error.message
    .replace(/^error: /, '')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/\.$/, '');
  throw new CannotStart(`${what} (workteam-operator plan --help shows what there is).`, { cause: error });
}
