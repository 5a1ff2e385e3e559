import { expect, test } from 'vitest';
import { Health } from '../../src/telemetry/health.ts';

const ready = { status: 200, body: 'ok\n' };

test('not ready from the start, and it says what for', () => {
  const health = new Health();
  expect(health.readyz()).toEqual({ status: 503, body: 'not ready, waiting for start-up\n' });
  health.waitFor('AWS credentials');
  expect(health.readyz()).toEqual({ status: 503, body: 'not ready, waiting for AWS credentials\n' });
  health.waitFor(undefined);
  expect(health.readyz()).toEqual(ready);
});

test('trouble comes before waiting, and goes by itself', () => {
  const health = new Health();
  health.trouble('credentials', 'the credentials are of another account');
  expect(health.readyz()).toEqual({ status: 503, body: 'not ready, the credentials are of another account\n' });
  health.waitFor(undefined);
  expect(health.readyz().status).toBe(503);
  health.trouble('credentials', undefined);
  expect(health.readyz()).toEqual(ready);
});

test('what is the matter with one part stays when another has recovered', () => {
  const health = new Health();
  health.waitFor(undefined);
  health.trouble('credentials', 'no credentials');
  health.trouble('lease', 'no lease');
  expect(health.readyz()).toEqual({ status: 503, body: 'not ready, no credentials\n' });
  health.trouble('credentials', undefined);
  expect(health.readyz()).toEqual({ status: 503, body: 'not ready, no lease\n' });
  health.trouble('lease', undefined);
  expect(health.readyz()).toEqual(ready);
});

test('alive as long as anybody answers, ready or not', () => {
  const health = new Health();
  health.trouble('lease', 'whatever');
  expect(health.livez()).toEqual(ready);
});
