import type { Answer } from './http.ts';

/** Whether the process is ready to do its work, and if not, what it waits for. */
export class Health {
  #waitsFor: string | undefined = 'start-up';
  #trouble: string | undefined;

  /** From now on the process waits for this; `undefined`: for nothing. */
  waitFor(what: string | undefined): void {
    this.#waitsFor = what;
  }

  /** From now on this keeps the process from working; `undefined`: nothing does any more. */
  trouble(what: string | undefined): void {
    this.#trouble = what;
  }

  /** What `/readyz` answers. */
  readyz(): Answer {
    if (this.#trouble !== undefined) return { status: 503, body: `not ready, ${this.#trouble}\n` };
    return this.#waitsFor === undefined
      ? { status: 200, body: 'ok\n' }
      : { status: 503, body: `not ready, waiting for ${this.#waitsFor}\n` };
  }

  /** What `/livez` answers: whoever answers, lives. */
  livez(): Answer {
    return { status: 200, body: 'ok\n' };
  }
}
