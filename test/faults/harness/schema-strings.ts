/** Strings at, inside and past the bounds that an OpenAPI schema sets, for any schema. */
import fc from 'fast-check';

/** What bounds a string. */
export interface TextBounds {
  readonly minLength?: number;
  readonly maxLength?: number;
  /** Regular expressions that it must match, all of them. */
  readonly patterns: readonly string[];
}

/** What is put into a string that is otherwise good: what line-based, quoted, path-like and Unicode-unaware readers trip over. */
export const ODD_CHARACTERS: readonly string[] = [
  ...[' ', '\t', '\n', '\r', '\u0000', '\u0007', '\u001b', '\u007f', '\u0085', '\u00a0', '\u2028', '\u2029', '\u200b'],
  ...['é', '東', '\u0301', '🚗', '𝒜', '/', '\\', '"', "'", '-', '_', '.', ':', '!', '*', '%', '<', '{', '$', '@'],
];

/** Always the same sample. */
const SEED = 24;
const SAMPLES = 200;

/** So many different strings inside the bounds; fewer where there are no more. Of printable ASCII where that is allowed. */
export function goodTexts(bounds: TextBounds, count: number): string[] {
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY, patterns } = bounds;
  const [pattern = '^[a-z]{1,8}$'] = patterns;
  // The generator knows no Unicode classes; letters are in each of those that are allowed anywhere.
  const asciiOnly = pattern.replaceAll(/\\p\{\w+\}/g, 'a-z');
  const samples = fc.sample(fc.stringMatching(new RegExp(asciiOnly)), { seed: SEED, numRuns: SAMPLES });
  const good = [...new Set(samples)].filter(
    (text) => text.length >= Math.max(1, minLength) && text.length <= maxLength && matchesAll(text, patterns),
  );
  const isPlain = (text: string) => /^[\w.:/@-]+$/.test(text);
  const few = [...good.filter(isPlain), ...good.filter((text) => !isPlain(text))].slice(0, count);
  if (few.length === 0) throw new Error(`no string was found that matches ${patterns.join(' and ')}`);
  return few;
}

/** Strings around one that is good, and it with each odd character in each place: each with what is special about it. */
export function textsAround(bounds: TextBounds, odd: readonly string[]): [title: string, text: string][] {
  const { minLength = 0, maxLength, patterns } = bounds;
  const [stem = ''] = goodTexts(bounds, 1);
  const fits = (text: string) => matchesAll(text, patterns);
  const shortest = shrunk(stem, Math.max(1, minLength), fits);
  const withOdd = odd.flatMap((character): [string, string][] => {
    const middle = Math.ceil(stem.length / 2);
    return [
      [`with ${shown(character)} at its beginning`, character + stem],
      [`with ${shown(character)} inside`, stem.slice(0, middle) + character + stem.slice(middle)],
      [`with ${shown(character)} at its end`, stem + character],
    ];
  });
  return [
    ['empty', ''],
    ['as short as it may be', shortest],
    ['one shorter than that', shortest.slice(0, -1)],
    ...(maxLength === undefined ? [] : atTheMaximum(stem, maxLength, fits)),
    ...withOdd,
  ];
}

function atTheMaximum(stem: string, max: number, fits: (text: string) => boolean): [string, string][] {
  const longest = stretched(stem, max, fits);
  const tooLong = stretched(longest, max + 1, fits);
  return [
    [longest.length === max ? `of ${max} characters` : 'as long as its pattern lets it be', longest],
    [`of ${max + 1} characters`, tooLong.padEnd(max + 1, 'a')],
    [`of ${max} letters outside the BMP`, '𝒜'.repeat(max)],
    [`of ${max + 1} letters outside the BMP`, '𝒜'.repeat(max + 1)],
    ['of 10,000 characters', tooLong.padEnd(10_000, 'a')],
  ];
}

function matchesAll(text: string, patterns: readonly string[]): boolean {
  return patterns.every((pattern) => new RegExp(pattern, 'u').test(text));
}

/** Longer by repeating parts of it, up to that length if the patterns let it. */
function stretched(text: string, length: number, fits: (text: string) => boolean): string {
  let longest = text;
  for (;;) {
    const longer = repetitions(longest, length - longest.length).find(fits);
    if (longer === undefined) return longest;
    longest = longer;
  }
}

/** The text with one of its parts twice, at most `more` longer; long parts first. */
function repetitions(text: string, more: number): string[] {
  const sizes = Array.from({ length: Math.max(0, Math.min(more, text.length, 32)) }, (_, index) => index + 1).reverse();
  return sizes.flatMap((size) =>
    Array.from(
      { length: Math.min(text.length - size + 1, 64) },
      (_, at) => text.slice(0, at + size) + text.slice(at, at + size) + text.slice(at + size),
    ),
  );
}

/** Shorter by leaving out parts of it. */
function shrunk(text: string, length: number, fits: (text: string) => boolean): string {
  let shortest = text;
  for (;;) {
    const shorter = omissions(shortest).find((candidate) => candidate.length >= length && fits(candidate));
    if (shorter === undefined) return shortest;
    shortest = shorter;
  }
}

function omissions(text: string): string[] {
  const sizes = Array.from({ length: text.length - 1 }, (_, index) => index + 1).reverse();
  return sizes.flatMap((size) =>
    Array.from({ length: text.length - size + 1 }, (_, at) => text.slice(0, at) + text.slice(at + size)),
  );
}

/** A character by its code point, where it may not be seen. */
function shown(character: string): string {
  return /^[!-~]$/.test(character) ? character : `U+${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
}
