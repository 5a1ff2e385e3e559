import type { ObservedWorkteam } from './workteam/observed.ts';

/** Time as a sweeper needs it; all in milliseconds. */
interface Clock {
  now(): number;
  /** Rejects when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** What a sweeper works with. */
export interface SweeperOptions {
  /** All work teams of a region. Throws when any page of the list failed: half a sweep says nothing. */
  readonly list: (region: string, signal: AbortSignal) => Promise<ObservedWorkteam[]>;
  /** Whether any Workteam is in the region still. */
  readonly isInUse: (region: string) => boolean;
  /** A sweep that began at `began` (monotonic) found these teams. */
  readonly onSwept: (region: string, teams: readonly ObservedWorkteam[], began: number) => void;
  /** A sweep failed and is tried again. No condition changes for that. */
  readonly onError: (region: string, error: unknown, retryInMs: number) => void;
  readonly resyncMs: number;
  readonly clock: Clock;
  readonly random: () => number;
}

/** The first pause after a sweep that failed; it doubles with each failure in a row, up to the resync interval. */
const RETRY_MS = 1_000;

/**
 * One ListWorkteams for all the Workteams of a region, once a resync interval or up to 10 % later: what is in order costs no
 * call of its own, and what every sixth sweep leads to comes no more than once in six intervals. Each region has its own
 * rhythm, so that one that hangs or throttles holds up no other.
 */
export class Sweeper {
  readonly #options: SweeperOptions;
  readonly #stop = new AbortController();
  readonly #loops = new Map<string, Promise<void>>();

  constructor(options: SweeperOptions) {
    this.#options = options;
  }

  /** Sweeps the region from now on: `at once`, or first after an interval, when its Workteams have only just come. */
  ensure(region: string, first: 'at once' | 'later'): void {
    if (this.#loops.has(region) || this.#stop.signal.aborted) return;
    const loop = this.#loop(region, first).finally(() => this.#loops.delete(region));
    this.#loops.set(region, loop);
  }

  /** Ends all sweeps; resolves when none is under way. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#loops.values());
  }

  async #loop(region: string, first: 'at once' | 'later'): Promise<void> {
    const { isInUse, clock, resyncMs, random } = this.#options;
    const { signal } = this.#stop;
    const interval = (): number => resyncMs * (1 + 0.1 * random());
    let failures = 0;
    let pause = first === 'at once' ? 0 : interval();
    for (;;) {
      if (pause > 0) await clock.sleep(pause, signal).catch(() => {});
      if (signal.aborted || !isInUse(region)) return;
      failures = (await this.#sweep(region, failures)) ? 0 : failures + 1;
      pause = failures === 0 ? interval() : this.#backoff(failures);
    }
  }

  async #sweep(region: string, failures: number): Promise<boolean> {
    const { list, onSwept, onError, clock } = this.#options;
    const began = clock.now();
    try {
      onSwept(region, await list(region, this.#stop.signal), began);
      return true;
    } catch (error) {
      if (!this.#stop.signal.aborted) onError(region, error, this.#backoff(failures + 1));
      return false;
    }
  }

  #backoff(failures: number): number {
    return Math.min(RETRY_MS * 2 ** (failures - 1), this.#options.resyncMs);
  }
}
