/** What holds for a plan from any facts whatever, sensible or not. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Facts } from '../../src/workteam/facts.ts';
import { plan } from '../../src/workteam/plan.ts';
import { FINALIZER, OWNER_TAG_KEY } from '../../src/workteam/schema.ts';
import type { Action, Step } from '../../src/workteam/step.ts';
import { facts } from '../support/workteam-arbitraries.ts';
import { OURS, SIBLING } from '../support/workteam-fixture.ts';

const SAMPLE = { numRuns: 6_000 };
const STEPS: readonly Step['step'][] = ['look', 'lookForSibling', 'act', 'addFinalizer', 'removeFinalizer', 'end'];

interface Planned {
  readonly given: Facts;
  readonly step: Step;
}

/** One large sample for all tests: to generate it takes longer than to check it. */
const planned: Planned[] = fc.sample(facts, SAMPLE).map((given) => ({ given, step: plan(given) }));

const actionsOf = (step: Step): readonly Action[] => (step.step === 'act' ? step.actions : []);
const isDeleting = ({ workteam }: Facts) => workteam.metadata.deletionTimestamp !== undefined;
const isFinalized = ({ workteam }: Facts) => workteam.metadata.finalizers?.includes(FINALIZER) === true;
const isOurs = ({ tags }: Facts) => tags?.[OWNER_TAG_KEY] === OURS;
const isFalse = (value: unknown) => value === false || value === undefined;

/** Expects `holds` of every plan that takes one of these actions, and that there are enough of them to mean anything. */
function expectOfPlans(kinds: readonly Action['do'][], holds: (given: Facts, actions: readonly Action[]) => boolean) {
  const taken = planned.filter(({ step }) => actionsOf(step).some((action) => kinds.includes(action.do)));
  expect(taken.length).toBeGreaterThan(20);
  expect(taken.filter(({ given, step }) => !holds(given, actionsOf(step))).slice(0, 1)).toEqual([]);
}

const WRITES = ['update', 'removeTags', 'addTags', 'adopt', 'release', 'delete'] as const;

