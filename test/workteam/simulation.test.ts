/** Plans and what is learned from them, pass after pass, against an AWS in memory that behaves well, late, or badly. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareTags, compareWorkteam } from '../../src/workteam/compare.ts';
import type { Tags } from '../../src/workteam/observed.ts';
import { OWNER_TAG_KEY, type WorkteamSpec } from '../../src/workteam/schema.ts';
import { FAIR, type Fate, type Weather } from '../support/simulated-aws.ts';
import { Simulation } from '../support/simulation.ts';
import { content } from '../support/workteam-arbitraries.ts';
import { FOREIGN, OURS, SIBLING, SPEC, teamLike } from '../support/workteam-fixture.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** The longest delay with which AWS may show a write, in milliseconds. */
const LATE_MS = 10_000;

/** Something that happens, and how long nothing else does. */
type Event =
  | { readonly happens: 'edit'; readonly spec: WorkteamSpec; readonly wait: number }
  | { readonly happens: 'request' | 'restart' | 'delete' | 'deletedWhileDown' | 'nothing'; readonly wait: number }
  | {
      readonly happens: 'drift' | 'tagDrift' | 'ownerTagRemoved' | 'teamDeleted' | 'takenByAnother';
      readonly wait: number;
    };

const soon = fc.constantFrom(100, 900, 3_000, 7_000, 12_000, 40_000);
const long = fc.constantFrom(MINUTE, 11 * MINUTE, HOUR);

const happening = (wait: fc.Arbitrary<number>, ...kinds: Exclude<Event['happens'], 'edit'>[]) =>
  fc.record({ happens: fc.constantFrom(...kinds), wait });
const edits = (wait: fc.Arbitrary<number>) => fc.record({ happens: fc.constant('edit' as const), spec: content, wait });

/** Numbers in [0, 1) that depend on nothing but the seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Reads are up to this late, in milliseconds, and one may even show less than the one before it. */
const late =
  (ms: number, flickers = false) =>
  (random: () => number): Weather => ({ ...FAIR, lag: () => Math.floor(random() * ms), flickers });

const BAD: readonly Fate[] = ['lostBefore', 'lostAfter', 'throttled', 'denied'];

/** Reads are up to 10 s late, and one call in three goes wrong. */
const stormy = (random: () => number): Weather => ({
  ...late(LATE_MS)(random),
  fate: () => (random() < 0.3 ? (BAD[Math.floor(random() * BAD.length)] ?? 'works') : 'works'),
});

function happen(simulation: Simulation, event: Event): void {
  const { aws, now } = simulation;
  const stored = aws.stored;
  switch (event.happens) {
    case 'edit':
      simulation.edit(event.spec);
      break;
    case 'request':
      simulation.request(`at ${now}`);
      break;
    case 'restart':
      simulation.restart();
      break;
    case 'delete':
      simulation.delete();
      break;
    case 'deletedWhileDown':
      simulation.delete();
      simulation.restart();
      break;
    case 'nothing':
      break;
    case 'drift':
      if (stored) aws.set(now, { ...stored, team: { ...stored.team, description: `somebody else's ${now}` } });
      break;
    case 'tagDrift':
      if (stored) aws.set(now, { ...stored, tags: { ...stored.tags, stray: `${now}` } });
      break;
    case 'ownerTagRemoved':
      if (stored) aws.set(now, { ...stored, tags: without(stored.tags, OWNER_TAG_KEY) });
      break;
    case 'teamDeleted':
      aws.set(now, undefined);
      break;
    case 'takenByAnother':
      if (stored) aws.set(now, { ...stored, tags: { ...stored.tags, [OWNER_TAG_KEY]: FOREIGN } });
      break;
    default:
      event satisfies never;
  }
  simulation.run(event.wait);
}

const without = (tags: Tags, key: string): Tags =>
  Object.fromEntries(Object.entries(tags).filter(([other]) => other !== key));

/** Lets the faults stop and everything calm down; then nothing may move any more. */
function expectRest(simulation: Simulation): void {
  simulation.aws.weather = FAIR;
  simulation.run(2 * HOUR);
  const { length } = simulation.aws.ledger;
  const object = JSON.stringify(simulation.object);
  simulation.run(3 * HOUR);
  expect(simulation.aws.ledger.slice(length)).toEqual([]);
  expect(JSON.stringify(simulation.object)).toBe(object);
}

