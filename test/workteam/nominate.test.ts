import { describe, expect, test } from 'vitest';
import type { Difference } from '../../src/workteam/compare.ts';
import { type Memory, rememberCreate, rememberOwned } from '../../src/workteam/memory.ts';
import {
  awaitsSweeps,
  hasChangedMode,
  isConfirmed,
  isNominated,
  isShownWhole,
  isTagTurn,
  TAGS_EVERY,
} from '../../src/workteam/nominate.ts';
import { wordOf } from '../../src/workteam/requests.ts';
import type { Workteam } from '../../src/workteam/schema.ts';
import { report } from '../../src/workteam/status.ts';
import type { Reportable } from '../../src/workteam/step.ts';
import {
  aWorkteam,
  groups,
  NOW,
  REGION,
  type Scenario,
  SPEC,
  teamLike,
  workteamOf,
} from '../support/workteam-fixture.ts';

const team = teamLike(SPEC);
const drift: Difference = { field: 'description', desired: SPEC.description, observed: 'Old', repair: 'update' };
const strayTag: Difference = { field: 'tags.stray', desired: undefined, observed: 'x', repair: 'tags' };

/** The object after a pass that ended so. */
function said(scenario: Scenario, outcome: Reportable): Workteam {
  const { workteam } = scenario.facts;
  return { ...workteam, status: report(workteam, outcome, REGION, new Date('2030-06-01T12:00:00Z')) };
}

const synced = (scenario = aWorkteam().finalized()) => said(scenario, { kind: 'synced', team });
const observed = (...differences: Difference[]) =>
  said(aWorkteam().observed(), { kind: 'observed', team, drift: differences });
const nominates = (workteam: Workteam, found = true, differences = {}) =>
  isNominated(workteam, undefined, found ? { ...team, ...differences } : undefined, NOW);

describe('a sweep nominates', () => {
  test('a team that is missing or different', () => {
    expect(nominates(synced(), false)).toBe(true);
    expect(nominates(synced(), true, { description: 'Old' })).toBe(true);
    expect(nominates(synced(aWorkteam({ workforceName: 'another' }).finalized()))).toBe(true);
  });

  test('no team that is as its spec says, in whatever order', () => {
    expect(nominates(synced())).toBe(false);
    const scenario = aWorkteam({ memberDefinitions: groups('a', 'b') }).finalized();
    expect(nominates(synced(scenario), true, { memberDefinitions: groups('b', 'a') })).toBe(false);
  });

  test('an observed team whose differences are not those of the status', () => {
    expect(nominates(observed(), true, { description: 'Old' })).toBe(true);
    expect(nominates(observed(drift), true, { description: 'Old' })).toBe(false);
    expect(nominates(observed(drift), true, { description: 'Older' })).toBe(true);
    expect(nominates(observed(drift))).toBe(true);
    expect(nominates(observed(strayTag))).toBe(false);
  });

  test('an observed team that was absent, when it is there', () => {
    const absent = said(aWorkteam().observed(), { kind: 'observedAbsent' });
    expect(nominates(absent, true)).toBe(true);
    expect(nominates(absent, false)).toBe(false);
  });

  test('nothing that it cannot know: what was written since it began', () => {
    const began = NOW;
    for (const name of ['createSentAt', 'adoptedAt', 'deletedAt'] as const) {
      expect(isNominated(synced(), { uid: 'uid-1', [name]: began + 1 }, undefined, began)).toBe(false);
      expect(isNominated(synced(), { uid: 'uid-1', [name]: began }, undefined, began)).toBe(true);
    }
    const wroteTags = { at: began + 1, before: [], tags: {} };
    expect(isNominated(synced(), { uid: 'uid-1', wroteTags }, undefined, began)).toBe(false);
    expect(
      isNominated(synced(), { uid: 'uid-1', wroteTeam: { at: began + 1, before: [], team } }, undefined, began),
    ).toBe(false);
  });

  test.each<[string, Workteam]>([
    ['nobody has looked at', workteamOf()],
    ['was edited since', { ...synced(), metadata: { ...synced().metadata, generation: 2 } }],
    ['is being deleted', synced(aWorkteam().finalized().deleting())],
    ['is suspended', said(aWorkteam().suspended(), { kind: 'suspended' })],
    ['failed', said(aWorkteam().finalized(), { kind: 'failed', failure: { reason: 'NotOwned', policy: 'Never' } })],
    ['is under way', said(aWorkteam().finalized(), { kind: 'acting', doing: 'deleting' })],
  ])('no Workteam that looks for itself: one that %s', (_, workteam) => {
    expect(nominates(workteam, false)).toBe(false);
    expect(awaitsSweeps(workteam)).toBe(false);
  });
});

