/**
 * From the outcome of a pass to the status that people, Argo CD and Flux read: pure, and the only place that knows
 * conditions. The rules of kstatus hold for whatever it returns: an object that a pass has seen has Ready; Reconciling and
 * Stalled exist only while they are True, and never both; a transition time moves only with a condition's status.
 */
import { type Difference, display } from './compare.ts';
import { conditions, type Draft, draftOf, isStalled, readyOf, timestamp } from './conditions.ts';
import { type Failure, kindOf, STALLED_AFTER_MS } from './failure.ts';
import { cut } from './json.ts';
import { doingMessage, driftMessage, failureMessage, readyMessage } from './messages.ts';
import type { ObservedWorkteam } from './observed.ts';
import {
  type Condition,
  type DriftEntry,
  effectiveName,
  REQUESTED_AT_ANNOTATION,
  type Workteam,
  type WorkteamStatus,
} from './schema.ts';
import type { Doing, Reportable } from './step.ts';

/** For how long a transient failure leaves the conditions of a settled Workteam as they are, in milliseconds. */
export const SETTLED_GRACE_MS = 60_000;

/**
 * The status after a pass over `workteam` that ended with `outcome` at `now` (wall clock). Built from the previous status,
 * which it does not change; the same outcome twice gives an equal status.
 */
export function report(workteam: Workteam, outcome: Reportable, region: string, now: Date): WorkteamStatus {
  const before = workteam.status ?? {};
  const next: WorkteamStatus = {
    ...before,
    ...('team' in outcome && outcome.team && observedFields(outcome.team)),
    ...place(workteam, region),
    ...(isOver(outcome) && handled(workteam)),
  };
  switch (outcome.kind) {
    case 'synced':
      return settle(workteam, next, now, ready('True', 'Synced', readyMessage('synced', effectiveName(workteam))));
    case 'observed':
      return observe(workteam, next, now, outcome.drift);
    case 'observedAbsent': {
      const first = ready('False', 'Observed', readyMessage('observedAbsent', effectiveName(workteam)));
      return settle(workteam, next, now, first, { ...first, type: 'Stalled', status: 'True' });
    }
    case 'suspended':
      return settle(
        workteam,
        next,
        now,
        ready('Unknown', 'Suspended', readyMessage('suspended', effectiveName(workteam))),
      );
    case 'acting':
      return act(workteam, next, now, outcome.doing);
    case 'failed':
      return fail(workteam, next, now, outcome.failure);
    default:
      return outcome satisfies never;
  }
}

/** Since when this generation has been failing, in epoch milliseconds; `undefined` when it is not. */
export function failingSince({ metadata, status }: Workteam): number | undefined {
  if (status?.failingSince === undefined || readyOf(status)?.observedGeneration !== metadata.generation)
    return undefined;
  const since = Date.parse(status.failingSince);
  return Number.isNaN(since) ? undefined : since;
}

/** Whether the last status of this generation says that the work team is as the spec says. */
export function isSettled({ metadata, status }: Workteam): boolean {
  return status?.observedGeneration === metadata.generation && readyOf(status)?.status === 'True';
}

/** Whether the last status of this generation says that there is no team to observe. */
export function isObservedAbsent({ metadata, status }: Workteam): boolean {
  const ready = readyOf(status ?? {});
  return ready?.reason === 'Observed' && ready.status === 'False' && status?.observedGeneration === metadata.generation;
}

// How each kind of outcome looks.

/** Nothing is left to do for this generation. */
function settle(workteam: Workteam, next: WorkteamStatus, now: Date, ...drafts: Draft[]): WorkteamStatus {
  const { failingSince: _over, drift: _before, ...rest } = next;
  return { ...rest, observedGeneration: workteam.metadata.generation, conditions: conditions(workteam, drafts, now) };
}

/** Only looked at: Ready says that it is there, Drifted whether it is what the spec says. */
function observe(
  workteam: Workteam,
  next: WorkteamStatus,
  now: Date,
  differences: readonly Difference[],
): WorkteamStatus {
  const first = ready('True', 'Observed', readyMessage('observed', effectiveName(workteam)));
  const [status, reason] =
    differences.length > 0 ? (['True', 'Differs'] as const) : (['False', 'AsSpecified'] as const);
  const message = driftMessage(differences.map(({ field }) => field));
  const settled = settle(workteam, next, now, first, { type: 'Drifted', status, reason, message });
  return differences.length === 0 ? settled : { ...settled, drift: differences.slice(0, 100).map(driftEntry) };
}

