/**
 * What to do about a Workteam: pure, data in, data out. A plan is a checklist of rows and the first that matches wins;
 * each row is a function from the facts to the next step, or to nothing. The reconciler performs the step, adds what it
 * learned to the facts and asks again, until a step ends the pass.
 *
 * What holds for every plan: a write other than a create is planned only when the object, the team and its tags were all
 * read in the same pass; a team is deleted only when its owner tag is exactly ours and the object is being deleted.
 */
import { compareCreateOnly, compareTags, compareWorkteam, display } from './compare.ts';
import { type Facts, isDeleting, selfOf, teamName } from './facts.ts';
import type { Failure } from './failure.ts';
import {
  believedTags,
  believedTeam,
  createMayBeInvisible,
  SECOND_LOOK_AFTER_MS,
  VISIBLE_WITHIN_MS,
  wouldRepeat,
} from './memory.ts';
import { recreatedMessage, releasedMessage } from './messages.ts';
import type { ObservedWorkteam } from './observed.ts';
import { type Ownership, ownershipOf, ownerTag } from './owner.ts';
import { createRequest, requestKey, tagActions, updateAction } from './requests.ts';
import { FINALIZER, OWNER_TAG_KEY, type WorkteamSpec } from './schema.ts';
import type { Action, Outcome, Step } from './step.ts';
import { unsupported } from './unsupported.ts';

/** The next step of a pass. Total: every combination of facts has one. */
export function plan(facts: Facts): Step {
  return firstOf(facts, [
    suspended,
    notFinalizedByUs,
    invalid,
    noFinalizer,
    neverSeen,
    notLooked,
    whenAbsent,
    whenPresent,
  ]);
}

/** A row of the plan: the step it leads to, or nothing when it does not match. */
type Row<F> = (facts: F) => Step | undefined;

function firstOf<F>(facts: F, rows: readonly Row<F>[]): Step {
  for (const row of rows) {
    const step = row(facts);
    if (step !== undefined) return step;
  }
  throw new Error('no row of the plan matches; the last row of each list must match always');
}

// Rows that need no look.

/** `suspend` touches nothing, also while deleting. */
function suspended({ workteam }: Facts): Step | undefined {
  return workteam.spec.suspend === true ? end({ kind: 'suspended' }) : undefined;
}

/** Deleting, and the finalizer (ours) is not there: somebody else's finalizer is what keeps the object. */
function notFinalizedByUs(facts: Facts): Step | undefined {
  return isDeleting(facts) && !hasFinalizer(facts) ? end({ kind: 'none' }) : undefined;
}

/** A spec that cannot be acted on. Deleting needs only the policies, so nothing else in a spec can block a deletion. */
function invalid(facts: Facts): Step | undefined {
  const problems = unsupported(facts.workteam.spec, isDeleting(facts));
  if (problems.length > 0) return fail({ reason: 'InvalidSpec', problems });
  if (isDeleting(facts) || facts.spec.ok) return undefined;
  return fail({ reason: 'InvalidSpec', problems: facts.spec.problems });
}

/** The finalizer comes first, and nothing else in that pass: whatever we make, the object cannot vanish without us. */
function noFinalizer(facts: Facts): Step | undefined {
  return hasFinalizer(facts) ? undefined : { step: 'addFinalizer' };
}

/** A team that nobody ever saw is created without looking: the service itself refuses a second team of that name. */
function neverSeen(facts: Facts): Step | undefined {
  const { memory, workteam, spec, team } = facts;
  const seen = memory.seen === true || memory.nameTaken === true || memory.createSentAt !== undefined;
  if (isDeleting(facts) || !spec.ok || team !== undefined || seen || workteam.status?.workteamArn !== undefined)
    return undefined;
  return { step: 'act', actions: [create(facts, spec.spec)] };
}

/** Everything below needs to know what AWS has. The object is read along with it when a write is likely. */
function notLooked(facts: Facts): Step | undefined {
  if (facts.team !== undefined) return undefined;
  const { workteam } = facts;
  const writeIsLikely = isDeleting(facts) || workteam.status?.observedGeneration !== workteam.metadata.generation;
  return look(facts, { object: writeIsLikely, team: true, tags: facts.created !== true });
}

// Rows for a team that is not there.

function whenAbsent(facts: Facts): Step | undefined {
  return facts.team === 'absent'
    ? firstOf(facts, [createNotYetVisible, absenceNotBelieved, goneForGood, recreate])
    : undefined;
}

/** Describe may show our own create late: for a while, absent decides nothing. */
function createNotYetVisible({ memory, now }: Facts): Step | undefined {
  if (memory.deletedAt !== undefined || !createMayBeInvisible(memory, now)) return undefined;
  return end({ kind: 'acting', doing: 'waitingForCreate' });
}

/** A process that has never seen the team may be looking at a create of its predecessor: look twice before letting go. */
function absenceNotBelieved(facts: Facts): Step | undefined {
  const { memory, now } = facts;
  if (!isDeleting(facts) || memory.deletedAt !== undefined || memory.seen === true) return undefined;
  const since = now - (memory.absentAt ?? now);
  if (since >= SECOND_LOOK_AFTER_MS) return undefined;
  return end({ kind: 'acting', doing: 'deleting', againMs: SECOND_LOOK_AFTER_MS - since });
}

function goneForGood(facts: Facts): Step | undefined {
  return isDeleting(facts) ? { step: 'removeFinalizer' } : undefined;
}

