/**
 * The points of row 8: each fault of the watch before each call of a create, an edit and a deletion, lasting so long. All moments
 * of one fault are played side by side around one operator, each on a watch, a namespace and a region of its own; before it is
 * over, a second Workteam is created, so that a watch that stays deaf shows.
 */
import { expect } from 'vitest';
import { systemClock } from '../../../src/controller/clock.ts';
import { Turns } from '../../../src/kubernetes/turns.ts';
import type { Workteam } from '../../../src/workteam/schema.ts';
import { eventually, inTime } from '../../support/eventually.ts';
import { specWith } from '../../support/specs.ts';
import { type Calls, type Moment, momentsOf, titleOf } from './calls.ts';
import { type Ending, endingOf, judgeEnding, judgeQuiet, lookOnceMore } from './judges.ts';
import { EVERY_POINT, type Note, type Point } from './points.ts';
import { COUNTED, type Setting } from './setting.ts';
import { type SideBySide, useSideBySide } from './side-by-side.ts';
import { WATCH_FAULTS, type WatchFault } from './watch-faults.ts';
import { CREATE, DELETE, DONE_WITHIN_MS, EDIT, type Work } from './works.ts';

/** The Workteam that is created while nobody may be listening. */
const BYSTANDER = 'meanwhile';

/** A moment of a work. */
interface Case {
  readonly work: Work;
  readonly moment: Moment;
}

/**
 * What the work calls, but for the read of the CRD: that is the same for all that share an operator, and goes out in one go
 * with the live read, which is here.
 */
function callsOf({ calls }: Work): Calls {
  return { aws: calls.aws, kubernetes: calls.kubernetes.filter((call) => call !== 'the read of the CRD') };
}

const WORKS = [CREATE, EDIT, DELETE];

const CASES: readonly Case[] = WORKS.flatMap((work) =>
  momentsOf(callsOf(work)).flatMap((moment) => (moment.when === 'before' ? [{ work, moment }] : [])),
);

/** Of the sample: the first write of each work to AWS. */
const SAMPLED = ['CreateWorkteam', 'UpdateWorkteam', 'DeleteWorkteam'];

/** How many operators are watched at once, each with all the moments of a fault: more is more than two cores can do in time. */
const AT_ONCE = 3;

export interface WatchRuns {
  /** A point for each of the faults, in which it lasts so long before each call; 0: it strikes once. */
  points(faults: readonly WatchFault[], ms: number): Point[];
}

/**
 * To be called at the top of a test file. The works are played once without a fault, and must then call what they are said to
 * call: so the points are all there are.
 */
export function useWatchRuns(): WatchRuns {
  const { open } = useSideBySide();
  const turns = new Turns(AT_ONCE);
  let known: Promise<ReadonlyMap<Work, Ending>> | undefined;
  const references = () => {
    known ??= playReferences(open);
    return known;
  };
  const play = async (fault: WatchFault, ms: number, note: Note) => {
    const cases = EVERY_POINT ? CASES : CASES.filter(({ moment }) => SAMPLED.includes(moment.call));
    note.counted(cases.length);
    note.plan({ fault: fault.title, ms, moments: cases.map(named) });
    const expected = await references();
    await using shared = await open(cases.length);
    const settled = await around(shared, cases, (one, setting) => struck(one, setting, shared, fault, ms));
    note.settled(Math.max(...settled));
    await judged(shared, cases, expected);
  };
  return {
    points: (faults, ms) =>
      faults.map((fault) => ({
        title: `${fault.title}, ${ms === 0 ? 'once' : `for ${ms / 1_000} s`}, before each call`,
        sampled: ms === 1_000 && fault === WATCH_FAULTS[0],
        timeout: 900_000,
        play: (note) => turns.take(() => play(fault, ms, note)),
      })),
  };
}

/** The work with a fault of its watch. @returns how long it took from the end of the fault, in milliseconds */
async function struck(
  { work, moment }: Case,
  setting: Setting,
  { spoiler }: SideBySide,
  fault: WatchFault,
  ms: number,
): Promise<number> {
  const { workteams } = setting;
  const concerns = ({ path }: { path: string }) => path.includes(`/namespaces/${workteams.namespace}/`);
  const strike = Promise.withResolvers<() => void>();
  const over = setting.at(moment, async () => {
    if (ms === 0) {
      spoiler.once(fault, concerns);
      strike.resolve(() => {});
    } else {
      const spell = spoiler.begin(fault, concerns);
      strike.resolve(() => spell.lift());
    }
    return undefined;
  });
  await work.begin(setting);
  await inTime(over, { what: 'the fault to strike', within: DONE_WITHIN_MS });
  const lift = await strike.promise;
  await workteams.create(BYSTANDER, specWith());
  await systemClock.sleep(ms);
  lift();
  const began = systemClock.now();
  await workteams.untilReady(BYSTANDER, RECOVERED_WITHIN_MS);
  await work.done(setting);
  return systemClock.now() - began;
}

