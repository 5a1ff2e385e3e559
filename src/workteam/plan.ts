/**
 * What to do about a Workteam: pure, data in, data out. A plan is a checklist of rows and the first that matches wins;
 * each row is a function from the facts to the next step, or to nothing. The reconciler performs the step, adds what it
 * learned to the facts and asks again, until a step ends the pass.
 *
 * What holds for every plan: a write other than a create is planned only when the object, the team and its tags were all
 * read in the same pass; a team is deleted only when its owner tag is exactly ours and the object is being deleted.
 */
import { compareCreateOnly, compareTags, compareWorkteam, type Difference, display } from './compare.ts';
import { type Facts, selfOf, teamName } from './facts.ts';
import { cut } from './json.ts';
import {
  believedTags,
  believedTeam,
  type Memory,
  wouldRepeat,
  wouldRepeatAdoption,
  wouldRepeatTags,
} from './memory.ts';
import type { Tags } from './observed.ts';
import { ownerTag, ownerText } from './owner.ts';
import { planDeletion } from './plan-deletion.ts';
import { planObservation } from './plan-observation.ts';
import {
  createNotYetVisible,
  end,
  fail,
  firstOf,
  isYoung,
  look,
  notLooked,
  ownerTagNotYetVisible,
  type Present,
  whenAbsent,
  whenPresent,
} from './plan-rows.ts';
import { createRequest, requestKey, tagActions, tagRequestKey, updateAction, wordOf } from './requests.ts';
import { FINALIZER, OWNER_TAG_KEY, REQUESTED_AT_ANNOTATION, type Workteam, type WorkteamSpec } from './schema.ts';
import type { Action, Step } from './step.ts';

/** The next step of a pass. Total: every combination of facts has one. */
export function plan(facts: Facts): Step {
  return firstOf(facts, [
    suspended,
    planDeletion,
    invalid,
    planObservation,
    noFinalizer,
    neverSeen,
    confirmTogether,
    notLooked,
    whenAbsent([createNotYetVisible, createRefused, createTeam]),
    whenPresent([
      onlyHeard,
      ownerTagNotYetVisible,
      adopted,
      nameConflict,
      adopt,
      notOwned,
      immutable,
      updateRefused,
      repair,
    ]),
  ]);
}

/** `suspend` touches nothing, also while deleting. */
function suspended({ workteam }: Facts): Step | undefined {
  return workteam.spec.suspend === true ? end({ kind: 'suspended' }) : undefined;
}

/** A stored spec that breaks the rules of today. */
function invalid({ spec }: Facts): Step | undefined {
  return spec.ok ? undefined : fail({ reason: 'InvalidSpec', problems: spec.problems });
}

/** The finalizer comes first, and nothing else in that pass: whatever we make, the object cannot vanish without us. */
function noFinalizer({ workteam }: Facts): Step | undefined {
  return workteam.metadata.finalizers?.includes(FINALIZER) ? undefined : { step: 'addFinalizer' };
}

/** A team that nobody ever saw is created without looking for it: the service itself refuses a second team of that name. */
function neverSeen(facts: Facts): Step | undefined {
  const { memory, workteam, team } = facts;
  const looked = team !== undefined || memory.seen === true || memory.nameTaken === true || facts.inLastSweep === true;
  if (looked || memory.createSentAt !== undefined || workteam.status?.workteamArn !== undefined) return undefined;
  return createTeam(facts);
}

/** One of many that are new at once: a list shows what became of all of them, for a fraction of a call each. */
function confirmTogether({ created, crowded, team }: Facts): Step | undefined {
  return created === true && crowded === true && team === undefined ? end({ kind: 'created' }) : undefined;
}

/** The service refused a create for a name or a quota, and the look that followed found no team that would explain it. */
function createRefused({ createRefused: failure }: Facts): Step | undefined {
  return failure && fail(failure);
}

/**
 * The team is to exist and does not. That it existed before, if it did, is announced with the create. The object is read once
 * more before, because the finalizer is no promise: the API server lets an object go whose deletion began just before the
 * finalizer was written, and nobody would delete the team.
 */
function createTeam(facts: Facts): Step {
  if (!facts.live) return look(facts, { object: true, team: false, tags: false });
  return { step: 'act', actions: [create(facts)] };
}

/** Two Workteams of one cluster, one team: the one that the tag names keeps it for as long as it exists. */
function nameConflict({ ownership, siblingExists }: Present): Step | undefined {
  if (ownership.kind !== 'sibling') return undefined;
  if (siblingExists === undefined) return { step: 'lookForSibling', owner: ownership.owner };
  if (!siblingExists) return undefined;
  return fail({ reason: 'NameConflict', holder: `${ownership.owner.namespace}/${ownership.owner.name}` });
}

/** A list's word is enough to find nothing to do. For anything else the team is described. */
function onlyHeard(facts: Present): Step | undefined {
  if (facts.heard !== true) return undefined;
  const inSync =
    compareWorkteam(specOf(facts), facts.team).length + compareCreateOnly(specOf(facts), facts.team).length === 0;
  const tags = differencesOfTags(facts, facts.tags);
  if (facts.ownership.kind === 'ours' && inSync && tags.length === 0) return end({ kind: 'synced', team: facts.team });
  return look(facts, { object: true, team: true, tags: false });
}

/** Ours since a moment ago: what else differs is the business of the next pass. */
function adopted(facts: Present): Step | undefined {
  return facts.adopted === true ? end({ kind: 'acting', doing: 'adopting', againMs: 0 }) : undefined;
}

