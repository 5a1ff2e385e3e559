import { beforeEach, expect, test } from 'vitest';
import { RegionalControllers } from '../../src/cli/regions.ts';
import { Controller } from '../../src/controller/controller.ts';
import { ManualClock } from '../support/clock.ts';

let clock: ManualClock;
let made: string[];
let passes: string[];
let controllers: RegionalControllers;

beforeEach(() => {
  clock = new ManualClock();
  made = [];
  passes = [];
  controllers = new RegionalControllers((region) => {
    made.push(region);
    return new Controller<string>({
      reconcile: async (key, signal) => {
        passes.push(`${region} ${key}`);
        if (key === 'hangs') await clock.sleep(3_600_000, signal);
        return { kind: 'wait' };
      },
      concurrency: 1,
      passTimeoutMs: 3_600_000,
      graceMs: 1_000,
      onError: () => {},
      clock,
      random: () => 0,
    });
  });
  return async () => {
    const stopped = controllers.stop();
    await clock.advance(1_000);
    await stopped;
    expect(clock.pending).toBe(0);
  };
});

test('each region has one of its own, made when it is first asked for', () => {
  const west = controllers.of('eu-west-1');
  expect(controllers.of('eu-west-1')).toBe(west);
  expect(controllers.of('us-east-1')).not.toBe(west);
  expect(made).toEqual(['eu-west-1', 'us-east-1']);
});

test('nothing begins before the start; what comes later begins at once', async () => {
  controllers.of('eu-west-1').add('a');
  await clock.advance(1_000);
  expect(passes).toEqual([]);
  expect(controllers.depth).toEqual({ high: 1, low: 0 });
  controllers.start();
  controllers.of('us-east-1').add('b', { priority: 'low' });
  await clock.advance(0);
  expect(passes.toSorted()).toEqual(['eu-west-1 a', 'us-east-1 b']);
  expect(controllers.depth).toEqual({ high: 0, low: 0 });
});

test('a region that hangs keeps nobody else waiting', async () => {
  controllers.start();
  controllers.of('eu-west-1').add('hangs', { priority: 'low' });
  controllers.of('eu-west-1').add('behind it', { priority: 'low' });
  controllers.of('us-east-1').add('b');
  await clock.advance(0);
  expect(passes.toSorted()).toEqual(['eu-west-1 hangs', 'us-east-1 b']);
  expect(controllers.depth).toEqual({ high: 0, low: 1 });
});