/** The limit on silence and the longest pause, and what a busy machine takes. */
const RECOVERED_WITHIN_MS = 300_000;

/** Prepares all, plays all side by side, and leaves another process in charge, which resyncs every second. */
async function around<C extends { work: Work }, R>(
  shared: SideBySide,
  cases: readonly C[],
  play: (one: C, setting: Setting) => Promise<R>,
): Promise<R[]> {
  await shared.start(COUNTED);
  const pairs = paired(shared, cases);
  await Promise.all(pairs.map(([{ work }, setting]) => prepared(work, setting)));
  const results = await Promise.all(pairs.map(([one, setting]) => explained(one, () => play(one, setting))));
  await shared.start();
  return results;
}

const goOn = async () => undefined;

/** Also the event of the preparation is over. */
async function prepared(work: Work, setting: Setting): Promise<void> {
  const announced =
    work === CREATE ? undefined : setting.at({ side: 'Kubernetes', call: 'an event', nth: 1, when: 'after' }, goOn);
  await work.prepare(setting);
  if (announced) await inTime(announced, { what: 'the event of the preparation', within: DONE_WITHIN_MS });
}

async function judged(shared: SideBySide, cases: readonly Case[], expected: ReadonlyMap<Work, Ending>): Promise<void> {
  const judge = async (one: Case, setting: Setting) => {
    const reference = expected.get(one.work);
    if (reference === undefined) throw new Error('there is no reference');
    await lookOnceMore(setting);
    // A call that timed out on a busy machine is made again.
    for (const name of setting.workteams.names()) {
      const settled = ({ status }: Workteam) => status?.failingSince === undefined;
      await setting.workteams.until(name, settled, { what: 'no failure', within: DONE_WITHIN_MS });
    }
    judgeEnding(setting, reference);
    await judgeQuiet(setting);
  };
  await Promise.all(paired(shared, cases).map(([one, setting]) => explained(one, () => judge(one, setting))));
}

async function playReferences(open: (count: number) => Promise<SideBySide>): Promise<ReadonlyMap<Work, Ending>> {
  await using shared = await open(WORKS.length);
  const cases = WORKS.map((work) => ({ work }));
  await around(shared, cases, async ({ work }, setting) => {
    const before = setting.calls();
    await work.begin(setting);
    await work.done(setting);
    const since = (): Calls => {
      const { aws, kubernetes } = setting.calls();
      return { aws: aws.slice(before.aws.length), kubernetes: kubernetes.slice(before.kubernetes.length) };
    };
    await eventually(() => since().kubernetes.includes('an event'), { what: 'the event', within: DONE_WITHIN_MS });
    expect(sorted(since())).toEqual(sorted(callsOf(work)));
    await setting.workteams.create(BYSTANDER, specWith());
    await setting.workteams.untilReady(BYSTANDER, DONE_WITHIN_MS);
  });
  const endings = paired(shared, cases).map(async ([{ work }, setting]) => {
    await lookOnceMore(setting);
    const ending = endingOf(setting);
    await judgeQuiet(setting);
    return [work, ending] as const;
  });
  return new Map(await Promise.all(endings));
}

function paired<C>({ settings }: SideBySide, cases: readonly C[]): [C, Setting][] {
  return settings.flatMap((setting, index) => {
    const one = cases[index];
    return one === undefined ? [] : [[one, setting] as [C, Setting]];
  });
}

const named = ({ work, moment }: Case) => `${work.title}, ${titleOf(moment)}`;

/** Says of what went wrong where it did. */
async function explained<R>(one: { work: Work; moment?: Moment }, play: () => Promise<R>): Promise<R> {
  const { work, moment } = one;
  try {
    return await play();
  } catch (error) {
    const where = moment === undefined ? `${work.title}, without a fault` : named({ work, moment });
    if (error instanceof Error) error.message = `${where}: ${error.message}`;
    throw error;
  }
}

/** Of calls that are made side by side, either may come first. */
function sorted({ aws, kubernetes }: Calls): Calls {
  return { aws: aws.toSorted(), kubernetes: kubernetes.toSorted() };
}
