import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/workteam/json.ts';
import {
  adoptionMayBeInvisible,
  believedTags,
  believedTeam,
  createMayBeInvisible,
  fingerprint,
  type Memory,
  rememberAdoption,
  rememberCreate,
  rememberLook,
  rememberOwned,
  rememberTags,
  rememberTagWrite,
  rememberUpdate,
  TRY_UNKEPT_AGAIN_AFTER_MS,
  timesAccepted,
  VISIBLE_WITHIN_MS,
  wouldRepeat,
  wouldRepeatAdoption,
  wouldRepeatTags,
} from '../../src/workteam/memory.ts';
import type { ObservedWorkteam, Tags } from '../../src/workteam/observed.ts';
import { groups, NOW, SPEC, teamLike } from '../support/workteam-fixture.ts';

const NOTHING: Memory = { uid: 'uid-1' };
const TOPIC = 'arn:aws:sns:eu-west-1:111122223333:labelers';

/** The team with another description, which stands for a state of it. */
const state = (description: string): ObservedWorkteam => ({ ...teamLike(SPEC), description });

/** What is remembered after an update that made `to` of `from`. */
function updated(memory: Memory, from: string, to: string, at: number, kept = true): Memory {
  const [before, answer] = [fingerprint(state(from)), fingerprint(state(to))];
  const times = timesAccepted(memory.unconfirmed, to, before);
  return rememberUpdate(memory, { at, request: to, before, times, answer, kept }, state(to));
}

test('times: writes are visible within 30 s, and what AWS did not keep is tried again after 15 min', () => {
  expect(VISIBLE_WITHIN_MS).toBe(30_000);
  expect(TRY_UNKEPT_AGAIN_AFTER_MS).toBe(900_000);
});

describe('the fingerprint of a team', () => {
  test('does not know order, merging or what an update cannot change', () => {
    const some = { ...teamLike(SPEC), memberDefinitions: groups('a', 'b') };
    const others = {
      ...some,
      memberDefinitions: [...groups('b'), ...groups('a')],
      lastUpdatedDate: '2031-01-01T00:00:00Z',
    };
    expect(fingerprint(others)).toBe(fingerprint(some));
  });

  test.each<[string, Partial<ObservedWorkteam>]>([
    ['the description', { description: 'Old' }],
    ['the members', { memberDefinitions: groups('a') }],
    ['the topic', { notificationTopicArn: TOPIC }],
    ['worker access', { workerAccessConfiguration: { s3Presign: { iamPolicyConstraints: { sourceIp: 'Enabled' } } } }],
  ])('knows %s', (_, differences) => {
    expect(fingerprint({ ...teamLike(SPEC), ...differences })).not.toBe(fingerprint(teamLike(SPEC)));
  });
});

describe('the team as it is believed to be', () => {
  const believed = (memory: Memory, read: string, now: number) => believedTeam(memory, state(read), now).description;

  test('is what was read, where nothing was written', () => {
    expect(believed(NOTHING, 'A', NOW)).toBe('A');
  });

  test('is what was written, where a read shows the state before it, for 30 s', () => {
    const memory = updated(NOTHING, 'A', 'B', NOW);
    expect(believed(memory, 'A', NOW + 29_999)).toBe('B');
    expect(believed(memory, 'A', NOW + 30_000)).toBe('A');
  });

  test('is what was read, where that is neither the state before nor what was written: somebody changed it', () => {
    expect(believed(updated(NOTHING, 'A', 'B', NOW), 'C', NOW + 1)).toBe('C');
  });

  test('after A, B, A is A, whichever of them a read shows', () => {
    const memory = updated(updated(NOTHING, 'A', 'B', NOW), 'A', 'A', NOW + 2_000);
    expect(believed(memory, 'A', NOW + 3_000)).toBe('A');
    expect(believed(memory, 'B', NOW + 3_000)).toBe('A');
  });

  test('after A, B, C is C, whichever of them a read shows', () => {
    const memory = updated(updated(NOTHING, 'A', 'B', NOW), 'B', 'C', NOW + 2_000);
    for (const read of ['A', 'B', 'C']) expect(believed(memory, read, NOW + 3_000)).toBe('C');
  });

  test('forgets what was before a write that is long ago', () => {
    const memory = updated(updated(NOTHING, 'A', 'B', NOW), 'B', 'C', NOW + 30_000);
    expect(believed(memory, 'A', NOW + 30_001)).toBe('A');
  });

  test('has no topic and no access setting that the write left out', () => {
    const memory = updated(NOTHING, 'A', 'B', NOW);
    const read = { ...state('A'), workforceArn: 'kept' };
    expect(believedTeam(memory, read, NOW)).toEqual({ ...state('B'), workforceArn: 'kept' });
  });

  test('does not come back from before the team was created anew', () => {
    const memory = rememberCreate(updated(NOTHING, 'A', 'B', NOW), 'acknowledged', {}, NOW + 1_000);
    expect(believed(memory, 'A', NOW + 2_000)).toBe('A');
    expect(memory).not.toHaveProperty('unconfirmed');
  });

  test('outlives a look that does not show the team yet', () => {
    const memory = rememberLook(updated(NOTHING, 'A', 'B', NOW), 'absent', false, NOW + 1_000);
    expect(believed(memory, 'A', NOW + 2_000)).toBe('B');
  });
});

