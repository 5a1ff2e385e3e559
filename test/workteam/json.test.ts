import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, cut, type Json } from '../../src/workteam/json.ts';

describe('canonical JSON', () => {
  test.each<[string, Json | undefined, string]>([
    ['sorts keys at every depth', { b: 1, a: { d: 1, c: 2 } }, '{"a":{"c":2,"d":1},"b":1}'],
    ['keeps the order of lists', [2, 1], '[2,1]'],
    ['leaves out what is undefined', { a: undefined, b: 1 }, '{"b":1}'],
    ['tells null from undefined', { a: null }, '{"a":null}'],
    ['writes nothing for undefined', undefined, ''],
    ['escapes what JSON escapes', 'a"\n', '"a\\"\\n"'],
    ['leaves other characters as they are', 'ä🚗', '"ä🚗"'],
    ['writes empty lists and objects', { a: [], b: {} }, '{"a":[],"b":{}}'],
  ])('%s', (_, value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  test('is JSON of the same value, whatever the order of its keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value as Json);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(turned(value as Json))).toBe(text);
      }),
      { numRuns: 200 },
    );
  });
});

describe('cut', () => {
  test.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, 'ab…'],
    ['🚗🚗🚗', 3, '🚗🚗🚗'],
    ['🚗🚗🚗🚗', 3, '🚗🚗…'],
    ['', 3, ''],
  ])('%s to %d characters is %s', (text, limit, expected) => {
    expect(cut(text, limit)).toBe(expected);
  });

  test('may leave no mark', () => {
    expect(cut('abcd', 3, '')).toBe('abc');
  });

  test('never leaves more characters than it may, nor half of one', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', '\u0301', 'é', '🚗'), maxLength: 40 }),
        fc.integer({ min: 1, max: 20 }),
        (text, limit) => {
          const result = cut(text, limit);
          expect([...result].length).toBeLessThanOrEqual(limit);
          expect(result.isWellFormed()).toBe(true);
          if ([...text].length <= limit) expect(result).toBe(text);
        },
      ),
      { numRuns: 200 },
    );
  });
});

/** The same value with the keys of its objects in the opposite order. */
function turned(value: Json): Json {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== 'object' || value === null) return value;
  const entries: [string, Json | undefined][] = Object.entries(value);
  return Object.fromEntries(
    entries.reverse().map(([key, member]) => [key, member === undefined ? undefined : turned(member)]),
  );
}
