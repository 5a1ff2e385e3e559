import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { type Job, WorkQueue } from '../../src/controller/queue.ts';
import { ManualClock, settle } from '../support/clock.ts';

let clock: ManualClock;
let queue: WorkQueue<string>;
beforeEach(() => {
  clock = new ManualClock();
  queue = new WorkQueue({ clock });
});

/** Starts taking; `taken` fills as jobs are handed out. */
function take(count: number): { taken: (string | undefined)[]; jobs: (Job<string> | undefined)[] } {
  const taken: (string | undefined)[] = [];
  const jobs: (Job<string> | undefined)[] = [];
  for (let i = 0; i < count; i++) {
    void queue.next().then((job) => {
      taken.push(job?.key);
      jobs.push(job);
    });
  }
  return { taken, jobs };
}

describe('before open', () => {
  test('nothing is handed out, whatever was added', async () => {
    const { taken } = take(2);
    queue.add('a');
    queue.add('b', { priority: 'low', afterMs: 10 });
    await clock.advance(1_000);
    expect(taken).toEqual([]);
    expect(clock.pending).toBe(0);

    queue.open();
    await settle();
    expect(taken).toEqual(['a', 'b']);
  });
});

describe('low keys at a time', () => {
  beforeEach(() => {
    queue = new WorkQueue({ clock, lowAtATime: 2 });
    queue.open();
  });

  test('are no more than the limit, and one that ends makes room for the next', async () => {
    for (const key of ['a', 'b', 'c', 'd']) queue.add(key, { priority: 'low' });
    const { taken } = take(4);
    await settle();
    expect(taken).toEqual(['a', 'b']);
    queue.done('a');
    await settle();
    expect(taken).toEqual(['a', 'b', 'c']);
  });

  test('leave room for high ones, which have no limit', async () => {
    for (const key of ['a', 'b', 'c']) queue.add(key, { priority: 'low' });
    const { taken } = take(5);
    await settle();
    for (const key of ['x', 'y', 'z']) queue.add(key);
    await settle();
    expect(taken).toEqual(['a', 'b', 'x', 'y', 'z']);
  });

  test('one that an edit makes high does not wait for the others', async () => {
    for (const key of ['a', 'b', 'c']) queue.add(key, { priority: 'low' });
    const { taken } = take(3);
    await settle();
    queue.add('c');
    await settle();
    expect(taken).toEqual(['a', 'b', 'c']);
  });
});

describe('one run per key', () => {
  beforeEach(() => queue.open());

  test('a key that was added several times is handed out once', async () => {
    for (let i = 0; i < 3; i++) queue.add('a');
    const { taken } = take(2);
    await settle();
    expect(taken).toEqual(['a']);
  });

  test('a key added during its run, however often, runs once more afterwards and not before', async () => {
    queue.add('a');
    const { taken } = take(3);
    await settle();
    queue.add('a');
    queue.add('a', { priority: 'low' });
    await clock.advance(1_000);
    expect(taken).toEqual(['a']);

    queue.done('a');
    await settle();
    expect(taken).toEqual(['a', 'a']);
    queue.done('a');
    await clock.advance(1_000);
    expect(taken).toEqual(['a', 'a']);
    expect(queue.size).toBe(0);
  });

  test('a delay asked for during the run counts from the request, not from its end', async () => {
    queue.add('a');
    const { taken } = take(2);
    await settle();
    queue.add('a', { afterMs: 100 });
    await clock.advance(60);
    queue.done('a');
    await clock.advance(39);
    expect(taken).toEqual(['a']);
    await clock.advance(1);
    expect(taken).toEqual(['a', 'a']);
  });
});

test('of what is added during a run the earliest time and the highest priority win', async () => {
  queue.open();
  queue.add('a');
  const { jobs } = take(2);
  await settle();
  queue.add('a', { priority: 'low', afterMs: 10_000 });
  queue.add('a', { priority: 'high', afterMs: 20_000 });
  queue.add('a', { priority: 'low', afterMs: 500 });
  queue.done('a');
  await clock.advance(500);
  expect(jobs[1]).toEqual({ key: 'a', priority: 'high' });
});

describe('due times', () => {
  beforeEach(() => queue.open());

  test('of several the earliest wins, in whichever order they came', async () => {
    queue.add('a', { afterMs: 500 });
    queue.add('a', { afterMs: 100 });
    queue.add('a', { afterMs: 900 });
    const { taken } = take(2);
    await clock.advance(99);
    expect(taken).toEqual([]);
    await clock.advance(1);
    expect(taken).toEqual(['a']);
    queue.done('a');
    await clock.advance(10_000);
    expect(taken).toEqual(['a']);
  });

  test('a key wanted at once does not wait for an earlier delay', async () => {
    queue.add('a', { afterMs: 60_000 });
    queue.add('a');
    const { taken } = take(1);
    await settle();
    expect(taken).toEqual(['a']);
  });

  test('any number of delayed keys share one timer', async () => {
    for (let i = 0; i < 100; i++) queue.add(`key-${i}`, { afterMs: 1_000 + i });
    expect(clock.pending).toBe(1);
    expect(clock.untilNext).toBe(1_000);
    queue.add('sooner', { afterMs: 10 });
    expect(clock.pending).toBe(1);
    expect(clock.untilNext).toBe(10);
  });
});

