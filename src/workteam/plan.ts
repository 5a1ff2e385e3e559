/**
 * What to do about a Workteam: pure, data in, data out. A plan is a checklist of rows and the first that matches wins;
 * each row is a function from the facts to the next step, or to nothing. The reconciler performs the step, adds what it
 * learned to the facts and asks again, until a step ends the pass.
 *
 * What holds for every plan: a write other than a create is planned only when the object, the team and its tags were all
 * read in the same pass; a team is deleted only when its owner tag is exactly ours and the object is being deleted.
 */
import { compareCreateOnly, compareTags, compareWorkteam, display } from './compare.ts';
import { type Facts, selfOf, teamName } from './facts.ts';
import { believedTags, believedTeam, wouldRepeat } from './memory.ts';
import { recreatedMessage } from './messages.ts';
import { ownerTag, ownerText } from './owner.ts';
import { planDeletion } from './plan-deletion.ts';
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
import { createRequest, requestKey, tagActions, updateAction } from './requests.ts';
import { FINALIZER, OWNER_TAG_KEY, type WorkteamSpec } from './schema.ts';
import type { Action, Step } from './step.ts';
import { unsupported } from './unsupported.ts';

/** The next step of a pass. Total: every combination of facts has one. */
export function plan(facts: Facts): Step {
  return firstOf(facts, [
    suspended,
    planDeletion,
    invalid,
    noFinalizer,
    neverSeen,
    notLooked,
    whenAbsent([createNotYetVisible, createRefused, recreate]),
    whenPresent([ownerTagNotYetVisible, nameConflict, notOwned, immutable, repair]),
  ]);
}

/** `suspend` touches nothing, also while deleting. */
function suspended({ workteam }: Facts): Step | undefined {
  return workteam.spec.suspend === true ? end({ kind: 'suspended' }) : undefined;
}

/** A spec that cannot be acted on: it asks for what we do not do, or it is older than the rules of today. */
function invalid({ workteam, spec }: Facts): Step | undefined {
  const problems = [...unsupported(workteam.spec, false), ...(spec.ok ? [] : spec.problems)];
  return problems.length > 0 ? fail({ reason: 'InvalidSpec', problems }) : undefined;
}

/** The finalizer comes first, and nothing else in that pass: whatever we make, the object cannot vanish without us. */
function noFinalizer({ workteam }: Facts): Step | undefined {
  return workteam.metadata.finalizers?.includes(FINALIZER) ? undefined : { step: 'addFinalizer' };
}

/** A team that nobody ever saw is created without looking: the service itself refuses a second team of that name. */
function neverSeen(facts: Facts): Step | undefined {
  const { memory, workteam, team } = facts;
  const looked = team !== undefined || memory.seen === true || memory.nameTaken === true;
  if (looked || memory.createSentAt !== undefined || workteam.status?.workteamArn !== undefined) return undefined;
  return { step: 'act', actions: [create(facts)] };
}

/** The service refused a create for a name or a quota, and the look that followed found no team that would explain it. */
function createRefused({ createRefused: failure }: Facts): Step | undefined {
  return failure && fail(failure);
}

/** The team is to exist and does not: create it, and say so when it existed before. */
function recreate(facts: Facts): Step {
  if (!facts.live) return look(facts, { object: true, team: false, tags: false });
  const actions = [create(facts)];
  if (facts.workteam.status?.workteamArn === undefined) return { step: 'act', actions };
  const message = recreatedMessage(teamName(facts));
  return { step: 'act', actions, announce: { type: 'Warning', reason: 'Recreated', message } };
}

/** Two Workteams of one cluster, one team: the one that the tag names keeps it for as long as it exists. */
function nameConflict({ ownership, siblingExists }: Present): Step | undefined {
  if (ownership.kind !== 'sibling') return undefined;
  if (siblingExists === undefined) return { step: 'lookForSibling', owner: ownership.owner };
  if (!siblingExists) return undefined;
  return fail({ reason: 'NameConflict', holder: `${ownership.owner.namespace}/${ownership.owner.name}` });
}

/** Somebody else's team, or nobody's: it is not written to. */
function notOwned({ ownership }: Present): Step | undefined {
  if (ownership.kind === 'ours') return undefined;
  const owner = ownerText(ownership);
  return fail({ reason: 'NotOwned', ...(owner !== undefined && { owner }) });
}

/** A field that AWS fixes at creation is not what the spec says. */
function immutable(facts: Present): Step | undefined {
  const [difference] = compareCreateOnly(specOf(facts), facts.team);
  if (difference === undefined) return undefined;
  const { field, desired, observed } = difference;
  return fail({ reason: 'ImmutableField', field, desired: display(desired), observed: display(observed) }, facts.team);
}

/** Ours: repair what differs, or say that nothing does. The update goes first, then tags to remove, then tags to add. */
function repair(facts: Present): Step {
  const { memory, now, tags, settings } = facts;
  const spec = specOf(facts);
  const team = believedTeam(memory, facts.team, now);
  const different = compareWorkteam(spec, team);
  const differentTags =
    tags === undefined ? [] : compareTags(spec.tags ?? {}, believedTags(memory, tags, now), settings.ignoreTagKeys);
  if (different.length + differentTags.length === 0) return end({ kind: 'synced', team });
  if (!facts.live || tags === undefined) return look(facts, { object: true, team: false, tags: tags === undefined });
  const fields = different.map(({ field }) => field);
  const repeated = fields.length > 0 && wouldRepeat(memory, requestKey(facts.workteam, spec), facts.team, now);
  const actions: Action[] = fields.length > 0 && !repeated ? [updateAction(teamName(facts), spec, team, fields)] : [];
  actions.push(...tagActions(team.workteamArn, differentTags));
  return actions.length > 0 ? { step: 'act', actions } : fail({ reason: 'NotConverging', fields }, team);
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
