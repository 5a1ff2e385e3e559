import { kindOf, STALLED_AFTER_MS } from './failure.ts';
import type { Workteam } from './schema.ts';
import { failingSince, isSettled, SETTLED_GRACE_MS } from './status.ts';
import type { Outcome } from './step.ts';

/** When to look again, in milliseconds from now. */
export type NextLook =
  /** Only a change of the object (or of something it depends on) brings it back. */
  | { readonly look: 'onChange' }
  | { readonly look: 'now' }
  /** When a list has been taken that confirms what many have created. */
  | { readonly look: 'atConfirmation' }
  | { readonly look: 'after'; readonly ms: number }
  /** When a sweep finds something: the Workteam is settled, and one list shows a change of any of its kind. */
  | { readonly look: 'atSweep' }
  /** At the next resync, give or take the jitter that spreads many. */
  | { readonly look: 'atResync' }
  /** With backoff from `baseMs` to `capMs`, but not before `notBeforeMs` and not after `atMostMs`. */
  | {
      readonly look: 'backOff';
      readonly baseMs: number;
      readonly capMs: number;
      readonly notBeforeMs?: number;
      readonly atMostMs?: number;
    };

/**
 * When the next pass over `workteam` (with the status that was just written) is due after `outcome`, `now` being epoch
 * milliseconds. A look is also due when a threshold passes, so that a status that has to change does.
 */
export function nextLook(workteam: Workteam, outcome: Outcome, now: number): NextLook {
  switch (outcome.kind) {
    case 'synced':
    case 'observed':
    case 'observedAbsent':
      return { look: 'atSweep' };
    case 'suspended':
    case 'none':
      return { look: 'onChange' };
    case 'begun':
      return { look: 'now' };
    case 'created':
      return { look: 'atConfirmation' };
    case 'stale':
      return { look: 'backOff', baseMs: 200, capMs: 5_000 };
    case 'acting':
      return outcome.againMs === undefined
        ? { look: 'backOff', baseMs: 500, capMs: 5_000 }
        : { look: 'after', ms: outcome.againMs };
    case 'failed':
      return afterFailure(workteam, outcome.failure, now);
    default:
      return outcome satisfies never;
  }
}

function afterFailure(
  workteam: Workteam,
  failure: Extract<Outcome, { kind: 'failed' }>['failure'],
  now: number,
): NextLook {
  const kind = kindOf(failure);
  if (kind === 'terminal') return { look: 'atResync' };
  const lasted = now - (failingSince(workteam) ?? now);
  const thresholds = [STALLED_AFTER_MS[kind], ...(isSettled(workteam) ? [SETTLED_GRACE_MS] : [])];
  const ahead = thresholds.map((threshold) => threshold - lasted).filter((ms) => ms > 0);
  return {
    look: 'backOff',
    ...(kind === 'transient' ? { baseMs: 1_000, capMs: 5 * 60_000 } : { baseMs: 30_000, capMs: 15 * 60_000 }),
    ...('retryAfterMs' in failure && failure.retryAfterMs !== undefined && { notBeforeMs: failure.retryAfterMs }),
    ...(ahead.length > 0 && { atMostMs: Math.min(...ahead) }),
  };
}
