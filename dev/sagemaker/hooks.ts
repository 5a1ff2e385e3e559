/** Stops in the life of a call at which a test can act: end the caller's process, say. */
import { CallCounter, type CallMatch, type MatchedCall } from './matching.ts';

export type Stop = 'beforeActing' | 'beforeAnswering';

/**
 * Runs while the call waits. Returning `drop` breaks the connection there: at `beforeActing` nothing
 * happens in the service, at `beforeAnswering` it has happened already.
 */
export type Hook = (call: MatchedCall) => Promise<'drop' | undefined>;

export class Hooks {
  readonly #hooks = new Set<{ stop: Stop; hook: Hook; counter: CallCounter }>();

  /** @returns a function that takes the hook away */
  add(stop: Stop, match: CallMatch, hook: Hook): () => void {
    const entry = { stop, hook, counter: new CallCounter(match) };
    this.#hooks.add(entry);
    return () => this.#hooks.delete(entry);
  }

  /** Runs every hook that is meant for the call, one after the other. */
  async reach(stop: Stop, call: MatchedCall): Promise<'drop' | undefined> {
    const meant = [...this.#hooks].filter((entry) => entry.stop === stop && entry.counter.hits(call));
    for (const { hook } of meant) {
      if ((await hook(call)) === 'drop') return 'drop';
    }
    return undefined;
  }
}
