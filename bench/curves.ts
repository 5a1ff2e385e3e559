/** What grows with the number of Workteams, picture by picture. Pure. */
import type { CondensedSeries } from './condensed.ts';
import type { Figures } from './measure.ts';
import { curves } from './picture.ts';
import type { Row, Unit } from './rows.ts';

/** A picture, and rows of the table of growth. */
export interface Growing {
  /** Of its file, without the ending. */
  readonly name: string;
  readonly title: string;
  readonly unit: Unit;
  /** The figures that are drawn in it, and what the legend calls them. */
  readonly lines: Readonly<Record<string, string>>;
}

export const GROWING: readonly Growing[] = [
  { name: 'memory', title: 'RSS idle', unit: 'MB', lines: { rssIdle: 'RSS idle' } },
  {
    name: 'memory-per-object',
    title: 'RSS for each Workteam beyond the smallest number',
    unit: 'kB',
    lines: { rssPerObject: 'RSS for each further Workteam' },
  },
  {
    name: 'start',
    title: 'Start with all in sync: exec → quiet',
    unit: 'ms',
    lines: { restartQuietMs: 'exec → quiet' },
  },
  {
    name: 'start-cpu',
    title: 'CPU of a start with all in sync',
    unit: 'ms',
    lines: { restartCpuMs: 'CPU of a start' },
  },
  { name: 'resync-cpu', title: 'CPU of a resync', unit: 'ms', lines: { sweepCpuMs: 'CPU of a resync' } },
  {
    name: 'resync-calls',
    title: 'AWS calls of a resync',
    unit: 'count',
    lines: { sweepCalls: 'AWS calls of a resync' },
  },
  {
    name: 'edits',
    title: 'An edit',
    unit: 'ms',
    lines: {
      editUpdateP50Ms: '→ UpdateWorkteam sent, p50',
      editUpdateP95Ms: '→ UpdateWorkteam sent, p95',
      editStatusP50Ms: '→ status says so, p50',
      editStatusP95Ms: '→ status says so, p95',
    },
  },
];

/** A row for each line. */
export const GROWTH_ROWS: readonly Row[] = GROWING.flatMap(({ title, unit, lines }) =>
  Object.entries(lines).map(([key, line]) => ({ key, unit, title: line.startsWith('→') ? `${title} ${line}` : title })),
);

/** The picture of what was measured of it; undefined where nothing was. */
export function curvesOf({ title, unit, lines }: Growing, series: readonly CondensedSeries[]): string | undefined {
  const drawn = Object.entries(lines).map(([key, name]) => ({ name, points: pointsOf(key, series) }));
  return drawn.every(({ points }) => points.length === 0) ? undefined : curves(title, unit, drawn);
}

/** N and the median, ascending. */
export function pointsOf(key: string, series: readonly CondensedSeries[]): [number, number][] {
  return series
    .flatMap(({ setting, figures }): [number, number][] => {
      const figure = figures[key];
      return figure === undefined ? [] : [[setting.n, figure.median]];
    })
    .toSorted(([a], [b]) => a - b);
}

/** Adds to each size what each Workteam beyond the first size added to the memory. */
export function withMemoryPerObject(sizes: readonly number[], runs: readonly Figures[]): Figures[] {
  const [first = 0] = sizes;
  const least = runs[0]?.rssIdle ?? Number.NaN;
  return runs.map((figures, index) => {
    const more = (sizes[index] ?? 0) - first;
    return more > 0 ? { ...figures, rssPerObject: ((figures.rssIdle ?? Number.NaN) - least) / more } : figures;
  });
}

/**
 * The power of N that a figure grows with, between the last two sizes: 1 is in proportion, 0 not at all. Undefined where there
 * are no two, or where a value is not above zero.
 */
export function growthPower(points: readonly (readonly [number, number])[]): number | undefined {
  const [before, last] = points.slice(-2);
  if (before === undefined || last === undefined || before[1] <= 0 || last[1] <= 0) return undefined;
  return Math.log(last[1] / before[1]) / Math.log(last[0] / before[0]);
}
