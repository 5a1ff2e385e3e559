import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { urlToHttpOptions } from 'node:url';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Clock } from './clock.ts';
import { Connections } from './connections.ts';
import { fromStatus, fromThrown, KubernetesError } from './errors.ts';
import { Exchange, type Outgoing, type Timeouts } from './exchange.ts';

export const FIELD_MANAGER = 'workteam-operator';

const TIMEOUTS: Timeouts = { connectMs: 5_000, answerMs: 30_000, silenceMs: 30_000 };

/** No answer is longer than this, in bytes, except a stream. 500 objects of 100 KB each fit. */
const LONGEST_ANSWER = 64 * 1024 * 1024;

/** How a body is to be understood; a patch is never left to a default. */
export type Body = { readonly json: unknown } | { readonly mergePatch: unknown };

export interface ApiRequest {
  /** GET when left out. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** From `/api` or `/apis` on, each segment percent-encoded where it needs to be. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: Body;
  readonly signal?: AbortSignal | undefined;
  readonly timeouts?: Partial<Timeouts>;
}

/** One finished request, for metrics. */
export interface RequestFact {
  readonly method: string;
  readonly host: string;
  /** The HTTP status, or `<error>` where there was no answer: what client-go's metrics say. */
  readonly code: string;
  /** To the answer's headers, in milliseconds. */
  readonly durationMs: number;
}

export interface TransportOptions {
  readonly kubeConfig: KubeConfig;
  /** Ours, for the user agent. */
  readonly version: string;
  readonly clock: Clock;
  readonly timeouts?: Partial<Timeouts>;
  /** Told of every request. Must not throw. */
  readonly onRequest?: (fact: RequestFact) => void;
}

/**
 * The one place that talks HTTP to the API server. Connections are shared, credentials are looked at for each request,
 * every wait has a limit. Whatever goes wrong is a KubernetesError, but when the caller's signal aborts, its reason is
 * thrown as it is.
 */
export class Transport {
  readonly #options: TransportOptions;
  readonly #connections: Connections;
  readonly #timeouts: Timeouts;
  readonly #address: https.RequestOptions;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#connections = new Connections(options.kubeConfig);
    this.#timeouts = { ...TIMEOUTS, ...options.timeouts };
    this.#address = urlToHttpOptions(this.#connections.server);
  }

  /** The API server's address, for people to read. */
  get server(): string {
    return this.#connections.server.origin;
  }

  /** One request and its whole answer, trusted to be a `T`. */
  async request<T>(request: ApiRequest): Promise<T> {
    return await this.#supervised(request, async (exchange, answer) => {
      const body = await exchange.text(answer, LONGEST_ANSWER);
      try {
        return JSON.parse(body);
      } catch (error) {
        throw new KubernetesError(`${exchange.what}: the answer is not JSON`, { code: 'EBADANSWER', cause: error });
      }
    });
  }

  /**
   * One request whose answer goes on and on (a watch). Resolves with the headers; the pieces can be read once, and not
   * reading to the end closes the connection. Silence longer than `timeouts.silenceMs` is an error with code ETIMEDOUT.
   */
  async stream(request: ApiRequest): Promise<AsyncIterable<Uint8Array>> {
    return await this.#supervised(request, async (exchange, answer) => exchange.pieces(answer));
  }

  /** Closes all connections; requests under way fail. */
  close(): void {
    this.#connections.close();
  }

  async #supervised<R>(
    request: ApiRequest,
    read: (exchange: Exchange, answer: IncomingMessage) => Promise<R>,
  ): Promise<R> {
    const { clock } = this.#options;
    request.signal?.throwIfAborted();
    const exchange = new Exchange({
      what: `${request.method ?? 'GET'} ${request.path}`,
      clock,
      timeouts: { ...this.#timeouts, ...request.timeouts },
      signal: request.signal,
    });
    try {
      const answer = await this.#answer(request, exchange);
      const status = answer.statusCode ?? 0;
      if (status >= 200 && status < 300) return await read(exchange, answer);
      throw await refusal(exchange, status, answer);
    } catch (error) {
      exchange.end();
      throw exchange.failure ?? fromThrown(exchange.what, error);
    }
  }

  async #answer(request: ApiRequest, exchange: Exchange): Promise<IncomingMessage> {
    const { clock, onRequest } = this.#options;
    const started = clock.now();
    let code = '<error>';
    try {
      const answer = await exchange.send(await this.#prepared(request, exchange));
      code = String(answer.statusCode);
      return answer;
    } finally {
      const host = this.#connections.server.host;
      onRequest?.({ method: request.method ?? 'GET', host, code, durationMs: clock.now() - started });
    }
  }

  async #prepared({ method = 'GET', path, query = {}, body }: ApiRequest, exchange: Exchange): Promise<Outgoing> {
    const { agent, headers, auth } = await exchange.credentials(this.#connections.connection());
    const { server } = this.#connections;
    const isWrite = method !== 'GET' && method !== 'DELETE';
    const search = searchOf(isWrite ? { ...query, fieldManager: FIELD_MANAGER } : query);
    return {
      body: body && JSON.stringify('json' in body ? body.json : body.mergePatch),
      open: server.protocol === 'http:' ? http.request : https.request,
      options: {
        ...this.#address,
        path: server.pathname.replace(/\/$/, '') + path + search,
        method,
        agent,
        ...(auth === undefined ? {} : { auth }),
        headers: {
          ...headers,
          Accept: 'application/json',
          'User-Agent': `${FIELD_MANAGER}/${this.#options.version}`,
          ...(body === undefined ? {} : { 'Content-Type': contentType(body) }),
        },
      },
    };
  }
}

/** With its question mark; empty where there is nothing to ask. */
function searchOf(query: NonNullable<ApiRequest['query']>): string {
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) asked.set(name, String(value));
  return asked.size === 0 ? '' : `?${asked}`;
}

function contentType(body: Body): string {
  return 'json' in body ? 'application/json' : 'application/merge-patch+json';
}

/** How much of an answer that is no `Status` goes into an error's message. */
const EXCERPT = 200;

async function refusal(exchange: Exchange, status: number, answer: IncomingMessage): Promise<KubernetesError> {
  const text = await exchange.text(answer, LONGEST_ANSWER);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = { message: text.trim().slice(0, EXCERPT) };
  }
  return fromStatus(exchange.what, body, { status, retryAfter: answer.headers['retry-after'] });
}
