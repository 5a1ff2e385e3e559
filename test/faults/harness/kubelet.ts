import { setTimeout as after } from 'node:timers/promises';
import type { Operator } from '../../support/operator.ts';

/** How long a kubelet waits before it starts a container again that ended; each time in a row twice as long. In milliseconds. */
const FIRST_BACKOFF_MS = 10_000;

/** The liveness probe of deploy/: how often, how long for an answer, and after how many failures in a row it is killed. */
const PROBE = { everyMs: 10_000, timeoutMs: 5_000, failures: 3 };

/**
 * Keeps an operator running as a kubelet does: one that ends is started again, after 10 s, then 20 s and so on; one that does not
 * answer its liveness probe is killed. Counts the restarts, which is what `kubectl get pods` would show.
 */
export class Kubelet implements AsyncDisposable {
  /** How the container ended so far, oldest first. */
  readonly exits: string[] = [];
  readonly #run: () => Promise<Operator>;
  readonly #stop = new AbortController();
  readonly #kept: Promise<void>;
  #newest: Promise<Operator>;

  /** @param run starts the container's process, and does not wait until it is ready */
  constructor(run: () => Promise<Operator>) {
    this.#run = run;
    this.#newest = run();
    this.#kept = this.#keep().catch((error: unknown) => {
      if (!this.#stop.signal.aborted) throw error;
    });
  }

  /** The process that runs, or ran last. */
  get newest(): Promise<Operator> {
    return this.#newest;
  }

  async #keep(): Promise<void> {
    const { signal } = this.#stop;
    for (let backoff = FIRST_BACKOFF_MS; ; backoff *= 2) {
      const operator = await this.#newest;
      const gone = new AbortController();
      const probing = this.#probe(operator, AbortSignal.any([signal, gone.signal]));
      const { code, signal: killedBy } = await operator.ended;
      gone.abort();
      await probing;
      signal.throwIfAborted();
      this.exits.push(`exit ${code ?? killedBy}`);
      await after(backoff, undefined, { signal });
      this.#newest = this.#run();
    }
  }

  async #probe(operator: Operator, signal: AbortSignal): Promise<void> {
    try {
      for (let failures = 0; failures < PROBE.failures; ) {
        await after(PROBE.everyMs, undefined, { signal });
        const alive = await operator.get('/livez', AbortSignal.timeout(PROBE.timeoutMs)).catch(() => undefined);
        failures = alive?.status === 200 ? 0 : failures + 1;
      }
      await operator.kill();
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** Ends it for good. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    const operator = await this.#newest;
    await operator.kill();
    await this.#kept;
  }
}