describe('tags as they are believed to be', () => {
  const A: Tags = { a: '1' };
  const B: Tags = { a: '1', b: '2' };

  test('are what was written, where a read shows those before it, for 30 s', () => {
    const memory = rememberTagWrite(NOTHING, A, B, NOW);
    expect(believedTags(memory, A, NOW + 29_999)).toEqual(B);
    expect(believedTags(memory, A, NOW + 30_000)).toEqual(A);
    expect(believedTags(memory, { c: '3' }, NOW)).toEqual({ c: '3' });
    expect(believedTags(NOTHING, A, NOW)).toEqual(A);
  });

  test('right after a create are those of the create, where a read shows none', () => {
    const memory = rememberCreate(NOTHING, 'acknowledged', B, NOW);
    expect(believedTags(memory, {}, NOW + 1)).toEqual(B);
    expect(believedTags(memory, A, NOW + 1)).toEqual(A);
  });

  test('after A, B, A are A, whichever of them a read shows', () => {
    const memory = rememberTagWrite(rememberTagWrite(NOTHING, A, B, NOW), A, A, NOW + 1);
    expect(believedTags(memory, B, NOW + 2)).toEqual(A);
  });
});

describe('a create', () => {
  test('may be invisible for 30 s, if it may have acted', () => {
    for (const how of ['acknowledged', 'lost', 'taken'] as const) {
      const memory = rememberCreate(NOTHING, how, {}, NOW);
      expect(createMayBeInvisible(memory, NOW + 29_999)).toBe(true);
      expect(createMayBeInvisible(memory, NOW + 30_000)).toBe(false);
    }
    expect(createMayBeInvisible(NOTHING, NOW)).toBe(false);
  });

  test('that a quota error answers has not acted, but makes us look', () => {
    const memory = rememberCreate(NOTHING, 'hidden', {}, NOW);
    expect(createMayBeInvisible(memory, NOW)).toBe(false);
    expect(memory.nameTaken).toBe(true);
  });

  test('that finds the name taken again and again does not begin the 30 s anew', () => {
    const memory = rememberCreate(rememberCreate(NOTHING, 'taken', {}, NOW), 'taken', {}, NOW + 29_000);
    expect(createMayBeInvisible(memory, NOW + 30_000)).toBe(false);
  });

  test('that finds no team makes no name taken', () => {
    const memory = rememberLook(rememberCreate(NOTHING, 'hidden', {}, NOW), 'absent', false, NOW);
    expect(memory).toEqual(NOTHING);
  });
});

describe('a look', () => {
  test('that finds the team remembers it', () => {
    expect(rememberLook(NOTHING, state('A'), false, NOW)).toEqual({ ...NOTHING, seen: true });
  });

  test('remembers when a deleting object was first found without a team, and forgets it when the team is there', () => {
    const first = rememberLook(NOTHING, 'absent', true, NOW);
    expect(first.absentAt).toBe(NOW);
    const second = rememberLook(first, 'absent', true, NOW + 15_000);
    expect(second.absentAt).toBe(NOW);
    expect(rememberLook(second, state('A'), true, NOW + 16_000)).not.toHaveProperty('absentAt');
    expect(rememberLook(NOTHING, 'absent', false, NOW)).toEqual(NOTHING);
  });

  test('confirms an update that it shows, if that update is what was asked for', () => {
    const kept = updated(NOTHING, 'A', 'B', NOW);
    expect(rememberLook(kept, state('B'), false, NOW)).not.toHaveProperty('unconfirmed');
    expect(rememberLook(kept, state('A'), false, NOW)).toHaveProperty('unconfirmed');
    const unkept = updated(NOTHING, 'A', 'B', NOW, false);
    expect(rememberLook(unkept, state('B'), false, NOW)).toHaveProperty('unconfirmed');
  });
});

