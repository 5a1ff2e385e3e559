/** The range of a retry delay, in milliseconds. */
export interface Backoff {
  /** The ceiling of the first delay. */
  readonly base: number;
  /** The ceiling that no delay exceeds. */
  readonly cap: number;
}

/**
 * How long to wait before retry number `attempt` (0 = the first), in milliseconds.
 *
 * The ceiling doubles with every attempt: `base`, 2·`base`, 4·`base`, … up to `cap`. The delay is drawn evenly from the
 * upper half of it ("equal jitter"): never sooner than half the ceiling, so that a struggling server gets its pause,
 * and never the same for two keys that failed together, so that they do not come back together.
 * With base 1 s and cap 5 min: 0.5–1 s, 1–2 s, 2–4 s, … 128–256 s, then 150–300 s for ever.
 *
 * `random` returns a number in [0, 1), as Math.random does.
 */
export function retryDelay(attempt: number, { base, cap }: Backoff, random: () => number): number {
  const ceiling = Math.min(cap, base * 2 ** attempt);
  return ceiling / 2 + (random() * ceiling) / 2;
}
