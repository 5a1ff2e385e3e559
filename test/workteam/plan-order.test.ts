/**
 * The plan table, told once more and independently: for every combination of states in which everything was looked at, the
 * first row that matches wins over each later one that matches too.
 */
import { describe, expect, test } from 'vitest';
import type { Facts } from '../../src/workteam/facts.ts';
import { plan } from '../../src/workteam/plan.ts';
import { OWNER_TAG_KEY } from '../../src/workteam/schema.ts';
import type { Step } from '../../src/workteam/step.ts';
import { combinations } from '../support/combinations.ts';
import { aWorkteam, FOREIGN, INVALID_SPEC, NOW, OURS, type Scenario, SIBLING } from '../support/workteam-fixture.ts';

const BOTH = [false, true] as const;

/** What a spec tells. */
const SPECS = {
  suspended: BOTH,
  observed: BOTH,
  invalid: BOTH,
  retained: BOTH,
  adoption: ['Never', 'IfUnowned', 'Always'],
  immutable: BOTH,
} as const;

/** What else there is. `unsettled`: a create was sent a second ago. */
const WORLDS = {
  deleting: BOTH,
  finalized: BOTH,
  team: ['absent', 'ours', 'unowned', 'foreign', 'siblingAlive', 'siblingGone'],
  unsettled: BOTH,
  crdTerminating: BOTH,
  takeover: BOTH,
  different: BOTH,
} as const;

const specs = combinations(SPECS);
const worlds = combinations(WORLDS);
type Spec = (typeof specs)[number];
type World = (typeof worlds)[number];
type State = Spec & World;

interface Row {
  readonly row: string;
  readonly matches: (state: State) => boolean;
  /** What the step of this row looks like, in one word. */
  readonly step: (state: State) => string;
}

const notOurs = ({ team }: State) => team !== 'ours' && team !== 'absent';

/** The table of the plan. Row 11 stands before row 5: the finalizer never waits, and adding it writes nothing to AWS. */
const TABLE: readonly Row[] = [
  { row: '1, suspended', matches: (s) => s.suspended, step: () => 'suspended' },
  { row: '2, deleting without our finalizer', matches: (s) => s.deleting && !s.finalized, step: () => 'none' },
  { row: '3, deleting and Observe', matches: (s) => s.deleting && s.observed, step: () => 'removeFinalizer' },
  { row: 'InvalidSpec', matches: (s) => !s.deleting && s.invalid, step: () => 'InvalidSpec' },
  {
    row: '4, Observe',
    matches: (s) => s.observed,
    step: (s) => (s.finalized ? 'removeFinalizer' : s.team === 'absent' ? 'observedAbsent' : 'observed'),
  },
  { row: '11, no finalizer', matches: (s) => !s.deleting && !s.finalized, step: () => 'addFinalizer' },
  {
    row: '5, not settled',
    matches: (s) => s.unsettled && (s.team === 'absent' || s.team === 'unowned'),
    step: () => 'acting',
  },
  { row: '6, the CRD is going', matches: (s) => s.deleting && s.crdTerminating, step: () => 'removeFinalizer' },
  { row: '7, deleting and absent', matches: (s) => s.deleting && s.team === 'absent', step: () => 'removeFinalizer' },
  { row: '8, deleting and not ours', matches: (s) => s.deleting && notOurs(s), step: () => 'removeFinalizer' },
  { row: '9, deleting, ours, Retain', matches: (s) => s.deleting && s.retained, step: () => 'release' },
  { row: '10, deleting, ours', matches: (s) => s.deleting, step: () => 'delete' },
  { row: '12, absent', matches: (s) => s.team === 'absent', step: () => 'create' },
  { row: '13, another Workteam has it', matches: (s) => s.team === 'siblingAlive', step: () => 'NameConflict' },
  {
    row: '14, adoption allowed',
    matches: (s) =>
      (s.team === 'unowned' && s.adoption !== 'Never') || (notOurs(s) && s.adoption === 'Always' && s.takeover),
    step: () => 'adopt',
  },
  { row: '15, not ours', matches: notOurs, step: () => 'NotOwned' },
  { row: '16, a create-only field differs', matches: (s) => s.immutable, step: () => 'ImmutableField' },
  { row: '17, a mutable difference', matches: (s) => s.different, step: () => 'update' },
  { row: '18, in sync', matches: () => true, step: () => 'synced' },
];

function withSpec({ suspended, observed, invalid, retained, adoption, immutable }: Spec): Scenario {
  return aWorkteam({
    ...(suspended && { suspend: true }),
    ...(observed && { managementPolicy: 'Observe' }),
    ...(invalid && INVALID_SPEC),
    ...(immutable && { workforceName: 'another' }),
    adoptionPolicy: adoption,
    deletionPolicy: retained ? 'Retain' : 'Delete',
  });
}

function factsOf(withItsSpec: Scenario, state: World): Facts {
  let scenario = withItsSpec.live().crdTerminating(state.crdTerminating);
  if (state.deleting) scenario = scenario.deleting();
  if (state.finalized) scenario = scenario.finalized();
  if (state.takeover) scenario = scenario.takeoverAllowed();
  scenario = scenario.remembering({ seen: true, ...(state.unsettled && { createSentAt: NOW - 1_000 }) });
  if (state.team === 'absent') return scenario.absent().facts;
  scenario = scenario
    .present(state.different ? { description: 'Old' } : {})
    .siblingExists(state.team === 'siblingAlive');
  return scenario.tagged(TAGS[state.team]).facts;
}

const TAGS = {
  ours: { [OWNER_TAG_KEY]: OURS },
  unowned: {},
  foreign: { [OWNER_TAG_KEY]: FOREIGN },
  siblingAlive: { [OWNER_TAG_KEY]: SIBLING },
  siblingGone: { [OWNER_TAG_KEY]: SIBLING },
};

/** A step in one word. */
function wordFor(step: Step): string {
  if (step.step === 'act') return step.actions.map((action) => action.do).join(' ');
  if (step.step !== 'end') return step.step;
  return step.outcome.kind === 'failed' ? step.outcome.failure.reason : step.outcome.kind;
}

const planned = specs.flatMap((spec) => {
  const scenario = withSpec(spec);
  return worlds.map((world) => {
    const state = { ...spec, ...world };
    const matching = TABLE.filter(({ matches }) => matches(state));
    return { state, matching, step: wordFor(plan(factsOf(scenario, world))) };
  });
});

/** What was planned where `earlier` is the first row that matches and `later` matches, too. */
const contested = (earlier: Row, later: Row) =>
  planned.filter(({ matching }) => matching[0] === earlier && matching.includes(later));

const pairs = TABLE.flatMap((earlier, index) =>
  TABLE.slice(index)
    .filter((later) => contested(earlier, later).length > 0)
    .map((later) => ({ earlier, later, name: later === earlier ? 'is planned' : `wins over row ${later.row}` })),
);

describe('the order of the plan', () => {
  test('every row is reached', () => {
    const reached = TABLE.filter((row) => planned.some(({ matching }) => matching[0] === row));
    expect(reached).toEqual(TABLE);
  });

  test.each(pairs)('row $earlier.row $name', ({ earlier, later }) => {
    const wrong = contested(earlier, later).filter(({ state, step }) => step !== earlier.step(state));
    expect(wrong.slice(0, 3)).toEqual([]);
  });
});
