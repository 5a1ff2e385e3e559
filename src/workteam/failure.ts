import type { WorkteamSpec } from './schema.ts';

/**
 * The one failure type. It is classified where an error enters (`sagemaker/classify.ts`, `plan.ts`), worded in
 * `messages.ts` where the status is written, and scheduled by `next-look.ts`. It is plain data, so the same failure twice
 * gives the same status, byte for byte.
 */
export type Failure =
  /** The service asked us to slow down. `retryAfterMs` is its own wish, when it named one. */
  | { readonly reason: 'Throttled'; readonly operation: string; readonly retryAfterMs?: number }
  /**
   * The service, or the network on the way to it, gave no usable answer. `detail` is a code or an HTTP status; `unknownHost`
   * is the service's host where DNS knows no such name, as for a region that does not exist.
   */
  | {
      readonly reason: 'Unavailable';
      readonly operation: string;
      readonly detail: string;
      readonly unknownHost?: string;
      readonly retryAfterMs?: number;
    }
  /** No AWS credentials could be had, or those we have are expired or unknown to AWS. */
  | { readonly reason: 'CredentialsUnavailable'; readonly detail: string }
  /** `permission` is the IAM action that is missing: the one that AWS named, else the operation's own. */
  | { readonly reason: 'AccessDenied'; readonly operation: string; readonly permission: string }
  | { readonly reason: 'QuotaExceeded'; readonly operation: string; readonly detail: string }
  /** AWS refused the content of the request. `detail` is its own text, without request ids. */
  | { readonly reason: 'InvalidRequest'; readonly operation: string; readonly detail: string }
  /** AWS accepted an update and still shows something else. `fields` are paths of the spec. */
  | { readonly reason: 'NotConverging'; readonly fields: readonly string[] }
  /** AWS would not delete the work team (in use, or `Success: false`). */
  | { readonly reason: 'DeletionBlocked'; readonly detail: string }
  /** A work team of that name exists and its owner tag (if any) names somebody outside this cluster, or nobody who lives. */
  | { readonly reason: 'NotOwned'; readonly policy: AdoptionPolicy; readonly owner?: string }
  /** Another living Workteam of this cluster (`namespace/name`) has the work team. */
  | { readonly reason: 'NameConflict'; readonly holder: string }
  | { readonly reason: 'ImmutableField'; readonly field: string; readonly desired: string; readonly observed: string }
  | { readonly reason: 'InvalidSpec'; readonly problems: readonly string[] };

/** `spec.adoptionPolicy`, filled in. */
export type AdoptionPolicy = NonNullable<WorkteamSpec['adoptionPolicy']>;

export type FailureReason = Failure['reason'];

/** How a failure is met: `transient` heals by waiting, `blocked` when somebody acts outside the spec, `terminal` by an edit. */
export type FailureKind = 'transient' | 'blocked' | 'terminal';

const KINDS: Readonly<Record<FailureReason, FailureKind>> = {
  Throttled: 'transient',
  Unavailable: 'transient',
  CredentialsUnavailable: 'blocked',
  AccessDenied: 'blocked',
  QuotaExceeded: 'blocked',
  InvalidRequest: 'blocked',
  NotConverging: 'blocked',
  DeletionBlocked: 'blocked',
  NotOwned: 'terminal',
  NameConflict: 'terminal',
  ImmutableField: 'terminal',
  InvalidSpec: 'terminal',
};

/** The kind of a failure, which decides its backoff and when it counts as stalled. */
export function kindOf(failure: Failure): FailureKind {
  return kindOfReason(failure.reason);
}

/** The kind of all failures of a reason. */
export function kindOfReason(reason: FailureReason): FailureKind {
  return KINDS[reason];
}

/** For how long a failure of each kind may last, in milliseconds since `status.failingSince`, until the Workteam is Stalled. */
export const STALLED_AFTER_MS: Readonly<Record<FailureKind, number>> = {
  transient: 10 * 60_000,
  blocked: 2 * 60_000,
  terminal: 0,
};
