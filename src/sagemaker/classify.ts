/**
 * The only reader of AWS error codes and texts. The sources are the service model (four modelled errors), the common
 * errors of the AWS JSON protocol, and what the SDK for JavaScript throws of its own accord.
 */

import { AwsError, FencedError } from '../workteam/aws-error.ts';
import type { Failure } from '../workteam/failure.ts';
import { AccountError } from './account.ts';

const THROTTLING: readonly string[] = [
  'ThrottlingException',
  'Throttling',
  'ThrottledException',
  'RequestThrottled',
  'RequestThrottledException',
  'RequestLimitExceeded',
  'TooManyRequestsException',
  'SlowDown',
  'BandwidthLimitExceeded',
  'PriorRequestNotComplete',
];

const DENIED: readonly string[] = [
  'AccessDeniedException',
  'AccessDenied',
  'UnauthorizedOperation',
  'NotAuthorized',
  'UnauthorizedException',
  'OptInRequired',
];

const CREDENTIALS: readonly string[] = [
  'ExpiredTokenException',
  'ExpiredToken',
  'RequestExpired',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'IncompleteSignature',
  'IncompleteSignatureException',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
  'InvalidAccessKeyId',
  // The clocks disagree, so that no signature is good.
  'AuthFailure',
  'RequestTimeTooSkewed',
  'RequestInTheFuture',
];

const SERVER: readonly string[] = [
  'InternalFailure',
  'InternalServerException',
  'InternalServerError',
  'InternalError',
  'ServiceUnavailable',
  'ServiceUnavailableException',
  // The request did not arrive as a whole, or not in time.
  'RequestTimeout',
  'RequestTimeoutException',
  'RequestAbortedException',
];

const IN_USE: readonly string[] = ['ResourceInUse', 'ConflictException'];

/** The operations that name the one team that they are about. */
const ABOUT_ONE_TEAM: readonly string[] = ['DescribeWorkteam', 'UpdateWorkteam', 'DeleteWorkteam'];

/** What the SDK throws when its credential chain ends without credentials. */
const NO_CREDENTIALS: readonly string[] = ['CredentialsProviderError', 'TokenProviderError'];

/** The longest wish to be left alone that is granted, in milliseconds: the longest pause we make by ourselves. */
const LONGEST_RETRY_AFTER_MS = 15 * 60_000;

/** Classifies whatever a call threw. An abort and a closed fence are no failures of AWS and are thrown as they are. */
export function classify(error: unknown, operation: string): AwsError {
  const fenced = causes(error).find((cause) => cause instanceof FencedError);
  if (fenced) throw fenced;
  const name = nameOf(error);
  if (name === 'AbortError') throw error;
  const metadata = metadataOf(error);
  const described = { operation, requestId: metadata?.requestId, cause: error };
  const status = metadata?.httpStatusCode;
  if (status === undefined) {
    return new AwsError({ ...described, failure: withoutAnswer(error, operation), effect: 'unknown' });
  }
  const retryAfterMs = retryAfter(error);
  const patience = retryAfterMs !== undefined && { retryAfterMs };
  if (isThrottling(name, status)) {
    return new AwsError({ ...described, failure: { reason: 'Throttled', operation, ...patience }, effect: 'refused' });
  }
  if (!isRefusal(error, status) || SERVER.includes(name)) {
    const failure: Failure = { reason: 'Unavailable', operation, detail: `HTTP ${status}`, ...patience };
    return new AwsError({ ...described, failure, effect: 'unknown' });
  }
  return new AwsError({
    ...described,
    failure: refusal(name, wordsOf(error, name, status), operation),
    effect: 'refused',
    meaning: meaningOf(name, error, operation),
  });
}

/** What trouble with getting credentials, before any call, amounts to. */
export function classifyCredentials(error: unknown, operation: string): AwsError {
  const detail = error instanceof AccountError ? error.message : troubleOf(error);
  const failure: Failure = { reason: 'CredentialsUnavailable', detail };
  return new AwsError({ operation, failure, effect: 'refused', cause: error });
}

function refusal(name: string, text: string, operation: string): Failure {
  if (DENIED.includes(name)) return { reason: 'AccessDenied', operation, permission: permissionIn(text, operation) };
  if (CREDENTIALS.includes(name)) return { reason: 'CredentialsUnavailable', detail: name };
  if (name === 'ResourceLimitExceeded') return { reason: 'QuotaExceeded', operation, detail: sentence(text) };
  const inUse = operation === 'DeleteWorkteam' && (IN_USE.includes(name) || name === 'ValidationException');
  if (inUse) return { reason: 'DeletionBlocked', detail: sentence(text) };
  // Right after a create the tags of a team that exists may not be found yet.
  if (operation === 'ListTags') return { reason: 'Unavailable', operation, detail: name };
  return { reason: 'InvalidRequest', operation, detail: sentence(text) };
}

