/**
 * What to do about a Workteam that is being deleted. Deleting a work team cannot be undone: every row before the last one
 * is a reason not to.
 */
import { type Facts, isDeleting, isObserved, teamName } from './facts.ts';
import { SECOND_LOOK_AFTER_MS, VISIBLE_WITHIN_MS } from './memory.ts';
import { releasedMessage } from './messages.ts';
import { ownerText } from './owner.ts';
import {
  createNotYetVisible,
  end,
  fail,
  firstOf,
  look,
  notLooked,
  ownerTagNotYetVisible,
  type Present,
  whenAbsent,
  whenPresent,
} from './plan-rows.ts';
import { FINALIZER, isWorkteamName } from './schema.ts';
import type { Step } from './step.ts';

/** The next step of a pass over an object that is being deleted; nothing for one that is not. */
export function planDeletion(facts: Facts): Step | undefined {
  if (!isDeleting(facts)) return undefined;
  return firstOf(facts, [
    notFinalizedByUs,
    onlyObserved,
    neverHadTeam,
    notLooked,
    whenAbsent([createNotYetVisible, absenceNotBelieved, goneForGood]),
    stillBeingDeleted,
    whenPresent([released, ownerTagNotYetVisible, deleteRefused, crdBrake, releaseForeign, retain, destroy]),
  ]);
}

/** The finalizer (ours) is not there: somebody else's is what keeps the object. */
function notFinalizedByUs({ workteam }: Facts): Step | undefined {
  return workteam.metadata.finalizers?.includes(FINALIZER) ? undefined : end({ kind: 'none' });
}

/** A team that was only observed is nothing to us: no call, no verdict. */
function onlyObserved(facts: Facts): Step | undefined {
  return isObserved(facts) ? { step: 'removeFinalizer' } : undefined;
}

/** An object older than the rules of today may bear a name that AWS refuses: it never had a team, and no call can tell. */
function neverHadTeam(facts: Facts): Step | undefined {
  return isWorkteamName(teamName(facts)) ? undefined : { step: 'removeFinalizer' };
}

/** A process that has never seen the team may be looking at a create of its predecessor: look twice before letting go. */
function absenceNotBelieved(facts: Facts): Step | undefined {
  const { memory, now } = facts;
  if (memory.deletedAt !== undefined || memory.seen === true) return undefined;
  const since = now - (memory.absentAt ?? now);
  if (since >= SECOND_LOOK_AFTER_MS) return undefined;
  return end({ kind: 'acting', doing: 'deleting', againMs: SECOND_LOOK_AFTER_MS - since });
}

/** The team is gone, so the object may go. */
function goneForGood(): Step {
  return { step: 'removeFinalizer' };
}

/** Our delete was acknowledged and Describe does not show it yet. Whose the tags say it is does not matter any more. */
function stillBeingDeleted({ memory, now }: Facts): Step | undefined {
  if (memory.deletedAt === undefined) return undefined;
  return now - memory.deletedAt < VISIBLE_WITHIN_MS ? end({ kind: 'acting', doing: 'deleting' }) : undefined;
}

/** The service would not delete the team in this pass, and the look that followed still shows it. */
function deleteRefused({ deleteRefused: failure, team }: Present): Step | undefined {
  return failure && fail(failure, team);
}

/** Deleting the CRD deletes every object; no work team shall go with it. It keeps its owner tag, and so finds back. */
function crdBrake(facts: Present): Step | undefined {
  if (facts.crdTerminating === undefined) return look(facts, { object: true, team: false, tags: false });
  if (!facts.crdTerminating) return undefined;
  const message = releasedMessage(teamName(facts), { because: 'crdDeleted' });
  return { step: 'removeFinalizer', announce: { type: 'Warning', reason: 'Released', action: 'Release', message } };
}

/** Somebody else's team stays; say whose it is, and that nothing was deleted. */
function releaseForeign(facts: Present): Step | undefined {
  if (facts.ownership.kind === 'ours') return undefined;
  const owner = ownerText(facts.ownership);
  const message = releasedMessage(teamName(facts), { because: 'notOurs', ...(owner !== undefined && { owner }) });
  return { step: 'removeFinalizer', announce: { type: 'Warning', reason: 'Released', action: 'Release', message } };
}

/** Our owner tag is off the team, so the object may go. */
function released(facts: Present): Step | undefined {
  if (facts.released !== true) return undefined;
  const message = releasedMessage(teamName(facts), { because: 'retained' });
  return { step: 'removeFinalizer', announce: { type: 'Normal', reason: 'Released', action: 'Release', message } };
}

/** Ours, and it is to outlive the object. Any policy but Delete retains: one that is not understood deletes nothing. */
function retain(facts: Present): Step | undefined {
  if ((facts.workteam.spec.deletionPolicy ?? 'Delete') === 'Delete') return undefined;
  if (!facts.live) return look(facts, { object: true, team: false, tags: false });
  return { step: 'act', actions: [{ do: 'release', arn: facts.team.workteamArn }] };
}

/** Ours, and the object is really being deleted: delete the team, and look again afterwards. */
function destroy(facts: Present): Step {
  if (!facts.live) return look(facts, { object: true, team: false, tags: false });
  return { step: 'act', actions: [{ do: 'delete', workteamName: teamName(facts) }] };
}
