import type { Clock } from '../../../src/controller/clock.ts';
import { sleepBy } from '../clock.ts';

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** When every world begins, on the wall. */
export const BEGINNING = Date.parse('2030-01-01T00:00:00Z');

/**
 * Time that passes only while nothing else is going on. Whoever moves it on says what "nothing" is: before the next timer
 * fires, whatever the one before set off has come to rest.
 */
export class VirtualClock implements Clock {
  readonly #rest: () => Promise<void>;
  readonly #timers = new Set<Timer>();
  #now = 0;

  /** `rest` resolves when nothing can happen any more unless time passes. */
  constructor(rest: () => Promise<void>) {
    this.#rest = rest;
  }

  now(): number {
    return this.#now;
  }

  wall(): Date {
    return new Date(BEGINNING + this.#now);
  }

  setTimeout(callback: () => void, ms: number): () => void {
    const timer = { at: this.#now + Math.max(0, ms), callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepBy(this, ms, signal);
  }

  /** Moves on by `ms`; the timers on the way fire one by one, those of the same moment in the order they were set. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    await this.#rest();
    for (let timer = this.#next(end); timer !== undefined; timer = this.#next(end)) {
      this.#timers.delete(timer);
      this.#now = timer.at;
      timer.callback();
      await this.#rest();
    }
    this.#now = end;
  }

  #next(end: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) if (timer.at <= end && (next === undefined || timer.at < next.at)) next = timer;
    return next;
  }
}

/** The same time as one process has it: when the process dies, its timers are gone and nobody wakes up any more. */
export class MortalClock implements Clock {
  readonly #clock: VirtualClock;
  readonly #cancels = new Set<() => void>();
  #alive = true;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  wall(): Date {
    return this.#clock.wall();
  }

  setTimeout(callback: () => void, ms: number): () => void {
    if (!this.#alive) return () => {};
    const fire = () => {
      this.#cancels.delete(cancel);
      callback();
    };
    const cancel = this.#clock.setTimeout(fire, ms);
    this.#cancels.add(cancel);
    return () => {
      this.#cancels.delete(cancel);
      cancel();
    };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepBy(this, ms, signal);
  }

  die(): void {
    this.#alive = false;
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
  }
}