/** What AWS has is what the spec says, with our tag on it; or nothing, when the object is gone. */
function expectAsSpecified({ object, aws, ready }: Simulation): void {
  if (object === undefined) {
    expect(aws.stored?.tags[OWNER_TAG_KEY]).not.toBe(OURS);
    return;
  }
  expect(ready).toBe('Synced');
  expect(aws.stored && compareWorkteam(object.spec, aws.stored.team)).toEqual([]);
  expect(aws.stored && compareTags(object.spec.tags ?? {}, aws.stored.tags, [])).toEqual([]);
  expect(aws.stored?.tags[OWNER_TAG_KEY]).toBe(OURS);
}

const effective = ({ aws }: Simulation, kind: string) =>
  aws.ledger.filter((entry) => entry.do === kind && entry.changed).length;

interface Run {
  readonly seed: number;
  readonly first: WorkteamSpec;
  readonly events: readonly Event[];
}

function simulate({ seed, first, events }: Run, weather: (random: () => number) => Weather): Simulation {
  const random = randomOf(seed);
  const simulation = new Simulation(first, random);
  simulation.aws.weather = weather(random);
  return live(simulation, events);
}

/** From the moment when the object is applied. */
function live(simulation: Simulation, events: readonly Event[]): Simulation {
  for (const event of [{ happens: 'nothing', wait: 500 } as const, ...events]) happen(simulation, event);
  return simulation;
}

const run = (...events: fc.Arbitrary<Event>[]): fc.Arbitrary<Run> =>
  fc.record({
    seed: fc.integer({ min: 0, max: 2 ** 31 }),
    first: content,
    events: fc.array(fc.oneof(...events), { maxLength: 8 }),
  });

const RUNS = { numRuns: 40 };

describe('where AWS behaves well', () => {
  test('any history of edits, drift and restarts ends in what the spec says, and stays there', () => {
    fc.assert(
      fc.property(
        run(edits(long), happening(long, 'request', 'restart', 'drift', 'tagDrift', 'teamDeleted', 'delete')),
        (given) => {
          const simulation = simulate(given, () => FAIR);
          expectRest(simulation);
          expectAsSpecified(simulation);
        },
      ),
      RUNS,
    );
  });

  test('a new Workteam costs two writes to Kubernetes and one to AWS, an edit one to each', () => {
    const simulation = new Simulation(SPEC, randomOf(1));
    simulation.run(HOUR);
    expect(simulation.aws.ledger).toMatchObject([{ do: 'create' }]);
    expect(simulation.reasons).toEqual(['Synced']);
    simulation.edit({ ...SPEC, description: 'Labels faces' });
    simulation.run(HOUR);
    expect(simulation.aws.ledger).toMatchObject([{ do: 'create' }, { do: 'update' }]);
    expect(simulation.reasons).toEqual(['Synced', 'Synced']);
    simulation.delete();
    simulation.run(HOUR);
    expect(simulation.aws.ledger).toMatchObject([{ do: 'create' }, { do: 'update' }, { do: 'delete' }]);
    expect(simulation.object).toBeUndefined();
  });
});

describe('where AWS shows writes up to 10 s late', () => {
  test('every write changes something: none is repeated, however edits follow each other and reads flicker', () => {
    fc.assert(
      fc.property(run(edits(soon), happening(soon, 'request', 'delete')), (given) => {
        const simulation = simulate(given, late(LATE_MS, true));
        expectRest(simulation);
        expectAsSpecified(simulation);
        expect(simulation.aws.ledger.filter(({ changed }) => !changed)).toEqual([]);
        expect(effective(simulation, 'create')).toBeLessThanOrEqual(1);
        expect(effective(simulation, 'adopt')).toBe(0);
        expect(simulation.reasons.filter((reason) => reason !== 'Synced' && reason !== 'Progressing')).toEqual([]);
      }),
      RUNS,
    );
  });

  test("restarts in between make no second team and mistake ours for nobody else's", () => {
    fc.assert(
      fc.property(run(edits(soon), happening(soon, 'request', 'restart', 'restart')), (given) => {
        const simulation = simulate(given, late(LATE_MS));
        expectRest(simulation);
        expectAsSpecified(simulation);
        expect(effective(simulation, 'create')).toBe(1);
        expect(effective(simulation, 'adopt')).toBe(0);
        expect(simulation.reasons).not.toContain('NotOwned');
      }),
      RUNS,
    );
  });

  test('a deletion while the operator is down leaves no team behind', () => {
    fc.assert(
      fc.property(run(edits(soon), happening(soon, 'restart', 'delete', 'deletedWhileDown')), (given) => {
        const simulation = simulate(given, late(LATE_MS));
        expectRest(simulation);
        expectAsSpecified(simulation);
      }),
      RUNS,
    );
  });
});