/** The one place that knows how SageMaker says "no such work team": a ValidationException that names it, and no other code. */
function meaningOf(name: string, error: unknown, operation: string): 'notFound' | 'taken' | undefined {
  if (ABOUT_ONE_TEAM.includes(operation) && name === 'ValidationException' && textOf(error).includes('The work team'))
    return 'notFound';
  // At the quota a taken name may be hidden behind the quota error.
  const taken = IN_USE.includes(name) || name === 'ResourceLimitExceeded';
  return operation === 'CreateWorkteam' && taken ? 'taken' : undefined;
}

function withoutAnswer(error: unknown, operation: string): Failure {
  const names = causes(error).map(nameOf);
  const missing = names.find((name) => NO_CREDENTIALS.includes(name));
  if (missing !== undefined) return { reason: 'CredentialsUnavailable', detail: missing };
  const unknownHost = unknownHostOf(error);
  return {
    reason: 'Unavailable',
    operation,
    detail: troubleOf(error),
    ...(unknownHost !== undefined && { unknownHost }),
  };
}

/** The host that was looked up, where DNS said that there is no such name; a resolver that has no answer says EAI_AGAIN. */
function unknownHostOf(error: unknown): string | undefined {
  const { hostname } = thrown(causes(error).find((cause) => codeOf(cause) === 'ENOTFOUND'));
  return typeof hostname === 'string' ? hostname : undefined;
}

/** What kept an answer from coming: a code of Node's, a timeout, or else the name of what was thrown. */
function troubleOf(error: unknown): string {
  const chain = causes(error);
  const code = chain.map(codeOf).find((found) => found !== undefined);
  const timedOut = chain.some((cause) => nameOf(cause) === 'TimeoutError');
  return code ?? (timedOut ? 'timed out' : nameOf(error));
}

function isThrottling(name: string, status: number): boolean {
  return status === 429 || THROTTLING.includes(name);
}

/** Whether the service itself said no. The SDK marks with `$fault` what it could read as an error of the service's. */
function isRefusal(error: unknown, status: number): boolean {
  return thrown(error).$fault !== undefined && status >= 400 && status < 500;
}

/** The service's own words. The SDK puts `UnknownError` where there are none, and `Unknown` where there is no code. */
function wordsOf(error: unknown, name: string, status: number): string {
  const text = textOf(error);
  if (text !== '' && text !== 'UnknownError') return text;
  return name === 'Unknown' ? `HTTP ${status}` : name;
}

/** The IAM action that AWS says is missing; creating a team needs more than one. Without a word of AWS's, the operation's own. */
function permissionIn(text: string, operation: string): string {
  return /not authorized to perform: ([\w-]+:\w+)/.exec(text)?.[1] ?? `sagemaker:${operation}`;
}

/** AWS's own text without what differs from one request to the next, or would steer a terminal, ending in a full stop. */
function sentence(text: string): string {
  const constant = text
    .replace(/\s*\((?:Service|Request ID|RequestId|Status Code)[^)]*\)/g, '')
    .replace(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi, '…')
    .replace(/(:assumed-role\/[\w+=,.@-]+\/)[\w+=,.@-]*[\w+=@-]/g, '$1…')
    .replace(/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?Z?|\b\d{8}T\d{6}Z/g, '…')
    .replace(/[\s\p{Cc}\u202A-\u202E\u2066-\u2069]+/gu, ' ')
    .trim();
  return /[.!?]$/.test(constant) ? constant : `${constant}.`;
}

// Reading what is thrown, whatever it is.

interface Thrown {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly Message?: unknown;
  readonly code?: unknown;
  readonly hostname?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
  readonly $fault?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

function thrown(error: unknown): Thrown {
  return typeof error === 'object' && error !== null ? error : {};
}

function metadataOf(error: unknown): Thrown['$metadata'] {
  return thrown(error).$metadata;
}

/** The error's name; a namespace before a `#` is left out. */
function nameOf(error: unknown): string {
  const { name } = thrown(error);
  return typeof name === 'string' ? name.slice(name.lastIndexOf('#') + 1) : 'UnknownError';
}

function textOf(error: unknown): string {
  const { message, Message } = thrown(error);
  const text = message ?? Message;
  return typeof text === 'string' ? text : '';
}

function codeOf(error: unknown): string | undefined {
  const { code } = thrown(error);
  return typeof code === 'string' ? code : undefined;
}

/** Retry-After in milliseconds, where the answer carried it in seconds. */
function retryAfter(error: unknown): number | undefined {
  const seconds = Number(thrown(error).$response?.headers?.['retry-after']);
  return seconds >= 0 ? Math.min(seconds * 1000, LONGEST_RETRY_AFTER_MS) : undefined;
}

/** The error and all that caused it, outermost first. */
function causes(error: unknown): unknown[] {
  const chain: unknown[] = [];
  const visit = (current: unknown): void => {
    if (current === undefined || current === null || chain.includes(current) || chain.length >= 20) return;
    chain.push(current);
    const { cause, errors } = thrown(current);
    if (Array.isArray(errors)) errors.forEach(visit);
    visit(cause);
  };
  visit(error);
  return chain;
}
