import { compareCreateOnly, compareWorkteam } from './compare.ts';
import { readyOf } from './conditions.ts';
import { canonicalJson, cut } from './json.ts';
import type { Memory } from './memory.ts';
import type { ObservedWorkteam } from './observed.ts';
import { wordOf } from './requests.ts';
import { type DriftEntry, FINALIZER, parseSpec, REQUESTED_AT_ANNOTATION, type Workteam } from './schema.ts';
import { driftEntry, isObservedAbsent, isSettled } from './status.ts';

/** Of every so many sweeps one reads the tags of a Workteam, too: ListWorkteams does not show them. */
export const TAGS_EVERY = 6;

/**
 * Whether a sweep gives reason to look at a Workteam: its team is missing, or not as the last status says. `began` is when
 * the sweep began, on the clock of `memory`: what was written since then it cannot show. Workteams that are not settled look
 * for themselves, on a schedule of their own.
 */
export function isNominated(
  workteam: Workteam,
  memory: Memory | undefined,
  team: ObservedWorkteam | undefined,
  began: number,
): boolean {
  if (memory !== undefined && lastWrite(memory) > began) return false;
  if (isObservedAbsent(workteam)) return team !== undefined;
  if (!awaitsSweeps(workteam)) return false;
  if (team === undefined) return true;
  // Settled once, by other rules than today's.
  if (!parseSpec(workteam.spec, workteam.metadata.name).ok) return true;
  const different = [...compareWorkteam(workteam.spec, team), ...compareCreateOnly(workteam.spec, team)];
  return canonicalJson(different.map(driftEntry)) !== canonicalJson(reportedDrift(workteam));
}

/** Whether the status is from a time when the Workteam was managed and it is only observed now, or the other way round. */
export function hasChangedMode(workteam: Workteam, observed: boolean): boolean {
  return awaitsSweeps(workteam) && (readyOf(workteam.status ?? {})?.reason === 'Observed') !== observed;
}

/**
 * Whether a Workteam relies on sweeps to learn of changes in AWS: it is settled, and nothing is left to do that a process
 * before this one may have left undone.
 */
export function awaitsSweeps(workteam: Workteam): boolean {
  const { metadata, spec } = workteam;
  const idle = metadata.deletionTimestamp === undefined && spec.suspend !== true;
  return idle && isSettled(workteam) && !isLeftUndone(workteam);
}

/** A failure was being retried, a request to reconcile was not answered, or a managed object has lost its finalizer. */
function isLeftUndone({ metadata, status }: Workteam): boolean {
  const requestedAt = metadata.annotations?.[REQUESTED_AT_ANNOTATION];
  const unanswered = requestedAt !== undefined && cut(requestedAt, 256, '') !== status?.lastHandledReconcileAt;
  const unprotected = readyOf(status ?? {})?.reason === 'Synced' && metadata.finalizers?.includes(FINALIZER) !== true;
  return status?.failingSince !== undefined || unanswered || unprotected;
}

/**
 * Whether a sweep shows of a team all that DescribeWorkteam shows. A list may leave out whatever a team does not have to
 * have, its dates among it, and then says nothing of a topic that somebody set.
 */
export function isShownWhole({ status }: Workteam, listed: ObservedWorkteam): boolean {
  return status?.createDate === undefined || listed.createDate !== undefined;
}

/**
 * Whether a list that began at `began` (see `isNominated`) and shows the team tells what became of our create, so that its
 * tags are known, too: it is what this very Workteam asks for still, nothing was written since, and the list shows teams whole.
 */
export function isConfirmed(workteam: Workteam, memory: Memory, listed: ObservedWorkteam, began: number): boolean {
  const { metadata } = workteam;
  if (metadata.uid !== memory.uid || metadata.deletionTimestamp !== undefined) return false;
  if (memory.createdAt === undefined || memory.ownedOn !== wordOf(workteam)) return false;
  return lastWrite(memory) <= began && listed.createDate !== undefined;
}

/**
 * Whether it is this Workteam's turn to have its tags read: each has one in every `TAGS_EVERY` sweeps, spread by UID. Nobody has
 * one in sweep 0, the first after a start: many that are in order cost a restart a list, and no more.
 */
export function isTagTurn({ metadata }: Workteam, sweep: number): boolean {
  let sum = 0;
  for (const character of metadata.uid) sum = (sum * 31 + character.charCodeAt(0)) % 1_000_003;
  return sweep > 0 && sum % TAGS_EVERY === sweep % TAGS_EVERY;
}

/** The drift that the status reports, as far as a sweep can see it. */
function reportedDrift({ status }: Workteam): DriftEntry[] {
  return (status?.drift ?? []).filter(({ field }) => !field.startsWith('tags.'));
}

function lastWrite({ createSentAt, wroteTeam, wroteTags, adoptedAt, deletedAt }: Memory): number {
  return Math.max(...[createSentAt, wroteTeam?.at, wroteTags?.at, adoptedAt, deletedAt].map((at) => at ?? -Infinity));
}
