/** How often a condition is looked at, in milliseconds. */
const INTERVAL_MS = 20;

export interface Waiting {
  /** What is waited for, for whoever reads that it never came. */
  readonly what: string;
  /** In milliseconds; 20 s when left out. */
  readonly within?: number;
}

/**
 * Asks again and again until there is an answer, and returns it: anything but `undefined` and `false`.
 * @throws Error with what was waited for, when time is up; whatever `ask` throws, at once
 */
export async function eventually<T>(
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  { what, within = 20_000 }: Waiting,
): Promise<T> {
  const end = performance.now() + within;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() >= end) throw new Error(`waited ${within / 1000} s in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
  }
}

/** Waits for a promise, but no longer than that. @throws Error with what was waited for, when time is up */
export async function inTime<T>(promise: Promise<T>, { what, within = 20_000 }: Waiting): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${within / 1000} s in vain for ${what}`)), within);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
