interface Details {
  readonly status?: number | undefined;
  readonly reason?: string | undefined;
  readonly code?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** Everything that can go wrong between us and the Kubernetes API, except that the caller's own signal aborted. */
export class KubernetesError extends Error {
  override readonly name = 'KubernetesError';
  /** The HTTP status; undefined when there was no answer. */
  readonly status: number | undefined;
  /** The API server's one-word reason, as `Conflict` or `AlreadyExists`; undefined when the answer was not its own. */
  readonly reason: string | undefined;
  /** Node's or our code when there was no answer, as `ECONNREFUSED` or `ETIMEDOUT`. */
  readonly code: string | undefined;
  /** How long the server wants to be left alone, in milliseconds from when the answer came. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, { status, reason, code, retryAfterMs, cause }: Details = {}) {
    super(message, cause === undefined ? {} : { cause });
    this.status = status;
    this.reason = reason;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

const hasStatus = (error: unknown, status: number) => error instanceof KubernetesError && error.status === status;

/** 401: the credentials are missing, wrong or expired. */
export const isUnauthorized = (error: unknown): boolean => hasStatus(error, 401);
/** 403: RBAC or an admission plugin says no. */
export const isForbidden = (error: unknown): boolean => hasStatus(error, 403);
/** 404: no such object, or no such resource (a CRD that is not installed). */
export const isNotFound = (error: unknown): boolean => hasStatus(error, 404);
/** 409: the object is not as our write assumed; it has another resourceVersion, or it exists already. */
export const isConflict = (error: unknown): boolean => hasStatus(error, 409);
/** 410: a resourceVersion or continue token that the server no longer knows. */
export const isGone = (error: unknown): boolean => hasStatus(error, 410);
/** 422: the object breaks the schema. */
export const isInvalid = (error: unknown): boolean => hasStatus(error, 422);
/** 429: the server is too busy for us now; see `retryAfterMs`. */
export const isTooManyRequests = (error: unknown): boolean => hasStatus(error, 429);
/** An answer that will be the same until somebody acts: no to who we are or what we ask for, or no such place. */
export const isRefused = (error: unknown): error is KubernetesError =>
  isUnauthorized(error) || isForbidden(error) || isNotFound(error);
/** No answer at all: no route, no name, no trust, no connection, no reply in time. */
export const isUnreachable = (error: unknown): boolean =>
  error instanceof KubernetesError && error.status === undefined;
/** How long the sender of this error wants to be left alone, in milliseconds; undefined when it did not say. */
export const retryAfterMs = (error: unknown): number | undefined =>
  error instanceof KubernetesError ? error.retryAfterMs : undefined;

/** The part of a `Status` object (the API server's way to say no) that matters here. */
interface Status {
  readonly code?: unknown;
  readonly reason?: unknown;
  readonly message?: unknown;
  readonly details?: { readonly retryAfterSeconds?: unknown };
}

/**
 * An error from a `Status` object, in an answer's body or in a watch stream. `what` says what was being done; `http` is
 * what the answer's head said, where there is one: its status, and `Retry-After` in seconds.
 */
export function fromStatus(
  what: string,
  body: unknown,
  http: { readonly status?: number; readonly retryAfter?: string | undefined } = {},
): KubernetesError {
  const { code, reason, message, details }: Status = typeof body === 'object' && body !== null ? body : {};
  const status = http.status ?? (typeof code === 'number' ? code : undefined);
  const seconds = Number(http.retryAfter ?? details?.retryAfterSeconds);
  const said = typeof message === 'string' && message !== '' ? message : reason;
  return new KubernetesError(`${what}: ${[status, said].filter((part) => part !== undefined).join(' ')}`, {
    status,
    reason: typeof reason === 'string' ? reason : undefined,
    retryAfterMs: seconds > 0 ? seconds * 1_000 : undefined,
  });
}

/** An error from something that was thrown while talking: Node's network and TLS errors, a credential plugin's. */
export function fromThrown(what: string, thrown: unknown): KubernetesError {
  if (thrown instanceof KubernetesError) return thrown;
  // A name with several addresses fails with one error around them all, whose own message is empty.
  const first = thrown instanceof AggregateError ? thrown.errors[0] : thrown;
  const code = first instanceof Error && 'code' in first && typeof first.code === 'string' ? first.code : undefined;
  const said = (first instanceof Error ? first.message : String(first)) || code || 'failed';
  return new KubernetesError(`${what}: ${said.trim()}`, { code, cause: thrown });
}
