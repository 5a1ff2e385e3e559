/** Which calls a fault or a hook is meant for, found by counting so that a test hits the same call every time. */
import { z } from 'zod';

export const CallMatch = z.strictObject({
  operation: z.union([z.string(), z.array(z.string())]).optional(),
  region: z.string().optional(),
  account: z.string().optional(),
  /** Of the key that the call is signed with: tells callers of one account apart. */
  accessKeyId: z.string().optional(),
  workteamName: z.string().optional(),
  /** The first matching call that is meant, counted from 1 since the rule was made. */
  nth: z.int().min(1).optional(),
  /** How many matching calls from there on. */
  times: z.int().min(1).optional(),
});

/**
 * A member left out matches everything. Neither `nth` nor `times`: every matching call; only `nth`:
 * that one; only `times`: so many from the first; both: so many from the nth.
 */
export type CallMatch = z.infer<typeof CallMatch>;

/** What a call is matched by. */
export interface MatchedCall {
  readonly operation: string;
  readonly region: string;
  readonly account: string;
  /** Empty where none could be read. */
  readonly accessKeyId: string;
  readonly workteamName: string | undefined;
}

/** Counts the calls that match and says of each whether it is meant. */
export class CallCounter {
  readonly match: CallMatch;
  #matched = 0;

  constructor(match: CallMatch) {
    this.match = match;
  }

  get matched(): number {
    return this.#matched;
  }

  /** To be asked once about every call. */
  hits(call: MatchedCall): boolean {
    if (!isAbout(this.match, call)) return false;
    this.#matched += 1;
    const { nth, times } = this.match;
    const first = nth ?? 1;
    const count = times ?? (nth === undefined ? Infinity : 1);
    return this.#matched >= first && this.#matched < first + count;
  }
}

function isAbout(match: CallMatch, call: MatchedCall): boolean {
  const operations = match.operation === undefined ? undefined : [match.operation].flat();
  return (
    (operations?.includes(call.operation) ?? true) &&
    (match.region ?? call.region) === call.region &&
    (match.account ?? call.account) === call.account &&
    (match.accessKeyId ?? call.accessKeyId) === call.accessKeyId &&
    (match.workteamName ?? call.workteamName) === call.workteamName
  );
}
