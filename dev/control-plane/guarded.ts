import { type ChildProcess, fork } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** A process to run. Its output is appended to `log`; it starts in `cwd`, or in the guardian's folder. */
export type Command = {
  readonly program: string;
  readonly args: readonly string[];
  readonly log: string;
  readonly cwd?: string;
  /** Added to the caller's own environment. */
  readonly env?: Readonly<Record<string, string>>;
};

/** How a process ended; `problem` when it could not be started or watched at all. */
export type Ending = {
  readonly code: number | null;
  readonly signal: string | null;
  readonly problem: string | undefined;
};

/** A process that cannot outlive its caller. */
export type Guarded = {
  readonly pid: number;
  readonly ended: Promise<Ending>;
  /** Kills it with everything it started (SIGKILL); resolves when it has ended. */
  kill(): Promise<void>;
};

/** See `openGuardian`. */
export type Guardian = {
  readonly folder: string;
  readonly pid: number;
  /** @throws Error when the program cannot be started, with the reason. */
  run(command: Command): Promise<Guarded>;
  /** Kills what runs, removes the folder; resolves when both are done. May be called twice. */
  close(): Promise<void>;
};

/** What the caller tells guardian.ts, and what it answers. */
export type Order =
  | { readonly kind: 'run'; readonly id: number; readonly command: Command }
  | { readonly kind: 'kill'; readonly id: number };
export type Report =
  | { readonly kind: 'open' }
  | { readonly kind: 'refused'; readonly problem: string }
  | { readonly kind: 'running'; readonly id: number; readonly pid: number }
  | { readonly kind: 'ended'; readonly id: number; readonly ending: Ending };

const PROGRAM = fileURLToPath(new URL('guardian.ts', import.meta.url));

type Entry = {
  readonly started: PromiseWithResolvers<number>;
  readonly ended: PromiseWithResolvers<Ending>;
  pid: number | undefined;
};

/**
 * Starts a guardian: a small process that owns `folder` (created by it, not there before) and every
 * process started through it. Both are gone when `close` resolves, and also, within moments, when this
 * process ends in whatever way, SIGKILL included. See guardian.ts.
 *
 * @throws Error when the folder exists or cannot be created.
 */
export async function openGuardian(folder: string): Promise<Guardian> {
  const child = fork(PROGRAM, [folder], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: [],
  });
  const entries = new Map<number, Entry>();
  const gone = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
  const opened = Promise.withResolvers<void>();
  child.on('message', (report: Report) => {
    if (report.kind === 'open') opened.resolve();
    else if (report.kind === 'refused') opened.reject(new Error(report.problem));
    else hear(entries.get(report.id), report);
  });
  let closing = false;
  void gone.then(() => {
    opened.reject(new Error('The guardian process ended before it was ready.'));
    if (!closing) abandon(folder, entries);
    for (const entry of entries.values()) hearEnding(entry, LOST);
  });
  const close = async () => {
    closing = true;
    if (child.connected) child.disconnect();
    await gone;
  };
  try {
    await opened.promise;
  } catch (error) {
    await close();
    throw error;
  }
  return { folder, pid: child.pid ?? 0, run: (command) => runGuarded(child, entries, command), close };
}

const LOST: Ending = { code: null, signal: 'SIGKILL', problem: 'the guardian process ended' };

async function runGuarded(child: ChildProcess, entries: Map<number, Entry>, command: Command): Promise<Guarded> {
  const id = entries.size;
  const entry: Entry = {
    started: Promise.withResolvers<number>(),
    ended: Promise.withResolvers<Ending>(),
    pid: undefined,
  };
  if (!child.connected) throw new Error('The guardian process has ended.');
  entries.set(id, entry);
  send(child, { kind: 'run', id, command });
  const pid = await entry.started.promise;
  return {
    pid,
    ended: entry.ended.promise,
    async kill() {
      send(child, { kind: 'kill', id });
      await entry.ended.promise;
    },
  };
}

function send(child: ChildProcess, order: Order): void {
  // A channel that is closing answers with an error; the end of the guardian is heard anyway.
  if (child.connected) child.send(order, () => {});
}

function hear(entry: Entry | undefined, report: Extract<Report, { id: number }>): void {
  if (entry === undefined) return;
  if (report.kind === 'ended') {
    hearEnding(entry, report.ending);
  } else {
    entry.pid = report.pid;
    entry.started.resolve(report.pid);
  }
}

function hearEnding(entry: Entry, ending: Ending): void {
  entry.pid = undefined;
  entry.started.reject(new Error(ending.problem ?? 'it ended at once'));
  entry.ended.resolve(ending);
}

/** What is left to do when the guardian itself was killed while this process lives on. */
function abandon(folder: string, entries: Map<number, Entry>): void {
  for (const { pid } of entries.values()) {
    if (pid === undefined) continue;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // Already gone.
    }
  }
  void rm(folder, { recursive: true, force: true, maxRetries: 10 });
}
