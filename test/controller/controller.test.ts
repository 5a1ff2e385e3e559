import { describe, expect, test } from 'vitest';
import { Controller, type ControllerOptions, type Next, type Pass } from '../../src/controller/controller.ts';
import { ManualClock, settle } from '../support/clock.ts';

interface Ran extends Pass {
  readonly key: string;
  readonly at: number;
}

const retry: Next = { kind: 'retry', base: 1_000, cap: 8_000 };

/** A controller whose passes end as `outcome` says, and a record of them. With random = 1, delays are the ceilings. */
function setUp(
  outcome: (ran: Ran, signal: AbortSignal) => Next | Promise<Next>,
  options: Partial<ControllerOptions<string>> = {},
) {
  const clock = new ManualClock();
  const ran: Ran[] = [];
  const errors: [string, unknown, number][] = [];
  const controller = new Controller<string>({
    clock,
    random: () => 1,
    concurrency: 2,
    passTimeoutMs: 60_000,
    graceMs: 5_000,
    onError: (...args) => errors.push(args),
    reconcile: async (key, signal, pass) => {
      const run = { key, at: clock.now(), ...pass };
      ran.push(run);
      return outcome(run, signal);
    },
    ...options,
  });
  return { clock, ran, errors, controller, times: () => ran.map(({ at }) => at) };
}

