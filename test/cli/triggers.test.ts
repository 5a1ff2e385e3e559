import { beforeEach, describe, expect, test } from 'vitest';
import { nextOf, trigger, waitingFor, wishFor } from '../../src/cli/triggers.ts';
import { Controller } from '../../src/controller/controller.ts';
import { type Change, ObjectStore } from '../../src/kubernetes/store.ts';
import type { NextLook } from '../../src/workteam/next-look.ts';
import {
  FINALIZER,
  type ObjectMeta,
  REQUESTED_AT_ANNOTATION,
  type Workteam,
  type WorkteamStatus,
} from '../../src/workteam/schema.ts';
import { ManualClock } from '../support/clock.ts';

const TIME = '2030-01-01T00:00:00Z';

function workteam(metadata: Partial<ObjectMeta> = {}, rest: Partial<Workteam> = {}): Workteam {
  const { name = 'blue', uid = 'u1' } = metadata;
  return {
    apiVersion: 'workteams.dev/v1alpha1',
    kind: 'Workteam',
    metadata: { namespace: 'ns', generation: 1, resourceVersion: '1', creationTimestamp: TIME, ...metadata, name, uid },
    spec: { description: 'A team', memberDefinitions: [{ oidcMemberDefinition: { groups: ['a'] } }] },
    ...rest,
  };
}

/** The status after a pass that ended with Ready in that state. */
function status(ready: 'True' | 'False' | 'Unknown', reason: string, observedGeneration = 1): WorkteamStatus {
  const condition = { type: 'Ready', status: ready, reason, message: '', lastTransitionTime: TIME, observedGeneration };
  return { observedGeneration, conditions: [condition] };
}

const added = (object: Workteam, initial = false): Change<Workteam> => ({
  type: 'added',
  key: 'ns/blue',
  object,
  initial,
});

/** A change from one state to another. */
const change = (previous: Workteam, object: Workteam): Change<Workteam> => ({
  type: 'updated',
  key: 'ns/blue',
  object,
  previous,
  initial: false,
});

const AT_ONCE = { priority: 'high', resetBackoff: true };
const LATER = { priority: 'low', resetBackoff: true };

describe('a new object', () => {
  test('is looked at at once', () => {
    expect(wishFor(added(workteam()))).toEqual(AT_ONCE);
  });

  test('also one that comes with a status, as from a backup', () => {
    expect(wishFor(added(workteam({}, { status: status('True', 'Synced') })))).toEqual(AT_ONCE);
  });
});

describe('what a restart finds', () => {
  test.each<[string, Workteam, unknown]>([
    ['nobody ever looked at', workteam(), AT_ONCE],
    ['edited since', workteam({ generation: 2 }, { status: status('True', 'Synced') }), AT_ONCE],
    [
      'settled: a sweep will tell',
      workteam({ finalizers: [FINALIZER] }, { status: status('True', 'Synced') }),
      undefined,
    ],
    ['settled and observed', workteam({}, { status: status('True', 'Observed') }), undefined],
    ['settled without its finalizer', workteam({}, { status: status('True', 'Synced') }), LATER],
    [
      'settled and asked to reconcile since',
      workteam(
        { finalizers: [FINALIZER], annotations: { [REQUESTED_AT_ANNOTATION]: 'now' } },
        { status: status('True', 'Synced') },
      ),
      LATER,
    ],
    [
      'settled and asked to reconcile, which was done',
      workteam(
        { finalizers: [FINALIZER], annotations: { [REQUESTED_AT_ANNOTATION]: 'now' } },
        { status: { ...status('True', 'Synced'), lastHandledReconcileAt: 'now' } },
      ),
      undefined,
    ],
    [
      'settled and failing for less than a minute',
      workteam({ finalizers: [FINALIZER] }, { status: { ...status('True', 'Synced'), failingSince: TIME } }),
      LATER,
    ],
    ['failing', workteam({}, { status: status('False', 'NotOwned') }), LATER],
    ['deleting', workteam({ generation: 2, deletionTimestamp: TIME }, { status: status('True', 'Synced') }), AT_ONCE],
  ])('%s', (_, object, wish) => {
    expect(wishFor(added(object, true))).toEqual(wish);
  });
});

