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

/** After this many `high` calls in a row a `low` one that waits has its turn, so that edits without end starve no resync. */
const HIGH_IN_A_ROW = 4;

/** What `low` calls leave in the bucket: an edit reads a team and its tags and then writes, and waits for none of the three. */
const KEPT_FOR_HIGH = 3;

/** The pause after the first call that was throttled, and the longest, in milliseconds; each doubles the one before. */
const SHORTEST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/**
 * A token bucket with two queues: `high` (an edit) is served before `low` (a resync), each first come, first served, and `low`
 * leaves the bucket with enough for an edit. One bucket holds all the calls of a region together. When the service throttles, nobody goes until a pause is over, and the
 * bucket is empty then; the pause doubles for as long as nothing else but throttling comes back. No timer is left when
 * nobody waits.
 */
export class Limiter {
  readonly #pace: Pace;
  readonly #timers: Timers;
  readonly #keptForHigh: number;
  readonly #waiting: Readonly<Record<CallPriority, Set<Waiter>>> = { high: new Set(), low: new Set() };
  #tokens: number;
  #filledAt: number;
  #cancelTimer: (() => void) | undefined;
  #highInARow = 0;
  #pauseMs = 0;
  #closedAt = Number.NEGATIVE_INFINITY;
  #closedUntil = Number.NEGATIVE_INFINITY;

  constructor(pace: Pace, timers: Timers) {
    this.#pace = pace;
    this.#timers = timers;
    this.#keptForHigh = Math.min(KEPT_FOR_HIGH, Math.floor(pace.burst / 2));
    this.#tokens = pace.burst;
    this.#filledAt = timers.now();
  }

  /** For how long nobody goes because the service throttles, in milliseconds. */
  get closedForMs(): number {
    return Math.max(0, this.#closedUntil - this.#timers.now());
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

  /**
   * The service throttled a call that began at `began`. It may have said for how long it wants to be left alone. Calls that
   * were under way when the pause began are part of the same burst and do not lengthen it.
   */
  throttled(began: number, retryAfterMs = 0): void {
    const now = this.#timers.now();
    if (began >= this.#closedAt) {
      this.#pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, this.#pauseMs * 2));
      this.#closedAt = now;
      this.#closedUntil = Math.max(this.#closedUntil, now + this.#pauseMs);
    }
    this.#closedUntil = Math.max(this.#closedUntil, now + retryAfterMs);
    this.#tokens = 0;
    this.#filledAt = this.#closedUntil;
    if (this.#next() === undefined) return;
    this.#stopTimer();
    this.#serve();
  }

  /** The service took a call that began at `began`: it is not throttling any more. */
  accepted(began: number): void {
    if (began >= this.#closedAt) this.#pauseMs = 0;
  }

  #serve(): void {
    this.#fill();
    let next = this.#next();
    for (; next !== undefined && this.#tokens >= next.tokens; next = this.#next()) {
      const { waiter } = next;
      this.#highInARow = this.#waiting.high.delete(waiter) ? this.#highInARow + 1 : 0;
      this.#waiting.low.delete(waiter);
      this.#tokens -= 1;
      waiter.go();
    }
    // Who waits now may go earlier, or later, than the one the timer was set for.
    this.#stopTimer();
    if (next === undefined) return;
    const untilEnough = Math.ceil(this.closedForMs + ((next.tokens - this.#tokens) / this.#pace.perSecond) * 1000);
    this.#cancelTimer = this.#timers.setTimeout(() => {
      this.#cancelTimer = undefined;
      this.#serve();
    }, untilEnough);
  }

  #stopTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  /** Who goes next, and how many tokens have to be there for that; one of them is spent. */
  #next(): { readonly waiter: Waiter; readonly tokens: number } | undefined {
    const [high] = this.#waiting.high;
    const [low] = this.#waiting.low;
    const turnOfLow = this.#highInARow >= HIGH_IN_A_ROW;
    if (high !== undefined && !(turnOfLow && low !== undefined)) return { waiter: high, tokens: 1 };
    if (low === undefined) return undefined;
    return { waiter: low, tokens: turnOfLow ? 1 : 1 + this.#keptForHigh };
  }

  #fill(): void {
    const now = this.#timers.now();
    if (now < this.#filledAt) return;
    this.#tokens = Math.min(this.#pace.burst, this.#tokens + ((now - this.#filledAt) / 1000) * this.#pace.perSecond);
    this.#filledAt = now;
  }
}
