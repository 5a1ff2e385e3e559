/** Draws panels of the dashboard as SVG: plain lines and numbers, by the grid of the dashboard. Pure. */
import { COLOURS, escaped, grid, heightOf, roundAbove, short } from '../svg.ts';
import type { Panel } from './recording.ts';

/** One line of a panel: what the legend calls it, and its points, seconds from the beginning and values. */
export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [number, number])[];
}

export interface Drawn {
  readonly panel: Panel;
  readonly lines: readonly Line[];
}

/** What a picture depends on, to be told apart by a digest: the panels as they are, and the recording. */
export function drawnFrom(panels: readonly Panel[], recording: string): string {
  return JSON.stringify(panels) + recording;
}

const COLUMN = 40;
const ROW = 24;
const GAP = 6;
const FONT = 'font-family="sans-serif"';

/** The whole picture. `lastS`: the right end of every axis of time. `digest`: of what it is drawn from. */
export function picture(
  drawn: readonly Drawn[],
  { title, lastS, digest }: { title: string; lastS: number; digest: string },
): string {
  const rows = Math.max(...drawn.map(({ panel: { gridPos } }) => gridPos.y + gridPos.h));
  const [width, height] = [24 * COLUMN, rows * ROW + GAP];
  const panels = drawn.map((one) => panelAt(one, lastS));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<desc>Drawn from ${digest}</desc>`,
    `<rect width="${width}" height="${height}" fill="#f4f5f5"/>`,
    ...panels,
    '</svg>\n',
  ].join('\n');
}

function panelAt({ panel, lines }: Drawn, lastS: number): string {
  const { x, y, w, h } = panel.gridPos;
  const [width, height] = [w * COLUMN - GAP, h * ROW - GAP];
  const place = `<g transform="translate(${x * COLUMN + GAP / 2} ${y * ROW + GAP / 2})" data-panel="${panel.id}">`;
  const name = (at: number, size: number) =>
    `<text x="8" y="${at}" ${FONT} font-size="${size}" font-weight="bold" fill="#333">${escaped(panel.title)}</text>`;
  if (panel.type === 'row') return `${place}${name(15, 13)}</g>`;
  const frame = `<rect width="${width}" height="${height}" rx="2" fill="#fff" stroke="#ddd"/>`;
  const inside = panel.type === 'stat' ? stat(lines, width, height) : chart(panel, lines, { width, height, lastS });
  return `${place}${frame}${name(16, 11)}${inside}</g>`;
}

function stat(lines: readonly Line[], width: number, height: number): string {
  const value = lines[0]?.points.at(-1)?.[1];
  const text = value === undefined ? 'No data' : String(Math.round(value));
  return `<text x="${width / 2}" y="${height / 2 + 20}" ${FONT} font-size="${value === undefined ? 14 : 30}" text-anchor="middle" fill="#333">${text}</text>`;
}

function chart(panel: Panel, lines: readonly Line[], size: { width: number; height: number; lastS: number }): string {
  const { width, height, lastS } = size;
  const columns = columnsFor(lines, width);
  const legend = 14 * Math.ceil(lines.length / columns);
  const box = { left: 52, right: width - 10, top: 26, bottom: height - 20 - legend };
  const most = Math.max(...lines.flatMap(({ points }) => points.map(([, value]) => value)), 0);
  const highest = roundAbove(most);
  const atX = (second: number) => box.left + ((box.right - box.left) * second) / lastS;
  const unit = panel.fieldConfig?.defaults.unit ?? 'short';
  const axis = grid(box, highest, (value) => told(value, unit));
  const parts: string[] = [`<g ${FONT} font-size="9">${axis}</g>`];
  for (let second = 0; second <= lastS; second += 60) {
    parts.push(small(atX(second), box.bottom + 12, `${second / 60} min`, second === 0 ? 'start' : 'middle'));
  }
  for (const [index, { name, points }] of lines.entries()) {
    const colour = COLOURS[index % COLOURS.length];
    const path = points.map(([second, value]) => `${atX(second).toFixed(1)} ${heightOf(box, highest, value)}`);
    if (path.length > 0) parts.push(`<path d="M${path.join('L')}" fill="none" stroke="${colour}" stroke-width="1.5"/>`);
    const [x, y] = [
      box.left + ((box.right - box.left) / columns) * (index % columns),
      box.bottom + 26 + 14 * Math.floor(index / columns),
    ];
    parts.push(`<path d="M${x} ${y - 4}h12" stroke="${colour}" stroke-width="3"/>${small(x + 16, y, name, 'start')}`);
  }
  if (lines.length === 0) parts.push(small(width / 2, height / 2, 'No data', 'middle'));
  return parts.join('');
}

/** As many as the longest name allows, at five and a half points a letter. */
function columnsFor(lines: readonly Line[], width: number): number {
  const longest = Math.max(...lines.map(({ name }) => name.length), 1);
  return Math.min(3, Math.max(1, Math.floor((width - 62) / (longest * 5.5 + 24))));
}

function small(x: number, y: number, text: string, anchor: string): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${FONT} font-size="9" text-anchor="${anchor}" fill="#555">${escaped(text)}</text>`;
}

function told(value: number, unit: string): string {
  if (unit === 'bytes') return `${Math.round(value / 1024 / 1024)} MiB`;
  switch (unit) {
    case 's':
      return value > 0 && value < 1 ? `${short(value * 1000)} ms` : `${short(value)} s`;
    case 'reqps':
    case 'ops':
      return `${short(value)}/s`;
    default:
      return short(value);
  }
}
