/**
 * Fault points in memory: a piece of work is lived through once without a fault, and then once for each place where the
 * fault can strike. All the judges of histories sit over each life, and its end and its writes are those of the first.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Switches } from '../../../dev/sagemaker/switches.ts';
import type { Workteam } from '../../../src/workteam/schema.ts';
import { type Deed, type History, type Life, live, type Step } from '../../properties/history.ts';
import { judge } from '../../properties/judge.ts';
import { operatorsWrites } from '../../properties/past.ts';
import { literal, shown, story } from '../../properties/show.ts';
import type { Outgoing } from '../../support/world/process.ts';
import type { Note, Point } from './points.ts';

/** Something that is asked of the operator. */
export interface Work {
  readonly title: string;
  /** What there is before. */
  readonly before: readonly Step[];
  /** What is asked for, at once, or one after the other. */
  readonly deeds: readonly Step[];
  readonly switches?: Partial<Switches>;
  readonly allowTakeover?: boolean;
}

/** One place where a fault strikes. */
export interface Trial {
  readonly title: string;
  /** What is prepared just before the work begins. */
  readonly faults?: readonly Deed[];
  /** What else happens, after the work was asked for. */
  readonly next?: readonly Step[];
  readonly switches?: Partial<Switches>;
}

/** A life as it is compared with another one. */
export interface Told {
  readonly problems: readonly string[];
  readonly ending: Ending;
  /** The calls that went out while the work was done. */
  readonly calls: readonly Outgoing[];
  /** The reasons of Ready that were ever written. */
  readonly reasons: ReadonlySet<string>;
  /** From the last trouble of the life to the last change of anything, in simulated milliseconds. */
  readonly settledMs: number;
  /** Everything, for a life that ended badly. */
  readonly story: string;
}

interface Ending {
  readonly objects: unknown;
  readonly teams: unknown;
  /** What changed something in AWS, in order. */
  readonly writes: unknown;
}

export interface PointOptions {
  /** What the end is compared in with that of the life without a fault; everything, when left out. */
  readonly alike?: readonly (keyof Ending)[];
  /** What else is to hold of each life, as sentences about what does not. */
  readonly besides?: (life: Life, told: Omit<Told, 'problems'>) => readonly string[];
  /** How long it may take to settle, in simulated milliseconds; half an hour when left out. */
  readonly settlingMs?: number;
}

/** A backoff of minutes, or two sweeps. */
const SETTLING_MS = 30 * 60_000;

/** How long a work takes, with some of what comes after it, in milliseconds. */
const WORK_MS = 20_000;

/** A point that tries out a whole list: one for each place where the fault can strike in this work. */
export function listed(
  work: Work,
  fault: string,
  trials: (calls: readonly Outgoing[]) => readonly Trial[],
  options: PointOptions = {},
): Point {
  return { title: `${work.title}, ${fault}`, play: (note) => tryAll(note, work, trials, options) };
}

async function tryAll(
  note: Note,
  work: Work,
  trials: (calls: readonly Outgoing[]) => readonly Trial[],
  options: PointOptions,
): Promise<void> {
  const time = { settlingMs: options.settlingMs ?? SETTLING_MS };
  const reference = await live(historyOf(work, undefined), (life) => tell(work, life, () => []), time);
  if (reference.problems.length > 0)
    throw new Error(`Without a fault:\n${reference.problems.join('\n')}\n${reference.story}`);
  const all = trials(reference.calls);
  if (all.length === 0) throw new Error('There is no place where the fault could strike.');
  let slowest = 0;
  for (const trial of all) {
    const history = historyOf(work, trial);
    const told = await live(history, (life) => tell(work, life, options.besides), time);
    const wrong = [...told.problems, ...differences(told.ending, reference.ending, options.alike)];
    if (wrong.length > 0) {
      note.plan({ trial: trial.title, history });
      throw new Error([`${trial.title}:`, ...wrong, shown(history), told.story].join('\n'));
    }
    slowest = Math.max(slowest, told.settledMs);
  }
  note.counted(all.length);
  note.settled(slowest);
}

