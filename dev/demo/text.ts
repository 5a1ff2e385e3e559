/** Lays out text for a screen of so many columns. Pure: what it returns contains no colours unless `paint` puts them in. */

/** What a piece of text means; a screen with colours shows it. */
export type Tone = 'plain' | 'good' | 'bad' | 'quiet' | 'strong';
export type Paint = (tone: Tone, text: string) => string;

export type Cell = string | { readonly text: string; readonly tone: Tone };

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** How many columns a text takes; the demo uses no wide characters. */
export function widthOf(text: string): number {
  return [...text].length;
}

/** Cuts a text that is too wide, and says so with its last character. */
export function cut(text: string, width: number): string {
  return widthOf(text) <= width ? text : `${[...text].slice(0, Math.max(0, width - 1)).join('')}…`;
}

/**
 * Breaks a text at spaces so that no line is wider than `width`; a word that is wider stays whole. Lines after the first
 * begin with `hanging`. Spaces inside a line, and line breaks in the text, are kept.
 */
export function wrap(text: string, width: number, hanging = ''): string[] {
  return text.split('\n').flatMap((line) => wrapLine(line, width, hanging));
}

function wrapLine(line: string, width: number, hanging: string): string[] {
  const lines: string[] = [];
  let current: string | undefined;
  for (const word of line.split(' ')) {
    const longer: string = current === undefined ? word : `${current} ${word}`;
    if (current === undefined || current.trim() === '' || widthOf(longer) <= width) current = longer;
    else {
      lines.push(current.trimEnd());
      current = hanging + word;
    }
  }
  lines.push((current ?? '').trimEnd());
  return lines;
}

const GAP = '  ';

/**
 * The lines of a table: the columns' names, a rule, the rows. Columns are as wide as their widest cell; where all of them
 * do not fit into `width`, the cells of the last one are cut.
 */
export function tableLines({ columns, rows }: Table, width: number, paint: Paint): string[] {
  const widths = fitted(
    columns.map((name, index) => Math.max(widthOf(name), ...rows.map((row) => widthOf(textOf(row[index] ?? ''))))),
    width,
  );
  const total = widths.reduce((sum, next) => sum + next, GAP.length * (widths.length - 1));
  const heading = columns.map((name): Cell => ({ text: name, tone: 'strong' }));
  const rule = paint('quiet', '─'.repeat(Math.max(0, total)));
  return [rowLine(heading, widths, paint), rule, ...rows.map((row) => rowLine(row, widths, paint))];
}

function fitted(natural: readonly number[], width: number): number[] {
  const others = natural.slice(0, -1);
  const last = natural.at(-1) ?? 0;
  const room = width - others.reduce((sum, next) => sum + next + GAP.length, 0);
  return [...others, Math.max(1, Math.min(last, room))];
}

function rowLine(row: readonly Cell[], widths: readonly number[], paint: Paint): string {
  const cells = widths.map((width, index) => {
    const cell = row[index] ?? '';
    const text = cut(textOf(cell), width);
    const padding = ' '.repeat(index === widths.length - 1 ? 0 : width - widthOf(text));
    return paint(typeof cell === 'string' ? 'plain' : cell.tone, text) + padding;
  });
  return cells.join(GAP).trimEnd();
}

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text;
}