describe('an update', () => {
  const once = updated(NOTHING, 'A', 'B', NOW);
  const unkept = updated(NOTHING, 'A', 'B', NOW, false);
  const twice = updated(once, 'A', 'B', NOW);

  test('that its own answer did not keep would be repeated where the team is as before it or as the answer said', () => {
    for (const read of ['A', 'B']) {
      for (const ms of [0, 60_000, 86_400_000]) expect(wouldRepeat(unkept, 'B', state(read), NOW + ms)).toBe(true);
    }
  });

  test('that was kept and undone is made once more, and would be repeated after that', () => {
    expect(wouldRepeat(once, 'B', state('A'), NOW + 60_000)).toBe(false);
    expect(wouldRepeat(twice, 'B', state('A'), NOW + 60_000)).toBe(true);
    expect(wouldRepeat(twice, 'B', state('A'), NOW + 900_000)).toBe(false);
  });

  test('is counted anew for another request, another state, or after a look confirmed it', () => {
    expect(updated(twice, 'A', 'C', NOW).unconfirmed?.times).toBe(1);
    expect(updated(twice, 'C', 'B', NOW).unconfirmed?.times).toBe(1);
    expect(updated(rememberLook(twice, state('B'), false, NOW), 'A', 'B', NOW).unconfirmed?.times).toBe(1);
  });

  test('would not be repeated by another request, or where the team is something else, or after it was confirmed', () => {
    expect(wouldRepeat(unkept, 'C', state('A'), NOW)).toBe(false);
    expect(wouldRepeat(unkept, 'B', state('C'), NOW)).toBe(false);
    expect(wouldRepeat(rememberLook(twice, state('B'), false, NOW), 'B', state('A'), NOW)).toBe(false);
    expect(wouldRepeat(NOTHING, 'B', state('A'), NOW)).toBe(false);
  });
});

describe('a tag write', () => {
  const A: Tags = { a: '1' };
  const accepted = (times: number): Memory => ({
    ...NOTHING,
    unconfirmedTags: { at: NOW, request: 'R', before: canonicalJson(A), times },
  });

  test('that was undone is made once more', () => {
    expect(wouldRepeatTags(accepted(1), 'R', A, NOW + 60_000)).toBe(false);
  });

  test('and would be repeated after that, once the tags cannot be late, for 15 min', () => {
    expect(wouldRepeatTags(accepted(2), 'R', A, NOW + 29_999)).toBe(false);
    expect(wouldRepeatTags(accepted(2), 'R', A, NOW + 30_000)).toBe(true);
    expect(wouldRepeatTags(accepted(2), 'R', A, NOW + 899_999)).toBe(true);
    expect(wouldRepeatTags(accepted(2), 'R', A, NOW + 900_000)).toBe(false);
  });

  test('would not be repeated by another request, or where the tags are others', () => {
    expect(wouldRepeatTags(accepted(2), 'Q', A, NOW + 60_000)).toBe(false);
    expect(wouldRepeatTags(accepted(2), 'R', {}, NOW + 60_000)).toBe(false);
    expect(wouldRepeatTags(NOTHING, 'R', A, NOW + 60_000)).toBe(false);
  });

  test('is confirmed by a look that shows other tags than before', () => {
    expect(rememberTags(accepted(1), A)).toEqual(accepted(1));
    expect(rememberTags(accepted(1), { b: '2' })).toEqual(NOTHING);
  });
});

describe('an adoption', () => {
  const adopted = rememberAdoption(NOTHING, 'W', NOW);

  test('may be invisible for 30 s', () => {
    expect(adoptionMayBeInvisible(adopted, NOW + 29_999)).toBe(true);
    expect(adoptionMayBeInvisible(adopted, NOW + 30_000)).toBe(false);
    expect(adoptionMayBeInvisible(NOTHING, NOW)).toBe(false);
  });

  test('that no look has shown would be repeated, on the same word, for 15 min', () => {
    expect(wouldRepeatAdoption(adopted, 'W', NOW + 899_999)).toBe(true);
    expect(wouldRepeatAdoption(adopted, 'W', NOW + 900_000)).toBe(false);
    expect(wouldRepeatAdoption(adopted, 'V', NOW)).toBe(false);
    expect(wouldRepeatAdoption(rememberOwned(adopted, 'W'), 'W', NOW)).toBe(false);
    expect(wouldRepeatAdoption(NOTHING, 'W', NOW)).toBe(false);
  });

  test('makes the team ours on its word, and so does seeing our tag', () => {
    expect(adopted.ownedOn).toBe('W');
    expect(rememberOwned(NOTHING, 'V').ownedOn).toBe('V');
  });
});