/** Ends when the signal aborts, as a pass that is busy with requests would. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
}

describe('what a pass asks for', () => {
  test('wait: nothing more happens until the key is added', async () => {
    const { clock, controller, times } = setUp(() => ({ kind: 'wait' }));
    controller.add('a');
    controller.start();
    await clock.advance(1_000_000);
    expect(times()).toEqual([0]);
    expect(clock.pending).toBe(0);
    controller.add('a');
    await settle();
    expect(times()).toEqual([0, 1_000_000]);
    await controller.stop();
  });

  test('after: again in that time, at low priority unless it says otherwise', async () => {
    const { clock, ran, controller } = setUp(({ at }) =>
      at === 0 ? { kind: 'after', ms: 300 } : { kind: 'after', ms: 300, priority: 'high' },
    );
    controller.add('a');
    controller.start();
    await clock.advance(600);
    expect(ran.map(({ at, priority }) => [at, priority])).toEqual([
      [0, 'high'],
      [300, 'low'],
      [600, 'high'],
    ]);
    await controller.stop();
  });

  test('retry: delays grow to the cap, at the priority of the pass', async () => {
    const { clock, ran, controller, times } = setUp(() => retry);
    controller.add('a', { priority: 'low' });
    controller.start();
    await clock.advance(24_000);
    expect(times()).toEqual([0, 1_000, 3_000, 7_000, 15_000, 23_000]);
    expect(ran.map(({ attempt }) => attempt)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(new Set(ran.map(({ priority }) => priority))).toEqual(new Set(['low']));
    await controller.stop();
  });

  test('any pass that does not ask for a retry forgets the ones before', async () => {
    const { clock, ran, controller } = setUp(({ at }) => (at === 3_000 ? { kind: 'after', ms: 10 } : retry));
    controller.add('a');
    controller.start();
    await clock.advance(4_010);
    expect(ran.map(({ at, attempt }) => [at, attempt])).toEqual([
      [0, 0],
      [1_000, 1],
      [3_000, 2],
      [3_010, 0],
      [4_010, 1],
    ]);
    await controller.stop();
  });

  test('retry: the first of another base waits shortly, however many there were of others, and none is forgotten', async () => {
    const slow = { kind: 'retry', base: 8_000, cap: 64_000 } as const;
    const { clock, controller, times } = setUp(({ at }) => (at === 7_000 || at === 23_000 ? slow : retry));
    controller.add('a');
    controller.start();
    await clock.advance(40_000);
    expect(times()).toEqual([0, 1_000, 3_000, 7_000, 15_000, 23_000, 39_000]);
    await controller.stop();
  });

  test.each([
    ['a threshold brings it forward', { atMost: 250 }, 250],
    ['a threshold further away does not hold it back', { atMost: 90_000 }, 1_000],
    ['a Retry-After holds it back', { notBefore: 20_000 }, 20_000],
    ['a Retry-After shorter than the delay does not bring it forward', { notBefore: 10 }, 1_000],
    ['a Retry-After wins over a threshold', { atMost: 250, notBefore: 20_000 }, 20_000],
  ])('retry: %s', async (_, bounds, second) => {
    const { clock, controller, times } = setUp(({ at }) => (at === 0 ? { ...retry, ...bounds } : { kind: 'wait' }));
    controller.add('a');
    controller.start();
    await clock.advance(100_000);
    expect(times()).toEqual([0, second]);
    await controller.stop();
  });

  test('a change cuts the delay short, but the count stays unless it is reset', async () => {
    const { clock, ran, controller } = setUp(() => retry);
    controller.add('a');
    controller.start();
    await clock.advance(1_500);
    controller.add('a');
    await settle();
    controller.add('a', { resetBackoff: true });
    await settle();
    expect(ran.map(({ at, attempt }) => [at, attempt])).toEqual([
      [0, 0],
      [1_000, 1],
      [1_500, 2],
      [1_500, 0],
    ]);
    await controller.stop();
  });
});

describe('a pass that throws', () => {
  test('is reported and retried from 0.2 s to 30 s', async () => {
    const failure = new Error('boom');
    const { clock, errors, controller, times } = setUp(() => Promise.reject(failure));
    controller.add('a');
    controller.start();
    await clock.advance(200);
    expect(times()).toEqual([0, 200]);
    expect(errors).toEqual([
      ['a', failure, 200],
      ['a', failure, 400],
    ]);
    await clock.advance(300_000);
    expect(errors.at(-1)?.[2]).toBe(30_000);
    await controller.stop();
  });

  test('is how one that is broken off ends; no other is, and none of that key when none is running', async () => {
    const reason = new Error('it left');
    const { clock, errors, controller, times } = setUp(({ at }, signal) =>
      at === 0 ? untilAborted(signal) : { kind: 'wait' },
    );
    controller.breakOff('a', reason);
    controller.add('a');
    controller.start();
    await settle();
    controller.breakOff('b', reason);
    await settle();
    expect(errors).toEqual([]);
    controller.breakOff('a', reason);
    await clock.advance(200);
    expect(errors).toEqual([['a', reason, 200]]);
    expect(times()).toEqual([0, 200]);
    await controller.stop();
  });

  test('waits as long as the error says', async () => {
    const { clock, controller, times } = setUp(
      ({ at }) => (at === 0 ? Promise.reject(new Error()) : { kind: 'wait' }),
      {
        retryAfterMs: () => 4_000,
      },
    );
    controller.add('a');
    controller.start();
    await clock.advance(60_000);
    expect(times()).toEqual([0, 4_000]);
    await controller.stop();
  });

  test('does not disturb other keys', async () => {
    const { ran, controller } = setUp(({ key }) => (key === 'bad' ? Promise.reject(new Error()) : { kind: 'wait' }));
    for (const key of ['bad', 'good-1', 'good-2']) controller.add(key);
    controller.start();
    await settle();
    expect(ran.map(({ key }) => key)).toEqual(['bad', 'good-1', 'good-2']);
    await controller.stop();
  });
});

describe('workers', () => {
  test('run as many passes at a time as they are many and one more, never two of a key', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { ran, controller } = setUp(() => gate.then(() => ({ kind: 'wait' }) as const), { concurrency: 2 });
    controller.add('a');
    controller.start();
    await settle();
    for (const key of ['a', 'a', 'b', 'c', 'd']) controller.add(key);
    await settle();
    expect(ran.map(({ key }) => key)).toEqual(['a', 'b', 'c']);
    expect(controller.depth).toEqual({ high: 1, low: 0 });
    release();
    await settle();
    expect(ran.map(({ key }) => key).toSorted()).toEqual(['a', 'a', 'b', 'c', 'd']);
    await controller.stop();
  });

  test.each([
    [1, ['low 1'], ['low 1', 'edit']],
    [2, ['low 1', 'low 2'], ['low 1', 'low 2', 'edit']],
  ])('besides %i, one is kept for edits', async (concurrency, resyncs, withEdit) => {
    const { ran, controller } = setUp(() => new Promise(() => {}), { concurrency });
    for (const key of ['low 1', 'low 2', 'low 3']) controller.add(key, { priority: 'low' });
    controller.start();
    await settle();
    expect(ran.map(({ key }) => key)).toEqual(resyncs);
    controller.add('edit');
    await settle();
    expect(ran.map(({ key }) => key)).toEqual(withEdit);
  });

  test('nothing runs before start', async () => {
    const { clock, controller, ran } = setUp(() => ({ kind: 'wait' }));
    controller.add('a');
    await clock.advance(1_000);
    expect(ran).toEqual([]);
    await controller.stop();
  });

  test('a pass that takes too long has its signal aborted, is reported and retried', async () => {
    const { clock, errors, controller, times } = setUp((_, signal) => untilAborted(signal), { passTimeoutMs: 1_000 });
    controller.add('a');
    controller.start();
    await clock.advance(1_000);
    expect(errors).toMatchObject([['a', { name: 'TimeoutError' }, 200]]);
    await clock.advance(200);
    expect(times()).toEqual([0, 1_200]);
    const stopped = controller.stop();
    await clock.advance(5_000);
    await stopped;
  });
});

describe('stop', () => {
  test('begins no new pass and lets a running one finish in peace', async () => {
    let finish: (next: Next) => void = () => {};
    let aborted = false;
    const { clock, ran, errors, controller } = setUp((_, signal) => {
      signal.addEventListener('abort', () => {
        aborted = true;
      });
      return new Promise((resolve) => {
        finish = resolve;
      });
    });
    controller.add('a');
    controller.start();
    await settle();
    const stopped = controller.stop();
    controller.add('b');
    controller.add('a');
    await clock.advance(4_999);
    finish({ kind: 'after', ms: 1 });
    await stopped;
    await clock.advance(10_000);
    expect(ran.map(({ key }) => key)).toEqual(['a']);
    expect([aborted, errors, clock.pending]).toEqual([false, [], 0]);
  });

  test('aborts what still runs after the grace period, and does not report that as an error', async () => {
    const { clock, errors, controller } = setUp((_, signal) => untilAborted(signal));
    controller.add('a');
    controller.add('b');
    controller.start();
    await settle();
    const stopped = controller.stop();
    await clock.advance(5_000);
    await stopped;
    expect([errors, clock.pending]).toEqual([[], 0]);
  });

  test('before start, and twice, is harmless', async () => {
    const { clock, ran, controller } = setUp(() => ({ kind: 'wait' }));
    controller.add('a');
    await controller.stop();
    await controller.stop();
    controller.start();
    await settle();
    expect([ran, clock.pending]).toEqual([[], 0]);
  });
});

test('an observer hears of retries, asked for or thrown', async () => {
  let retries = 0;
  const observer = { retried: () => retries++ };
  const { clock, controller } = setUp(({ attempt }) => (attempt === 0 ? retry : Promise.reject(new Error())), {
    observer,
  });
  controller.add('a');
  controller.start();
  await clock.advance(1_000);
  expect(retries).toBe(2);
  await controller.stop();
});