describe('where answers are lost and calls refused', () => {
  const storms = run(
    edits(soon),
    happening(soon, 'request', 'restart', 'delete'),
    happening(long, 'drift', 'tagDrift', 'teamDeleted'),
  );

  test('it ends in what the spec says once that stops', () => {
    fc.assert(
      fc.property(storms, (given) => {
        const simulation = simulate(given, stormy);
        expectRest(simulation);
        expectAsSpecified(simulation);
        const gone = given.events.filter(({ happens }) => happens === 'teamDeleted').length;
        expect(effective(simulation, 'create')).toBeLessThanOrEqual(1 + gone);
        expect(simulation.reasons).not.toContain('NotConverging');
      }),
      RUNS,
    );
  });
});

describe('where a team of that name has another owner, or none', () => {
  const policies = fc.constantFrom<Partial<WorkteamSpec>>(
    {},
    { adoptionPolicy: 'IfUnowned', deletionPolicy: 'Delete' },
    { adoptionPolicy: 'Always', deletionPolicy: 'Retain' },
    { adoptionPolicy: 'Always', deletionPolicy: 'Delete' },
    { managementPolicy: 'Observe' },
  );
  const owned = fc.constantFrom<Tags>({}, { [OWNER_TAG_KEY]: FOREIGN }, { [OWNER_TAG_KEY]: SIBLING });
  const changes = happening(long, 'request', 'restart', 'drift', 'ownerTagRemoved', 'takenByAnother', 'delete');

  test('it comes to rest, and is taken no oftener than there is a word for it', () => {
    fc.assert(
      fc.property(run(changes), policies, owned, fc.boolean(), (given, policy, tags, allowTakeover) => {
        const random = randomOf(given.seed);
        const simulation = new Simulation({ ...given.first, ...policy }, random, { allowTakeover });
        const older = { ...teamLike(SPEC), createDate: '2029-01-01T00:00:00Z' };
        simulation.aws.set(0, { team: older, tags });
        live(simulation, given.events);
        expectRest(simulation);
        const count = (kind: Event['happens']) => given.events.filter(({ happens }) => happens === kind).length;
        const words = 1 + count('request') + count('restart') + count('ownerTagRemoved');
        expect(effective(simulation, 'adopt')).toBeLessThanOrEqual(policy.adoptionPolicy === undefined ? 0 : words);
        expect(effective(simulation, 'create')).toBe(0);
        const ours = simulation.aws.stored?.tags[OWNER_TAG_KEY] === OURS;
        if (simulation.ready === 'Synced') expectAsSpecified(simulation);
        else expect(ours).toBe(false);
      }),
      RUNS,
    );
  });
});

describe('where somebody makes the same change again and again', () => {
  test('it is repaired again, and called NotConverging only when that comes to nothing twice in a row', () => {
    const simulation = new Simulation(SPEC, randomOf(1));
    simulation.run(MINUTE);
    const outcomes = Array.from({ length: 4 }, () => {
      const { stored } = simulation.aws;
      if (stored) simulation.aws.set(simulation.now, { ...stored, team: { ...stored.team, description: 'Theirs' } });
      simulation.run(11 * MINUTE);
      return simulation.ready;
    });
    expect(outcomes).toEqual(['Synced', 'Synced', 'NotConverging', 'Synced']);
  });
});

describe('where AWS accepts an update and does not keep it', () => {
  const topic = { notificationConfiguration: { notificationTopicArn: 'arn:aws:sns:eu-west-1:111122223333:a' } };

  test('that is said, and tried again on a new word only', () => {
    const simulation = new Simulation({ ...SPEC, ...topic }, randomOf(1));
    simulation.aws.keepsTopic = true;
    simulation.run(MINUTE);
    simulation.edit(SPEC);
    simulation.run(2 * HOUR);
    expect(simulation.ready).toBe('NotConverging');
    expect(simulation.aws.ledger.map((entry) => entry.do)).toEqual(['create', 'update']);
    simulation.request('once more');
    simulation.run(2 * HOUR);
    expect(simulation.aws.ledger.map((entry) => entry.do)).toEqual(['create', 'update', 'update']);
    simulation.aws.keepsTopic = false;
    simulation.request('and now');
    simulation.run(MINUTE);
    expect(simulation.ready).toBe('Synced');
  });
});
