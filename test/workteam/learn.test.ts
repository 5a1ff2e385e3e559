import { describe, expect, test } from 'vitest';
import { AwsError } from '../../src/workteam/aws-error.ts';
import type { Failure } from '../../src/workteam/failure.ts';
import { afterLook, afterRefusal, afterWrite } from '../../src/workteam/learn.ts';
import { wordOf } from '../../src/workteam/requests.ts';
import { OWNER_TAG_KEY } from '../../src/workteam/schema.ts';
import type { Action } from '../../src/workteam/step.ts';
import { ARN, aWorkteam, FOREIGN, NOW, OURS, SPEC, teamLike, workteamOf } from '../support/workteam-fixture.ts';

const LATER = NOW + 100;
const owner = { [OWNER_TAG_KEY]: OURS };
const WORD = wordOf(workteamOf());

const create: Action = {
  do: 'create',
  request: { workteamName: 'labelers', description: 'x', memberDefinitions: [], tags: owner },
};
const update: Action = {
  do: 'update',
  differences: [],
  request: { workteamName: 'labelers', description: SPEC.description, memberDefinitions: SPEC.memberDefinitions },
};
const removeTags: Action = { do: 'removeTags', arn: ARN, keys: ['stray'], differences: [] };
const addTags: Action = { do: 'addTags', arn: ARN, tags: { cost: '1' }, differences: [] };
const destroy: Action = { do: 'delete', workteamName: 'labelers' };

const inSync = () => aWorkteam().finalized().inSync().facts;

describe('after a look', () => {
  test('the facts say what was seen, and when', () => {
    const facts = afterLook(aWorkteam().facts, { team: teamLike(SPEC), tags: owner, answeredAt: 7 }, LATER);
    expect(facts).toMatchObject({ team: teamLike(SPEC), tags: owner, answeredAt: 7, now: LATER, live: false });
    expect(facts.memory).toMatchObject({ seen: true, ownedOn: WORD });
  });

  test('what was read live stays so', () => {
    const facts = afterLook(aWorkteam().facts, { live: true }, LATER);
    expect(afterLook(facts, { tags: {} }, LATER).live).toBe(true);
  });

  test("another's tags do not make the team ours", () => {
    const facts = afterLook(aWorkteam().facts, { tags: { [OWNER_TAG_KEY]: FOREIGN } }, LATER);
    expect(facts.memory).not.toHaveProperty('ownedOn');
  });

  test("a sweep's word lasts until the team is described", () => {
    const heard = aWorkteam().present().knowing({ heard: true }).facts;
    expect(afterLook(heard, { tags: owner }, LATER).heard).toBe(true);
    expect(afterLook(heard, { team: teamLike(SPEC) }, LATER).heard).toBe(false);
  });

  test('a deleting object remembers that there was no team', () => {
    expect(afterLook(aWorkteam().deleting().facts, { team: 'absent' }, LATER).memory.absentAt).toBe(LATER);
    expect(afterLook(aWorkteam().facts, { team: 'absent' }, LATER).memory).not.toHaveProperty('absentAt');
  });
});

