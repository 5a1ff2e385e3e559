import type { ObservedWorkteam } from './workteam/observed.ts';

/** Time as a confirmer needs it; all in milliseconds. */
interface Clock {
  now(): number;
  setTimeout(callback: () => void, ms: number): () => void;
}

/** What one list for many said: what it showed of them, and when (monotonic) it was asked for. */
export interface Confirmation {
  readonly keys: readonly string[];
  readonly teams: readonly ObservedWorkteam[];
  readonly began: number;
}

/** What a confirmer works with. */
export interface ConfirmerOptions {
  /** The newest work teams of a region, all of those named among them if they are there. */
  readonly list: (region: string, names: ReadonlySet<string>, signal: AbortSignal) => Promise<ObservedWorkteam[]>;
  /** Called for every key once, found or not: a list that failed shows nothing. Must not throw. */
  readonly onListed: (region: string, confirmation: Confirmation) => void;
  /** A list failed. No condition changes for that: those it was for are looked at one by one. */
  readonly onError: (region: string, error: unknown) => void;
  readonly clock: Clock;
}

/** As many as ListWorkteams shows on a page at most. */
const AT_ONCE = 100;

/** How long a create waits for others to be confirmed with, in milliseconds. */
const LONGEST_WAIT_MS = 2_000;

/** The creates of one region that nobody has looked for yet. */
interface Waiting {
  /** Names of work teams by key. */
  names: Map<string, string>;
  hurried: boolean;
  /** The lists under way, one after the other. */
  lists: Promise<void> | undefined;
  cancel: () => void;
}

/**
 * One ListWorkteams to confirm many creates, instead of one DescribeWorkteam for each: when a page is full, when nothing else
 * waits for a worker (`hurry`), or when the first has waited for two seconds. One list at a time in a region.
 */
export class Confirmer {
  readonly #options: ConfirmerOptions;
  readonly #stop = new AbortController();
  readonly #regions = new Map<string, Waiting>();

  constructor(options: ConfirmerOptions) {
    this.#options = options;
  }

  /** Wants the work team of that name, whose create was acknowledged, to be looked for on behalf of the key. */
  add(region: string, key: string, name: string): void {
    if (this.#stop.signal.aborted) return;
    const waiting = this.#of(region);
    if (waiting.names.size === 0) {
      waiting.cancel = this.#options.clock.setTimeout(() => this.hurry(region), LONGEST_WAIT_MS);
    }
    waiting.names.set(key, name);
    if (waiting.names.size >= AT_ONCE) this.hurry(region);
  }

  /** Looks for those that wait in the region now, or as soon as the list under way has ended. */
  hurry(region: string): void {
    const waiting = this.#regions.get(region);
    if (waiting === undefined || waiting.names.size === 0 || this.#stop.signal.aborted) return;
    waiting.hurried = true;
    waiting.lists ??= this.#list(region, waiting).finally(() => {
      waiting.lists = undefined;
    });
  }

  /** Ends all lists; resolves when none is under way. Nobody hears of those that were waiting. */
  async stop(): Promise<void> {
    this.#stop.abort();
    const regions = [...this.#regions.values()];
    for (const { cancel } of regions) cancel();
    await Promise.all(regions.map(({ lists }) => lists));
  }

  async #list(region: string, waiting: Waiting): Promise<void> {
    const { list, onListed, onError, clock } = this.#options;
    const { signal } = this.#stop;
    while (waiting.hurried && !signal.aborted) {
      waiting.hurried = false;
      waiting.cancel();
      const { names } = waiting;
      waiting.names = new Map();
      const began = clock.now();
      let teams: ObservedWorkteam[] = [];
      try {
        teams = await list(region, new Set(names.values()), signal);
      } catch (error) {
        if (!signal.aborted) onError(region, error);
      }
      if (!signal.aborted) onListed(region, { keys: [...names.keys()], teams, began });
    }
  }

  #of(region: string): Waiting {
    const known = this.#regions.get(region);
    if (known !== undefined) return known;
    const waiting: Waiting = { names: new Map(), hurried: false, lists: undefined, cancel: () => {} };
    this.#regions.set(region, waiting);
    return waiting;
  }
}
