/**
 * A program that runs processes on behalf of another and lets none of them outlive it.
 *
 *     node guardian.ts FOLDER      with an IPC channel to the caller
 *
 * It creates FOLDER (and refuses one that exists), runs what the caller orders, each process in a
 * group of its own, and waits. When the channel closes, whether the caller asked for it, ended, or was
 * killed outright, it kills every group, removes FOLDER and ends. It is started in a session of its
 * own, so that Ctrl-C in a terminal reaches the caller only, and the caller decides.
 *
 * Not covered: a SIGKILL of the caller and of this process at the same moment.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import type { Command, Ending, Order, Report } from './guarded.ts';

const [folder = ''] = process.argv.slice(2);
const running = new Map<number, { readonly child: ChildProcess; readonly gone: Promise<void> }>();
let owned = false;
let ending = false;

// The listeners come first: a caller that dies while this program starts must not be missed.
process.on('message', obey);
process.once('disconnect', () => void end());
process.once('SIGTERM', () => void end());
try {
  await mkdir(folder, { mode: 0o700 });
  owned = true;
  tell({ kind: 'open' });
} catch (error) {
  tell({ kind: 'refused', problem: String(error) });
}
if (!process.connected) await end();

function obey(order: Order): void {
  switch (order.kind) {
    case 'run':
      run(order.id, order.command);
      return;
    case 'kill':
      kill(running.get(order.id)?.child);
      return;
    default:
      order satisfies never;
  }
}

/** Synchronous up to the new process, so that `end` never misses one. */
function run(id: number, command: Command): void {
  if (ending) return;
  const gone = Promise.withResolvers<void>();
  const ended = (how: Ending) => {
    running.delete(id);
    gone.resolve();
    tell({ kind: 'ended', id, ending: how });
  };
  try {
    const child = launch(command);
    running.set(id, { child, gone: gone.promise });
    child.once('error', (error) => ended({ code: null, signal: null, problem: error.message }));
    child.once('exit', (code, signal) => ended({ code, signal, problem: undefined }));
    child.once('spawn', () => tell({ kind: 'running', id, pid: child.pid ?? 0 }));
  } catch (error) {
    ended({ code: null, signal: null, problem: String(error) });
  }
}

function launch(command: Command): ChildProcess {
  const log = openSync(command.log, 'a', 0o600);
  try {
    return spawn(command.program, command.args, {
      cwd: command.cwd ?? folder,
      env: { ...process.env, ...command.env },
      stdio: ['ignore', log, log],
      detached: true,
    });
  } finally {
    closeSync(log);
  }
}

/** Kills the whole group: `go build` has compilers under it. */
function kill(child: ChildProcess | undefined): void {
  if (child?.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group is already gone.
  }
}

async function end(): Promise<void> {
  ending = true;
  const all = [...running.values()];
  for (const { child } of all) kill(child);
  await Promise.all(all.map(({ gone }) => gone));
  if (owned) await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  process.exit();
}

function tell(report: Report): void {
  // The callback takes the error of a channel that closes meanwhile: `disconnect` follows.
  if (process.connected) process.send?.(report, () => {});
}
