/**
 * What is between a process and the rest of the world. Calls are made one at a time, so that a history that is lived through
 * again meets the same world at each call; a call that hangs, or waits for its turn in the operator itself, holds nobody up.
 */
export class Wire {
  #last: Promise<void> = Promise.resolve();
  #letGo: (() => void) | undefined;
  /** Requests that were sent and not answered yet, and how many of them never will be. */
  #sent = 0;
  #hanging = 0;

  /** Makes the call when its turn has come. */
  async call<T>(call: () => T | Promise<T>): Promise<T> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    await before;
    const letGo = () => {
      if (this.#letGo === letGo) this.#letGo = undefined;
      resolve();
    };
    this.#letGo = letGo;
    try {
      return await call();
    } finally {
      letGo();
    }
  }

  /** A request goes to the socket; to be called back when there is an answer, or nobody waits for one any more. */
  send(): () => void {
    this.#sent += 1;
    let over = false;
    return () => {
      if (over) return;
      over = true;
      // While all the others hang, it is only because time passes that one of them ends.
      if (this.#sent === this.#hanging) this.#hanging -= 1;
      this.#sent -= 1;
    };
  }

  /** The service will not answer the request that it has just read. */
  hang(): void {
    this.#hanging += 1;
    this.#letGo?.();
  }

  /** Whether anything was sent that may still be answered. */
  get isBusy(): boolean {
    return this.#sent > this.#hanging;
  }

  /** Resolves when nothing happens any more unless time passes. */
  async rest(): Promise<void> {
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.isBusy) continue;
      if (this.#letGo === undefined) return;
      // Whose turn it is has had time to send something and did not: it waits for time to pass.
      this.#letGo();
    }
  }
}
