/**
 * Plays a work in a setting of its own, with a fault or without one, and judges how it ended.
 *
 *     const players = usePlayers(useSettings());          // at the top of a test file
 *     players.play(work, fault)                           // the judges object by throwing; returns how long it took to settle
 *     players.reference(work)                             // the run without a fault, played once for each work and file
 *
 * The operator that a fault meets resyncs every ten minutes, so that its calls are the same in each run. It is another
 * process that the last two judges look at, with a short resync: the successor that the fault made necessary, or one that
 * is started when the work is done.
 */
import { inTime } from '../../support/eventually.ts';
import { type Calls, type Moment, titleOf } from './calls.ts';
import { type Ending, endingOf, judgeEnding, judgeQuiet, lookOnceMore } from './judges.ts';
import { COUNTED, type OwnSetting, type Settings, type Strike } from './setting.ts';
import { DONE_WITHIN_MS, type Work } from './works.ts';

/** A fault that was placed. */
export interface Placed {
  /** Resolves when the fault is over. */
  readonly over: Promise<unknown>;
  /** What somebody does then so that it can go on, as starting another operator. */
  readonly after?: () => Promise<unknown>;
}

/** Places a fault before the work begins, in a setting where everything is prepared. */
export type PlaceFault = (setting: OwnSetting) => Placed;

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
  reference(work: Work<OwnSetting>): Promise<Reference>;
}

/** To be called at the top of a test file; what it returns can be used inside hooks and tests. */
export function usePlayers({ open }: Pick<Settings, 'open'>): Players {
  const references = new Map<string, Promise<Reference>>();
  const reference = (work: Work<OwnSetting>): Promise<Reference> => {
    const known = references.get(work.title) ?? playReference(open, work);
    references.set(work.title, known);
    return known;
  };
  return {
    reference,
    async play(work, fault) {
      const { ending } = await reference(work);
      await using setting = await prepared(open, work);
      const { over, after } = fault(setting);
      await work.begin(setting);
      await inTime(over, { what: 'the fault to strike and to be over', within: DONE_WITHIN_MS });
      const began = performance.now();
      await after?.();
      await work.done(setting);
      const settled = performance.now() - began;
      if (after === undefined) await replace(setting, work);
      await lookOnceMore(setting);
      judgeEnding(setting, ending);
      await judgeQuiet(setting);
      return settled;
    },
  };
}

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
