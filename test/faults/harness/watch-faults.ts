/**
 * The ways in which a watch goes wrong, as data, and how they are laid on the watches of one collection for a while.
 */
import type { ApiProxy, Fault, OpenWatch, Seen } from '../../support/api-proxy.ts';

/** One way in which a watch goes wrong. */
export interface WatchFault {
  readonly title: string;
  /** What becomes of a watch that is open when the fault begins. */
  readonly strike: (watch: OpenWatch) => void;
  /** What a watch is answered that is asked for while the fault lasts; left out, it opens, and `strike` awaits it. */
  readonly answer?: Fault;
  /** After how long `strike` hits a watch that opens while the fault lasts, in milliseconds; at once when left out. */
  readonly afterMs?: number;
  /** What becomes of the watches that were struck when the fault is over. */
  readonly lift?: (watch: OpenWatch) => void;
}

/** What the API server says of a resourceVersion that it has forgotten. */
export const EXPIRED = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };

/** Half of an event. */
export const HALF_A_LINE = '{"type":"MODIFIED","object":{"metadata":{"na';

const end = (watch: OpenWatch) => watch.end();
const say = (watch: OpenWatch, line: unknown) => watch.write(`${JSON.stringify(line)}\n`);

/** Says, truly, that nothing happened up to where the watch began. */
function bookmark(watch: OpenWatch): void {
  say(watch, { type: 'BOOKMARK', object: { metadata: { resourceVersion: watch.seen.query.get('resourceVersion') } } });
}

export const SILENCE: WatchFault = {
  title: 'silence on an open socket',
  strike: (watch) => watch.hold(),
  lift: (watch) => watch.release(),
};

export const WATCH_FAULTS: readonly WatchFault[] = [
  { title: '410 when it begins', strike: end, answer: { status: 410, body: EXPIRED } },
  { title: '410 in the stream', strike: (watch) => say(watch, { type: 'ERROR', object: EXPIRED }) },
  { title: '500', strike: (watch) => watch.reset(), answer: { status: 500 } },
  { title: '429 with Retry-After', strike: end, answer: { status: 429, headers: { 'Retry-After': '1' } } },
  { title: 'a clean close every second', strike: end, afterMs: 1_000 },
  {
    title: 'half a line and a cut',
    strike(watch) {
      watch.write(HALF_A_LINE);
      watch.reset();
    },
  },
  { title: 'a line that is no event', strike: (watch) => watch.write(`${HALF_A_LINE}\n`) },
  {
    title: 'bookmarks only',
    strike(watch) {
      watch.hold();
      bookmark(watch);
    },
    lift: (watch) => watch.release(),
  },
  SILENCE,
];

/** Lays faults on the watches that come through a proxy, each for the watches of its own collection. */
export class WatchSpoiler {
  readonly #proxy: ApiProxy;
  readonly #spells = new Set<Spell>();

  /** Takes over the proxy's `opened`; its `fault` asks `answerTo` first. */
  constructor(proxy: ApiProxy) {
    this.#proxy = proxy;
    const others = proxy.fault;
    proxy.opened = (watch) => {
      for (const spell of this.#spells) if (spell.concerns(watch.seen)) spell.meet(watch);
    };
    proxy.fault = (seen) => this.#answerTo(seen) ?? others(seen);
  }

  /** Begins a fault of the watches that `concerns` picks; the spell goes on until it is lifted. */
  begin(fault: WatchFault, concerns: (seen: Seen) => boolean): Spell {
    const spell = new Spell(fault, concerns, () => this.#spells.delete(spell));
    this.#spells.add(spell);
    for (const watch of this.#proxy.watches) if (concerns(watch.seen)) spell.strike(watch);
    return spell;
  }

  /** The watch that is open is struck, and where the fault is one of asking, the next that is asked for; no more. */
  once(fault: WatchFault, concerns: (seen: Seen) => boolean): void {
    const spell = this.begin(fault, concerns);
    if (fault.answer === undefined) spell.end();
    else spell.answersLeft = 1;
  }

  #answerTo(seen: Seen): Fault | undefined {
    if (seen.query.get('watch') !== 'true') return undefined;
    for (const spell of this.#spells) if (spell.concerns(seen)) return spell.answer();
    return undefined;
  }
}

/** A fault while it lasts. */
export class Spell {
  /** How many watches are still to be refused. */
  answersLeft = Number.POSITIVE_INFINITY;
  readonly concerns: (seen: Seen) => boolean;
  readonly #fault: WatchFault;
  readonly #struck: OpenWatch[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #forget: () => void;

  constructor(fault: WatchFault, concerns: (seen: Seen) => boolean, forget: () => void) {
    this.#fault = fault;
    this.concerns = concerns;
    this.#forget = forget;
  }

  strike(watch: OpenWatch): void {
    this.#struck.push(watch);
    this.#fault.strike(watch);
  }

  /** A watch opens. */
  meet(watch: OpenWatch): void {
    const { afterMs } = this.#fault;
    if (afterMs === undefined) this.strike(watch);
    else this.#timers.add(setTimeout(() => this.strike(watch), afterMs));
  }

  /** What a watch that is asked for is answered. */
  answer(): Fault | undefined {
    const { answer } = this.#fault;
    if (answer === undefined) return undefined;
    this.answersLeft -= 1;
    if (this.answersLeft === 0) this.end();
    return answer;
  }

  /** No further watch meets the fault. */
  end(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#forget();
  }

  /** The fault is over, also for those that it struck. */
  lift(): void {
    this.end();
    for (const watch of this.#struck) this.#fault.lift?.(watch);
  }
}
