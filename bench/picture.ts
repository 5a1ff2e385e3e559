/** Figures as pictures: bars for each number of objects, side by side for each subject; or curves over it. Pure. */
import { type Box, COLOURS, escaped, grid, heightOf, roundAbove } from '../dev/svg.ts';
import type { CondensedSeries } from './condensed.ts';
import { type Row, told, type Unit } from './rows.ts';

const PANEL = { width: 440, height: 200 };
const BOX: Box = { left: 62, right: 428, top: 36, bottom: 160 };
const TOP = 40;
const LEGEND_LINE = 16;
const MARGIN = 16;
/** How wide all the bars of a number of objects are together, of the room there is for them. */
const BARS_SHARE = 0.6;

/**
 * A row of the table: a panel for each latency, in it a group of bars for each N, with a line from the lowest to the highest;
 * undefined where nothing of it was measured.
 */
export function bars(row: Row, all: readonly CondensedSeries[]): string | undefined {
  const series = all.filter(({ figures }) => figures[row.key] !== undefined);
  if (series.length === 0) return undefined;
  const names = unique(series.map(({ subject }) => subject));
  const latencies = unique(series.map(({ setting }) => setting.latencyMs));
  const panels = latencies.map((latency) => {
    const its = series.filter(({ setting }) => setting.latencyMs === latency);
    return `${heading(`AWS answers after ${latency} ms`)}${barsIn(row, its, names)}`;
  });
  return drawing(row.title, names, panels);
}

function barsIn(row: Row, series: readonly CondensedSeries[], names: readonly string[]): string {
  const sizes = unique(series.map(({ setting }) => setting.n)).toSorted((a, b) => a - b);
  const found = series.flatMap((one) => {
    const figure = one.figures[row.key];
    return figure === undefined ? [] : [{ n: one.setting.n, name: one.subject, ...figure }];
  });
  const most = roundAbove(Math.max(0, ...found.map(({ highest }) => highest)));
  const room = (BOX.right - BOX.left) / sizes.length;
  const width = (room * BARS_SHARE) / names.length;
  const parts = found.map(({ n, name, median, lowest, highest }) => {
    const left = BOX.left + room * (sizes.indexOf(n) + (1 - BARS_SHARE) / 2) + width * names.indexOf(name);
    const [y, low, high] = [median, lowest, highest].map((value) => heightOf(BOX, most, value));
    const bar = `<path d="M${left.toFixed(1)} ${BOX.bottom}V${y}h${width.toFixed(1)}V${BOX.bottom}z" fill="${colourOf(names, name)}"/>`;
    const middle = (left + width / 2).toFixed(1);
    const spread = lowest === highest ? '' : `<path d="M${middle} ${low}V${high}" stroke="#111"/>`;
    return `${bar}${spread}<text x="${middle}" y="${(Number(high) - 4).toFixed(1)}" text-anchor="middle" fill="#111">${told(row.unit, median)}</text>`;
  });
  const labels = sizes.map((n, index) => below(BOX.left + room * (index + 0.5), `N = ${n}`));
  return [grid(BOX, most, (value) => told(row.unit, value)), ...parts, ...labels].join('\n');
}

/** A line of a picture: what the legend calls it, and its points, N and the value. */
export interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [number, number])[];
}

/** Curves over N, both axes from 0. */
export function curves(title: string, unit: Unit, lines: readonly Curve[]): string {
  const all = lines.flatMap(({ points }) => points);
  const largest = Math.max(1, ...all.map(([n]) => n));
  const most = roundAbove(Math.max(0, ...all.map(([, value]) => value)));
  const x = (n: number) => BOX.left + ((BOX.right - BOX.left) * n) / largest;
  const names = lines.map(({ name }) => name);
  const parts = lines.map(({ name, points }) => {
    const colour = colourOf(names, name);
    const at = points.map(([n, value]) => [x(n).toFixed(1), heightOf(BOX, most, value)] as const);
    const dots = at.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="2.5" fill="${colour}"/>`);
    const line = at.map((point) => point.join(',')).join(' ');
    return `<polyline points="${line}" fill="none" stroke="${colour}" stroke-width="1.5"/>${dots.join('')}`;
  });
  const labels = [0, largest / 2, largest].map((n) => below(x(n), String(Math.round(n))));
  const panel = [heading('over the number of Workteams'), grid(BOX, most, (value) => told(unit, value)), ...parts];
  return drawing(title, names, [[...panel, ...labels].join('\n')]);
}

function drawing(title: string, names: readonly string[], panels: readonly string[]): string {
  const width = Math.max(1, panels.length) * PANEL.width;
  const height = TOP + PANEL.height + (names.length + 0.5) * LEGEND_LINE;
  const placed = panels.map(
    (panel, index) => `<g transform="translate(${index * PANEL.width} ${TOP})">\n${panel}\n</g>`,
  );
  const legend = names.map((name, index) => {
    const y = TOP + PANEL.height + (index + 0.5) * LEGEND_LINE;
    return `<path d="M${BOX.left} ${y - 4}h12" stroke="${colourOf(names, name)}" stroke-width="3"/><text x="${BOX.left + 18}" y="${y}" fill="#333">${escaped(name)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11" role="img">
<title>${escaped(title)}</title>
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="${MARGIN}" y="24" font-size="14" fill="#111">${escaped(title)}</text>
${[...placed, ...legend].join('\n')}
</svg>
`;
}

function heading(text: string): string {
  return `<text x="${BOX.left}" y="18" fill="#666">${escaped(text)}</text>`;
}

function below(x: number, text: string): string {
  return `<text x="${x.toFixed(1)}" y="${BOX.bottom + 16}" text-anchor="middle" fill="#666">${text}</text>`;
}

function colourOf(names: readonly string[], name: string): string {
  return COLOURS[names.indexOf(name) % COLOURS.length] ?? COLOURS[0];
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