describe('a change', () => {
  const settled = workteam({ finalizers: [FINALIZER] }, { status: status('True', 'Synced') });
  const with_ = (metadata: Partial<ObjectMeta>) => ({ ...settled, metadata: { ...settled.metadata, ...metadata } });

  test.each<[string, Partial<ObjectMeta>]>([
    ['of the spec', { generation: 2 }],
    ['that is a deletion', { deletionTimestamp: TIME }],
    ['of requestedAt', { annotations: { [REQUESTED_AT_ANNOTATION]: 'now' } }],
  ])('%s is a reason to look at once, whatever was being waited for', (_, metadata) => {
    expect(wishFor(change(settled, with_(metadata)))).toEqual(AT_ONCE);
  });

  test('of requestedAt from one value to another', () => {
    const before = with_({ annotations: { [REQUESTED_AT_ANNOTATION]: 'now' } });
    const after = with_({ annotations: { [REQUESTED_AT_ANNOTATION]: 'now!' } });
    expect(wishFor(change(before, after))).toEqual(AT_ONCE);
  });

  test('that takes our finalizer away is repaired', () => {
    expect(wishFor(change(settled, with_({ finalizers: ['other/finalizer'] })))).toEqual({
      priority: 'high',
      resetBackoff: false,
    });
    const { finalizers: _, ...metadata } = settled.metadata;
    expect(wishFor(change(settled, { ...settled, metadata }))).toMatchObject({ priority: 'high' });
  });

  test('that takes it away from an object that is going anyway is none of our business', () => {
    const going = { deletionTimestamp: TIME, generation: 2 };
    expect(wishFor(change(with_(going), with_({ ...going, finalizers: ['other/finalizer'] })))).toBeUndefined();
  });

  test.each<[string, Workteam, Workteam]>([
    [
      'our own status',
      workteam({ resourceVersion: '1' }),
      workteam({ resourceVersion: '2' }, { status: status('True', 'Synced') }),
    ],
    ["somebody's edit of the status", settled, { ...settled, status: {} }],
    ['our own finalizer', workteam(), workteam({ finalizers: [FINALIZER] })],
    ["somebody else's finalizer", settled, with_({ finalizers: [FINALIZER, 'other/finalizer'] })],
    ['a label', settled, with_({ labels: { team: 'a' } })],
    ['an annotation', settled, with_({ annotations: { 'argocd.argoproj.io/tracking-id': 'x' } })],
    ['nothing but the version', settled, with_({ resourceVersion: '9' })],
  ])('%s is no reason', (_, before, after) => {
    expect(wishFor(change(before, after))).toBeUndefined();
  });
});

test('an object that is gone is looked at once more, so that it is forgotten', () => {
  expect(wishFor({ type: 'deleted', key: 'ns/blue', object: workteam(), initial: false })).toEqual(AT_ONCE);
});

describe('who waits for a work team', () => {
  const gone = workteam({ name: 'blue', uid: 'u1' });
  const refused = (name: string, rest: Partial<Workteam> = {}) =>
    workteam({ name, uid: name }, { status: status('False', 'NameConflict'), ...rest });

  test('those of the same name in AWS that were refused for its sake, and nobody else', () => {
    const named = { spec: { ...gone.spec, workteamName: 'blue' } };
    const all = [
      gone,
      refused('heir', named),
      refused('blue'),
      refused('other'),
      workteam({ name: 'foreign', uid: 'f' }, { ...named, status: status('False', 'NotOwned') }),
      workteam({ name: 'new', uid: 'n' }, named),
    ];
    expect(waitingFor(gone, all).map(({ metadata }) => metadata.name)).toEqual(['heir', 'blue']);
  });

  test('not itself', () => {
    const itself = { ...gone, status: status('False', 'NameConflict') };
    expect(waitingFor(gone, [itself])).toEqual([]);
  });
});

