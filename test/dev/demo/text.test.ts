import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cut, tableLines, widthOf, wrap } from '../../../dev/demo/text.ts';

const plain = (_tone: unknown, text: string) => text;
const lines = (rows: string[][], width = 80) => tableLines({ columns: ['team', 'groups'], rows }, width, plain);

describe('a table', () => {
  test('has columns as wide as their widest cell, a rule as wide as the table, and no spaces at the ends of lines', () => {
    const rows = [
      ['blue', 'a'],
      ['yellow', 'abc'],
      ['', 'ab'],
    ];
    expect(lines(rows)).toEqual(['team    groups', '──────────────', 'blue    a', 'yellow  abc', '        ab']);
  });

  test('cuts its last column where it is too wide for the screen', () => {
    expect(lines([['blue', 'labelers and reviewers']], 20)).toEqual([
      'team  groups',
      '────────────────────',
      'blue  labelers and …',
    ]);
  });

  test('fills up a row that is too short', () => {
    expect(lines([['blue']]).at(-1)).toBe('blue');
  });

  test('is painted after it was laid out, so that colours move nothing', () => {
    const rows = [[{ text: 'x', tone: 'good' as const }, 'y']];
    const painted = tableLines({ columns: ['team', ''], rows }, 80, (tone, text) => `<${tone}>${text}</>`);
    expect(painted.at(-1)).toBe('<good>x</>     <plain>y</>');
  });

  test('is never wider than the screen, as long as all but the last column fit', () => {
    const cell = fc.string({ maxLength: 20 });
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell)), fc.integer({ min: 30, max: 60 }), (rows, width) => {
        for (const line of lines(rows, width)) expect(widthOf(line)).toBeLessThanOrEqual(width);
      }),
    );
  });
});

describe('wrapped text', () => {
  test('breaks at spaces, and indents what follows', () => {
    expect(wrap('one two three four', 9, '  ')).toEqual(['one two', '  three', '  four']);
  });

  test('leaves a word whole that is too long, and starts no line of its own for the first one', () => {
    expect(wrap('https://example.com/path is long', 10)).toEqual(['https://example.com/path', 'is long']);
  });

  test('keeps line breaks and the spaces inside of lines that fit', () => {
    expect(wrap('NAME    READY\nblue    True', 20)).toEqual(['NAME    READY', 'blue    True']);
  });

  test('keeps an indentation at the beginning of a line', () => {
    expect(wrap('   three four', 8)).toEqual(['   three', 'four']);
  });

  test('loses no word', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 });
    fc.assert(
      fc.property(words, fc.integer({ min: 1, max: 40 }), (all, width) => {
        expect(wrap(all.join(' '), width, '  ').flatMap((line) => line.trim().split(' '))).toEqual(all);
      }),
    );
  });
});

test('a text is cut so that it fits, counting characters and not code units', () => {
  expect(cut('labelers', 8)).toBe('labelers');
  expect(cut('labelers', 5)).toBe('labe…');
  expect(cut('𝒜𝒜𝒜𝒜', 3)).toBe('𝒜𝒜…');
});
