/** What the pictures that are drawn by hand have in common. Pure. */

/** Far enough apart to be told from each other. */
export const COLOURS = [
  '#3274d9',
  '#e0752d',
  '#56a64b',
  '#c4162a',
  '#8f3bb8',
  '#b8860b',
  '#008b8b',
  '#777777',
] as const;

/** Where the values are drawn; y grows downwards. */
export interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Text that may stand between tags. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

/** The next of 1, 2, 4, 5 with zeros; 1 for what is not above zero. */
export function roundAbove(value: number): number {
  if (value <= 0) return 1;
  const ten = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 4, 5, 10].find((step) => step * ten >= value) ?? 10) * ten;
}

/** Three digits that count. */
export function short(value: number): string {
  return Number(value.toPrecision(3)).toString();
}

/** Where a value stands on an axis from 0 to `most`, as SVG writes it. */
export function heightOf({ top, bottom }: Box, most: number, value: number): string {
  return (bottom - ((bottom - top) * value) / most).toFixed(1);
}

/** Three lines across the box, at nothing, the half and `most`, each with its value beside it. */
export function grid(box: Box, most: number, told: (value: number) => string): string {
  return [0, most / 2, most]
    .map((value) => {
      const y = heightOf(box, most, value);
      const label = `<text x="${box.left - 5}" y="${(Number(y) + 3.5).toFixed(1)}" text-anchor="end" fill="#666">${escaped(told(value))}</text>`;
      return `<path d="M${box.left} ${y}H${box.right}" stroke="#ddd"/>${label}`;
    })
    .join('');
}
