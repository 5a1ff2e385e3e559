import { type Machine, thisMachine } from '../../scripts/reliability/machine.ts';
import type { Sample } from './samples.ts';
import type { Found } from './soak.ts';
import { type Gauge, type Span, type Trend, trendOf } from './trend.ts';

const MIB = 2 ** 20;

/** A number of the process that must not grow, how it is called and how its growth is judged. */
export interface Measure {
  readonly title: string;
  readonly unit: 'MiB' | '';
  readonly gauge: Gauge;
}

/**
 * Garbage is collected when V8 thinks fit, so the heap is the least of a window. What counts as flat is what 1,000 objects make
 * such a number waver by; a leak of 2 KiB a pass is 70 MiB after an hour of ten passes a second. RSS is what V8 and malloc keep,
 * and goes up and down in larger steps. Sockets and files follow the calls that are under way at the moment.
 */
export const MEASURES = {
  heap: {
    title: 'heap in use',
    unit: 'MiB',
    gauge: { windowBy: 'least', toleranceAbsolute: 6 * MIB, toleranceShare: 0.1 },
  },
  rss: {
    title: 'resident memory (RSS)',
    unit: 'MiB',
    gauge: { windowBy: 'middle', toleranceAbsolute: 16 * MIB, toleranceShare: 0.1 },
  },
  sockets: {
    title: 'open sockets',
    unit: '',
    gauge: { windowBy: 'middle', toleranceAbsolute: 5, toleranceShare: 0.1 },
  },
  files: { title: 'open files', unit: '', gauge: { windowBy: 'middle', toleranceAbsolute: 5, toleranceShare: 0.1 } },
} as const satisfies Partial<Record<keyof Sample, Measure>>;

export type MeasureName = keyof typeof MEASURES;

/** What is kept of a soak. */
export interface Report {
  readonly ok: boolean;
  readonly date: string;
  readonly commit: string;
  readonly machine: Machine;
  readonly teams: number;
  readonly regions: number;
  readonly seed: number;
  readonly resyncS: number;
  readonly found: Omit<Found, 'samples'>;
  /** Totals at the end of the works. */
  readonly calls: Pick<Sample, 'passes' | 'awsCalls' | 'kubernetesCalls'>;
  readonly span: Span;
  readonly trends: Readonly<Record<MeasureName, Trend>>;
}

/** What is left out: the first ten minutes, or the first third of a shorter run. */
export function spanOf(seconds: number): Span {
  const fromS = Math.min(600, seconds / 3);
  return { fromS, windowS: Math.max(1, (seconds - fromS) / 25) };
}

/** The trend of each measure. */
export function trendsOf(samples: readonly Sample[], span: Span): Report['trends'] {
  const of = (name: MeasureName) =>
    trendOf(
      samples.map((one) => ({ at: one.at, value: one[name] })),
      span,
      MEASURES[name].gauge,
    );
  return { heap: of('heap'), rss: of('rss'), sockets: of('sockets'), files: of('files') };
}

/** The verdict over everything. */
export function reportOn(
  found: Found,
  about: Pick<Report, 'date' | 'commit' | 'teams' | 'regions' | 'seed' | 'resyncS'>,
): Report {
  const { samples, ...rest } = found;
  const span = spanOf(found.seconds);
  const trends = trendsOf(samples, span);
  const flat = Object.values(trends).every((trend) => trend.flat);
  const { passes = 0, awsCalls = 0, kubernetesCalls = 0 } = samples.at(-1) ?? {};
  return {
    ok: flat && found.objections.length === 0 && found.idleWrites.length === 0,
    ...about,
    machine: thisMachine(),
    found: rest,
    calls: { passes, awsCalls, kubernetesCalls },
    span,
    trends,
  };
}

/** The verdict for a terminal. */
export function verdict({ ok, found, trends }: Report): string {
  const lines = (Object.keys(MEASURES) as MeasureName[]).map((name) => {
    const { median, growth, tolerance, flat } = trends[name];
    const { title, unit } = MEASURES[name];
    const show = (value: number) => (unit === 'MiB' ? `${(value / MIB).toFixed(1)} MiB` : value.toFixed(1));
    return `${flat ? 'flat' : 'NOT FLAT'}: ${title}, median ${show(median)}, growth ${show(growth)} (allowed: ${show(tolerance)})`;
  });
  return [
    ...lines,
    `${found.writes} writes to AWS; settled in ${(found.settledMs / 1000).toFixed(0)} s`,
    ...(found.idleWrites.length > 0 ? ['WRITTEN WHILE IDLE:', ...found.idleWrites] : ['nothing written while idle']),
    ...(found.objections.length > 0 ? ['OBJECTIONS:', ...found.objections] : ['no objections']),
    ok ? 'The soak held.' : 'The soak did not hold.',
  ].join('\n');
}
