import type { Failure } from './failure.ts';

/**
 * A call to AWS that did not give what was asked for, already classified: nothing outside `src/sagemaker` sees an error of
 * the SDK.
 */
export class AwsError extends Error {
  override readonly name = 'AwsError';
  readonly operation: string;
  readonly failure: Failure;
  /** What the answer says about a write: `refused` (nothing happened), `unknown` (it may have acted). */
  readonly effect: 'refused' | 'unknown';
  /** What a refusal means besides: the work team is not there, or its name is taken. */
  readonly meaning: 'notFound' | 'taken' | undefined;
  readonly requestId: string | undefined;

  constructor(details: {
    operation: string;
    failure: Failure;
    effect: 'refused' | 'unknown';
    meaning?: 'notFound' | 'taken' | undefined;
    requestId?: string | undefined;
    cause: unknown;
  }) {
    super(`${details.operation}: ${details.failure.reason}`, { cause: details.cause });
    this.operation = details.operation;
    this.failure = details.failure;
    this.effect = details.effect;
    this.meaning = details.meaning;
    this.requestId = details.requestId;
  }
}

/** A write, to AWS or to a Workteam, was not begun or was cut off, because this process may not be the leader any more. */
export class FencedError extends Error {
  override readonly name = 'FencedError';
}
