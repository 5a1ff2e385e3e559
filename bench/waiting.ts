import { cpus } from 'node:os';

/** Above this share of the machine in use it is not at rest. */
const AT_REST = 0.15;
const LOOK_EVERY_MS = 1_000;

/** Resolves as soon as `met` holds; it is asked again whenever `poke` is called. */
export class Condition {
  readonly #met: () => boolean;
  readonly #promise = Promise.withResolvers<void>();

  constructor(met: () => boolean) {
    this.#met = met;
  }

  poke(): void {
    if (this.#met()) this.#promise.resolve();
  }

  /**
   * @param broken rejects when there is no point in waiting any longer
   * @throws Error that says what was waited for, after `withinMs`; what `broken` rejects with
   */
  async wait(what: string, withinMs: number, broken: Promise<never>): Promise<void> {
    this.poke();
    const { promise: late, reject } = Promise.withResolvers<never>();
    const seconds = Math.round(withinMs / 1000);
    const timer = setTimeout(() => reject(new Error(`waited ${seconds} s for ${what} in vain`)), withinMs);
    try {
      await Promise.race([this.#promise.promise, late, broken]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Resolves when `lastAt` (in `performance.now()` time) is at least `ms` ago. */
export async function quiet(lastAt: () => number, ms: number): Promise<void> {
  for (let left = ms; left > 0; left = lastAt() + ms - performance.now()) await pause(left);
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * Resolves when the machine has next to nothing to do for a second: an API server that has just started is busy with itself,
 * and would be measured too. Gives up waiting after `withinMs`, on a machine that has other work.
 */
export async function machineAtRest(withinMs: number): Promise<void> {
  const began = performance.now();
  for (let before = processorTimes(); ; ) {
    await pause(LOOK_EVERY_MS);
    const now = processorTimes();
    const busy = 1 - (now.idle - before.idle) / (now.all - before.all);
    if (busy <= AT_REST || performance.now() - began >= withinMs) return;
    before = now;
  }
}

function processorTimes(): { readonly idle: number; readonly all: number } {
  const times = cpus().map((cpu) => cpu.times);
  const sum = (ofOne: (one: (typeof times)[number]) => number) => times.reduce((total, one) => total + ofOne(one), 0);
  return { idle: sum(({ idle }) => idle), all: sum((one) => Object.values(one).reduce((a, b) => a + b, 0)) };
}
