/** What can be made to go wrong with a call, and with which. */
import { z } from 'zod';
import { CallCounter, CallMatch, type MatchedCall } from './matching.ts';

/** With `acts`, the service does what was asked, and only its answer is replaced. */
const acts = z.boolean().optional();
const status = z.int().min(200).max(599).optional();

export const Fault = z.discriminatedUnion('kind', [
  /** ThrottlingException, "Rate exceeded". */
  z.strictObject({ kind: z.literal('throttle'), acts }),
  /** Any error that the service could answer. */
  z.strictObject({ kind: z.literal('error'), code: z.string(), message: z.string(), status, acts }),
  /** A JSON error of the front end, InternalFailure, with status 500 unless said otherwise. */
  z.strictObject({ kind: z.literal('http5xx'), status, acts }),
  /** A page of HTML, as from a proxy, with status 502 unless said otherwise. */
  z.strictObject({ kind: z.literal('nonJson'), status, acts }),
  z.strictObject({ kind: z.literal('accessDenied'), acts }),
  z.strictObject({ kind: z.literal('expiredToken'), acts }),
  /** The connection breaks before the service acts. */
  z.strictObject({ kind: z.literal('dropBefore') }),
  /** The service acts, and the connection breaks before the answer. */
  z.strictObject({ kind: z.literal('dropAfter') }),
  /** No answer ever comes, and the connection stays open. */
  z.strictObject({ kind: z.literal('hang'), acts }),
  /** The service acts after so many milliseconds of real time; with `acts` it acts at once and answers then. */
  z.strictObject({ kind: z.literal('delay'), ms: z.number().min(0), acts }),
  /** A read answers what was true before the last write to each team. */
  z.strictObject({ kind: z.literal('staleRead') }),
]);
export type Fault = z.infer<typeof Fault>;

export const FaultRule = z.strictObject({ match: CallMatch, fault: Fault });
export type FaultRule = z.infer<typeof FaultRule>;

export interface ActiveRule extends FaultRule {
  readonly id: number;
  /** How many calls matched so far, hit by the fault or not. */
  readonly matched: number;
}

/** The rules in force. Each counts the calls that it matches by itself; the earliest rule that hits a call decides. */
export class Faults {
  readonly #rules = new Map<number, { fault: Fault; counter: CallCounter }>();
  #lastId = 0;

  /** @returns the rule's number, for `remove` */
  add({ match, fault }: FaultRule): number {
    this.#lastId += 1;
    this.#rules.set(this.#lastId, { fault, counter: new CallCounter(match) });
    return this.#lastId;
  }

  remove(id: number): boolean {
    return this.#rules.delete(id);
  }

  clear(): void {
    this.#rules.clear();
  }

  list(): readonly ActiveRule[] {
    return [...this.#rules].map(([id, { fault, counter }]) => {
      const { match, matched } = counter;
      return { id, match, fault, matched };
    });
  }

  /** To be asked once about every call. */
  take(call: MatchedCall): Fault | undefined {
    const hits = [...this.#rules.values()].filter(({ counter }) => counter.hits(call));
    return hits[0]?.fault;
  }
}
