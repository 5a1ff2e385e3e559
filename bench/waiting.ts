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
