import { beforeEach, describe, expect, test } from 'vitest';
import { type CallPriority, Limiter } from '../../src/sagemaker/limiter.ts';
import { ManualClock, settle } from '../support/clock.ts';

let clock: ManualClock;
/** Who may go, in the order in which they were let, with the time. */
let gone: string[];
beforeEach(() => {
  clock = new ManualClock();
  gone = [];
});

const limiterOf = (perSecond: number, burst: number) => new Limiter({ perSecond, burst }, clock);

/** Asks for a turn; returns how to give up. */
function ask(limiter: Limiter, who: string, priority: CallPriority = 'low'): AbortController {
  const abort = new AbortController();
  limiter.acquire(priority, abort.signal).then(
    () => gone.push(`${who}@${clock.now()}`),
    (reason: unknown) => gone.push(`${who} gave up: ${reason}`),
  );
  return abort;
}

describe('pace', () => {
  test('a burst at once, then one every interval', async () => {
    const limiter = limiterOf(2, 3);
    for (const who of ['a', 'b', 'c', 'd', 'e']) ask(limiter, who, 'high');
    await settle();
    expect(gone).toEqual(['a@0', 'b@0', 'c@0']);
    await clock.advance(10_000);
    expect(gone.slice(3)).toEqual(['d@500', 'e@1000']);
  });

  test('over time never more than the rate, whatever the rate', async () => {
    for (const perSecond of [0.1, 0.3, 3, 7, 33]) {
      const limiter = limiterOf(perSecond, 1);
      gone = [];
      const began = clock.now();
      const count = Math.ceil(perSecond * 10) + 1;
      for (let index = 0; index < count; index++) ask(limiter, `${index}`);
      await clock.advance(10_000);
      // The first goes at once; then no more than the rate, and no less but for intervals in whole milliseconds.
      const passed = gone.filter((entry) => Number(entry.split('@')[1]) <= began + 10_000).length - 1;
      expect(passed).toBeLessThanOrEqual(perSecond * 10);
      expect(passed).toBeGreaterThanOrEqual(Math.floor(10_000 / Math.ceil(1_000 / perSecond)));
      await clock.advance(60_000);
      expect(gone).toHaveLength(count);
    }
  });

  test('a pause refills the burst and no more', async () => {
    const limiter = limiterOf(1, 2);
    ask(limiter, 'a', 'high');
    ask(limiter, 'b', 'high');
    await clock.advance(3_600_000);
    gone = [];
    for (const who of ['c', 'd', 'e']) ask(limiter, who, 'high');
    await settle();
    expect(gone).toEqual(['c@3600000', 'd@3600000']);
    await clock.advance(1_000);
    expect(gone.at(-1)).toBe('e@3601000');
  });

  test('a process that stood still owes nothing and gets no more than a burst', async () => {
    const limiter = limiterOf(1, 2);
    for (const who of ['a', 'b', 'c', 'd', 'e', 'f']) ask(limiter, who, 'high');
    await settle();
    clock.freeze(60_000);
    await clock.advance(0);
    expect(gone).toEqual(['a@0', 'b@0', 'c@60000', 'd@60000']);
  });
});

describe('order', () => {
  test('high goes before low, and each is served as it came', async () => {
    const limiter = limiterOf(1, 1);
    ask(limiter, 'first');
    ask(limiter, 'low 1');
    ask(limiter, 'low 2');
    ask(limiter, 'high 1', 'high');
    await clock.advance(1_000);
    ask(limiter, 'high 2', 'high');
    await clock.advance(10_000);
    expect(gone).toEqual(['first@0', 'high 1@1000', 'high 2@2000', 'low 1@3000', 'low 2@4000']);
  });

  test('nobody overtakes who waits already, not even when a token is there', async () => {
    const limiter = limiterOf(1, 1);
    ask(limiter, 'first');
    ask(limiter, 'second');
    await settle();
    clock.freeze(1_000); // a token is there, and the timer has not fired yet
    ask(limiter, 'third');
    await settle();
    expect(gone).toEqual(['first@0', 'second@1000']);
  });
});

describe('an edit in a storm', () => {
  const storm = (limiter: Limiter, calls: number) => {
    for (let index = 0; index < calls; index++) ask(limiter, `low ${index}`);
  };
  const edit = (limiter: Limiter) => {
    for (const call of ['describe', 'list', 'update']) ask(limiter, call, 'high');
  };

  test('finds three tokens that no resync has taken, and the resyncs keep to the pace', async () => {
    const limiter = limiterOf(5, 20);
    storm(limiter, 40);
    await clock.advance(2_000);
    expect(gone).toHaveLength(17 + 10);
    edit(limiter);
    await settle();
    expect(gone.slice(27)).toEqual(['describe@2000', 'list@2000', 'update@2000']);
    await clock.advance(10_000);
    expect(gone).toHaveLength(43);
    expect(gone.slice(30, 32)).toEqual(['low 27@2800', 'low 28@3000']);
  });

  test('goes ahead of resyncs that wait for the three to be there again', async () => {
    const limiter = limiterOf(5, 20);
    storm(limiter, 40);
    edit(limiter);
    await clock.advance(400);
    ask(limiter, 'another', 'high');
    await settle();
    expect(gone.at(-1)).toBe('another@400');
  });

  test.each([
    [1, 1],
    [2, 1],
    [3, 2],
    [6, 3],
    [20, 17],
  ])('a bucket of %i gives resyncs %i at once', async (burst, atOnce) => {
    const limiter = limiterOf(1, burst);
    storm(limiter, 40);
    await settle();
    expect(gone).toHaveLength(atOnce);
  });

  test('edits without end starve no resync: every fifth call is one', async () => {
    const limiter = limiterOf(5, 20);
    storm(limiter, 20);
    for (let index = 0; index < 60; index++) ask(limiter, `high ${index}`, 'high');
    await clock.advance(10_000);
    const low = gone.filter((entry) => entry.startsWith('low'));
    expect(low.length).toBeGreaterThanOrEqual(Math.floor(gone.length / 5));
  });
});