describe('for all facts', () => {
  test('there is a step', () => {
    expect(planned.filter(({ step }) => !STEPS.includes(step.step))).toEqual([]);
  });

  test.each(STEPS)('the sample leads to the step %s', (kind) => {
    expect(planned.filter(({ step }) => step.step === kind).length).toBeGreaterThan(20);
  });

  test('the same facts give the same step, and stay as they are', () => {
    for (const { given, step } of planned.slice(0, 300)) {
      const before = structuredClone(given);
      expect(plan(given)).toEqual(step);
      expect(given).toEqual(before);
    }
  });

  test('a look asks for something, and for nothing that is known', () => {
    const sensible = ({ given, step }: Planned) => {
      if (step.step !== 'look') return true;
      const { object, crd, team, tags } = step.look;
      const asks = object || crd || team || tags;
      const knows =
        (object && given.live) ||
        (crd && given.crdTerminating !== undefined) ||
        (team && given.team !== undefined && given.heard !== true) ||
        (tags && given.tags !== undefined);
      return asks && !knows;
    };
    expect(planned.filter((one) => !sensible(one)).slice(0, 1)).toEqual([]);
  });

  test('a step that acts has something to do', () => {
    expect(planned.filter(({ step }) => step.step === 'act' && step.actions.length === 0)).toEqual([]);
  });

  test('a write other than a create needs the object, the team and its tags, all read in this pass', () => {
    expectOfPlans(
      WRITES,
      ({ live, team, heard, tags }) => live && typeof team === 'object' && heard !== true && tags !== undefined,
    );
  });

  test('nothing is written to AWS for what is suspended, only observed, or has no finalizer of ours', () => {
    expectOfPlans(['create', ...WRITES], (given) => {
      const { suspend, managementPolicy = 'Manage' } = given.workteam.spec;
      return isFalse(suspend) && managementPolicy === 'Manage' && !given.settings.readOnly && isFinalized(given);
    });
  });

  test('a team that is not ours by its tag is never written to, but for adding our tag', () => {
    expectOfPlans(['update', 'removeTags', 'addTags', 'release', 'delete'], isOurs);
  });

  test('a delete is planned only for a deleting, finalized Workteam whose team is ours, under Delete, with the CRD staying', () => {
    expectOfPlans(['delete'], (given) => {
      const { deletionPolicy = 'Delete' } = given.workteam.spec;
      const wanted = isDeleting(given) && isFinalized(given) && deletionPolicy === 'Delete';
      return wanted && isOurs(given) && given.crdTerminating === false && given.live;
    });
  });

  test('while an object is being deleted, nothing is planned but to delete its team or to let it go', () => {
    expectOfPlans(['create', 'update', 'removeTags', 'addTags', 'adopt'], (given) => !isDeleting(given));
  });

  test('the owner tag is let go only of a deleting Workteam under Retain', () => {
    expectOfPlans(['release'], (given) => isDeleting(given) && given.workteam.spec.deletionPolicy === 'Retain');
  });

  test('a create comes alone, for a team that is not known to be there, with our owner tag', () => {
    expectOfPlans(['create'], ({ team }, [create, ...more]) => {
      const tagged = create?.do === 'create' && create.request.tags[OWNER_TAG_KEY] === OURS;
      return typeof team !== 'object' && tagged && more.length === 0;
    });
  });

  test('an adoption comes alone, of a team that is not ours, as the policies say', () => {
    expectOfPlans(['adopt'], (given, actions) => {
      const { adoptionPolicy } = given.workteam.spec;
      const allowed =
        given.tags?.[OWNER_TAG_KEY] === undefined
          ? adoptionPolicy === 'IfUnowned' || adoptionPolicy === 'Always'
          : adoptionPolicy === 'Always' && given.settings.allowTakeover;
      return allowed && !isOurs(given) && actions.length === 1;
    });
  });

  test('a team of another Workteam that exists is never taken', () => {
    expectOfPlans(['adopt'], ({ tags, siblingExists }) => tags?.[OWNER_TAG_KEY] !== SIBLING || siblingExists === false);
  });

  test("tag calls name at least one key, and none of ours, AWS's, or those to be ignored", () => {
    expectOfPlans(['removeTags', 'addTags'], ({ settings }, actions) =>
      actions.every((action) => {
        if (action.do !== 'removeTags' && action.do !== 'addTags') return true;
        const keys = action.do === 'removeTags' ? action.keys : Object.keys(action.tags);
        const barred =
          settings.ignoreTagKeys.length > 0 ? /^(aws:|workteams\.dev\/|ignored\/)/i : /^(aws:|workteams\.dev\/)/i;
        return keys.length > 0 && !keys.some((key) => barred.test(key));
      }),
    );
  });

  test('updates go first, then tags to remove, then tags to add, each at most once', () => {
    const order: readonly Action['do'][] = ['update', 'removeTags', 'addTags'];
    expectOfPlans(order, (_, actions) => {
      const kinds = actions.map((action) => action.do);
      return kinds.join() === order.filter((kind) => kinds.includes(kind)).join();
    });
  });

  test('a finalizer is taken off only where nothing is left to do, or nothing is ours to do', () => {
    const justified = (given: Facts) => {
      const { workteam, settings, team, crdTerminating, released } = given;
      if (workteam.spec.managementPolicy === 'Observe' || settings.readOnly) return true;
      return isDeleting(given) && (team === 'absent' || crdTerminating === true || !isOurs(given) || released === true);
    };
    const taken = planned.filter(({ step }) => step.step === 'removeFinalizer');
    expect(taken.filter(({ given }) => !justified(given)).slice(0, 1)).toEqual([]);
  });

  test.each(['synced', 'observed', 'observedAbsent', 'suspended', 'acting', 'failed', 'none'])(
    'the sample leads to the outcome %s',
    (kind) => {
      const ended = planned.filter(({ step }) => step.step === 'end' && step.outcome.kind === kind);
      expect(ended.length).toBeGreaterThan(10);
    },
  );
});