/** Not ours, and the policy lets us take it: only the owner tag is written in this pass. */
function adopt(facts: Present): Step | undefined {
  const { ownership, memory, workteam, now } = facts;
  if (ownership.kind === 'ours' || !mayAdopt(facts)) return undefined;
  if (wouldRepeatAdoption(memory, wordOf(workteam), now))
    return fail({ reason: 'NotConverging', fields: [`tags.${OWNER_TAG_KEY}`] });
  // Whoever has just created it has put an owner tag on it, which may not be shown yet.
  if (ownership.kind === 'unowned' && isYoung(facts)) return end({ kind: 'acting', doing: 'adopting' });
  if (!facts.live) return look(facts, { object: true, team: false, tags: false });
  const from = ownerText(ownership);
  const tag = ownerTag(selfOf(facts));
  return {
    step: 'act',
    actions: [{ do: 'adopt', arn: facts.team.workteamArn, ownerTag: tag, ...(from !== undefined && { from }) }],
  };
}

/** A team without an owner may be taken under IfUnowned and Always, another owner's under Always where that is allowed. */
function mayAdopt({ ownership, workteam, settings, memory }: Present): boolean {
  const policy = workteam.spec.adoptionPolicy;
  if (ownership.kind === 'unowned') return policy === 'IfUnowned' || policy === 'Always';
  return policy === 'Always' && settings.allowTakeover && !wasTakenBack(workteam, memory);
}

/** Of all the reasons of Ready, those that only a team that is or was ours leads to. */
const OURS_ONCE: readonly string[] = ['Synced', 'NotConverging', 'ImmutableField', 'NotOwned'];

/**
 * A team that was ours in this generation and is somebody else's now was taken back. It stays theirs until the spec or
 * requestedAt changes: two operators that both may take over would pass it to and fro for ever. What this process does not
 * remember, the status tells as far as it can.
 */
function wasTakenBack(workteam: Workteam, memory: Memory): boolean {
  if (memory.ownedOn === wordOf(workteam)) return true;
  const { metadata, status } = workteam;
  const requestedAt = metadata.annotations?.[REQUESTED_AT_ANNOTATION];
  if (requestedAt !== undefined && cut(requestedAt, 256, '') !== status?.lastHandledReconcileAt) return false;
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready === undefined || !OURS_ONCE.includes(ready.reason)) return false;
  return status?.workteamArn !== undefined && ready.observedGeneration === metadata.generation;
}

/** Somebody else's team, or nobody's: it is not written to. */
function notOwned(facts: Present): Step | undefined {
  const { ownership } = facts;
  if (ownership.kind === 'ours') return undefined;
  const owner = ownerText(ownership);
  const policy = facts.workteam.spec.adoptionPolicy ?? 'Never';
  return fail({ reason: 'NotOwned', policy, ...(owner !== undefined && { owner }) });
}

/** A field that AWS fixes at creation is not what the spec says. */
function immutable(facts: Present): Step | undefined {
  const [difference] = compareCreateOnly(specOf(facts), facts.team);
  if (difference === undefined) return undefined;
  const { field, desired, observed } = difference;
  return fail({ reason: 'ImmutableField', field, desired: display(desired), observed: display(observed) }, facts.team);
}

/** The service said that there is no such team to update, and the look that followed still shows it as it was. */
function updateRefused(facts: Present): Step | undefined {
  const { updateRefused: failure, team } = facts;
  return failure && compareWorkteam(specOf(facts), team).length > 0 ? fail(failure, team) : undefined;
}

/** Ours: repair what differs, or say that nothing does. The update goes first, then tags to remove, then tags to add. */
function repair(facts: Present): Step {
  const { memory, now, tags, workteam } = facts;
  const spec = specOf(facts);
  const team = believedTeam(memory, facts.team, now);
  const different = compareWorkteam(spec, team);
  const differentTags = differencesOfTags(facts, tags && believedTags(memory, tags, now));
  if (different.length + differentTags.length === 0) return end({ kind: 'synced', team });
  if (!facts.live || tags === undefined) return look(facts, { object: true, team: false, tags: tags === undefined });
  const actions: Action[] = [];
  const unkept: Difference[] = [];
  const update = updateAction(teamName(facts), spec, team, different);
  if (wouldRepeat(memory, requestKey(workteam, update.request), facts.team, now)) unkept.push(...different);
  else if (different.length > 0) actions.push(update);
  if (wouldRepeatTags(memory, tagRequestKey(workteam, spec), tags, now)) unkept.push(...differentTags);
  else actions.push(...tagActions(team.workteamArn, differentTags));
  if (actions.length > 0) return { step: 'act', actions };
  return fail({ reason: 'NotConverging', fields: unkept.map(({ field }) => field) }, team);
}

/** Unread, they are those of our own create. */
function differencesOfTags(facts: Facts, tags: Tags | undefined): Difference[] {
  return tags === undefined ? [] : compareTags(specOf(facts).tags ?? {}, tags, facts.settings.ignoreTagKeys);
}

function create(facts: Facts): Action {
  const spec = specOf(facts);
  const tags = { ...spec.tags, [OWNER_TAG_KEY]: ownerTag(selfOf(facts)) };
  return { do: 'create', request: createRequest(teamName(facts), spec, tags) };
}

/** The spec, which `invalid` has found good. */
function specOf(facts: Facts): WorkteamSpec {
  if (!facts.spec.ok) throw new Error(`an invalid spec went past its row: ${facts.spec.problems.join('; ')}`);
  return facts.spec.spec;
}