describe('after a write', () => {
  test.each<[string, Action, object]>([
    ['a create', create, { created: true }],
    ['an adoption', { do: 'adopt', arn: ARN, ownerTag: OURS }, { adopted: true }],
    ['a delete', destroy, {}],
  ])('%s is looked at again', (_, action, marks) => {
    const facts = afterWrite(inSync(), action, undefined, LATER);
    expect(facts).toMatchObject({ ...marks, live: true, now: LATER });
    expect(facts).not.toHaveProperty('team');
    expect(facts).not.toHaveProperty('tags');
    expect(facts).not.toHaveProperty('answeredAt');
  });

  test('a create and an adoption make the team ours on this word', () => {
    expect(afterWrite(inSync(), create, undefined, LATER).memory).toMatchObject({ createSentAt: LATER, ownedOn: WORD });
    const adopted = afterWrite(inSync(), { do: 'adopt', arn: ARN, ownerTag: OURS }, undefined, LATER);
    expect(adopted.memory).toMatchObject({ adoptedAt: LATER, ownedOn: WORD });
  });

  test('a delete is remembered', () => {
    expect(afterWrite(inSync(), destroy, undefined, LATER).memory.deletedAt).toBe(LATER);
  });

  test('the answer to an update is the team', () => {
    const facts = afterWrite(
      aWorkteam().finalized().inSync().present({ description: 'Old' }).facts,
      update,
      teamLike(SPEC),
      LATER,
    );
    expect(facts.team).toEqual(teamLike(SPEC));
    expect(facts.tags).toEqual(owner);
    expect(facts.memory.unconfirmed).toMatchObject({ at: LATER, kept: true });
  });

  test('an answer that is not what was asked for is remembered as such', () => {
    const old = { ...teamLike(SPEC), description: 'Old' };
    const facts = afterWrite(aWorkteam().finalized().inSync().present(old).facts, update, old, LATER);
    expect(facts.memory.unconfirmed).toMatchObject({ kept: false });
  });

  test('tags are what the write made of them', () => {
    const facts = aWorkteam()
      .inSync()
      .tagged({ ...owner, stray: 'x' }).facts;
    const removed = afterWrite(facts, removeTags, undefined, LATER);
    expect(removed.tags).toEqual(owner);
    const added = afterWrite(removed, addTags, undefined, LATER + 1);
    expect(added.tags).toEqual({ ...owner, cost: '1' });
    expect(added.memory.wroteTags).toMatchObject({ at: LATER + 1, tags: { ...owner, cost: '1' } });
  });

  test('a removal and an addition are one request: what was there before the first counts', () => {
    const facts = aWorkteam()
      .inSync()
      .tagged({ ...owner, stray: 'x' }).facts;
    const removed = afterWrite(facts, removeTags, undefined, LATER);
    const added = afterWrite(removed, addTags, undefined, LATER + 1);
    expect(added.memory.unconfirmedTags).toEqual({ ...removed.memory.unconfirmedTags, at: LATER + 1 });
    expect(added.memory.unconfirmedTags?.times).toBe(1);
  });

  test('tags that a late read does not show yet are not forgotten', () => {
    const first = afterWrite(aWorkteam().inSync().facts, addTags, undefined, LATER);
    const late = afterLook({ ...first, tagsWritten: false }, { tags: owner }, LATER + 1_000);
    const second: Action = { do: 'addTags', arn: ARN, tags: { team: '2' }, differences: [] };
    expect(afterWrite(late, second, undefined, LATER + 2_000).tags).toEqual({ ...owner, cost: '1', team: '2' });
  });

  test('letting go of the tag leaves the rest as it is', () => {
    expect(afterWrite(inSync(), { do: 'release', arn: ARN }, undefined, LATER)).toEqual({
      ...inSync(),
      released: true,
      now: LATER,
    });
  });
});

describe('after a write that failed', () => {
  const error = (failure: Failure, effect: 'refused' | 'unknown', meaning?: 'notFound' | 'taken') =>
    new AwsError({ operation: 'x', failure, effect, meaning, cause: undefined });
  const invalid: Failure = { reason: 'InvalidRequest', operation: 'CreateWorkteam', detail: 'In use.' };
  const quota: Failure = { reason: 'QuotaExceeded', operation: 'CreateWorkteam', detail: 'Full.' };
  const blocked: Failure = { reason: 'DeletionBlocked', detail: 'In use.' };
  const unavailable: Failure = { reason: 'Unavailable', operation: 'CreateWorkteam', detail: 'timed out' };

  test('a name that is taken is looked at', () => {
    const after = afterRefusal(aWorkteam().finalized().facts, create, error(invalid, 'refused', 'taken'), LATER);
    expect(after.memory).toMatchObject({ nameTaken: true, createSentAt: LATER });
    expect(after.facts).toMatchObject({ createRefused: invalid, memory: after.memory });
    expect(after.facts).not.toHaveProperty('team');
  });

  test('so is a quota error, which may hide a taken name', () => {
    const after = afterRefusal(aWorkteam().finalized().facts, create, error(quota, 'refused', 'taken'), LATER);
    expect(after.memory).toEqual({ uid: 'uid-1', nameTaken: true });
    expect(after.facts).toMatchObject({ createRefused: quota });
  });

  test('a create without an answer ends the pass, and is remembered: it may have acted', () => {
    const after = afterRefusal(aWorkteam().finalized().facts, create, error(unavailable, 'unknown'), LATER);
    expect(after).toEqual({ memory: { uid: 'uid-1', createSentAt: LATER } });
  });

  test('an update of what is not there is looked at', () => {
    const after = afterRefusal(inSync(), update, error(invalid, 'refused', 'notFound'), LATER);
    expect(after.facts).toMatchObject({ updateRefused: invalid });
    expect(after.facts).not.toHaveProperty('team');
  });

  test('a delete of what is not there is looked at', () => {
    const after = afterRefusal(inSync(), destroy, error(blocked, 'refused', 'notFound'), LATER);
    expect(after.facts).toMatchObject({ deleteRefused: blocked });
    expect(after.facts).not.toHaveProperty('team');
  });

  test.each<[string, Action, AwsError]>([
    ['a create that was refused', create, error(invalid, 'refused')],
    ['an update without an answer', update, error(unavailable, 'unknown')],
    ['a delete that was refused', destroy, error(blocked, 'refused')],
    ['a delete without an answer', destroy, error(unavailable, 'unknown')],
    ['tags without an answer', addTags, error(unavailable, 'unknown')],
  ])('%s ends the pass, and nothing is remembered', (_, action, thrown) => {
    expect(afterRefusal(inSync(), action, thrown, LATER)).toEqual({ memory: { uid: 'uid-1' } });
  });
});
