import type { Answer } from './http.ts';

/** Whether the process is ready to do its work, and if not, what it waits for. */
export class Health {
  #waitsFor: string | undefined = 'start-up';

  /** From now on the process waits for this; `undefined`: for nothing. */
  waitFor(what: string | undefined): void {
    this.#waitsFor = what;
  }

  /** What `/readyz` answers. */
  readyz(): Answer {
    return this.#waitsFor === undefined
      ? { status: 200, body: 'ok\n' }
      : { status: 503, body: `not ready, waiting for ${this.#waitsFor}\n` };
  }

  /** What `/livez` answers: whoever answers, lives. */
  livez(): Answer {
    return { status: 200, body: 'ok\n' };
  }
}