/** The team is to exist and does not: create it, and say so when it existed before. */
function recreate(facts: Facts): Step {
  if (!facts.live) return look(facts, { object: true, team: false, tags: false });
  const arn = facts.workteam.status?.workteamArn;
  const announce = { type: 'Warning', reason: 'Recreated', message: recreatedMessage(teamName(facts)) } as const;
  return { step: 'act', actions: [create(facts, specOf(facts))], ...(arn !== undefined && { announce }) };
}

// Rows for a team that is there.

/** Facts about a team that is there. */
interface Present extends Facts {
  readonly team: ObservedWorkteam;
  readonly ownership: Ownership;
}

function whenPresent(facts: Facts): Step | undefined {
  const { team, tags, created } = facts;
  if (team === undefined || team === 'absent') return undefined;
  if (tags === undefined && created !== true) return look(facts, { object: false, team: false, tags: true });
  const ownership: Ownership = tags === undefined ? { kind: 'ours' } : ownershipOf(tags, selfOf(facts));
  const rows = [
    ownerTagNotYetVisible,
    stillBeingDeleted,
    crdBrake,
    releaseForeign,
    destroy,
    nameConflict,
    notOwned,
    immutable,
    repair,
  ];
  return firstOf<Present>({ ...facts, team, ownership }, rows);
}

/** ListTags may show the owner tag of our own create late: for a while, untagged decides nothing. */
function ownerTagNotYetVisible({ ownership, memory, now, team, workteam, answeredAt }: Present): Step | undefined {
  if (ownership.kind !== 'unowned' || team.createDate === undefined) return undefined;
  const createdAt = Date.parse(team.createDate);
  const olderThanTheObject = createdAt < Date.parse(workteam.metadata.creationTimestamp);
  const young = answeredAt !== undefined && answeredAt - createdAt < VISIBLE_WITHIN_MS;
  if (olderThanTheObject || !(young || createMayBeInvisible(memory, now))) return undefined;
  return end({ kind: 'acting', doing: 'waitingForCreate' });
}

/** Our delete was acknowledged and Describe does not show it yet. */
function stillBeingDeleted({ memory, now, ...facts }: Present): Step | undefined {
  if (!isDeleting({ ...facts, memory, now }) || memory.deletedAt === undefined) return undefined;
  return now - memory.deletedAt < VISIBLE_WITHIN_MS ? end({ kind: 'acting', doing: 'deleting' }) : undefined;
}

/** Deleting the CRD deletes every object; no work team shall go with it. It keeps its owner tag, and so finds back. */
function crdBrake(facts: Present): Step | undefined {
  if (!isDeleting(facts)) return undefined;
  if (facts.crdTerminating === undefined) return look(facts, { object: true, team: false, tags: false });
  if (!facts.crdTerminating) return undefined;
  const message = releasedMessage(teamName(facts), { because: 'crdDeleted' });
  return { step: 'removeFinalizer', announce: { type: 'Warning', reason: 'Released', message } };
}

function releaseForeign(facts: Present): Step | undefined {
  if (!isDeleting(facts) || facts.ownership.kind === 'ours') return undefined;
  const owner = ownerText(facts.ownership);
  const message = releasedMessage(teamName(facts), { because: 'notOurs', ...(owner !== undefined && { owner }) });
  return { step: 'removeFinalizer', announce: { type: 'Warning', reason: 'Released', message } };
}

function destroy(facts: Present): Step | undefined {
  if (!isDeleting(facts)) return undefined;
  if (!facts.live) return look(facts, { object: true, team: false, tags: false });
  return { step: 'act', actions: [{ do: 'delete', workteamName: teamName(facts) }] };
}

/** Two Workteams of one cluster, one team: the one that the tag names keeps it for as long as it exists. */
function nameConflict({ ownership, siblingExists }: Present): Step | undefined {
  if (ownership.kind !== 'sibling') return undefined;
  if (siblingExists === undefined) return { step: 'lookForSibling', owner: ownership.owner };
  if (!siblingExists) return undefined;
  return fail({ reason: 'NameConflict', holder: `${ownership.owner.namespace}/${ownership.owner.name}` });
}

function notOwned({ ownership }: Present): Step | undefined {
  if (ownership.kind === 'ours') return undefined;
  const owner = ownerText(ownership);
  return fail({ reason: 'NotOwned', ...(owner !== undefined && { owner }) });
}

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

// What the rows are made of.

function end(outcome: Outcome): Step {
  return { step: 'end', outcome };
}

function fail(failure: Failure, team?: ObservedWorkteam): Step {
  return end({ kind: 'failed', failure, ...(team && { team }) });
}

/** A look at what is asked for and not known yet; whether the CRD is going is asked along with any look at a deleting object. */
function look(facts: Facts, wanted: { object: boolean; team: boolean; tags: boolean }): Step {
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

function create(facts: Facts, spec: WorkteamSpec): Action {
  const tags = { ...spec.tags, [OWNER_TAG_KEY]: ownerTag(selfOf(facts)) };
  return { do: 'create', request: createRequest(teamName(facts), spec, tags) };
}

/** The spec of an object that is not being deleted; `invalid` has let only good ones pass. */
function specOf(facts: Facts): WorkteamSpec {
  if (!facts.spec.ok) throw new Error(`an invalid spec went past its row: ${facts.spec.problems.join('; ')}`);
  return facts.spec.spec;
}

function hasFinalizer({ workteam }: Facts): boolean {
  return workteam.metadata.finalizers?.includes(FINALIZER) === true;
}

function ownerText(ownership: Ownership): string | undefined {
  switch (ownership.kind) {
    case 'ours':
    case 'unowned':
      return undefined;
    case 'sibling':
      return ownerTag(ownership.owner);
    case 'foreign':
      return ownership.tag;
    default:
      return ownership satisfies never;
  }
}
