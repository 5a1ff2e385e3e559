import { type Backoff, retryDelay } from './backoff.ts';
import type { Clock } from './clock.ts';
import { type AddOptions, type Job, type Priority, type QueueObserver, WorkQueue } from './queue.ts';

/** When a key wants to be looked at again. All times are milliseconds from the end of the pass. */
export type Next =
  /** Only when something changes. Forgets the key's failures. */
  | { readonly kind: 'wait' }
  /** After `ms` (or a change), at `low` priority unless said otherwise. Forgets the key's failures. */
  | { readonly kind: 'after'; readonly ms: number; readonly priority?: Priority }
  /**
   * After a delay that grows with each retry in a row (see `retryDelay`), at the priority that the pass ran with.
   * `atMost` brings the look forward, for a threshold that passes in between; `notBefore` holds it back, for a server
   * that said when to come again. Where the two disagree, the server wins.
   */
  | ({ readonly kind: 'retry'; readonly notBefore?: number; readonly atMost?: number } & Backoff);

/** What a pass may want to know about itself. */
export interface Pass {
  readonly priority: Priority;
  /** How many passes of this key in a row ended in a retry; 0 for the first. */
  readonly attempt: number;
}

export interface ControllerObserver extends QueueObserver {
  /** A pass ended in a retry, asked for or caused by an error. */
  retried?(): void;
}

export interface ControllerOptions<K extends string> {
  /**
   * One pass over one key. Expected to give up soon after `signal` aborts: nothing else can end it, and until it ends
   * it holds its worker and its key. Whatever it throws is retried, between 0.2 s and 30 s later.
   */
  readonly reconcile: (key: K, signal: AbortSignal, pass: Pass) => Promise<Next>;
  /** How many passes, each of another key, may run at a time; one more if that one is `high`. */
  readonly concurrency: number;
  /** A pass that takes longer than this has its signal aborted with a TimeoutError. */
  readonly passTimeoutMs: number;
  /** How long `stop` lets running passes finish before it aborts their signals. */
  readonly graceMs: number;
  /** Told of each error that a pass threw, unless `stop` had aborted it. Must not throw. */
  readonly onError: (key: K, error: unknown, retryInMs: number) => void;
  /** Reads from an error when its sender wants to be asked again, in milliseconds from now. */
  readonly retryAfterMs?: (error: unknown) => number | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly observer?: ControllerObserver;
}

/** For passes that throw, which means trouble with the Kubernetes API or a bug. */
const ERROR_BACKOFF: Backoff = { base: 200, cap: 30_000 };

/**
 * Workers over a queue of keys. Counts each key's retries in a row and turns them into delays: those of each `base` on their
 * own, so that the first failure waits shortly also after many short looks at something slow. A change of the key cuts such
 * a delay short without forgetting the counts. Nothing is remembered of a key that waits for a change.
 */
export class Controller<K extends string> {
  readonly #options: ControllerOptions<K>;
  readonly #queue: WorkQueue<K>;
  /** How many retries in a row each key has had, by their `base`. */
  readonly #retries = new Map<K, Map<number, number>>();
  readonly #passes = new Map<K, AbortController>();
  readonly #stopReason = new DOMException('the controller was stopped', 'AbortError');
  #workers: Promise<void>[] = [];
  #stopped: Promise<void> | undefined;

  constructor(options: ControllerOptions<K>) {
    this.#options = options;
    const { clock, observer = {}, concurrency } = options;
    this.#queue = new WorkQueue<K>({ clock, observer, lowAtATime: concurrency });
  }

  /** How many keys wait for a worker, by priority. */
  get depth(): Readonly<Record<Priority, number>> {
    return this.#queue.depth;
  }

  /** Wants a pass over the key; see `WorkQueue.add`. `resetBackoff` also forgets its failures. */
  add(key: K, { resetBackoff = false, ...options }: AddOptions & { readonly resetBackoff?: boolean } = {}): void {
    if (resetBackoff) this.#retries.delete(key);
    this.#queue.add(key, options);
  }

  /** Aborts the signal of the key's pass, if one is running; what it throws then is retried like any error. */
  breakOff(key: K, reason: Error): void {
    this.#passes.get(key)?.abort(reason);
  }

  /** Starts the workers and opens the queue. Call it once, after everything of the first full list has been added. */
  start(): void {
    if (this.#stopped !== undefined || this.#workers.length > 0) return;
    // One worker more is kept for edits, which wait for no resync.
    this.#workers = Array.from({ length: this.#options.concurrency + 1 }, () => this.#work());
    this.#queue.open();
  }

  /**
   * Begins no more passes, gives the running ones `graceMs` to end, then aborts their signals. Resolves when all have
   * ended; no timer is left then. Safe to call at any time and more than once.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#queue.shutdown();
    const cancel = this.#options.clock.setTimeout(() => {
      for (const pass of this.#passes.values()) pass.abort(this.#stopReason);
    }, this.#options.graceMs);
    await Promise.all(this.#workers);
    cancel();
    this.#retries.clear();
  }

  async #work(): Promise<void> {
    for (let job = await this.#queue.next(); job !== undefined; job = await this.#queue.next()) {
      await this.#pass(job);
      this.#queue.done(job.key);
    }
  }

  async #pass({ key, priority }: Job<K>): Promise<void> {
    const { reconcile, passTimeoutMs, clock, onError, retryAfterMs } = this.#options;
    const abort = new AbortController();
    this.#passes.set(key, abort);
    const late = () => new DOMException(`the pass took longer than ${passTimeoutMs} ms`, 'TimeoutError');
    const cancel = clock.setTimeout(() => abort.abort(late()), passTimeoutMs);
    try {
      const attempt = this.#attempts(key);
      this.#schedule(key, priority, await reconcile(key, abort.signal, { priority, attempt }));
    } catch (error) {
      const notBefore = retryAfterMs?.(error) ?? 0;
      const delay = this.#schedule(key, priority, { kind: 'retry', ...ERROR_BACKOFF, notBefore });
      if (abort.signal.reason !== this.#stopReason) onError(key, error, delay);
    } finally {
      cancel();
      this.#passes.delete(key);
    }
  }

  /** Does what `next` says and returns the delay in milliseconds; Infinity for a key that waits for a change. */
  #schedule(key: K, priority: Priority, next: Next): number {
    switch (next.kind) {
      case 'wait':
        this.#retries.delete(key);
        return Number.POSITIVE_INFINITY;
      case 'after':
        this.#retries.delete(key);
        this.#queue.add(key, { priority: next.priority ?? 'low', afterMs: next.ms });
        return next.ms;
      case 'retry': {
        const delay = retryDelay(this.#countRetry(key, next.base), next, this.#options.random);
        const afterMs = Math.max(Math.min(delay, next.atMost ?? delay), next.notBefore ?? 0);
        this.#queue.add(key, { priority, afterMs });
        this.#options.observer?.retried?.();
        return afterMs;
      }
      default:
        return next satisfies never;
    }
  }

  /** How many retries the key has had in a row. */
  #attempts(key: K): number {
    return [...(this.#retries.get(key)?.values() ?? [])].reduce((sum, count) => sum + count, 0);
  }

  /** How many retries of that `base` the key has had in a row before this one. */
  #countRetry(key: K, base: number): number {
    const retries = this.#retries.get(key) ?? new Map<number, number>();
    const earlier = retries.get(base) ?? 0;
    this.#retries.set(key, retries.set(base, earlier + 1));
    return earlier;
  }
}
