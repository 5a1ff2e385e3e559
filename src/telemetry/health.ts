import type { Answer } from './http.ts';

/** What can be in trouble after the start. */
export type Troubled = 'credentials' | 'lease';

/** Whether the process is ready to do its work, and if not, what it waits for. */
export class Health {
  #waitsFor: string | undefined = 'start-up';
  readonly #troubles = new Map<Troubled, string>();

  /** From now on the process waits for this; `undefined`: for nothing. */
  waitFor(what: string | undefined): void {
    this.#waitsFor = what;
  }

  /** From now on this is the matter with a part and keeps the process from working; `undefined`: nothing is any more. */
  trouble(part: Troubled, what: string | undefined): void {
    if (what === undefined) this.#troubles.delete(part);
    else this.#troubles.set(part, what);
  }

  /** What `/readyz` answers. */
  readyz(): Answer {
    const [trouble] = this.#troubles.values();
    if (trouble !== undefined) return { status: 503, body: `not ready, ${trouble}\n` };
    return this.#waitsFor === undefined
      ? { status: 200, body: 'ok\n' }
      : { status: 503, body: `not ready, waiting for ${this.#waitsFor}\n` };
  }

  /** What `/livez` answers: whoever answers, lives. */
  livez(): Answer {
    return { status: 200, body: 'ok\n' };
  }
}
