import { expect, test } from 'vitest';
import { Timeline } from '../../../dev/sagemaker/timeline.ts';

type Readers = 'describe' | 'list';
const view = (now: number, stale = false) => ({ now, stale });

test('before the first version, everybody sees the first value', () => {
  const timeline = new Timeline<string, Readers>('first');
  expect([timeline.latest, timeline.seenBy('list', view(0)), timeline.seenBy('list', view(0, true))]).toEqual([
    'first',
    'first',
    'first',
  ]);
});

test('each reader sees a version from its own time on', () => {
  const timeline = new Timeline<string, Readers>('first');
  timeline.push('second', { describe: 10, list: 20 }, 5);
  expect(timeline.latest).toBe('second');
  expect([9, 10].map((now) => timeline.seenBy('describe', view(now)))).toEqual(['first', 'second']);
  expect([19, 20].map((now) => timeline.seenBy('list', view(now)))).toEqual(['first', 'second']);
});

test('a later version is never seen before an earlier one', () => {
  const timeline = new Timeline<string, Readers>('first');
  timeline.push('second', { describe: 100, list: 0 }, 0);
  timeline.push('third', { describe: 1, list: 1 }, 1);
  expect([1, 99, 100].map((now) => timeline.seenBy('describe', view(now)))).toEqual(['first', 'first', 'third']);
  expect(timeline.seenBy('list', view(1))).toBe('third');
});

test('a stale reader is one version behind the newest, and no further behind than it is anyway', () => {
  const timeline = new Timeline<string, Readers>('first');
  timeline.push('second', { describe: 0, list: 0 }, 0);
  timeline.push('third', { describe: 0, list: 10 }, 0);
  expect(timeline.seenBy('describe', view(5, true))).toBe('second');
  expect(timeline.seenBy('list', view(5, true))).toBe('second');
  expect(timeline.seenBy('list', view(10, true))).toBe('second');
});

test('what nobody can see any more is forgotten, the version before the newest is not', () => {
  const timeline = new Timeline<number, Readers>(0);
  for (let value = 1; value <= 100; value++) timeline.push(value, { describe: value, list: value }, value);
  expect(timeline.seenBy('list', view(100, true))).toBe(99);
  expect(timeline.seenBy('list', view(98))).toBe(0); // 98 and older are gone
});
