import { setTimeout as sleepFor } from 'node:timers/promises';

/** Time as everything here sees it: a parameter, so that tests own it. */
export interface Clock {
  /** Milliseconds since an arbitrary moment. Never goes back; a change of the wall clock does not touch it. */
  now(): number;
  /** The wall clock: for what people and other programs read, never for measuring. */
  wall(): Date;
  /** Calls back once, `ms` milliseconds or later from now; returns a cancel function, harmless when called late or twice. */
  setTimeout(callback: () => void, ms: number): () => void;
  /** Resolves after `ms`; rejects as soon as `signal` aborts. Leaves no timer behind either way. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Node's timers overflow past 2^31-1 ms and would fire at once; whoever needs to wait longer looks at the clock again. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's clock. `now` is CLOCK_MONOTONIC, which stands still while the machine sleeps. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => new Date(),
  setTimeout(callback, ms) {
    const timer = setTimeout(callback, Math.min(ms, LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
  async sleep(ms, signal) {
    await sleepFor(Math.min(ms, LONGEST_TIMER_MS), undefined, signal === undefined ? {} : { signal });
  },
};
