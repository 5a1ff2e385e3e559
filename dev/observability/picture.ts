/** Draws panels of the dashboard as SVG: plain lines and numbers, by the grid of the dashboard. Pure. */
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
const COLOURS = ['#3274d9', '#e0752d', '#56a64b', '#c4162a', '#8f3bb8', '#b8860b', '#008b8b', '#777777'];
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
  const top = niceAbove(most);
  const atX = (second: number) => box.left + ((box.right - box.left) * second) / lastS;
  const atY = (value: number) => box.bottom - ((box.bottom - box.top) * value) / top;
  const unit = panel.fieldConfig?.defaults.unit ?? 'short';
  const parts: string[] = [];
  for (const share of [0, 0.5, 1]) {
    const y = atY(top * share).toFixed(1);
    parts.push(`<path d="M${box.left} ${y}H${box.right}" stroke="#eee"/>`);
    parts.push(small(box.left - 4, Number(y) + 3, told(top * share, unit), 'end'));
  }
  for (let second = 0; second <= lastS; second += 60) {
    parts.push(small(atX(second), box.bottom + 12, `${second / 60} min`, second === 0 ? 'start' : 'middle'));
  }
  for (const [index, { name, points }] of lines.entries()) {
    const colour = COLOURS[index % COLOURS.length];
    const path = points.map(([second, value]) => `${atX(second).toFixed(1)} ${atY(value).toFixed(1)}`);
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

/** The next of 1, 2, 5 with zeros. */
function niceAbove(value: number): number {
  if (value <= 0) return 1;
  const ten = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((step) => step * ten >= value) ?? 10) * ten;
}

function told(value: number, unit: string): string {
  if (unit === 'bytes') return `${Math.round(value / 1024 / 1024)} MiB`;
  const number = Number(value.toPrecision(3));
  switch (unit) {
    case 's':
      return value > 0 && value < 1 ? `${Number((value * 1000).toPrecision(3))} ms` : `${number} s`;
    case 'reqps':
    case 'ops':
      return `${number}/s`;
    default:
      return String(number);
  }
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