describe('when to come back', () => {
  const next = (look: NextLook, random = 0.5) => nextOf(look, 600_000, () => random);

  test.each<[NextLook, unknown]>([
    [{ look: 'onChange' }, { kind: 'wait' }],
    [{ look: 'atSweep' }, { kind: 'wait' }],
    [{ look: 'now' }, { kind: 'after', ms: 0, priority: 'high' }],
    [
      { look: 'after', ms: 5_000 },
      { kind: 'after', ms: 5_000 },
    ],
    [
      { look: 'backOff', baseMs: 1, capMs: 2 },
      { kind: 'retry', base: 1, cap: 2 },
    ],
    [
      { look: 'backOff', baseMs: 1, capMs: 2, notBeforeMs: 3, atMostMs: 4 },
      { kind: 'retry', base: 1, cap: 2, notBefore: 3, atMost: 4 },
    ],
    [
      { look: 'backOff', baseMs: 1, capMs: 2, notBeforeMs: 0 },
      { kind: 'retry', base: 1, cap: 2, notBefore: 0 },
    ],
  ])('%o', (look, expected) => {
    expect(next(look)).toEqual(expected);
  });

  test('a resync is spread by a tenth either way', () => {
    const at = (random: number) => next({ look: 'atResync' }, random);
    expect(at(0)).toEqual({ kind: 'after', ms: 540_000 });
    expect(at(0.5)).toEqual({ kind: 'after', ms: 600_000 });
    expect(at(0.999)).toMatchObject({ kind: 'after', ms: expect.closeTo(660_000, -3) });
  });
});

describe('from a change to a pass', () => {
  let passes: string[];
  let clock: ManualClock;
  let controllers: Map<string, Controller<string>>;
  let store: ObjectStore<Workteam>;

  const controllerOf = ({ spec }: Workteam): Controller<string> => {
    const region = spec.region ?? 'home';
    const known = controllers.get(region);
    if (known) return known;
    const controller = new Controller<string>({
      reconcile: async (key) => {
        passes.push(`${region} ${key}`);
        return { kind: 'wait' };
      },
      concurrency: 1,
      passTimeoutMs: 1_000,
      graceMs: 1_000,
      onError: () => {},
      clock,
      random: () => 0,
    });
    controller.start();
    controllers.set(region, controller);
    return controller;
  };

  beforeEach(() => {
    passes = [];
    clock = new ManualClock();
    controllers = new Map();
    store = new ObjectStore<Workteam>((happened) => trigger(happened, controllerOf, () => store.list()));
    return async () => {
      for (const controller of controllers.values()) await controller.stop();
    };
  });

  test('each object is worked on where its region is', async () => {
    store.set(workteam({ name: 'blue', uid: 'u1' }));
    store.set(workteam({ name: 'green', uid: 'u2' }, { spec: { ...workteam().spec, region: 'eu-west-1' } }));
    await clock.advance(0);
    expect(passes.toSorted()).toEqual(['eu-west-1 ns/green', 'home ns/blue']);
  });

  test('our own writes bring nothing', async () => {
    const object = workteam();
    store.set(object);
    await clock.advance(0);
    passes.length = 0;
    const { metadata } = object;
    store.set({ ...object, metadata: { ...metadata, resourceVersion: '2', finalizers: [FINALIZER] } });
    const finalized = { ...metadata, resourceVersion: '3', finalizers: [FINALIZER] };
    store.set({ ...object, metadata: finalized, status: status('True', 'Synced') });
    await clock.advance(0);
    expect(passes).toEqual([]);
  });

  test('when a holder goes, whoever waits for its team comes at once', async () => {
    const named = { ...workteam().spec, workteamName: 'team' };
    const holder = workteam({ name: 'holder', uid: 'u1' }, { spec: named });
    store.set(holder);
    store.set(workteam({ name: 'heir', uid: 'u2' }, { spec: named, status: status('False', 'NameConflict') }));
    await clock.advance(0);
    passes.length = 0;
    store.delete(holder);
    await clock.advance(0);
    expect(passes.toSorted()).toEqual(['home ns/heir', 'home ns/holder']);
  });
});
