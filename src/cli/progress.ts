/** What a person sees of a command that takes its time: one line on the terminal's stderr, written over and wiped at the end. */
import type { Clock } from '../ports.ts';

/** A command that is done sooner than this shows nothing, in milliseconds. */
const QUIET_FOR_MS = 2_000;

/** How often the line is written again, in milliseconds. */
const EVERY_MS = 200;

/** Where the line goes: stderr, when it is a terminal. */
export interface Terminal {
  write(text: string): void;
}

/** Returns the line, or `undefined` to show none. */
type Line = () => string | undefined;

/**
 * Runs `work` and shows what `line` says meanwhile, from the second second on. Without a terminal nothing is shown. Leaves
 * neither a timer nor a line behind, however `work` ends.
 */
export async function withProgress<T>(
  terminal: Terminal | undefined,
  clock: Pick<Clock, 'setTimeout'>,
  line: Line,
  work: () => Promise<T>,
): Promise<T> {
  if (terminal === undefined) return await work();
  let shown = '';
  let cancel = clock.setTimeout(show, QUIET_FOR_MS);
  function show(): void {
    const text = line() ?? '';
    if (text !== shown) terminal?.write(`\r\u001b[K${text}`);
    shown = text;
    cancel = clock.setTimeout(show, EVERY_MS);
  }
  try {
    return await work();
  } finally {
    cancel();
    if (shown !== '') terminal.write('\r\u001b[K');
  }
}
