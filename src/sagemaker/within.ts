import type { Timers } from './limiter.ts';

/**
 * Settles as `work` does, unless `signal` aborts or `ms` pass first: then it rejects at once, with the signal's reason or
 * a TimeoutError, and the signal that `work` was given aborts with the same. Leaves no timer behind.
 */
export async function within<T>(
  ms: number,
  timers: Timers,
  signal: AbortSignal,
  work: (signal: AbortSignal) => T | Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const ours = new AbortController();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (reason: unknown): void => {
    reject(reason);
    ours.abort(reason);
  };
  const onAbort = (): void => abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const cancel = timers.setTimeout(() => abort(new DOMException(`not done after ${ms / 1000} s`, 'TimeoutError')), ms);
  try {
    return await Promise.race([work(ours.signal), aborted]);
  } finally {
    cancel();
    signal.removeEventListener('abort', onAbort);
  }
}
