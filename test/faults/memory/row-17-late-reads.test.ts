/**
 * Reads show what we wrote late: by each t of a fine grid, each kind of read by itself and all of them, with a restart and
 * with a deletion at each moment of another grid. Thousands of lives on the pure step; and some of them through the SDK,
 * killed at each call.
 */
import { compareTags, compareWorkteam } from '../../../src/workteam/compare.ts';
import { OWNER_TAG_KEY, type WorkteamSpec } from '../../../src/workteam/schema.ts';
import { SETTLING_MS } from '../../properties/history.ts';
import { FAIR, type Reader } from '../../support/simulated-aws.ts';
import { Simulation } from '../../support/simulation.ts';
import { groups, OURS, SPEC, teamLike } from '../../support/workteam-fixture.ts';
import { randomFrom } from '../../support/world.ts';
import { eachCall, listed, type Trial } from '../harness/memory.ts';
import { adoption, again, create, deletion, edit, edits, takeover } from '../harness/memory-works.ts';
import { faultPoints, type Note, type Point } from '../harness/points.ts';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

/** How late, in milliseconds. */
const LATE = [0, 100, 500, 1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 8_000, 9_000, 10_000];
/** Which reads. */
const READERS: Readonly<Record<string, readonly Reader[]>> = {
  'every read': ['team', 'tags', 'list'],
  DescribeWorkteam: ['team'],
  ListTags: ['tags'],
};
/** When the process starts anew and when the object is deleted, in milliseconds after the work began. */
const RESTARTS = [undefined, 75, 150, 1_000, 4_000, 7_000, 12_000];
const DELETIONS = [undefined, 75, 300, 2_500, 5_000, 9_000];

interface Doing {
  readonly title: string;
  /** What there is before. */
  readonly given: (simulation: Simulation) => void;
  readonly begin: (simulation: Simulation) => void;
  /** How often each may happen. */
  readonly creates: number;
  readonly adoptions: number;
  readonly spec?: Partial<WorkteamSpec>;
}

const settled = (simulation: Simulation) => simulation.run(HOUR);
const EDIT: WorkteamSpec = { ...SPEC, description: 'Labels faces', memberDefinitions: groups('faces', 'labelers') };

const DOINGS: readonly Doing[] = [
  { title: 'a create', given: () => {}, begin: () => {}, creates: 1, adoptions: 0 },
  {
    title: 'an update',
    given: settled,
    begin: (simulation) => simulation.edit(EDIT),
    creates: 1,
    adoptions: 0,
  },
  {
    title: 'an update of members and tags',
    given: settled,
    begin: (simulation) => simulation.edit({ ...EDIT, tags: { added: 'new' } }),
    creates: 1,
    adoptions: 0,
    spec: { tags: { removed: 'soon' } },
  },
  {
    title: 'two updates, there and back',
    given: settled,
    begin: (simulation) => {
      simulation.edit(EDIT);
      simulation.run(SECOND);
      simulation.edit(SPEC);
    },
    creates: 1,
    adoptions: 0,
  },
  {
    title: 'an adoption',
    given: (simulation) =>
      simulation.aws.set(0, { team: { ...teamLike(SPEC), createDate: '2029-01-01T00:00:00Z' }, tags: {} }),
    begin: () => {},
    creates: 0,
    adoptions: 1,
    spec: { adoptionPolicy: 'IfUnowned', deletionPolicy: 'Delete' },
  },
];

interface Moments {
  readonly late: number;
  readonly restart: number | undefined;
  readonly deletion: number | undefined;
}

const moments = LATE.flatMap((late) =>
  RESTARTS.flatMap((restart) => DELETIONS.map((deletion): Moments => ({ late, restart, deletion }))),
);

/**
 * Where the owner tag of an adoption is shown late to a new process that is to delete: a team older than the object looks
 * like somebody else's, and is let go, not deleted. The row speaks of teams that were created.
 */
const isLetGo = ({ adoptions }: Doing, { late, restart, deletion }: Moments) =>
  adoptions > 0 && late > 0 && restart !== undefined && deletion !== undefined;

