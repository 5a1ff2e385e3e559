import { expect, test } from 'vitest';
import { Turns } from '../../src/kubernetes/turns.ts';
import { settle } from '../support/clock.ts';

/** Work that begins when it is its turn and ends when it is told to. */
function work(turns: Turns, begun: string[], name: string, signal?: AbortSignal) {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const result = turns.take(() => {
    begun.push(name);
    return promise;
  }, signal);
  result.catch(() => {});
  return { end: () => resolve(name), fail: () => reject(new Error(name)), result };
}

test('so many at a time, first come, first served; one that fails gives its turn on', async () => {
  const begun: string[] = [];
  const turns = new Turns(2);
  const [one, two, three, four] = ['one', 'two', 'three', 'four'].map((name) => work(turns, begun, name));
  await settle();
  expect(begun).toEqual(['one', 'two']);
  two?.fail();
  await expect(two?.result).rejects.toThrow('two');
  expect(begun).toEqual(['one', 'two', 'three']);
  one?.end();
  await expect(one?.result).resolves.toBe('one');
  expect(begun).toEqual(['one', 'two', 'three', 'four']);
  three?.end();
  four?.end();
  await Promise.all([three?.result, four?.result]);
  for (const name of ['five', 'six', 'seven']) work(turns, begun, name);
  await settle();
  expect(begun.slice(4), 'both turns are free again').toEqual(['five', 'six']);
});

test('whoever stops waiting takes no turn, and rejects with the reason', async () => {
  const begun: string[] = [];
  const turns = new Turns(1);
  const first = work(turns, begun, 'first');
  const stop = new AbortController();
  const second = work(turns, begun, 'second', stop.signal);
  const third = work(turns, begun, 'third');
  stop.abort(new Error('stopped'));
  await expect(second.result).rejects.toThrow('stopped');
  first.end();
  await first.result;
  await settle();
  expect(begun).toEqual(['first', 'third']);
  third.end();
  await expect(turns.take(async () => {}, stop.signal)).rejects.toThrow('stopped');
});
