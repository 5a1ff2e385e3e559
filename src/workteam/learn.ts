/**
 * What a pass knows after each thing it did: pure functions from facts to facts. Together with `plan` they are the whole
 * of a pass but for the calls themselves.
 */
import type { AwsError } from './aws-error.ts';
import { compareWorkteam } from './compare.ts';
import { type Facts, isDeleting, selfOf } from './facts.ts';
import { canonicalJson } from './json.ts';
import {
  believedTags,
  fingerprint,
  type Memory,
  rememberAdoption,
  rememberCreate,
  rememberLook,
  rememberOwned,
  rememberTags,
  rememberTagWrite,
  rememberUpdate,
  timesAccepted,
} from './memory.ts';
import type { ObservedWorkteam, Tags } from './observed.ts';
import { ownershipOf } from './owner.ts';
import { requestKey, tagRequestKey, wordOf } from './requests.ts';
import type { Action, UpdateRequest } from './step.ts';

/** What a look brought; only what was asked for is set. */
export interface Seen {
  readonly live?: boolean;
  readonly crdTerminating?: boolean;
  readonly team?: ObservedWorkteam | 'absent';
  readonly answeredAt?: number;
  readonly tags?: Tags;
}

/** After a look. */
export function afterLook(facts: Facts, seen: Seen, now: number): Facts {
  let { memory } = facts;
  if (seen.team !== undefined) memory = rememberLook(memory, seen.team, isDeleting(facts), now);
  if (seen.tags !== undefined) {
    memory = rememberTags(memory, seen.tags);
    if (ownershipOf(seen.tags, selfOf(facts)).kind === 'ours') memory = rememberOwned(memory, wordOf(facts.workteam));
  }
  const heard = facts.heard === true && seen.team === undefined;
  return { ...facts, ...seen, heard, live: facts.live || seen.live === true, memory, now };
}

/** After a write that the service acknowledged; `answer` is what UpdateWorkteam returned. */
export function afterWrite(facts: Facts, action: Action, answer: ObservedWorkteam | undefined, now: number): Facts {
  switch (action.do) {
    case 'create': {
      const memory = rememberCreate(facts.memory, 'acknowledged', action.request.tags, now);
      return { ...lookAgain(facts, rememberOwned(memory, wordOf(facts.workteam)), now), created: true };
    }
    case 'update':
      return answer === undefined
        ? lookAgain(facts, facts.memory, now)
        : afterUpdate(facts, action.request, answer, now);
    case 'removeTags':
      return afterTagWrite(facts, (tags) => without(tags, action.keys), now);
    case 'addTags':
      return afterTagWrite(facts, (tags) => ({ ...tags, ...action.tags }), now);
    case 'adopt':
      return { ...lookAgain(facts, rememberAdoption(facts.memory, wordOf(facts.workteam), now), now), adopted: true };
    case 'release':
      return { ...facts, released: true, now };
    case 'delete':
      return lookAgain(facts, { ...facts.memory, deletedAt: now }, now);
    default:
      return action satisfies never;
  }
}

/**
 * After a write that failed: the facts to go on with, when a look can tell more than the error does; otherwise `undefined`,
 * and the failure ends the pass. What is remembered in either case comes with it.
 */
export function afterRefusal(
  facts: Facts,
  action: Action,
  error: AwsError,
  now: number,
): { memory: Memory; facts?: Facts } {
  if (action.do === 'create' && error.meaning === 'taken') {
    const how = error.failure.reason === 'QuotaExceeded' ? 'hidden' : 'taken';
    const memory = rememberCreate(facts.memory, how, action.request.tags, now);
    return { memory, facts: { ...lookAgain(facts, memory, now), createRefused: error.failure } };
  }
  if (action.do === 'create' && error.effect === 'unknown') {
    return { memory: rememberCreate(facts.memory, 'lost', action.request.tags, now) };
  }
  if (action.do === 'update' && error.meaning === 'notFound') {
    return { memory: facts.memory, facts: { ...lookAgain(facts, facts.memory, now), updateRefused: error.failure } };
  }
  if (action.do === 'delete' && error.meaning === 'notFound') {
    return { memory: facts.memory, facts: { ...lookAgain(facts, facts.memory, now), deleteRefused: error.failure } };
  }
  return { memory: facts.memory };
}

function afterUpdate(facts: Facts, request: UpdateRequest, answer: ObservedWorkteam, now: number): Facts {
  if (!facts.spec.ok || facts.team === undefined || facts.team === 'absent') return { ...facts, team: answer, now };
  const key = requestKey(facts.workteam, request);
  const before = fingerprint(facts.team);
  const update = {
    at: now,
    request: key,
    before,
    times: timesAccepted(facts.memory.unconfirmed, key, before),
    answer: fingerprint(answer),
    kept: compareWorkteam(facts.spec.spec, answer).length === 0,
  };
  return { ...facts, team: answer, memory: rememberUpdate(facts.memory, update, answer), now };
}

/** The tags are now what the write made of those that we believe were there; a late read may have shown others. */
function afterTagWrite(facts: Facts, change: (tags: Tags) => Tags, now: number): Facts {
  const read = facts.tags ?? {};
  const tags = change(believedTags(facts.memory, read, now));
  const memory = rememberTagWrite(facts.memory, read, tags, now);
  if (!facts.spec.ok || facts.tags === undefined) return { ...facts, tags, memory, now };
  const request = tagRequestKey(facts.workteam, facts.spec.spec);
  const last = memory.unconfirmedTags;
  const before = canonicalJson(facts.tags);
  // Removals and additions are two writes of one request: what was there before the first counts.
  const unconfirmedTags =
    facts.tagsWritten === true && last?.request === request
      ? { ...last, at: now }
      : { at: now, request, before, times: timesAccepted(last, request, before) };
  return { ...facts, tags, tagsWritten: true, memory: { ...memory, unconfirmedTags }, now };
}

function without(tags: Tags, keys: readonly string[]): Tags {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.includes(key)));
}

/** The same facts, with what is known of the team forgotten. */
function lookAgain({ team: _team, tags: _tags, answeredAt: _at, ...facts }: Facts, memory: Memory, now: number): Facts {
  return { ...facts, memory, now };
}
