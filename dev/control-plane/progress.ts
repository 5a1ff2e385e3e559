/** What a person who waits wants to hear. */
export type Progress =
  /** Something that may take a while has begun; `hint` says how long it is expected to take. */
  | { readonly kind: 'began'; readonly task: string; readonly hint: string | undefined }
  /** It is over, well or not. */
  | { readonly kind: 'ended' }
  /** A fact worth a line. */
  | { readonly kind: 'note'; readonly text: string };

export type OnProgress = (progress: Progress) => void;

/** Where `terminalProgress` writes: `process.stderr`, or a stand-in. */
export type Screen = { readonly isTTY?: boolean; readonly columns?: number; write(text: string): unknown };

/** The clock and the timer, in milliseconds; the tests bring their own. */
export type Ticker = {
  now(): number;
  /** Calls `tick` every `interval` until the returned function is called. */
  every(interval: number, tick: () => void): () => void;
};

const SYSTEM: Ticker = {
  now: () => performance.now(),
  every(interval, tick) {
    const timer = setInterval(tick, interval);
    timer.unref();
    return () => clearInterval(timer);
  },
};

/**
 * Shows progress: on a terminal as one line that counts the seconds, elsewhere (a log, CI) as a line at
 * the start and at most one every 30 s.
 */
export function terminalProgress(screen: Screen, ticker: Ticker = SYSTEM): OnProgress {
  let stop: (() => void) | undefined;
  const end = () => {
    stop?.();
    stop = undefined;
  };
  return (progress) => {
    switch (progress.kind) {
      case 'began':
        end();
        stop = screen.isTTY === true ? countSeconds(screen, ticker, progress) : logSometimes(screen, ticker, progress);
        return;
      case 'ended':
        return end();
      case 'note':
        end();
        screen.write(`${progress.text}\n`);
        return;
      default:
        progress satisfies never;
    }
  };
}

type Began = Extract<Progress, { kind: 'began' }>;

const ERASE_LINE = '\r\x1b[2K';

function countSeconds(screen: Screen, ticker: Ticker, { task, hint }: Began): () => void {
  const start = ticker.now();
  const draw = () => {
    const line = `${task} … ${seconds(ticker.now() - start)}${inBrackets(hint)}`;
    // A line that wraps cannot be erased.
    screen.write(ERASE_LINE + line.slice(0, (screen.columns ?? 80) - 1));
  };
  draw();
  const stop = ticker.every(1_000, draw);
  return () => {
    stop();
    screen.write(`${ERASE_LINE}${task}: ${seconds(ticker.now() - start)}\n`);
  };
}

function logSometimes(screen: Screen, ticker: Ticker, { task, hint }: Began): () => void {
  const start = ticker.now();
  screen.write(`${task} …${inBrackets(hint)}\n`);
  return ticker.every(30_000, () => screen.write(`${task} … ${seconds(ticker.now() - start)}\n`));
}

function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 1_000)} s`;
}

function inBrackets(hint: string | undefined): string {
  return hint === undefined ? '' : ` (${hint})`;
}
