/** Label selectors: what is read, what is sent, what is selected. That the API server agrees is in test/integration/sharding.test.ts. */
import { describe, expect, test } from 'vitest';
import { parseLabelSelector, selectorText, selects } from '../src/label-selector.ts';

const LONG = 'a'.repeat(63);
const PREFIX = `${'a.'.repeat(126)}a`;

describe('is read, and sent as', () => {
  test.each([
    ['shard=blue', 'shard=blue'],
    ['shard==blue', 'shard=blue'],
    [' shard = blue ', 'shard=blue'],
    ['shard=', 'shard='],
    ['shard!=blue', 'shard!=blue'],
    ['shard in (blue)', 'shard=blue'],
    ['shard in (blue, green,blue)', 'shard in (blue,green)'],
    ['shard notin(blue,green)', 'shard notin (blue,green)'],
    ['shard', 'shard'],
    ['! shard', '!shard'],
    ['a,!b,c in (d,e),f!=g', 'a,!b,c in (d,e),f!=g'],
    ['shard in (in,notin)', 'shard in (in,notin)'],
    ['labels.example.com/Shard_1.x=1-A', 'labels.example.com/Shard_1.x=1-A'],
    [`${PREFIX}/${LONG}=${LONG}`, `${PREFIX}/${LONG}=${LONG}`],
  ])('%s', (text, sent) => {
    const selector = parseLabelSelector(text);
    expect(selector && selectorText(selector)).toBe(sent);
    expect(parseLabelSelector(sent)).toEqual(selector);
  });
});

test.each([
  ...[
    '',
    ' ',
    ',',
    'a,',
    ',a',
    'a,,b',
    '=',
    '=a',
    '!',
    '!!a',
    '!a=b',
    '!a in (b)',
    'a b',
    'a=b=c',
    'a=b c',
    'a===b',
    'a=!b',
  ],
  ...[
    'a in',
    'a in ()',
    'a in (b,)',
    'a in (b',
    'a in b)',
    'a in (b) c',
    'a in ((b))',
    'a in (b c)',
    'a IN (b)',
    'a(b)',
  ],
  ...['in', 'notin in (a)', 'a>1', 'a<1', '-a', 'a-', 'é', 'a=é', 'a=-b', 'a=*', 'a=b/c', 'a="b"', 'a\n'.concat('b')],
  ...['/a', 'a/', 'a/b/c', 'A.b/c', 'a..b/c', '-a/b', `${PREFIX}a/b`, `${LONG}a`, `a=${LONG}a`],
])('is no selector: %j', (text) => {
  expect(parseLabelSelector(text)).toBeUndefined();
});

const NONE = undefined;
const BLUE = { shard: 'blue' };
const GREEN = { shard: 'green', legacy: '' };

test.each<[string, readonly [none: boolean, blue: boolean, green: boolean]]>([
  ['shard', [false, true, true]],
  ['!shard', [true, false, false]],
  ['shard=blue', [false, true, false]],
  ['shard!=blue', [true, false, true]],
  ['shard in (blue,green)', [false, true, true]],
  ['shard notin (blue,red)', [true, false, true]],
  ['legacy=', [false, false, true]],
  ['shard,!legacy', [false, true, false]],
  ['shard=blue,shard=green', [false, false, false]],
  // What every object of JavaScript has is no label.
  ['constructor', [false, false, false]],
  ['!toString', [true, true, true]],
])('%s selects', (text, expected) => {
  const selector = parseLabelSelector(text) ?? [];
  expect([NONE, BLUE, GREEN].map((labels) => selects(selector, labels))).toEqual(expected);
});

test('no requirement selects everything', () => {
  expect([NONE, BLUE].map((labels) => selects([], labels))).toEqual([true, true]);
});