describe('giving up', () => {
  test('frees the place and spends nothing', async () => {
    const limiter = limiterOf(1, 1);
    ask(limiter, 'first');
    const abort = ask(limiter, 'second');
    ask(limiter, 'third');
    abort.abort('tired');
    await clock.advance(1_000);
    expect(gone).toEqual(['first@0', 'second gave up: tired', 'third@1000']);
  });

  test('after the turn came means nothing', async () => {
    const limiter = limiterOf(1, 1);
    const abort = ask(limiter, 'first');
    await settle();
    abort.abort('tired');
    await settle();
    expect(gone).toEqual(['first@0']);
  });

  test('before asking is an answer at once', async () => {
    const limiter = limiterOf(1, 1);
    await expect(limiter.acquire('high', AbortSignal.abort(new Error('tired')))).rejects.toThrow('tired');
    ask(limiter, 'next');
    await settle();
    expect(gone).toEqual(['next@0']);
  });
});

describe('timers', () => {
  test('none when nobody waits, one for all who do', async () => {
    const limiter = limiterOf(1, 1);
    expect(clock.pending).toBe(0);
    ask(limiter, 'a');
    expect(clock.pending).toBe(0);
    for (const who of ['b', 'c', 'd']) ask(limiter, who);
    expect(clock.pending).toBe(1);
    await clock.advance(3_000);
    expect(gone).toHaveLength(4);
    expect(clock.pending).toBe(0);
  });

  test('none when all who waited have given up', async () => {
    const limiter = limiterOf(0.1, 1);
    ask(limiter, 'a');
    const [b, c] = [ask(limiter, 'b'), ask(limiter, 'c', 'high')];
    b.abort();
    expect(clock.pending).toBe(1);
    c.abort();
    expect(clock.pending).toBe(0);
    ask(limiter, 'd');
    expect(clock.pending).toBe(1);
    await clock.advance(10_000);
    expect(gone.at(-1)).toBe('d@10000');
  });
});

describe('throttling', () => {
  /** When the next one that asks may go, in milliseconds from now. */
  async function nextTurn(limiter: Limiter): Promise<number> {
    const asked = clock.now();
    gone = [];
    ask(limiter, 'next', 'high');
    for (let waited = 0; gone.length === 0 && waited < 120_000; waited += 100) await clock.advance(100);
    return Number(gone[0]?.split('@')[1]) - asked;
  }

  test('closes the bucket for half a second, and leaves it empty', async () => {
    const limiter = limiterOf(10, 20);
    limiter.throttled(clock.now());
    expect(await nextTurn(limiter)).toBe(600);
  });

  test('doubles the pause for as long as nothing else comes back, up to 30 s', async () => {
    const limiter = limiterOf(10, 20);
    const pauses: number[] = [];
    for (let call = 0; call < 9; call++) {
      limiter.throttled(clock.now());
      pauses.push(await nextTurn(limiter));
    }
    expect(pauses).toEqual([600, 1_100, 2_100, 4_100, 8_100, 16_100, 30_100, 30_100, 30_100]);
  });

  test('begins small again after a call that was accepted', async () => {
    const limiter = limiterOf(10, 20);
    for (let call = 0; call < 4; call++) {
      limiter.throttled(clock.now());
      await nextTurn(limiter);
    }
    limiter.accepted(clock.now());
    limiter.throttled(clock.now());
    expect(await nextTurn(limiter)).toBe(600);
  });

  test('counts the calls of one burst as one', async () => {
    const limiter = limiterOf(10, 20);
    const began = clock.now();
    await clock.advance(50);
    for (let call = 0; call < 10; call++) limiter.throttled(began);
    expect(await nextTurn(limiter)).toBe(600);
  });

  test('honours what the service wants, also where it is longer', async () => {
    const limiter = limiterOf(10, 20);
    limiter.throttled(clock.now(), 7_000);
    expect(await nextTurn(limiter)).toBe(7_100);
  });

  test('moves the turn of those who wait already', async () => {
    const limiter = limiterOf(1, 1);
    ask(limiter, 'a', 'high');
    ask(limiter, 'b', 'high');
    await settle();
    limiter.throttled(clock.now(), 5_000);
    await clock.advance(5_900);
    expect(gone).toEqual(['a@0']);
    await clock.advance(100);
    expect(gone).toEqual(['a@0', 'b@6000']);
  });
});

test('edits without end starve no resync: every fifth turn is for who waits behind them', async () => {
  const limiter = limiterOf(1, 1);
  for (let index = 0; index < 12; index++) ask(limiter, `edit${index}`, 'high');
  ask(limiter, 'sweep1', 'low');
  ask(limiter, 'sweep2', 'low');
  await clock.advance(20_000);
  const order = gone.map((entry) => entry.split('@')[0]);
  expect(order.indexOf('sweep1')).toBeLessThanOrEqual(5);
  expect(order.indexOf('sweep2')).toBeLessThanOrEqual(10);
});
