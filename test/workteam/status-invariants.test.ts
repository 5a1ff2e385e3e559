/** What holds for the next status whatever came before and whatever happened: every previous status × every outcome. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { kindOf } from '../../src/workteam/failure.ts';
import { canonicalJson } from '../../src/workteam/json.ts';
import type { Condition, Workteam } from '../../src/workteam/schema.ts';
import { report } from '../../src/workteam/status.ts';
import type { Reportable } from '../../src/workteam/step.ts';
import { combinations } from '../support/combinations.ts';
import { problemsOf } from '../support/kstatus.ts';
import { FAILURES } from '../support/workteam-arbitraries.ts';
import { REGION, SPEC, teamLike, workteamOf } from '../support/workteam-fixture.ts';

const START = Date.parse('2030-06-01T12:00:00Z');

const team = teamLike(SPEC);
const OUTCOMES: readonly Reportable[] = [
  { kind: 'synced', team },
  { kind: 'observed', team, drift: [] },
  { kind: 'observed', team, drift: [{ field: 'tags.cost', desired: '1', observed: undefined, repair: 'tags' }] },
  { kind: 'observedAbsent' },
  { kind: 'suspended' },
  { kind: 'acting', doing: 'working' },
  { kind: 'acting', doing: 'adopting', againMs: 0 },
  ...FAILURES.map((failure): Reportable => ({ kind: 'failed', failure })),
];

/** One more pass: what came of it, how long after the last, and whether somebody edited the object in between. */
interface Pass {
  readonly outcome: Reportable;
  readonly seconds: number;
  readonly edited: boolean;
}

interface Moment {
  readonly workteam: Workteam;
  readonly now: number;
}

const theirs: Condition = {
  type: 'example.com/Approved',
  status: 'False',
  reason: 'No',
  message: 'Theirs.',
  lastTransitionTime: '2029-01-01T00:00:00Z',
};

/** Objects that no pass has seen: with a condition of somebody else's, as the API server makes them, without a status. */
const SHARED: Moment = { workteam: workteamOf({}, { observedGeneration: -1, conditions: [theirs] }), now: START };
const UNSEEN: readonly Moment[] = [
  SHARED,
  { workteam: workteamOf({}, { observedGeneration: -1 }), now: START },
  { workteam: workteamOf(), now: START },
];

/** The object as the pass finds it. */
function before({ workteam, now }: Moment, { seconds, edited }: Pass): Moment {
  const { metadata } = workteam;
  const generation = metadata.generation + (edited ? 1 : 0);
  return { workteam: { ...workteam, metadata: { ...metadata, generation } }, now: now + seconds * 1000 };
}

function told(moment: Moment, pass: Pass): Moment {
  const { workteam, now } = before(moment, pass);
  return { workteam: { ...workteam, status: report(workteam, pass.outcome, REGION, new Date(now)) }, now };
}

/** Every rule that this pass breaks after that moment. */
function broken(moment: Moment, pass: Pass): string[] {
  const { workteam, now } = before(moment, pass);
  const status = report(workteam, pass.outcome, REGION, new Date(now));
  const said = { ...workteam, status };
  const again = report(said, pass.outcome, REGION, new Date(now + 1_000));
  return [
    ...problemsOf(workteam, status),
    ...(canonicalJson(again) === canonicalJson(status) ? [] : ['the same outcome again has other bytes']),
    ...generationProblems(workteam, said, pass.outcome),
    ...driftProblems(said),
    ...(status.conditions?.some(({ type }) => type === theirs.type) ===
    (workteam.status?.conditions?.some(({ type }) => type === theirs.type) ?? false)
      ? []
      : ["somebody else's condition came or went"]),
  ];
}

/** The rule of each kind for `status.observedGeneration`. */
function generationProblems(workteam: Workteam, said: Workteam, outcome: Reportable): string[] {
  const { generation } = workteam.metadata;
  const stalled = said.status?.conditions?.some(({ type }) => type === 'Stalled') === true;
  const pending = outcome.kind === 'acting' || (outcome.kind === 'failed' && kindOf(outcome.failure) !== 'terminal');
  const expected = pending && !stalled ? workteam.status?.observedGeneration : generation;
  return said.status?.observedGeneration === expected ? [] : [`observedGeneration is not ${expected}`];
}

/** What differs is told along with the condition that it differs, and goes with it. */
function driftProblems({ status }: Workteam): string[] {
  const drifted = status?.conditions?.some((it) => it.type === 'Drifted' && it.status === 'True') === true;
  return drifted === (status?.drift !== undefined) ? [] : [`Drifted is ${drifted}, and the drift is not so`];
}

const PASSES: readonly Pass[] = combinations({ outcome: OUTCOMES, seconds: [30, 120, 600], edited: [false, true] });

describe('every status', () => {
  test.each(UNSEEN.map((moment, index) => ({ moment, index })))('of object $index, first', ({ moment }) => {
    expect(PASSES.flatMap((pass) => broken(moment, pass))).toEqual([]);
  });

  test.each(OUTCOMES.map((outcome) => ({ outcome, name: nameOf(outcome) })))('after $name', ({ outcome }) => {
    for (const first of PASSES.filter((pass) => !pass.edited && pass.outcome === outcome)) {
      const moment = told(SHARED, first);
      const wrong = PASSES.map((pass) => ({ pass, problems: broken(moment, pass) }));
      expect(wrong.filter(({ problems }) => problems.length > 0).slice(0, 1)).toEqual([]);
    }
  });

  test('in any longer history', () => {
    const pass = fc.record({
      outcome: fc.constantFrom(...OUTCOMES),
      seconds: fc.constantFrom(0, 1, 29, 59, 61, 119, 121, 599, 601),
      edited: fc.nat({ max: 4 }).map((number) => number === 0),
    });
    fc.assert(
      fc.property(fc.constantFrom(...UNSEEN), fc.array(pass, { maxLength: 12 }), (unseen, history) => {
        let moment = unseen;
        for (const next of history) {
          const found = before(moment, next);
          moment = told(moment, next);
          expect(problemsOf(found.workteam, moment.workteam.status ?? {})).toEqual([]);
        }
      }),
      { numRuns: 300 },
    );
  });
});

function nameOf(outcome: Reportable): string {
  if (outcome.kind === 'failed') return JSON.stringify(outcome.failure);
  return outcome.kind === 'acting' ? `acting, ${outcome.doing}` : outcome.kind;
}
