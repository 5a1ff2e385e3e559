/** The time that a limiter needs: monotonic milliseconds and one-shot timers that can be cancelled. */
export interface Timers {
  now(): number;
  setTimeout(callback: () => void, ms: number): () => void;
}

/** Which call goes first when there are more calls than tokens. */
export type CallPriority = 'high' | 'low';

/** How fast calls may be made. */
export interface Pace {
  /** Calls a second over time. */
  readonly perSecond: number;
  /** Calls that may be made at once after a pause. */
  readonly burst: number;
}

interface Waiter {
  readonly go: () => void;
}

/**
 * A token bucket with two queues: `high` (an edit) is served before `low` (a resync), each first come, first served. One
 * bucket holds all the calls of a region together. No timer is left when nobody waits.
 */
export class Limiter {
  readonly #pace: Pace;
  readonly #timers: Timers;
  readonly #waiting: Readonly<Record<CallPriority, Set<Waiter>>> = { high: new Set(), low: new Set() };
  #tokens: number;
  #filledAt: number;
  #cancelTimer: (() => void) | undefined;

  constructor(pace: Pace, timers: Timers) {
    this.#pace = pace;
    this.#timers = timers;
    this.#tokens = pace.burst;
    this.#filledAt = timers.now();
  }

  /** Resolves when the call may be made. Rejects with the signal's reason when it aborts first; no token is spent then. */
  async acquire(priority: CallPriority, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter: Waiter = { go: resolve };
    const queue = this.#waiting[priority];
    const onAbort = (): void => {
      queue.delete(waiter);
      if (this.#next() === undefined) this.#stopTimer();
      reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    queue.add(waiter);
    this.#serve();
    try {
      await promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  #serve(): void {
    this.#fill();
    for (let waiter = this.#next(); waiter !== undefined && this.#tokens >= 1; waiter = this.#next()) {
      this.#waiting.high.delete(waiter);
      this.#waiting.low.delete(waiter);
      this.#tokens -= 1;
      waiter.go();
    }
    if (this.#next() === undefined || this.#cancelTimer !== undefined) return;
    const untilNextToken = Math.ceil(((1 - this.#tokens) / this.#pace.perSecond) * 1000);
    this.#cancelTimer = this.#timers.setTimeout(() => {
      this.#cancelTimer = undefined;
      this.#serve();
    }, untilNextToken);
  }

  #stopTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #next(): Waiter | undefined {
    for (const queue of [this.#waiting.high, this.#waiting.low]) for (const waiter of queue) return waiter;
    return undefined;
  }

  #fill(): void {
    const now = this.#timers.now();
    this.#tokens = Math.min(this.#pace.burst, this.#tokens + ((now - this.#filledAt) / 1000) * this.#pace.perSecond);
    this.#filledAt = now;
  }
}
