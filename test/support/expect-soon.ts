import { expect } from 'vitest';

/** Waits until what `read` returns passes the matcher that follows; generous, because a busy machine is no failure. */
export function expectSoon<T>(read: () => T) {
  return expect.poll(read, { timeout: 15_000, interval: 10 });
}
