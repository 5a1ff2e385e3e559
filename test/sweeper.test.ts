import { beforeEach, describe, expect, test } from 'vitest';
import { Sweeper, type SweeperOptions } from '../src/sweeper.ts';
import type { ObservedWorkteam } from '../src/workteam/observed.ts';
import { ManualClock } from './support/clock.ts';

const TEAM: ObservedWorkteam = { workteamName: 'blue', workteamArn: 'arn', description: '', memberDefinitions: [] };

let clock: ManualClock;
let inUse: Set<string>;
/** What happened, with the time. */
let happened: string[];
let list: SweeperOptions['list'];
let sweeper: Sweeper;
/** 0 makes each interval the shortest that there is. */
let chance: number;

beforeEach(() => {
  clock = new ManualClock();
  chance = 0;
  inUse = new Set(['west', 'east']);
  happened = [];
  list = async () => [TEAM];
  sweeper = new Sweeper({
    list: (region, signal) => {
      happened.push(`list ${region}@${clock.now()}`);
      return list(region, signal);
    },
    isInUse: (region) => inUse.has(region),
    onSwept: (region, teams, began) => happened.push(`swept ${region}@${clock.now()}: ${teams.length} since ${began}`),
    onError: (region, error, retryInMs) => happened.push(`failed ${region}: ${error}, again in ${retryInMs}`),
    resyncMs: 600_000,
    clock,
    random: () => chance,
  });
  return async () => {
    await sweeper.stop();
    expect(clock.pending).toBe(0);
  };
});

describe('a region', () => {
  test('is swept at once, and again every interval', async () => {
    sweeper.ensure('west', 'at once');
    await clock.advance(1_200_000);
    expect(happened).toEqual([
      'list west@0',
      'swept west@0: 1 since 0',
      'list west@600000',
      'swept west@600000: 1 since 600000',
      'list west@1200000',
      'swept west@1200000: 1 since 1200000',
    ]);
  });

  test('is swept a tenth later at most, so that many regions do not keep step', async () => {
    chance = 0.999;
    sweeper.ensure('west', 'later');
    await clock.advance(659_000);
    expect(happened).toEqual([]);
    await clock.advance(1_000);
    expect(happened).toHaveLength(2);
  });

  test('is swept later when it is new', async () => {
    sweeper.ensure('west', 'later');
    await clock.advance(599_999);
    expect(happened).toEqual([]);
    await clock.advance(1);
    expect(happened).toHaveLength(2);
  });

  test('is swept once, however often it is asked for', async () => {
    for (let turn = 0; turn < 3; turn++) sweeper.ensure('west', 'at once');
    await clock.advance(0);
    expect(happened).toHaveLength(2);
    expect(clock.pending).toBe(1);
  });

  test('is left alone when nobody is there any more, and taken up again', async () => {
    sweeper.ensure('west', 'at once');
    await clock.advance(0);
    inUse.delete('west');
    await clock.advance(600_000);
    expect(happened).toHaveLength(2);
    expect(clock.pending).toBe(0);
    inUse.add('west');
    sweeper.ensure('west', 'at once');
    await clock.advance(0);
    expect(happened).toHaveLength(4);
  });
});

test('the answer counts from when the question was asked', async () => {
  list = async () => {
    await clock.sleep(5_000);
    return [];
  };
  sweeper.ensure('west', 'at once');
  await clock.advance(5_000);
  expect(happened.at(-1)).toBe('swept west@5000: 0 since 0');
});

describe('a sweep that fails', () => {
  test('is told and tried again, after pauses that double, up to the interval; then everything is as before', async () => {
    let failures = 11;
    list = async () => {
      if (failures-- > 0) throw new Error('throttled');
      return [];
    };
    sweeper.ensure('west', 'at once');
    await clock.advance(3_600_000);
    const pauses = happened
      .filter((entry) => entry.startsWith('failed'))
      .map((entry) => Number(entry.split(' ').at(-1)));
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 512_000, 600_000]);
    const swept = happened.filter((entry) => entry.startsWith('swept'));
    expect(swept).toEqual(['swept west@1623000: 0 since 1623000', ...swept.slice(1)]);
    expect(swept.map((entry) => Number(/@(\d+)/.exec(entry)?.[1]))).toEqual([
      1_623_000, 2_223_000, 2_823_000, 3_423_000,
    ]);
  });

  test('holds up no other region', async () => {
    list = (region, signal) => (region === 'west' ? hanging(signal) : Promise.resolve([TEAM]));
    sweeper.ensure('west', 'at once');
    sweeper.ensure('east', 'at once');
    await clock.advance(600_000);
    expect(happened.filter((entry) => entry.startsWith('swept'))).toEqual([
      'swept east@0: 1 since 0',
      'swept east@600000: 1 since 600000',
    ]);
  });
});

describe('stop', () => {
  test('ends a pause', async () => {
    sweeper.ensure('west', 'at once');
    await clock.advance(1_000);
    await sweeper.stop();
    expect(clock.pending).toBe(0);
    await clock.advance(600_000);
    expect(happened).toHaveLength(2);
  });

  test('ends a sweep that hangs, and tells of no error', async () => {
    list = (_, signal) => hanging(signal);
    sweeper.ensure('west', 'at once');
    await clock.advance(1_000);
    await sweeper.stop();
    expect(happened).toEqual(['list west@0']);
  });

  test('is for good', async () => {
    await sweeper.stop();
    sweeper.ensure('west', 'at once');
    await clock.advance(600_000);
    expect(happened).toEqual([]);
  });
});

/** Never answers; ends when the signal does. */
function hanging(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
