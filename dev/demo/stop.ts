import { constants } from 'node:os';

/** The demo was asked to stop before its end. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly exitCode: number;

  constructor(by: NodeJS.Signals) {
    super(`Stopped by ${by}.`);
    this.exitCode = 128 + constants.signals[by];
  }
}

/** npm passes a Ctrl-C on that the terminal has already delivered: two within this time are one. In ms. */
const SAME = 300;
const PARENT_POLL_MS = 500;

/**
 * Calls `stop` at the first signal to end, when nobody reads our output any more, and when the process that started this
 * one is gone, as when `npm` alone was killed. A second signal ends this process at once; what it runs is guarded.
 */
export function listenForStop(stop: (why: Interrupted) => void): void {
  let asked: number | undefined;
  const hear = (by: NodeJS.Signals) => {
    const why = new Interrupted(by);
    if (asked !== undefined && performance.now() - asked > SAME) process.exit(why.exitCode);
    asked ??= performance.now();
    stop(why);
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => hear(name));
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => stop(new Interrupted('SIGPIPE')));
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) stop(new Interrupted('SIGHUP'));
  }, PARENT_POLL_MS).unref();
}
