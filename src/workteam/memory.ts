import { canonicalMembers } from './compare.ts';
import { canonicalJson } from './json.ts';
import type { MutableWorkteam, ObservedWorkteam, Tags } from './observed.ts';

/**
 * For how long after our own write Describe, List and ListTags may still show the old state, in milliseconds. AWS states
 * no bound; the longest delay we build for is 10 s, and this is three times that.
 */
export const VISIBLE_WITHIN_MS = 30_000;

/**
 * How far apart the two looks are that it takes to believe that a deleting Workteam's team is gone, in milliseconds: the longest
 * delay we build for, from the first look on (the process before may have created the team just then), and half of it again.
 */
export const SECOND_LOOK_AFTER_MS = 15_000;

/** After this time a write that AWS kept by its own account, and that was undone each time, is tried once more, in milliseconds. */
export const TRY_UNKEPT_AGAIN_AFTER_MS = 15 * 60_000;

/**
 * What this process remembers of one Workteam between passes, because no read can tell it: its own recent writes, which
 * reads may show late. It is a hint, never a proof of ownership, and losing it (a restart) is safe. Times are monotonic
 * milliseconds.
 */
export interface Memory {
  /** The Workteam this is about; a Workteam of the same name with another UID starts with an empty memory. */
  readonly uid: string;
  /** A CreateWorkteam was sent that may have acted. */
  readonly createSentAt?: number;
  /** CreateWorkteam said that it succeeded. */
  readonly createdAt?: number;
  /** The service said that the name is taken (or hid it behind a quota error): look before anything else. */
  readonly nameTaken?: boolean;
  /** The owner tag was added to a team that was not ours. */
  readonly adoptedAt?: number;
  /** No look has shown that owner tag yet. */
  readonly adoptionUnseen?: true;
  /** On whose word (see `wordOf`) the team was last ours: seen to be, created or taken over. */
  readonly ownedOn?: string;
  /** DeleteWorkteam said that it succeeded. */
  readonly deletedAt?: number;
  /** Some look of this process found the team. */
  readonly seen?: boolean;
  /** The first look at a deleting Workteam's team found nothing. */
  readonly absentAt?: number;
  /** The last acknowledged update, what was there afterwards, and what was there before: late reads show that. */
  readonly wroteTeam?: Wrote & { readonly team: MutableWorkteam };
  /** The same for the last acknowledged tag write, or create. */
  readonly wroteTags?: Wrote & { readonly tags: Tags };
  /** The last acknowledged update, until a later look has shown that AWS kept it. */
  readonly unconfirmed?: UnconfirmedUpdate;
  /** The last acknowledged tag write, until a later look has shown that AWS did something about it. */
  readonly unconfirmedTags?: Unconfirmed;
}

/** When a write was acknowledged, and in canonical form the states before it that a late read may still show. */
export interface Wrote {
  readonly at: number;
  readonly before: readonly string[];
}

/** A write that AWS accepted and no look has confirmed. */
export interface Unconfirmed {
  readonly at: number;
  /** What was asked for, and on whose word (generation and requestedAt), in canonical form. */
  readonly request: string;
  /** What was there before it. */
  readonly before: string;
  /** How often this request has been accepted in this state. After the first time somebody may have undone it. */
  readonly times: number;
}

/** An update that AWS accepted, and what the team looked like in the answer. */
export interface UnconfirmedUpdate extends Unconfirmed {
  readonly answer: string;
  /** Whether the answer was what the spec asked for. */
  readonly kept: boolean;
}

/** The canonical form of the mutable part of a team: equal texts mean equal teams. */
export function fingerprint(team: MutableWorkteam): string {
  return canonicalJson({
    description: team.description,
    members: canonicalMembers(team.memberDefinitions),
    topic: team.notificationTopicArn,
    access: team.workerAccessConfiguration?.s3Presign?.iamPolicyConstraints,
  });
}

/**
 * The team as we believe it to be: within `VISIBLE_WITHIN_MS` of our own acknowledged write, a read that shows a state from
 * before it is late, and what we wrote is better evidence. A read that shows anything else is somebody's newer change.
 */
export function believedTeam(memory: Memory, read: ObservedWorkteam, now: number): ObservedWorkteam {
  const wrote = memory.wroteTeam;
  if (wrote === undefined || !mayBeLate(wrote, fingerprint(read), now)) return read;
  const { notificationTopicArn: _topic, workerAccessConfiguration: _access, ...rest } = read;
  return { ...rest, ...wrote.team };
}

/** The same for tags. Ownership is never decided by this: see `ownershipOf`, which takes what ListTags answered. */
export function believedTags(memory: Memory, read: Tags, now: number): Tags {
  const wrote = memory.wroteTags;
  return wrote !== undefined && mayBeLate(wrote, canonicalJson(read), now) ? wrote.tags : read;
}

function mayBeLate(wrote: Wrote, read: string, now: number): boolean {
  return now - wrote.at < VISIBLE_WITHIN_MS && wrote.before.includes(read);
}

/**
 * The states that a late read may show after one more write: the one that was read before it and, if the last write is
 * recent, what that one made and what was there before it.
 */
function statesBefore(last: Wrote | undefined, made: string, read: string, now: number): string[] {
  const earlier = last !== undefined && now - last.at < VISIBLE_WITHIN_MS ? [...last.before, made] : [];
  return [...new Set([...earlier, read])];
}

/** Whether a create of ours may still be invisible. */
export function createMayBeInvisible(memory: Memory, now: number): boolean {
  return memory.createSentAt !== undefined && now - memory.createSentAt < VISIBLE_WITHIN_MS;
}

/** Whether a team of that name that we did create may still be hidden by the one before it, and its tags by those of that one. */
export function predecessorMayBeShown(memory: Memory, now: number): boolean {
  return memory.createdAt !== undefined && now - memory.createdAt < VISIBLE_WITHIN_MS;
}

