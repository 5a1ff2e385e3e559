/** A soak as a picture: a panel for each measure, drawn as SVG by hand. Pure. */
import { type Box, COLOURS, escaped, grid, heightOf, roundAbove, short } from '../svg.ts';
import type { Sample } from './samples.ts';

export interface Panel {
  readonly measure: keyof Sample;
  readonly title: string;
  /** The values are divided by this. */
  readonly scale?: number;
  readonly unit?: string;
  /** The measure only ever grows: what is drawn is how fast, a second. */
  readonly isRate?: boolean;
}

export const PANELS: readonly Panel[] = [
  { measure: 'heap', title: 'Heap in use', scale: 2 ** 20, unit: 'MiB' },
  { measure: 'rss', title: 'Resident memory', scale: 2 ** 20, unit: 'MiB' },
  { measure: 'sockets', title: 'Open sockets' },
  { measure: 'files', title: 'Open files' },
  { measure: 'lag', title: 'Event loop, longest delay', scale: 0.001, unit: 'ms' },
  { measure: 'queue', title: 'Workteams waiting' },
  { measure: 'passes', title: 'Passes a second', isRate: true },
  { measure: 'awsCalls', title: 'Calls to AWS a second', isRate: true },
];

const COLUMNS = 2;
const PANEL = { width: 440, height: 170 };
const PLOT: Box = { left: 52, right: 424, top: 34, bottom: 138 };
const TOP = 54;
/** More points than pixels show nothing more. */
const MOST_POINTS = 370;

/** @param title one line above all panels; @param fromS what was before it is shaded: it was not judged */
export function picture(samples: readonly Sample[], title: string, fromS: number): string {
  const width = COLUMNS * PANEL.width;
  const height = TOP + Math.ceil(PANELS.length / COLUMNS) * PANEL.height;
  const endS = Math.max(1, samples.at(-1)?.at ?? 1);
  const panels = PANELS.map((panel, index) => {
    const x = (index % COLUMNS) * PANEL.width;
    const y = TOP + Math.floor(index / COLUMNS) * PANEL.height;
    return `<g transform="translate(${x} ${y})">\n${drawn(panel, samples, { fromS, endS })}\n</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<title>${escaped(title)}</title>
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="16" y="24" font-size="15" fill="#111">${escaped(title)}</text>
<text x="16" y="43" fill="#666">Shaded: the time before, in which caches fill; it is not judged.</text>
${panels.join('\n')}
</svg>
`;
}

function drawn(panel: Panel, samples: readonly Sample[], { fromS, endS }: { fromS: number; endS: number }): string {
  const points = thinned(pointsOf(panel, samples));
  const most = roundAbove(Math.max(0, ...points.map(([, value]) => value)));
  const { left, right, top, bottom } = PLOT;
  const x = (at: number) => (left + (at / endS) * (right - left)).toFixed(1);
  const line = points.map(([at, value]) => `${x(at)},${heightOf(PLOT, most, value)}`).join(' ');
  const shaded = (Math.min(1, fromS / endS) * (right - left)).toFixed(1);
  return [
    `<text x="${left}" y="22" fill="#111">${escaped(panel.title)}${panel.unit ? `, ${panel.unit}` : ''}</text>`,
    `<rect x="${left}" y="${top}" width="${shaded}" height="${bottom - top}" fill="#f3f3f3"/>`,
    grid(PLOT, most, short),
    `<polyline points="${line}" fill="none" stroke="${COLOURS[0]}" stroke-width="1.2"/>`,
    `<text x="${left}" y="${bottom + 16}" fill="#666">0</text>`,
    `<text x="${right}" y="${bottom + 16}" text-anchor="end" fill="#666">${duration(endS)}</text>`,
  ].join('\n');
}

function pointsOf({ measure, scale = 1, isRate = false }: Panel, samples: readonly Sample[]): [number, number][] {
  if (!isRate) return samples.map((sample) => [sample.at, sample[measure] / scale]);
  return samples.slice(1).map((sample, index) => {
    const before = samples[index] ?? sample;
    const seconds = Math.max(1, sample.at - before.at);
    return [sample.at, (sample[measure] - before[measure]) / seconds];
  });
}

function thinned<T>(points: readonly T[]): readonly T[] {
  const step = Math.ceil(points.length / MOST_POINTS);
  return step <= 1 ? points : points.filter((_, index) => index % step === 0);
}

function duration(seconds: number): string {
  return seconds >= 120 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds)} s`;
}
