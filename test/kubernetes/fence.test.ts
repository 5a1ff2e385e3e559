import { expect, test } from 'vitest';
import { abortWriteInMs, mayBeginWrite } from '../../src/kubernetes/fence.ts';

test.each([
  ['who never led', 5_000, undefined, false],
  ['at once', 5_000, 5_000, true],
  ['just within 10 s', 14_999, 5_000, true],
  ['at 10 s', 15_000, 5_000, false],
  ['after a long sleep', 3_600_000, 5_000, false],
])('a write may begin: %s', (_, now, lastRenewal, expected) => {
  expect(mayBeginWrite(now, lastRenewal)).toBe(expected);
});

test('a write ends 14 s after the renewal, whenever it began, which is before anyone else may lead', () => {
  expect(abortWriteInMs(5_000, 5_000)).toBe(14_000);
  expect(abortWriteInMs(14_999, 5_000)).toBe(4_001);
  expect(abortWriteInMs(60_000, 5_000)).toBe(0);
});