/** Whether an owner tag that we added to somebody's team may still be invisible. */
export function adoptionMayBeInvisible(memory: Memory, now: number): boolean {
  return memory.adoptedAt !== undefined && now - memory.adoptedAt < VISIBLE_WITHIN_MS;
}

/** What a look found, as far as it is to be remembered. */
export function rememberLook(
  memory: Memory,
  team: ObservedWorkteam | 'absent',
  deleting: boolean,
  now: number,
): Memory {
  if (team === 'absent') {
    const { nameTaken: _taken, ...rest } = memory;
    return deleting ? { ...rest, absentAt: rest.absentAt ?? now } : rest;
  }
  const { absentAt: _absent, unconfirmed, ...rest } = memory;
  const confirmed = unconfirmed?.kept === true && unconfirmed.answer === fingerprint(team);
  return { ...rest, seen: true, ...(unconfirmed && !confirmed && { unconfirmed }) };
}

/**
 * What a create came to: `acknowledged`; `lost` (it may have acted); `taken` (the name is in use, perhaps by a create of
 * ours whose answer was lost); `hidden` (a quota error, which may hide a taken name).
 */
export function rememberCreate(
  memory: Memory,
  how: 'acknowledged' | 'lost' | 'taken' | 'hidden',
  tags: Tags,
  now: number,
): Memory {
  switch (how) {
    case 'acknowledged': {
      // What was written to a team of that name before this one says nothing about this one.
      const { wroteTeam: _team, unconfirmed: _update, unconfirmedTags: _tags, ...rest } = memory;
      return { ...rest, createSentAt: now, createdAt: now, wroteTags: { at: now, before: [canonicalJson({})], tags } };
    }
    case 'lost':
      return { ...memory, createSentAt: now };
    case 'taken':
      return { ...memory, createSentAt: memory.createSentAt ?? now, nameTaken: true };
    case 'hidden':
      return { ...memory, nameTaken: true };
    default:
      return how satisfies never;
  }
}

/** What ListTags answered: it confirms the last tag write when it shows anything else than before. */
export function rememberTags(memory: Memory, tags: Tags): Memory {
  const { unconfirmedTags, ...rest } = memory;
  return unconfirmedTags?.before === canonicalJson(tags) ? memory : rest;
}

/** A look showed our owner tag. */
export function rememberOwned({ adoptionUnseen: _seenNow, ...rest }: Memory, word: string): Memory {
  return { ...rest, ownedOn: word };
}

/** The owner tag was added to a team that was not ours. */
export function rememberAdoption(memory: Memory, word: string, now: number): Memory {
  return { ...memory, adoptedAt: now, adoptionUnseen: true, ownedOn: word };
}

/** Whether adding the owner tag, which AWS did not keep, would only be repeated. */
export function wouldRepeatAdoption(
  { adoptedAt, adoptionUnseen, ownedOn }: Memory,
  word: string,
  now: number,
): boolean {
  if (adoptedAt === undefined || adoptionUnseen !== true || ownedOn !== word) return false;
  return now - adoptedAt < TRY_UNKEPT_AGAIN_AFTER_MS;
}

/**
 * Whether a tag write that AWS does not keep would only be repeated. While a read may be late, `believedTags` knows what we
 * wrote; what differs even so is the part of the request that has not been written yet.
 */
export function wouldRepeatTags(memory: Memory, request: string, tags: Tags, now: number): boolean {
  const last = memory.unconfirmedTags;
  if (last === undefined || last.request !== request || last.before !== canonicalJson(tags)) return false;
  const ago = now - last.at;
  return last.times > 1 && ago >= VISIBLE_WITHIN_MS && ago < TRY_UNKEPT_AGAIN_AFTER_MS;
}

/** How often a request has been accepted in a state, with this time. */
export function timesAccepted(last: Unconfirmed | undefined, request: string, before: string): number {
  return last?.request === request && last.before === before ? last.times + 1 : 1;
}

/** An acknowledged update of the team. */
export function rememberUpdate(memory: Memory, update: UnconfirmedUpdate, answer: ObservedWorkteam): Memory {
  const { description, memberDefinitions, notificationTopicArn, workerAccessConfiguration } = answer;
  const team: MutableWorkteam = {
    description,
    memberDefinitions,
    ...(notificationTopicArn !== undefined && { notificationTopicArn }),
    ...(workerAccessConfiguration !== undefined && { workerAccessConfiguration }),
  };
  const last = memory.wroteTeam;
  const before = statesBefore(last, last === undefined ? '' : fingerprint(last.team), update.before, update.at);
  return { ...memory, wroteTeam: { at: update.at, before, team }, unconfirmed: update };
}

/** An acknowledged tag write, and the tags that it made of those that were read (see `believedTags`). */
export function rememberTagWrite(memory: Memory, read: Tags, tags: Tags, now: number): Memory {
  const last = memory.wroteTags;
  const before = statesBefore(last, canonicalJson(last?.tags), canonicalJson(read), now);
  return { ...memory, wroteTags: { at: now, before, tags } };
}

/**
 * Whether an update that AWS does not keep would only be repeated. Where its own answer said so, only another word (see
 * `wordOf`) is a reason to ask again. Where it was kept, somebody may have undone it; when the second one in a row came to
 * nothing as well, the next one waits.
 */
export function wouldRepeat(memory: Memory, request: string, team: MutableWorkteam, now: number): boolean {
  const last = memory.unconfirmed;
  if (last?.request !== request || ![last.before, last.answer].includes(fingerprint(team))) return false;
  return !last.kept || (last.times > 1 && now - last.at < TRY_UNKEPT_AGAIN_AFTER_MS);
}
