/** Pages of a sorted list, and the opaque tokens that lead from one page to the next. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { validationError } from './errors.ts';

interface PageRequest<T> {
  /** In the order in which they are answered. */
  readonly items: readonly T[];
  /** A key by which the items are sorted, and different for each. */
  readonly key: (item: T) => string;
  readonly descending?: boolean;
  readonly size: number;
  readonly token: string | undefined;
  /** What the token is good for: operation, account, region and query. A token for anything else is refused. */
  readonly query: unknown;
}

interface Page<T> {
  readonly items: readonly T[];
  readonly nextToken?: string;
}

interface Cursor {
  readonly query: string;
  readonly after: string;
  readonly issuedAt: number;
}

/**
 * Makes pages. A token continues behind the last item of its page even where items came or went
 * meanwhile; tokens of another emulator, another query or past their lifetime are refused.
 */
export class Pager {
  readonly #secret = randomBytes(32);

  /** @throws ServiceError ValidationException for a token that is stale or foreign */
  page<T>(request: PageRequest<T>, now: number, lifetimeMs: number): Page<T> {
    const { items, key, size, token } = request;
    const query = JSON.stringify(request.query);
    const after = token === undefined ? undefined : this.#open(token, query, now, lifetimeMs).after;
    const rest = after === undefined ? items : items.filter((item) => isBehind(key(item), after, request.descending));
    const page = rest.slice(0, size);
    const last = page.at(-1);
    if (last === undefined || rest.length <= size) return { items: page };
    return { items: page, nextToken: this.#seal({ query, after: key(last), issuedAt: now }) };
  }

  #seal(cursor: Cursor): string {
    const payload = Buffer.from(JSON.stringify(cursor)).toString('base64url');
    return `${payload}.${this.#sign(payload).toString('base64url')}`;
  }

  #open(token: string, query: string, now: number, lifetimeMs: number): Cursor {
    const [payload = '', signature = ''] = token.split('.');
    const expected = this.#sign(payload);
    const given = Buffer.from(signature, 'base64url');
    if (given.length === expected.length && timingSafeEqual(given, expected)) {
      const cursor: Cursor = JSON.parse(Buffer.from(payload, 'base64url').toString());
      if (cursor.query === query && now - cursor.issuedAt <= lifetimeMs) return cursor;
    }
    throw validationError('The NextToken is invalid or has expired');
  }

  #sign(payload: string): Buffer {
    return createHmac('sha256', this.#secret).update(payload).digest();
  }
}

const isBehind = (key: string, after: string, descending = false) => (descending ? key < after : key > after);
