/** The command line of `plan`. */
import { Command, type CommanderError, Option as CommanderOption } from 'commander';
import { loadConfig, OPTIONS, UsageError } from '../config.ts';
import { CannotStart } from './cannot-start.ts';
import { flagsOf } from './flags.ts';
import type { PlanCall } from './plan.ts';

/** The options of `run` that mean the same here; their environment variables count too. */
const SHARED = [
  'kubeconfig',
  'aws-region',
  'cluster-id',
  'ignore-tag-keys',
  'allow-takeover',
  'read-only',
  'aws-requests-per-second',
  'aws-burst',
];

/** The options that only `plan` has. */
export const PLAN_FLAGS: readonly CommanderOption[] = [
  new CommanderOption('-f, --filename <PATH>', 'manifests: a file, a folder, or - for the standard input; repeatable')
    .argParser((value: string, all: string[] | undefined) => [...(all ?? []), value])
    .makeOptionMandatory(),
  new CommanderOption('-n, --namespace <NAME>', 'namespace of manifests that name none (default: default)'),
  new CommanderOption('-o, --output <FORMAT>', 'text, or json for scripts').choices(['text', 'json']).default('text'),
  new CommanderOption('--prune', 'also tell what would become of work teams whose Workteams are in no manifest'),
];

interface Flags {
  readonly filename: readonly string[];
  readonly namespace?: string;
  readonly output: 'text' | 'json';
  readonly prune?: true;
}

/** The rows of `OPTIONS` that `plan` takes. */
export const PLAN_OPTIONS = OPTIONS.filter(({ name }) => SHARED.includes(name));

/**
 * The command. A call that cannot be understood ends in CannotStart, so that its exit code is 1: 2 means that something
 * would change.
 */
export function planCommand(
  plan: (call: PlanCall) => Promise<void>,
  env: Readonly<Record<string, string | undefined>>,
): Command {
  const command = new Command('plan')
    .description('print what run would do about manifests, and change nothing')
    .configureOutput({ outputError: () => {} })
    .exitOverride(complain);
  for (const flag of [...PLAN_FLAGS, ...PLAN_OPTIONS.flatMap(flagsOf)]) command.addOption(flag);
  return command
    .addHelpText(
      'after',
      '\nExit codes: 0 nothing would change, 2 something would, 1 something is refused or went wrong.',
    )
    .action((flags: Flags & Record<string, unknown>) => plan(callOf(flags, env)));
}

function callOf(flags: Flags & Record<string, unknown>, env: Readonly<Record<string, string | undefined>>): PlanCall {
  const { filename, namespace, output, prune = false, ...shared } = flags;
  try {
    // What run watches does not matter here.
    const config = loadConfig({ ...shared, namespace: namespace === undefined ? [] : [namespace] }, env);
    return { config, paths: filename, namespace, output, prune };
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