/** Under way. What is False stays False within a generation, and what is Stalled stays Stalled until settled or edited. */
function act(workteam: Workteam, next: WorkteamStatus, now: Date, doing: Doing): WorkteamStatus {
  const { failingSince: _old, drift: _before, ...rest } = next;
  const since = failingSince(workteam) === undefined ? {} : { failingSince: next.failingSince ?? '' };
  if (isStalled(workteam)) return { ...rest, ...since };
  const message = doingMessage(doing, effectiveName(workteam));
  const previous = readyOf(workteam.status ?? {});
  const staysFalse = previous?.status === 'False' && previous.observedGeneration === workteam.metadata.generation;
  const first = staysFalse ? draftOf(previous) : ready('Unknown', 'Progressing', message);
  const reconciling: Draft = { type: 'Reconciling', status: 'True', reason: 'Progressing', message };
  return { ...rest, ...since, conditions: conditions(workteam, [first, reconciling], now) };
}

function fail(workteam: Workteam, next: WorkteamStatus, now: Date, failure: Failure): WorkteamStatus {
  const kind = kindOf(failure);
  const message = failureMessage(failure, effectiveName(workteam));
  const first = ready('False', failure.reason, message);
  if (kind === 'terminal') {
    const { failingSince: _over, drift: _before, ...rest } = next;
    const stalled: Draft = { ...first, type: 'Stalled', status: 'True' };
    return {
      ...rest,
      observedGeneration: workteam.metadata.generation,
      conditions: conditions(workteam, [first, stalled], now),
    };
  }
  const since = failingSince(workteam) ?? now.getTime();
  const started = timestamp(new Date(since));
  const lasted = now.getTime() - since;
  if (kind === 'transient' && isSettled(workteam) && lasted < SETTLED_GRACE_MS)
    return { ...next, failingSince: started };
  // What differed when it could still be seen goes with the Drifted condition that told of it.
  const { drift: _before, ...rest } = next;
  const failing = { ...rest, failingSince: started };
  if (isStalled(workteam) || lasted >= STALLED_AFTER_MS[kind]) {
    const stalled: Draft = { ...first, type: 'Stalled', status: 'True' };
    return {
      ...failing,
      observedGeneration: workteam.metadata.generation,
      conditions: conditions(workteam, [first, stalled], now),
    };
  }
  const retrying: Draft = { type: 'Reconciling', status: 'True', reason: 'ProgressingWithRetry', message };
  return { ...failing, conditions: conditions(workteam, [first, retrying], now) };
}

// What they are made of.

function ready(status: Condition['status'], reason: string, message: string): Draft {
  return { type: 'Ready', status, reason, message };
}

/** One difference as `status.drift` shows it. */
export function driftEntry({ field, desired, observed }: Difference): DriftEntry {
  return {
    field: cut(field, 256),
    ...(desired !== undefined && { desired: display(desired) }),
    ...(observed !== undefined && { observed: display(observed) }),
  };
}

/** What a status tells of the team in AWS. */
function observedFields(team: ObservedWorkteam): WorkteamStatus {
  const {
    workteamArn,
    workforceArn,
    subDomain,
    productListingIds,
    createDate,
    lastUpdatedDate,
    workerAccessConfiguration,
  } = team;
  return {
    workteamArn,
    ...(workforceArn !== undefined && { workforceArn }),
    ...(subDomain !== undefined && { subDomain }),
    ...(productListingIds !== undefined &&
      productListingIds.length > 0 && { productListingIds: [...productListingIds] }),
    ...(createDate !== undefined && { createDate }),
    ...(lastUpdatedDate !== undefined && { lastUpdatedDate }),
    ...(workerAccessConfiguration !== undefined && { workerAccessConfiguration }),
  };
}

/** Where the team is, as far as the API server takes it: a stored object can be older than the bounds of today. */
function place(workteam: Workteam, region: string): Pick<WorkteamStatus, 'workteamName' | 'region'> {
  const name = effectiveName(workteam);
  return { ...(name.length <= 63 && { workteamName: name }), ...(region.length <= 32 && { region }) };
}

/** Whether the pass has ended; a slow one reports on its way. */
function isOver(outcome: Reportable): boolean {
  return outcome.kind !== 'acting' || outcome.doing !== 'working';
}

/** The echo of the "reconcile now" annotation: its first 256 characters. */
function handled({ metadata }: Workteam): Pick<WorkteamStatus, 'lastHandledReconcileAt'> {
  const requestedAt = metadata.annotations?.[REQUESTED_AT_ANNOTATION];
  return requestedAt === undefined ? {} : { lastHandledReconcileAt: cut(requestedAt, 256, '') };
}
