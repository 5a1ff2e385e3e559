/**
 * So many at a time, first come, first served. Each request that is under way has a connection of its own, and hundreds of TLS
 * handshakes at once keep an API server so busy that none of them ends in time, the renewal of the Lease included.
 */
export class Turns {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(atATime: number) {
    this.#free = atATime;
  }

  /** Does the work when it is its turn. Throws what the work throws, and the signal's reason when it aborts before. */
  async take<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (this.#free > 0) this.#free -= 1;
    else await this.#turn(signal);
    try {
      return await work();
    } finally {
      this.#next();
    }
  }

  #turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(go);
        reject(signal?.reason);
      };
      const go = (): void => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      this.#waiting.add(go);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }

  /** Hands a turn on, or keeps it for whoever comes. */
  #next(): void {
    const [go] = this.#waiting;
    if (go === undefined) this.#free += 1;
    else {
      this.#waiting.delete(go);
      go();
    }
  }
}
