/** What was aimed at, and what a run says of it. Pure. */
import { OURS } from '../../bench/command.ts';
import type { Condensed, CondensedSeries, Spread } from '../../bench/condensed.ts';
import { ROWS, type Unit } from '../../bench/rows.ts';
import { baselineOf } from './baseline.ts';

type Figures = CondensedSeries['figures'];

/** One aim, at each of several N. */
export interface Target {
  readonly id: string;
  /** The row of the bench. */
  readonly key: string;
  /** What is taken of the row, where it is not all of it. */
  readonly of?: { readonly title: string; readonly value: (figures: Figures) => Spread | undefined };
  /** The rule, in words. */
  readonly rule: string;
  readonly latencyMs: number;
  readonly n: readonly number[];
  /** Measured where the number of Workteams grows, in many regions. */
  readonly grown?: boolean;
  /** The most that meets it; undefined where what it depends on was not measured. */
  readonly most: (at: { readonly figures: Figures; readonly n: number }) => number | undefined;
}

const ALL = [25, 250, 1000];
const MB = 1e6;

const absolute = (most: number) => () => most;

/** A share of what the operator in Go needed. */
function ofBaseline(share: number, key: string, latencyMs = 50): Target['most'] {
  return ({ n }) => times(share, baselineOf(key, latencyMs, n));
}

/** A multiple of what was measured in the same run. */
function ofOwn(factor: number, key: string): Target['most'] {
  return ({ figures }) => times(factor, figures[key]?.median);
}

function times(factor: number, value: number | undefined): number | undefined {
  return value === undefined ? undefined : factor * value;
}

function without(key: string, part: string) {
  return (figures: Figures): Spread | undefined => {
    const [all, left] = [figures[key], figures[part]];
    if (all === undefined || left === undefined) return undefined;
    const median = all.median - left.median;
    return { median, lowest: median, highest: median };
  };
}

const at50 = { latencyMs: 50, n: ALL };

export const TARGETS: readonly Target[] = [
  { id: 'start', key: 'firstCallMs', rule: '0.30 s', ...at50, most: absolute(300) },
  { id: 'ready', key: 'allReadyMs', rule: '0.6 × Go', ...at50, most: ofBaseline(0.6, 'allReadyMs') },
  {
    id: 'ready-at-once',
    key: 'allReadyMs',
    rule: '1.3 × Go',
    latencyMs: 0,
    n: ALL,
    most: ofBaseline(1.3, 'allReadyMs', 0),
  },
  { id: 'new-calls', key: 'newCalls', rule: '2', latencyMs: 50, n: [25], most: absolute(2) },
  {
    id: 'many-new-calls',
    key: 'newCalls',
    rule: 'about 1 of many at once',
    latencyMs: 50,
    n: [250, 1000],
    most: absolute(1.1),
  },
  { id: 'new-writes', key: 'newWrites', rule: '2', ...at50, most: absolute(2) },
  { id: 'new-cpu', key: 'newCpuMs', rule: '2 × Go', ...at50, most: ofBaseline(2, 'newCpuMs') },
  { id: 'edit-calls', key: 'editCalls', rule: '3', ...at50, most: absolute(3) },
  { id: 'edit-writes', key: 'editWrites', rule: '1', ...at50, most: absolute(1) },
  { id: 'edit-p50', key: 'editUpdateP50Ms', rule: '60 ms', ...at50, most: absolute(60) },
  { id: 'edit-p95', key: 'editUpdateP95Ms', rule: '75 ms', ...at50, most: absolute(75) },
  { id: 'storm', key: 'stormUpdateP95Ms', rule: '2 × without a storm', ...at50, most: ofOwn(2, 'editUpdateP95Ms') },
  { id: 'paced', key: 'pacedUpdateP95Ms', rule: '2 × without a storm', ...at50, most: ofOwn(2, 'editUpdateP95Ms') },
  { id: 'status-p50', key: 'editStatusP50Ms', rule: '0.75 × Go', ...at50, most: ofBaseline(0.75, 'editStatusP50Ms') },
  { id: 'status-p95', key: 'editStatusP95Ms', rule: '0.75 × Go', ...at50, most: ofBaseline(0.75, 'editStatusP95Ms') },
  {
    id: 'restart-calls',
    key: 'restartCalls',
    of: {
      title: 'restart with all in sync: AWS calls that do not read tags',
      value: without('restartCalls', 'restartTagCalls'),
    },
    rule: '1 % of Go',
    latencyMs: 50,
    n: [1000],
    most: ofBaseline(0.01, 'restartCalls'),
  },
  { id: 'restart-quiet', key: 'restartQuietMs', rule: '3 s', ...at50, most: absolute(3_000) },
  {
    id: 'idle-calls',
    key: 'idleCallsAnHour',
    of: {
      title: 'AWS calls an hour while idle that do not read tags',
      value: without('idleCallsAnHour', 'idleTagCallsAnHour'),
    },
    rule: '1 % of Go',
    ...at50,
    most: ofBaseline(0.01, 'idleCallsAnHour'),
  },
  { id: 'rss-25', key: 'rssIdle', rule: '75 MB', latencyMs: 50, n: [25], most: absolute(75 * MB) },
  { id: 'rss-1000', key: 'rssIdle', rule: '90 MB', latencyMs: 50, n: [1000], most: absolute(90 * MB) },
  {
    id: 'rss-10000',
    key: 'rssIdle',
    rule: '200 MB',
    latencyMs: 50,
    n: [10_000],
    grown: true,
    most: absolute(200 * MB),
  },
];

/** What a run says of a target at one N. */
export interface Judged {
  readonly target: Target;
  readonly title: string;
  readonly unit: Unit;
  readonly n: number;
  readonly most: number | undefined;
  readonly measured: Spread | undefined;
  readonly verdict: 'met' | 'missed' | 'not measured';
}

/** Every target at every N, judged by the median of the repeats. */
export function judged(bench: Condensed | undefined, growth: Condensed | undefined): Judged[] {
  return TARGETS.flatMap((target) => {
    const { title = target.key, unit = 'count' } = ROWS.find(({ key }) => key === target.key) ?? {};
    return target.n.map((n): Judged => {
      const figures = figuresAt(target.grown === true ? growth : bench, target, n);
      const measured = target.of === undefined ? figures[target.key] : target.of.value(figures);
      const most = target.most({ figures, n });
      const verdict =
        measured === undefined || most === undefined ? 'not measured' : measured.median <= most ? 'met' : 'missed';
      return { target, title: target.of?.title ?? title, unit, n, most, measured, verdict };
    });
  });
}

/** The table is of one region. */
function figuresAt(run: Condensed | undefined, { latencyMs, grown }: Target, n: number): Figures {
  const found = run?.series.find(
    ({ subject, setting }) =>
      subject === OURS &&
      setting.n === n &&
      setting.latencyMs === latencyMs &&
      (grown === true || setting.regions === 1),
  );
  return found?.figures ?? {};
}
