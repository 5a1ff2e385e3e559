import pc from 'picocolors';
import { type Paint, type Table, tableLines, wrap } from './text.ts';

/** Where the story is told: `process.stdout`, or a stand-in. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Lines longer than this are hard to read, however wide the terminal is. */
const WIDEST = 120;
const WITHOUT_TERMINAL = 80;
const MARGIN = '  ';

/** The indentation of what is expected and found. */
const DETAIL = ' '.repeat(10);

/** What a paragraph is; there is an empty line between two of different kinds. */
type Kind = 'title' | 'prose' | 'shell' | 'table' | 'check';

/** Tells the story: each method writes one kind of paragraph. */
export class Screen {
  readonly #output: Output;
  readonly #paint: Paint;
  #last: Kind | undefined;

  constructor(output: Output, colours: boolean) {
    this.#output = output;
    this.#paint = painter(colours);
  }

  title(text: string): void {
    this.#paragraph('title', [this.#paint('strong', text)], '');
  }

  /** Prose; how it is broken into lines in the source means nothing. */
  prose(text: string): void {
    this.#paragraph('prose', wrap(text.replaceAll(/\s*\n\s*/g, ' ').trim(), this.#room));
  }

  /** A command line, broken behind a pipe if it must be, so that it can still be copied. */
  command(line: string): void {
    const fits = line.length + 2 <= this.#room;
    const lines = fits ? [line] : line.replaceAll(' | ', ' |\n').split('\n');
    const shown = lines.map((part, index) => (index === 0 ? '$ ' : '    ') + this.#paint('strong', part));
    this.#paragraph('shell', shown);
  }

  /** What a command printed. */
  output(text: string): void {
    if (text.trim() !== '') this.#paragraph('shell', wrap(text.trimEnd(), this.#room, '  '));
  }

  /** Lines that stay as they are, to be copied. */
  listing(lines: readonly string[]): void {
    this.#paragraph(
      'shell',
      lines.map((line) => this.#paint('strong', line)),
    );
  }

  table(table: Table): void {
    this.#paragraph('table', tableLines(table, this.#room, this.#paint));
  }

  /** A statement that was verified: where, and what holds there. */
  held(where: string, sentence: string): void {
    this.#statement(this.#paint('good', '✓'), where, sentence);
  }

  /** A statement that does not hold. */
  failed(where: string, sentence: string, expected: string, found: string): void {
    this.#statement(this.#paint('bad', '✗'), where, sentence);
    const details = [`expected  ${expected}`, `found     ${found}`].map((text) => text.replaceAll('\n', `\n${DETAIL}`));
    const lines = details.flatMap((text) => wrap(text, this.#room - 2, DETAIL));
    this.#paragraph(
      'check',
      lines.map((line) => `  ${line}`),
    );
  }

  #statement(mark: string, where: string, sentence: string): void {
    const [first = '', ...more] = wrap(sentence, this.#room - WHERE - 2);
    const rest = more.map((line) => ' '.repeat(WHERE + 2) + line);
    this.#paragraph('check', [`${mark} ${this.#paint('quiet', where.padEnd(WHERE))}${first}`, ...rest]);
  }

  get #room(): number {
    const { isTTY, columns } = this.#output;
    const width = isTTY === true ? (columns ?? WITHOUT_TERMINAL) : WITHOUT_TERMINAL;
    return Math.min(width, WIDEST) - MARGIN.length;
  }

  #paragraph(kind: Kind, lines: readonly string[], margin = MARGIN): void {
    const apart = this.#last !== undefined && (kind !== this.#last || kind === 'prose' || kind === 'title') ? [''] : [];
    this.#last = kind;
    const indented = lines.map((line) => (line === '' ? '' : margin + line));
    this.#output.write(`${[...apart, ...indented].join('\n')}\n`);
  }
}

/** The width of what `held` says about where it looked, with the gap behind it. */
const WHERE = 12;

/** Whether this output is to have colours: a terminal that can show them, and nobody who minds (https://no-color.org). */
export function wantsColours(output: Output, env: Readonly<Record<string, string | undefined>>): boolean {
  return output.isTTY === true && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
}

function painter(colours: boolean): Paint {
  const { green, red, dim, bold } = pc.createColors(colours);
  return (tone, text) => {
    switch (tone) {
      case 'plain':
        return text;
      case 'good':
        return green(text);
      case 'bad':
        return red(text);
      case 'quiet':
        return dim(text);
      case 'strong':
        return bold(text);
      default:
        return tone satisfies never;
    }
  };
}