describe('priorities', () => {
  test('high goes before low; within a priority, first come, first served', async () => {
    queue.add('low-1', { priority: 'low' });
    queue.add('high-1');
    queue.add('low-2', { priority: 'low' });
    queue.add('high-2');
    queue.open();
    const { taken } = take(4);
    await settle();
    expect(taken).toEqual(['high-1', 'high-2', 'low-1', 'low-2']);
  });

  test('a key that waits at low is lifted when it is added at high, and never sinks', async () => {
    queue.add('a', { priority: 'low' });
    queue.add('b', { priority: 'low' });
    queue.add('c', { priority: 'low' });
    queue.add('c');
    queue.add('c', { priority: 'low' });
    queue.open();
    const { jobs } = take(3);
    await settle();
    expect(jobs).toEqual([
      { key: 'c', priority: 'high' },
      { key: 'a', priority: 'low' },
      { key: 'b', priority: 'low' },
    ]);
    expect(queue.depth).toEqual({ high: 0, low: 0 });
  });

  test('a high request with a delay lifts a low one that is ready, without delaying it', async () => {
    queue.add('other', { priority: 'low' });
    queue.add('a', { priority: 'low' });
    queue.add('a', { afterMs: 5_000 });
    queue.open();
    const { taken } = take(1);
    await settle();
    expect(taken).toEqual(['a']);
  });
});

describe('letting go', () => {
  test('forget drops a key that is ready, delayed, or wanted again during its run', async () => {
    queue.open();
    queue.add('running');
    const { taken } = take(2);
    await settle();
    queue.add('running');
    queue.add('delayed', { afterMs: 10 });
    for (const key of ['running', 'delayed']) queue.forget(key);
    expect(clock.pending).toBe(0);
    queue.done('running');
    await clock.advance(1_000);
    expect(taken).toEqual(['running']);
    expect(queue.size).toBe(0);
  });

  test('shutdown sends every waiter home and leaves neither timer nor key', async () => {
    queue.open();
    const { taken } = take(2);
    queue.add('delayed', { afterMs: 10 });
    queue.shutdown();
    queue.add('late');
    await clock.advance(1_000);
    expect(taken).toEqual([undefined, undefined]);
    expect(await queue.next()).toBeUndefined();
    expect(clock.pending).toBe(0);
    expect(queue.size).toBe(0);
  });

  test('a key given back after shutdown does not come back', async () => {
    queue.open();
    queue.add('a');
    take(1);
    await settle();
    queue.add('a');
    queue.shutdown();
    queue.done('a');
    expect(queue.size).toBe(0);
  });
});

test('an observer hears of each key that became ready, how long it waited and how long it ran', async () => {
  const heard: unknown[] = [];
  queue = new WorkQueue({
    clock,
    observer: {
      added: (priority) => heard.push(['added', priority]),
      started: (priority, waitedMs) => heard.push(['started', priority, waitedMs]),
      finished: (ranMs) => heard.push(['finished', ranMs]),
    },
  });
  queue.open();
  queue.add('a', { priority: 'low' });
  queue.add('a');
  queue.add('b', { afterMs: 20 });
  await clock.advance(50);
  expect(queue.depth).toEqual({ high: 2, low: 0 });
  take(2);
  await clock.advance(7);
  queue.done('a');
  expect(heard).toEqual([
    ['added', 'low'],
    ['added', 'high'],
    ['started', 'high', 50],
    ['started', 'high', 30],
    ['finished', 7],
  ]);
});

test('loses nothing and never runs a key twice at a time, under any interleaving', async () => {
  const key = fc.constantFrom('a', 'b', 'c');
  const step = fc.oneof(
    fc.record({
      do: fc.constant('add' as const),
      key,
      afterMs: fc.nat(30),
      priority: fc.constantFrom('high' as const, 'low' as const),
    }),
    fc.record({ do: fc.constant('done' as const), key }),
    fc.record({ do: fc.constant('advance' as const), ms: fc.nat(20) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      clock = new ManualClock();
      queue = new WorkQueue({ clock });
      queue.open();
      const running = new Set<string>();
      /** Keys that were added and have not been handed out since. */
      const owed = new Set<string>();
      const loop = async () => {
        for (let job = await queue.next(); job !== undefined; job = await queue.next()) {
          expect(running.has(job.key)).toBe(false);
          running.add(job.key);
          owed.delete(job.key);
        }
      };
      const ended = loop();
      for (const one of steps) {
        if (one.do === 'add') {
          owed.add(one.key);
          queue.add(one.key, one);
        } else if (one.do === 'done') {
          if (running.delete(one.key)) queue.done(one.key);
        } else {
          await clock.advance(one.ms);
        }
        await settle();
      }
      while (running.size > 0 || owed.size > 0) {
        for (const one of [...running]) {
          running.delete(one);
          queue.done(one);
        }
        await clock.advance(50);
        if (running.size === 0) break;
      }
      expect([...owed]).toEqual([]);
      expect(queue.size).toBe(0);
      queue.shutdown();
      await ended;
    }),
    { numRuns: 60 },
  );
});
