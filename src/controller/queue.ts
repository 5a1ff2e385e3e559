import type { Clock } from './clock.ts';
import { Timetable } from './timetable.ts';

/** `high` for an edit, `low` for what can wait behind it: start-up, relist, resync. */
export type Priority = 'high' | 'low';

/** A key that was handed out; give it back with `done`. */
export interface Job<K extends string> {
  readonly key: K;
  readonly priority: Priority;
}

export interface AddOptions {
  /** `high` when left out. */
  readonly priority?: Priority;
  /** Not before this many milliseconds from now; 0 when left out. */
  readonly afterMs?: number;
}

/** Told what the queue does, for metrics. Must not throw. */
export interface QueueObserver {
  /** A key became ready to be handed out. */
  added?(priority: Priority): void;
  /** A key was handed out, so long after it was due. */
  started?(priority: Priority, waitedMs: number): void;
  /** A key was given back, so long after it was handed out. */
  finished?(ranMs: number): void;
}

export interface QueueOptions {
  readonly clock: Clock;
  readonly observer?: QueueObserver;
  /** How many `low` keys may run at a time; no limit when left out. */
  readonly lowAtATime?: number;
}

interface Want {
  readonly due: number;
  readonly priority: Priority;
}

interface Run {
  readonly since: number;
  readonly priority: Priority;
  /** What was added during the run; it happens after `done`. */
  again: Want | undefined;
}

/** Of two wishes for one key, the earliest time and the highest priority win. */
function both(a: Want | undefined, b: Want): Want {
  if (a === undefined) return b;
  return { due: Math.min(a.due, b.due), priority: a.priority === 'high' ? 'high' : b.priority };
}

/**
 * A queue of keys. It guarantees:
 *
 * - one run per key at a time: a key that was handed out is not handed out again before `done`;
 * - nothing is lost: a key added during its run is handed out once more afterwards, however often it was added;
 * - of several due times for a key the earliest wins, and of several priorities the highest;
 * - `high` keys go first; within a priority, first come, first served; of `low` ones no more than `lowAtATime` run at a time;
 * - nothing is handed out before `open`;
 * - one timer for the whole queue, and no memory of a key that is neither waiting nor running.
 *
 * Keys, not objects: whoever runs a key reads the newest object itself.
 */
export class WorkQueue<K extends string> {
  readonly #clock: Clock;
  readonly #observer: QueueObserver;
  readonly #lowAtATime: number;
  /** Every key that is not running, and what is wanted for it; it is also in exactly one of `#ready` and `#later`. */
  readonly #waiting = new Map<K, Want>();
  readonly #ready: Record<Priority, Set<K>> = { high: new Set(), low: new Set() };
  readonly #later = new Timetable<K>();
  readonly #running = new Map<K, Run>();
  readonly #takers: ((job: Job<K> | undefined) => void)[] = [];
  #state: 'closed' | 'open' | 'shut' = 'closed';
  #cancelTimer: () => void = () => {};

  constructor({ clock, observer = {}, lowAtATime = Number.POSITIVE_INFINITY }: QueueOptions) {
    this.#clock = clock;
    this.#observer = observer;
    this.#lowAtATime = lowAtATime;
  }

  /** How many keys could be handed out now, by priority. */
  get depth(): Readonly<Record<Priority, number>> {
    return { high: this.#ready.high.size, low: this.#ready.low.size };
  }

  /** How many keys the queue knows at all: ready, waiting for their time, or running. */
  get size(): number {
    return this.#waiting.size + this.#running.size;
  }

  /** Lets keys be handed out from now on. Call it once the first full list has been added. */
  open(): void {
    if (this.#state !== 'closed') return;
    this.#state = 'open';
    this.#handOut();
  }

  /** Wants the key to be handed out. Ignored after `shutdown`. */
  add(key: K, { priority = 'high', afterMs = 0 }: AddOptions = {}): void {
    if (this.#state === 'shut') return;
    const want = { due: this.#clock.now() + Math.max(0, afterMs), priority };
    const run = this.#running.get(key);
    if (run !== undefined) {
      run.again = both(run.again, want);
      return;
    }
    this.#place(key, both(this.#waiting.get(key), want));
    this.#handOut();
  }

  /** The next key, as soon as there is one; undefined once the queue was shut down. */
  next(): Promise<Job<K> | undefined> {
    return new Promise((resolve) => {
      if (this.#state === 'shut') return resolve(undefined);
      this.#takers.push(resolve);
      this.#handOut();
    });
  }

  /** Gives back a key that `next` handed out. */
  done(key: K): void {
    const run = this.#running.get(key);
    if (run === undefined) return;
    this.#running.delete(key);
    this.#observer.finished?.(this.#clock.now() - run.since);
    if (run.again !== undefined) this.#place(key, run.again);
    this.#handOut();
  }

  /** Drops whatever is wanted for the key. A run under way goes on. */
  forget(key: K): void {
    const run = this.#running.get(key);
    if (run !== undefined) run.again = undefined;
    this.#waiting.delete(key);
    this.#ready.high.delete(key);
    this.#ready.low.delete(key);
    this.#later.delete(key);
    this.#handOut();
  }

  /** Ends the queue: everyone who waits in `next` gets undefined, what was waiting is dropped, the timer is gone. */
  shutdown(): void {
    this.#state = 'shut';
    this.#cancelTimer();
    this.#waiting.clear();
    this.#ready.high.clear();
    this.#ready.low.clear();
    this.#later.clear();
    for (const run of this.#running.values()) run.again = undefined;
    for (const take of this.#takers.splice(0)) take(undefined);
  }

  #place(key: K, want: Want): void {
    if (this.#state === 'shut') return;
    this.#waiting.set(key, want);
    if (want.due > this.#clock.now()) this.#later.set(key, want.due);
    else this.#makeReady(key, want.priority);
  }

  #makeReady(key: K, priority: Priority): void {
    if (this.#ready[priority].has(key)) return;
    const lifted = priority === 'high' && this.#ready.low.delete(key);
    this.#later.delete(key);
    this.#ready[priority].add(key);
    if (!lifted) this.#observer.added?.(priority);
  }

  #handOut(): void {
    if (this.#state !== 'open') return;
    const now = this.#clock.now();
    for (let key = this.#later.takeDue(now); key !== undefined; key = this.#later.takeDue(now)) {
      this.#makeReady(key, this.#waiting.get(key)?.priority ?? 'low');
    }
    while (this.#takers.length > 0) {
      const job = this.#takeReady(now);
      if (job === undefined) break;
      this.#takers.shift()?.(job);
    }
    this.#cancelTimer();
    const due = this.#later.nextDue();
    if (due !== undefined) this.#cancelTimer = this.#clock.setTimeout(() => this.#handOut(), due - now);
  }

  #takeReady(now: number): Job<K> | undefined {
    const [key] = this.#ready.high.size > 0 ? this.#ready.high : this.#mayRunLow() ? this.#ready.low : [];
    const want = key === undefined ? undefined : this.#waiting.get(key);
    if (key === undefined || want === undefined) return undefined;
    this.#waiting.delete(key);
    this.#ready[want.priority].delete(key);
    this.#running.set(key, { since: now, priority: want.priority, again: undefined });
    this.#observer.started?.(want.priority, now - want.due);
    return { key, priority: want.priority };
  }
  #mayRunLow(): boolean {
    const low = [...this.#running.values()].filter(({ priority }) => priority === 'low');
    return low.length < this.#lowAtATime;
  }
}
