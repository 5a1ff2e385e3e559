/**
 * Plays a work in a setting of its own, with a fault or without one, and judges how it ended.
 *
 *     const players = usePlayers(useSettings());          // at the top of a test file
 *     players.play(work, fault)                           // the judges object by throwing; returns how long it took to settle
 *     players.reference(work)                             // the run without a fault, played once for each work and file
 *
 * `useSharedPlayers(useSharedSettings(n))` plays around one operator that all runs of the file share.
 *
 * The operator that a fault meets resyncs every ten minutes, so that its calls are the same in each run. It is another
 * process that the last two judges look at, with a short resync: the successor that the fault made necessary, or one that
 * is started when the work is done.
 */
import type { Fault } from '../../../dev/sagemaker/faults.ts';
import { inTime } from '../../support/eventually.ts';
import { type Calls, type Moment, titleOf } from './calls.ts';
import { type Ending, endingOf, judgeEnding, judgeQuiet, lookOnceMore } from './judges.ts';
import {
  COUNTED,
  type OwnSetting,
  type Setting,
  type Settings,
  type SharedSetting,
  type SharedSettings,
  type Strike,
} from './setting.ts';
import { DONE_WITHIN_MS, type Work } from './works.ts';

/** A fault that was placed. */
export interface Placed {
  /** Resolves when the fault is over. */
  readonly over: Promise<unknown>;
  /** What somebody does then so that it can go on, as starting another operator. */
  readonly after?: () => Promise<unknown>;
}

/** Places a fault before the work begins, in a setting where everything is prepared. */
export type PlaceFault<S extends Setting = OwnSetting> = (setting: S) => Placed;

export interface Reference {
  readonly ending: Ending;
  /** All calls from the beginning of the work to the graceful end of the operator that did it. */
  readonly calls: Calls;
}

export interface Players {
  /**
   * Plays the work with a fault, to the end, and judges it (O1, O2, O3).
   * @returns how long it took from the end of the fault to the end of the work, in milliseconds
   */
  play(work: Work<OwnSetting>, fault: PlaceFault): Promise<number>;
  /** @param anew plays it once more, whether it was played before or not */
  reference(work: Work<OwnSetting>, anew?: boolean): Promise<Reference>;
}

/** To be called at the top of a test file; what it returns can be used inside hooks and tests. */
export function usePlayers({ open }: Pick<Settings, 'open'>): Players {
  const references = new Map<string, Promise<Reference>>();
  const reference = (work: Work<OwnSetting>, anew = false): Promise<Reference> => {
    const known = (anew ? undefined : references.get(work.title)) ?? playReference(open, work);
    references.set(work.title, known);
    return known;
  };
  return {
    reference,
    async play(work, fault) {
      const { ending } = await reference(work);
      await using setting = await prepared(open, work);
      const placed = fault(setting);
      const settled = await played(setting, work, placed);
      if (placed.after === undefined) await replace(setting, work);
      await judge(setting, ending);
      return settled;
    },
  };
}

/** What is expected in the place of the reference's ending, where the fault itself leaves something behind. */
export type Expected = (ending: Ending) => Ending;

export interface SharedPlayers {
  /** As `Players.play`; the operator that met the fault is the one that is judged. */
  play(work: Work, fault: PlaceFault<Setting>, expected?: Expected): Promise<number>;
}

/** The same in shared settings: n points and one reference for each work need n settings, and one for each work. */
export function useSharedPlayers({ take }: SharedSettings): SharedPlayers {
  const references = new Map<string, Promise<Ending>>();
  const reference = (work: Work): Promise<Ending> => {
    const known = references.get(work.title) ?? playSharedReference(take(), work);
    references.set(work.title, known);
    return known;
  };
  return {
    async play(work, fault, expected = (ending) => ending) {
      const ending = await reference(work);
      await using setting = take();
      await work.prepare(setting);
      const settled = await played(setting, work, fault(setting));
      await judge(setting, expected(ending));
      return settled;
    },
  };
}

/** @returns how long it took from the end of the fault to the end of the work, in milliseconds */
async function played<S extends Setting>(setting: S, work: Work<S>, { over, after }: Placed): Promise<number> {
  await work.begin(setting);
  await inTime(over, { what: 'the fault to strike and to be over', within: OVER_WITHIN_MS });
  const began = performance.now();
  await after?.();
  await work.done(setting);
  return performance.now() - began;
}

/** All three judges, after one more look at everything. */
export async function judge(setting: Setting, ending: Ending): Promise<void> {
  await lookOnceMore(setting);
  judgeEnding(setting, ending);
  await judgeQuiet(setting);
}

/** Three requests that each wait for 30 s in vain, and the pauses between them, on a busy machine; in milliseconds. */
const OVER_WITHIN_MS = 180_000;

/** The operator is killed at that moment, and another one is started. */
export function killedAt(moment: Moment, work: Work<OwnSetting>): PlaceFault {
  return (setting) => {
    const kill: Strike = async () => {
      await (await setting.newest).kill();
      return 'drop';
    };
    const struck = setting.at(moment, kill);
    return {
      over: inTime(struck, { what: `a call to be killed at: ${titleOf(moment)}`, within: DONE_WITHIN_MS }),
      after: () => setting.start(work.options?.(setting)),
    };
  };
}

async function playSharedReference(taken: SharedSetting, work: Work): Promise<Ending> {
  await using setting = taken;
  await work.prepare(setting);
  await work.begin(setting);
  await work.done(setting);
  await lookOnceMore(setting);
  const ending = endingOf(setting);
  await judgeQuiet(setting);
  return ending;
}

async function prepared(open: Settings['open'], work: Work<OwnSetting>): Promise<OwnSetting> {
  const setting = await open();
  try {
    if (!work.startsItself) await setting.start({ ...work.options?.(setting), flags: COUNTED });
    await work.prepare(setting);
    return setting;
  } catch (error) {
    await setting[Symbol.asyncDispose]();
    throw error;
  }
}

async function playReference(open: Settings['open'], work: Work<OwnSetting>): Promise<Reference> {
  await using setting = await prepared(open, work);
  const before = setting.calls();
  await work.begin(setting);
  await work.done(setting);
  await (await setting.newest).stop();
  const all = setting.calls();
  const calls = {
    aws: all.aws.slice(before.aws.length),
    kubernetes: all.kubernetes.slice(before.kubernetes.length),
  };
  await setting.start(work.options?.(setting));
  await lookOnceMore(setting);
  const ending = endingOf(setting);
  await judgeQuiet(setting);
  return { ending, calls };
}

/** The operator ends gracefully, and another process takes its place. */
async function replace(setting: OwnSetting, work: Work<OwnSetting>): Promise<void> {
  await (await setting.newest).stop();
  await setting.start(work.options?.(setting));
}

/** The nth call of that operation, and `times` from there on, meet a fault of the emulator. */
export function awsFault(operation: string, fault: Fault, { nth = 1, times = 1 } = {}): PlaceFault<Setting> {
  return ({ emulator, region }) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let left = times;
    const stop = emulator.control.onEntry((entry) => {
      if (entry.region !== region || entry.operation !== operation || entry.fault !== fault.kind) return;
      left -= 1;
      if (left > 0) return;
      stop();
      resolve();
    });
    emulator.control.addFault({ match: { region, operation, nth, times }, fault });
    return { over: promise };
  };
}
