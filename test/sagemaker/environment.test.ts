/** Credentials that never come are not waited for by everybody and for ever. */
import { expect, test } from 'vitest';
import { begunAnew } from '../../src/sagemaker/environment.ts';
import { ManualClock } from '../support/clock.ts';

const IDENTITY = { accessKeyId: 'AKIA', secretAccessKey: 'secret' };

test('a chain that answers is asked again and again, and leaves no timer', async () => {
  const clock = new ManualClock();
  let [chains, asked] = [0, 0];
  const credentials = begunAnew(() => {
    chains += 1;
    return async () => {
      asked += 1;
      return IDENTITY;
    };
  }, clock);
  expect(await credentials()).toBe(IDENTITY);
  expect(await credentials()).toBe(IDENTITY);
  expect([chains, asked, clock.pending]).toEqual([1, 2, 0]);
});

test('a chain that fails stays the same', async () => {
  let chains = 0;
  const credentials = begunAnew(() => {
    chains += 1;
    return () => Promise.reject(new Error('expired'));
  }, new ManualClock());
  await expect(credentials()).rejects.toThrow('expired');
  await expect(credentials()).rejects.toThrow('expired');
  expect(chains).toBe(1);
});

test('a chain that does not answer for 15 s is given up, by all who wait at once, and the next one is asked', async () => {
  const clock = new ManualClock();
  let chains = 0;
  const credentials = begunAnew(() => {
    chains += 1;
    return chains === 1 ? () => new Promise(() => {}) : async () => IDENTITY;
  }, clock);
  const waiting = Promise.allSettled([credentials(), credentials()]);
  await clock.advance(14_999);
  expect(chains).toBe(1);
  await clock.advance(1);
  const results = await waiting;
  expect(results.map((result) => result.status === 'rejected' && result.reason.name)).toEqual([
    'TimeoutError',
    'TimeoutError',
  ]);
  expect(chains).toBe(2);
  expect(await credentials()).toBe(IDENTITY);
  expect(clock.pending).toBe(0);
});
