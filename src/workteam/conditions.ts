/** What conditions are made of: their types and reasons, generations and transition times. */
import type { FailureReason } from './failure.ts';
import type { Condition, Workteam, WorkteamStatus } from './schema.ts';

/** Every reason that a failure can have. */
export const FAILURE_REASONS = [
  'Throttled',
  'Unavailable',
  'CredentialsUnavailable',
  'AccessDenied',
  'QuotaExceeded',
  'InvalidRequest',
  'NotConverging',
  'DeletionBlocked',
  'NotOwned',
  'NameConflict',
  'ImmutableField',
  'InvalidSpec',
] as const satisfies readonly FailureReason[];

/** Every condition that a Workteam can have, and every reason that each can have. */
export const CONDITION_REASONS = {
  Ready: ['Synced', 'Progressing', 'Suspended', 'Observed', ...FAILURE_REASONS],
  Reconciling: ['Progressing', 'ProgressingWithRetry'],
  Stalled: ['Observed', ...FAILURE_REASONS],
  Drifted: ['Differs', 'AsSpecified'],
} as const;

/** A condition before it has a generation and a transition time. */
export type Draft = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

/** The types of condition that are ours; others on the object are left as they are. */
const OUR_TYPES: readonly string[] = Object.keys(CONDITION_REASONS);

/** A condition without them. */
export function draftOf({ type, status, reason, message }: Condition): Draft {
  return { type, status, reason, message };
}

/**
 * The conditions of a status that replaces the one of `workteam`: `drafts`, and those of others, which stay as they are. A
 * transition time moves only with a status.
 */
export function conditions({ metadata, status }: Workteam, drafts: readonly Draft[], now: Date): Condition[] {
  const before = status?.conditions ?? [];
  const ours = drafts.map((draft): Condition => {
    const previous = before.find(({ type }) => type === draft.type);
    const moved = previous?.status !== draft.status;
    return {
      ...draft,
      observedGeneration: metadata.generation,
      lastTransitionTime: moved ? timestamp(now) : previous.lastTransitionTime,
    };
  });
  return [...ours, ...before.filter(({ type }) => !OUR_TYPES.includes(type))];
}

/** The Ready condition of a status. */
export function readyOf(status: WorkteamStatus): Condition | undefined {
  return status.conditions?.find(({ type }) => type === 'Ready');
}

/** Whether this very generation has been called Stalled already. */
export function isStalled({ metadata, status }: Workteam): boolean {
  const stalled = status?.conditions?.find(({ type }) => type === 'Stalled');
  return stalled?.status === 'True' && stalled.observedGeneration === metadata.generation;
}

/** RFC 3339 in whole seconds, as Kubernetes writes times. */
export function timestamp(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}