function played(doing: Doing, readers: readonly Reader[], { late, restart, deletion: deleted }: Moments): Simulation {
  const simulation = new Simulation({ ...SPEC, ...doing.spec }, randomFrom(1));
  doing.given(simulation);
  const { now } = simulation;
  simulation.aws.weather = { ...FAIR, lag: (what) => (readers.includes(what) ? late : 0) };
  doing.begin(simulation);
  const happenings = [
    ...(deleted === undefined ? [] : [{ at: now + deleted, happen: () => simulation.delete() }]),
    ...(restart === undefined ? [] : [{ at: now + restart, happen: () => simulation.restart() }]),
  ];
  for (const { at, happen } of happenings.toSorted((a, b) => a.at - b.at)) {
    simulation.run(Math.max(0, at - simulation.now));
    happen();
  }
  simulation.run(2 * HOUR);
  return simulation;
}

/** Everything that is wrong with what has become of it. */
function wrongWith(simulation: Simulation, doing: Doing, { restart }: Moments): string[] {
  const { aws, object, ready, reasons } = simulation;
  const written = aws.ledger.length;
  simulation.run(3 * HOUR);
  const count = (kind: string) => aws.ledger.filter((entry) => entry.do === kind).length;
  const repeats = aws.ledger.filter(({ changed }) => !changed).length;
  return [
    ...(aws.ledger.length > written ? ['it does not come to rest'] : []),
    ...(count('create') > doing.creates ? [`${count('create')} creates`] : []),
    ...(count('adopt') > doing.adoptions + (restart === undefined ? 0 : doing.adoptions) ? ['adopted again'] : []),
    ...(reasons.includes('NotOwned') ? ['our own team was said not to be ours'] : []),
    ...(repeats > (restart === undefined ? 0 : new Set(aws.ledger.map((entry) => entry.do)).size)
      ? [`${repeats} writes that changed nothing`]
      : []),
    ...(object === undefined ? orphan(simulation) : ready === 'Synced' ? unlike(simulation) : [`it says ${ready}`]),
  ];
}

function orphan({ aws }: Simulation): string[] {
  return aws.stored?.tags[OWNER_TAG_KEY] === OURS ? ['the team is left behind'] : [];
}

function unlike({ object, aws: { stored } }: Simulation): string[] {
  if (object === undefined || stored === undefined) return ['there is no team'];
  const { spec } = object;
  const fields = [...compareWorkteam(spec, stored.team), ...compareTags(spec.tags ?? {}, stored.tags, [])];
  return fields.map(({ field }) => `${field} is not as the spec says`);
}

function grid(doing: Doing, whose: string, readers: readonly Reader[]): Point {
  return {
    title: `${doing.title}, ${whose} late by up to 10 s`,
    play: async (note: Note) => {
      const places = moments.filter((at) => !isLetGo(doing, at));
      for (const at of places) {
        const simulation = played(doing, readers, at);
        const wrong = wrongWith(simulation, doing, at);
        if (wrong.length === 0) continue;
        note.plan({ ...at, readers });
        throw new Error(`${JSON.stringify(at)}: ${wrong.join('; ')}\n${JSON.stringify(simulation.aws.ledger)}`);
      }
      note.counted(places.length);
    },
  };
}

/** The switches by which the emulator is late with everything. */
const lateBy = (ms: number): NonNullable<Trial['switches']> => ({
  createToDescribeMs: ms,
  createToListMs: ms,
  createToListTagsMs: ms,
  updateToDescribeMs: ms,
  updateToListMs: ms,
  tagsToListTagsMs: ms,
  deleteToDescribeMs: ms,
  deleteToListMs: ms,
  deleteToListTagsMs: ms,
});

faultPoints(
  17,
  DOINGS.flatMap((doing) => Object.entries(READERS).map(([whose, readers]) => grid(doing, whose, readers))),
  { world: 'memory' },
);

faultPoints(
  17,
  [create, edit, edits, adoption, takeover, deletion, again].map((work) =>
    listed(
      work,
      'everything late, and killed at each call',
      (calls) =>
        [1_000, 10_000].flatMap((ms): Trial[] => [
          { title: `${ms} ms late`, switches: lateBy(ms) },
          ...eachCall(calls, (nth, { name }) => [
            {
              title: `${ms} ms late, killed after call ${nth}, ${name}`,
              switches: lateBy(ms),
              faults: [{ do: 'kill', nth, when: 'after', downMs: 0 }],
            },
          ]),
        ]),
      { alike: ['teams'], settlingMs: SETTLING_MS },
    ),
  ),
  { world: 'memory' },
);
