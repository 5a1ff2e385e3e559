import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import type { Clock } from './clock.ts';
import { fromThrown, KubernetesError } from './errors.ts';

/** Limits on silence, in milliseconds, one after the other; none limits a request as a whole (a signal can). */
export interface Timeouts {
  /** Name lookup, TCP, TLS, and handing over the request. */
  readonly connectMs: number;
  /** From there to the answer's headers; also for a credential plugin. */
  readonly answerMs: number;
  /** Between two pieces of the answer's body. */
  readonly silenceMs: number;
}

export interface Outgoing {
  readonly open: (options: RequestOptions) => ClientRequest;
  readonly options: RequestOptions;
  readonly body: string | undefined;
}

export interface ExchangeOptions {
  /** For messages: `GET /api/v1/…`. */
  readonly what: string;
  readonly clock: Clock;
  readonly timeouts: Timeouts;
  readonly signal: AbortSignal | undefined;
}

/**
 * One request and its answer under supervision: it always waits for one thing, with one timer, and the caller's signal
 * ends it at any moment. Whoever sees it fail looks at `failure` first: why we gave up ourselves. What Node throws then
 * is only a consequence.
 */
export class Exchange {
  readonly what: string;
  /** A KubernetesError when something took too long, the reason of the caller's signal when that aborted. */
  failure: unknown;
  readonly #clock: Clock;
  readonly #timeouts: Timeouts;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = () => this.#giveUp(this.#signal?.reason);
  #cancelTimer = () => {};
  #rejectWaiting: (reason: unknown) => void = () => {};
  #open: ClientRequest | IncomingMessage | undefined;

  constructor({ what, clock, timeouts, signal }: ExchangeOptions) {
    this.what = what;
    this.#clock = clock;
    this.#timeouts = timeouts;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Waits for the credentials no longer than for an answer. */
  credentials<T>(credentials: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#rejectWaiting = reject;
      this.#expect('credentials', this.#timeouts.answerMs);
      credentials.then(resolve, reject);
    });
  }

  /** Sends the request; resolves with the answer's headers. */
  send({ open, options, body }: Outgoing): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      this.#rejectWaiting = reject;
      this.#expect('a connection', this.#timeouts.connectMs);
      const request = open(options);
      this.#open = request;
      request.once('finish', () => {
        // Node may say so only after the answer has begun, or has been read to its end.
        if (this.#open === request) this.#expect('an answer', this.#timeouts.answerMs);
      });
      request.once('response', (answer) => {
        this.#open = answer;
        this.#expect('the answer to go on', this.#timeouts.silenceMs);
        resolve(answer);
      });
      request.on('error', (error) => {
        if (this.failure === undefined && isStale(request, error)) {
          resolve(this.send({ open, options, body }));
        } else reject(error);
      });
      request.end(body);
    });
  }

  /** The answer's body as it comes. Not reading to the end closes the connection. */
  async *pieces(answer: IncomingMessage): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for await (const piece of answer) {
        this.#expect('the answer to go on', this.#timeouts.silenceMs);
        yield piece;
      }
    } catch (error) {
      throw this.failure ?? fromThrown(this.what, error);
    } finally {
      this.end();
    }
  }

  /** The whole body, unless it is longer than `limit` bytes. */
  text(answer: IncomingMessage, limit: number): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#rejectWaiting = reject;
      const pieces: Uint8Array[] = [];
      let size = 0;
      answer.on('data', (piece: Uint8Array) => {
        size += piece.length;
        pieces.push(piece);
        this.#expect('the answer to go on', this.#timeouts.silenceMs);
        if (size <= limit) return;
        const message = `${this.what}: the answer is longer than ${limit} bytes`;
        this.#giveUp(new KubernetesError(message, { code: 'EMSGSIZE' }));
      });
      answer.once('end', () => {
        this.end();
        resolve(Buffer.concat(pieces).toString('utf8'));
      });
      answer.once('error', reject);
    });
  }

  /** Ends the supervision. */
  end(): void {
    this.#cancelTimer();
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }

  #expect(what: string, ms: number): void {
    this.#cancelTimer();
    const late = () =>
      this.#giveUp(new KubernetesError(`${this.what}: waited ${ms} ms for ${what}`, { code: 'ETIMEDOUT' }));
    this.#cancelTimer = this.#clock.setTimeout(late, ms);
  }

  #giveUp(reason: unknown): void {
    this.end();
    this.failure = reason;
    this.#rejectWaiting(reason);
    this.#open?.destroy();
  }
}

/**
 * Whether the server had closed an idle connection just as we sent a request on it: nobody's fault, and not worth
 * bothering the caller. Only reads are sent again; a write may have arrived.
 */
function isStale(request: ClientRequest, error: Error): boolean {
  const reset = 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
  return reset && request.reusedSocket && request.method === 'GET';
}
