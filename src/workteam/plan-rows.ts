/**
 * What the rows of a plan are made of, and the rows that living and deleting Workteams share: those about looking, and
 * about not believing too early what a look shows.
 */

import { type Facts, isDeleting, selfOf } from './facts.ts';
import type { Failure } from './failure.ts';
import { adoptionMayBeInvisible, createMayBeInvisible, predecessorMayBeShown, VISIBLE_WITHIN_MS } from './memory.ts';
import type { ObservedWorkteam } from './observed.ts';
import { type Ownership, ownershipOf } from './owner.ts';
import type { Outcome, Step } from './step.ts';

/** A row of the plan: the step it leads to, or nothing when it does not match. */
export type Row<F> = (facts: F) => Step | undefined;

/** Facts about a team that is there and whose it is. */
export interface Present extends Facts {
  readonly team: ObservedWorkteam;
  readonly ownership: Ownership;
}

/** The step of the first row that matches. The last row of a list matches always, or it throws. */
export function firstOf<F>(facts: F, rows: readonly Row<F>[]): Step {
  for (const row of rows) {
    const step = row(facts);
    if (step !== undefined) return step;
  }
  throw new Error('no row of the plan matches; the last row of each list must match always');
}

/** The pass ends here. */
export function end(outcome: Outcome): Step {
  return { step: 'end', outcome };
}

/** The pass ends here with a failure; `team` is the team of ours that it is about, when it was seen. */
export function fail(failure: Failure, team?: ObservedWorkteam): Step {
  return end({ kind: 'failed', failure, ...(team && { team }) });
}

/** A look at what is asked for and not known yet; whether the CRD is going is asked along with any look at a deleting object. */
export function look(facts: Facts, wanted: { object: boolean; team: boolean; tags: boolean }): Step {
  return {
    step: 'look',
    look: {
      object: wanted.object && !facts.live,
      crd: isDeleting(facts) && facts.crdTerminating === undefined,
      team: wanted.team,
      tags: wanted.tags && facts.tags === undefined,
    },
  };
}

/**
 * Everything further needs to know what AWS has; a sweep's word is nothing to delete by. The object is read along with it
 * when a write is likely.
 */
export function notLooked(facts: Facts): Step | undefined {
  const onlyHeard = facts.heard === true && isDeleting(facts);
  if (facts.team !== undefined && !onlyHeard) return undefined;
  const { workteam } = facts;
  const writeIsLikely = isDeleting(facts) || workteam.status?.observedGeneration !== workteam.metadata.generation;
  // Right after our own create the tags are known, and after our own delete they do not matter.
  const tags = facts.created !== true && facts.memory.deletedAt === undefined;
  return look(facts, { object: writeIsLikely, team: true, tags });
}

/**
 * Goes on with `rows` when the team is there and its tags were read. Right after our own create they are known, and read
 * all the same for an object that is being deleted.
 */
export function whenPresent(rows: readonly Row<Present>[]): Row<Facts> {
  return (facts) => {
    const { team, tags, created } = facts;
    if (team === undefined || team === 'absent') return undefined;
    const known = tags !== undefined || (created === true && !isDeleting(facts));
    if (!known) return look(facts, { object: false, team: false, tags: true });
    const ownership: Ownership = tags === undefined ? { kind: 'ours' } : ownershipOf(tags, selfOf(facts));
    return firstOf<Present>({ ...facts, team, ownership }, rows);
  };
}

/** Goes on with `rows` when the team is not there. */
export function whenAbsent(rows: readonly Row<Facts>[]): Row<Facts> {
  return (facts) => (facts.team === 'absent' ? firstOf(facts, rows) : undefined);
}

/** Describe may show our own create late: for a while, absent decides nothing. */
export function createNotYetVisible({ memory, now }: Facts): Step | undefined {
  if (memory.deletedAt !== undefined || !createMayBeInvisible(memory, now)) return undefined;
  return end({ kind: 'acting', doing: 'waitingForCreate' });
}

/** ListTags may show the owner tag of our own create or adoption late: for a while, that it is not there decides nothing. */
export function ownerTagNotYetVisible(facts: Present): Step | undefined {
  const { ownership, memory, now, team, workteam } = facts;
  if (ownership.kind === 'ours') return undefined;
  if (adoptionMayBeInvisible(memory, now))
    return end({ kind: 'acting', doing: isDeleting(facts) ? 'deleting' : 'adopting' });
  const wait = end({ kind: 'acting', doing: isDeleting(facts) ? 'deleting' : 'waitingForCreate' });
  if (predecessorMayBeShown(memory, now)) return wait;
  if (ownership.kind !== 'unowned' || team.createDate === undefined) return undefined;
  const olderThanTheObject = Date.parse(team.createDate) < Date.parse(workteam.metadata.creationTimestamp);
  return olderThanTheObject || !(isYoung(facts) || createMayBeInvisible(memory, now)) ? undefined : wait;
}

/** Whether the team is so young, by the service's own clock, that the tags it was created with may not be shown yet. */
export function isYoung({ team, answeredAt }: Present): boolean {
  if (team.createDate === undefined || answeredAt === undefined) return false;
  return answeredAt - Date.parse(team.createDate) < VISIBLE_WITHIN_MS;
}
