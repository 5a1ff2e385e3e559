import { beforeEach, describe, expect, test } from 'vitest';
import { Confirmer, type ConfirmerOptions } from '../src/confirmer.ts';
import type { ObservedWorkteam } from '../src/workteam/observed.ts';
import { ManualClock } from './support/clock.ts';

const teamOf = (workteamName: string): ObservedWorkteam => ({
  workteamName,
  workteamArn: 'arn',
  description: '',
  memberDefinitions: [],
});

let clock: ManualClock;
/** What happened, with the time. */
let happened: string[];
let list: ConfirmerOptions['list'];
let confirmer: Confirmer;

beforeEach(() => {
  clock = new ManualClock();
  happened = [];
  list = async (_, names) => [...names].map(teamOf);
  confirmer = new Confirmer({
    list: (region, names, signal) => {
      happened.push(`list ${region}@${clock.now()}: ${summary([...names])}`);
      return list(region, names, signal);
    },
    onListed: (region, { keys, teams, began }) =>
      happened.push(`listed ${region}@${clock.now()}: ${teams.length} for ${summary(keys)} since ${began}`),
    onError: (region, error) => happened.push(`failed ${region}: ${error}`),
    clock,
  });
  return async () => {
    await confirmer.stop();
    expect(clock.pending).toBe(0);
  };
});

const summary = (names: readonly string[]) => (names.length > 5 ? `${names.length}` : names.join(' '));
const add = (...names: string[]) => {
  for (const name of names) confirmer.add('west', `ns/${name}`, name);
};
const numbered = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `n${from + index}`);

/** A list that answers after a second. */
const slowly: ConfirmerOptions['list'] = async (_, names, signal) => {
  await clock.sleep(1_000, signal);
  return [...names].map(teamOf);
};

describe('creates are confirmed by one list', () => {
  test('two seconds after the first', async () => {
    add('a');
    await clock.advance(1_500);
    add('b');
    await clock.advance(499);
    expect(happened).toEqual([]);
    await clock.advance(1);
    expect(happened).toEqual(['list west@2000: a b', 'listed west@2000: 2 for ns/a ns/b since 2000']);
    await clock.advance(10_000);
    expect(happened).toHaveLength(2);
  });

  test('at once when nobody else waits', async () => {
    add('a', 'b');
    confirmer.hurry('west');
    await clock.advance(0);
    expect(happened).toEqual(['list west@0: a b', 'listed west@0: 2 for ns/a ns/b since 0']);
  });

  test('as soon as they fill a page', async () => {
    add(...numbered(0, 99));
    await clock.advance(0);
    expect(happened).toEqual([]);
    add('n99');
    await clock.advance(0);
    expect(happened).toEqual(['list west@0: 100', 'listed west@0: 100 for 100 since 0']);
  });

  test('of a region: another one has a list of its own', async () => {
    add('a');
    confirmer.add('east', 'ns/b', 'b');
    await clock.advance(2_000);
    expect(happened.toSorted()).toEqual([
      'list east@2000: b',
      'list west@2000: a',
      'listed east@2000: 1 for ns/b since 2000',
      'listed west@2000: 1 for ns/a since 2000',
    ]);
  });

  test('never two at a time; what comes meanwhile is in the next one, asked for later', async () => {
    list = slowly;
    add('a');
    confirmer.hurry('west');
    add('b');
    confirmer.hurry('west');
    await clock.advance(1_000);
    expect(happened).toEqual(['list west@0: a', 'listed west@1000: 1 for ns/a since 0', 'list west@1000: b']);
    await clock.advance(1_000);
    expect(happened.at(-1)).toBe('listed west@2000: 1 for ns/b since 1000');
  });

  test('what comes meanwhile without haste waits its two seconds', async () => {
    list = slowly;
    add('a');
    confirmer.hurry('west');
    add('b');
    await clock.advance(1_999);
    expect(happened).toHaveLength(2);
    await clock.advance(1);
    expect(happened.at(-1)).toBe('list west@2000: b');
  });

  test('a hurry with nobody waiting asks for nothing', async () => {
    confirmer.hurry('west');
    add('a');
    confirmer.hurry('west');
    await clock.advance(0);
    confirmer.hurry('west');
    await clock.advance(10_000);
    expect(happened).toHaveLength(2);
  });
});

test('a list that fails is told, and shows nothing of those it was for', async () => {
  list = async () => {
    throw new Error('throttled');
  };
  add('a', 'b');
  await clock.advance(2_000);
  expect(happened).toEqual([
    'list west@2000: a b',
    'failed west: Error: throttled',
    'listed west@2000: 0 for ns/a ns/b since 2000',
  ]);
  list = async (_, names) => [...names].map(teamOf);
  add('c');
  await clock.advance(2_000);
  expect(happened.at(-1)).toBe('listed west@4000: 1 for ns/c since 4000');
});

test('stop ends what is under way and what waits, without a word', async () => {
  list = slowly;
  add('a');
  confirmer.hurry('west');
  add('b');
  await clock.advance(0);
  await confirmer.stop();
  add('c');
  confirmer.hurry('west');
  await clock.advance(10_000);
  expect(happened).toEqual(['list west@0: a']);
});
