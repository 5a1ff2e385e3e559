/** The composition root: the only file that touches the process. */
import { CommanderError } from 'commander';
import { CannotStart, LEASE_LOST } from './cli/cannot-start.ts';
import { runImport } from './cli/import.ts';
import type { ImportOptions } from './cli/import-options.ts';
import { planManifests } from './cli/plan.ts';
import type { PlanOptions } from './cli/plan-options.ts';
import { isHelp, program } from './cli/program.ts';
import { run } from './cli/run.ts';
import { spareMemory } from './cli/spare-memory.ts';
import { type Config, UsageError } from './config.ts';
import { systemClock } from './controller/clock.ts';
import { createLog } from './telemetry/log.ts';

/** Set when the program is bundled. */
declare const __VERSION__: string | undefined;
const VERSION = typeof __VERSION__ === 'undefined' ? '0.0.0-dev' : __VERSION__;

/** The exit codes: 1 when something that is needed is not there, 2 when the call itself is wrong. */
const FAILED = 1;
const USAGE = 2;

/** The exit codes of what a signal cut short, as shells have them. */
const INTERRUPTED = { SIGINT: 130, SIGTERM: 143 } as const;

const stop = new AbortController();
let stoppedBy: keyof typeof INTERRUPTED | undefined;
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    // The second time, whoever asks is not willing to wait.
    if (stop.signal.aborted) process.exit(INTERRUPTED[name]);
    stoppedBy = name;
    stop.abort();
  });
}

// Whoever reads our output may have read enough, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : FAILED));

process.exitCode = await main();

async function main(): Promise<number> {
  try {
    const commands = { run: runOperator, import: importTeams, plan: planTeams, print };
    await program(commands, VERSION, process.env).parseAsync();
    return process.exitCode === undefined ? 0 : Number(process.exitCode);
  } catch (error) {
    if (error instanceof CommanderError) return isHelp(error) ? 0 : USAGE;
    if (error instanceof UsageError) return complain(error.message, USAGE);
    if (error instanceof CannotStart) return complain(error.message, FAILED);
    if (stoppedBy !== undefined) return INTERRUPTED[stoppedBy];
    return complain(
      `unexpected error, please report it: ${error instanceof Error ? error.stack : String(error)}`,
      FAILED,
    );
  }
}

async function runOperator(config: Config): Promise<void> {
  spareMemory();
  const log = createLog(config.logLevel, process.stdout);
  const { signal } = stop;
  const outcome = await run(config, { env: process.env, version: VERSION, log, signal }).catch((error: unknown) => {
    // A signal is how an operator ends, also one that is still starting.
    if (signal.aborted && !(error instanceof CannotStart)) return 'stopped' as const;
    throw error;
  });
  if (outcome !== 'lost') return;
  log.error({}, LEASE_LOST);
  process.exit(FAILED);
}

async function importTeams(options: ImportOptions): Promise<void> {
  const terminal = process.stderr.isTTY ? process.stderr : undefined;
  const whole = await runImport(options, {
    version: VERSION,
    clock: systemClock,
    signal: stop.signal,
    print,
    tell,
    terminal,
  });
  if (!whole) process.exitCode = FAILED;
}

async function planTeams(options: PlanOptions): Promise<void> {
  const { env, stdin, stdout, stderr } = process;
  process.exitCode = await planManifests(options, {
    env,
    version: VERSION,
    signal: stop.signal,
    input: stdin,
    print,
    colour: stdout.isTTY === true && !env.NO_COLOR,
    terminal: stderr.isTTY ? stderr : undefined,
  });
}

function complain(message: string, code: number): number {
  tell(message);
  return code;
}

function print(text: string): void {
  process.stdout.write(text);
}

function tell(sentence: string): void {
  process.stderr.write(`workteam-operator: ${sentence}\n`);
}