describe('a Workteam awaits sweeps', () => {
  test('once it is settled, or observed', () => {
    expect(awaitsSweeps(synced())).toBe(true);
    expect(awaitsSweeps(observed(drift))).toBe(true);
  });

  test('not while a failure is retried, a request unanswered, or its finalizer gone', () => {
    const throttled: Reportable = { kind: 'failed', failure: { reason: 'Throttled', operation: 'ListTags' } };
    expect(awaitsSweeps(said(aWorkteam().knowing({ workteam: synced() }), throttled))).toBe(false);
    const asked = aWorkteam().finalized().requestedAt('now');
    expect(awaitsSweeps(synced(asked))).toBe(true);
    expect(awaitsSweeps({ ...synced(), metadata: asked.facts.workteam.metadata })).toBe(false);
    expect(awaitsSweeps(synced(aWorkteam()))).toBe(false);
  });
});

test('a Workteam has changed its mode when the status is from the other one', () => {
  expect(hasChangedMode(synced(), true)).toBe(true);
  expect(hasChangedMode(synced(), false)).toBe(false);
  expect(hasChangedMode(observed(), true)).toBe(false);
  expect(hasChangedMode(observed(), false)).toBe(true);
  expect(hasChangedMode(workteamOf(), true)).toBe(false);
});

test('tags are read once in six sweeps, not of all Workteams at once', () => {
  expect(TAGS_EVERY).toBe(6);
  const turns = Array.from({ length: 600 }, (_, index) => {
    const workteam = { ...workteamOf(), metadata: { ...workteamOf().metadata, uid: `uid-${index}` } };
    return Array.from({ length: 13 }, (_none, sweep) => sweep).filter((sweep) => isTagTurn(workteam, sweep));
  });
  for (const [first = -1, second, ...more] of turns) {
    expect(second).toBe(first + 6);
    expect(more).toEqual([]);
  }
  // None at the first one, after a start.
  expect(turns.filter(([first]) => first === 0)).toEqual([]);
  for (const sweep of [1, 2, 3, 4, 5, 6]) expect(turns.filter(([first]) => first === sweep).length).toBeGreaterThan(50);
});

test('a list shows a team whole unless it leaves out the dates that the status knows', () => {
  const { createDate: _left, ...listed } = team;
  expect(isShownWhole(synced(), team)).toBe(true);
  expect(isShownWhole(synced(), listed)).toBe(false);
  expect(isShownWhole(workteamOf(), listed)).toBe(true);
});

describe('a list confirms a create', () => {
  const { workteam } = aWorkteam().finalized().facts;
  const began = NOW + 1;
  const created = (): Memory =>
    rememberOwned(rememberCreate({ uid: workteam.metadata.uid }, 'acknowledged', {}, NOW), wordOf(workteam));
  const shown = { ...team, createDate: '2030-01-01T00:00:00Z' };
  const withMetadata = (metadata: object): Workteam => ({
    ...workteam,
    metadata: { ...workteam.metadata, ...metadata },
  });

  test('that was acknowledged before it was asked for', () => {
    expect(isConfirmed(workteam, created(), shown, began)).toBe(true);
    expect(isConfirmed(workteam, created(), shown, NOW - 1)).toBe(false);
    expect(isConfirmed(workteam, { uid: workteam.metadata.uid }, shown, began)).toBe(false);
    const lost = rememberCreate({ uid: workteam.metadata.uid }, 'lost', {}, NOW);
    expect(isConfirmed(workteam, rememberOwned(lost, wordOf(workteam)), shown, began)).toBe(false);
  });

  test('unless something was written since', () => {
    const wroteTags = { at: began + 1, before: [], tags: {} };
    expect(isConfirmed(workteam, { ...created(), wroteTags }, shown, began)).toBe(false);
  });

  test.each([
    ['of a Workteam that has another spec by now', withMetadata({ generation: workteam.metadata.generation + 1 })],
    ['of one that is being deleted', withMetadata({ deletionTimestamp: '2030-01-01T00:00:00Z' })],
    ['of another one of the same name', withMetadata({ uid: 'uid-2' })],
  ])('not %s', (_, other) => {
    expect(isConfirmed(other, created(), shown, began)).toBe(false);
  });

  test('not when it does not show whole teams', () => {
    const { createDate: _date, ...part } = shown;
    expect(isConfirmed(workteam, created(), part, began)).toBe(false);
  });
});