function historyOf({ before, deeds, switches, allowTakeover = false }: Work, trial: Trial | undefined): History {
  const faults = (trial?.faults ?? []).map((deed): Step => ({ ...deed, pause: 0 }));
  const steps = [...before, ...faults, ...deeds, ...(trial?.next ?? [])];
  return {
    seed: 1,
    switches: { ...switches, ...trial?.switches },
    allowTakeover,
    steps: steps.map((step, index) => (index < steps.length - 1 ? step : { ...step, pause: step.pause + WORK_MS })),
  };
}

function tell({ before, deeds }: Work, life: Life, besides: PointOptions['besides']): Told {
  const { world, settledAt } = life;
  const began = sum(before);
  const calls = world.calls.filter(({ at }) => at >= began && at <= began + sum(deeds) + WORK_MS);
  const told = {
    ending: endingOf(life),
    calls,
    reasons: reasonsOf(life),
    settledMs: settledMs(life),
    story: story(world.happenings.filter(({ at }) => at <= settledAt)),
  };
  return { ...told, problems: [...judge(life), ...(besides?.(life, told) ?? [])] };
}

const sum = (steps: readonly Step[]) => steps.reduce((total, { pause }) => total + pause, 0);

function endingOf(life: Life): Ending {
  const { world } = life;
  const teams = [...world.teams].map(([, { workteam, tags }]) => {
    const { CreateDate: _created, LastUpdatedDate: _updated, ...rest } = workteam;
    return { ...rest, tags };
  });
  const writes = operatorsWrites(life)
    .filter(({ call }) => call.entry.effective)
    .map(({ call: { entry } }) => ({ operation: entry.operation, parameters: entry.parameters }));
  return { objects: world.api.list().map(lasting), teams, writes };
}

/** An object without what differs from one life to the next. */
function lasting({ metadata, spec, status }: Workteam): unknown {
  const { name, namespace, finalizers, generation } = metadata;
  const {
    conditions = [],
    createDate: _created,
    lastUpdatedDate: _updated,
    lastHandledReconcileAt: _asked,
    ...rest
  } = status ?? {};
  return {
    metadata: { name, namespace, finalizers, generation },
    spec,
    status: { ...rest, conditions: conditions.map(({ lastTransitionTime: _time, ...condition }) => condition) },
  };
}

function differences(ending: Ending, reference: Ending, alike: PointOptions['alike']): string[] {
  return (alike ?? (['objects', 'teams', 'writes'] as const)).flatMap((part) =>
    isDeepStrictEqual(ending[part], reference[part])
      ? []
      : [
          `the ${part} are not those of the life without a fault: ${literal(ending[part])}, not ${literal(reference[part])}`,
        ],
  );
}

function reasonsOf({ world }: Life): Set<string> {
  const written = world.happenings.flatMap((happening) => (happening.kind === 'written' ? [happening.written] : []));
  const conditions = written.flatMap(({ after }) => after?.status?.conditions ?? []);
  return new Set(conditions.flatMap(({ type, reason }) => (type === 'Ready' ? [reason] : [])));
}

function settledMs({ world, settledAt }: Life): number {
  const until = world.happenings.filter(({ at }) => at <= settledAt);
  const trouble = until.findLast(
    ({ kind, ...rest }) =>
      kind === 'died' || kind === 'brokenOff' || ('entry' in rest && rest.entry.fault !== undefined),
  );
  const change = until.findLast(
    (happening) => happening.kind === 'written' || (happening.kind === 'call' && happening.entry.effective),
  );
  return trouble === undefined || change === undefined ? 0 : Math.max(0, change.at - trouble.at);
}

/** One trial for each call that the work takes; `only` says which. */
export function eachCall(
  calls: readonly Outgoing[],
  prepare: (nth: number, call: Outgoing) => readonly Trial[],
  only: (call: Outgoing) => boolean = () => true,
): Trial[] {
  return calls.filter(only).flatMap((call, index) => prepare(index + 1, call));
}
