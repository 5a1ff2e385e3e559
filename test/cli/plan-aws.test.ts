import { describe, expect, test } from 'vitest';
import { type Reading, readRegion } from '../../src/cli/plan-aws.ts';
import { AwsError } from '../../src/workteam/aws-error.ts';
import type { Failure } from '../../src/workteam/failure.ts';
import { SPEC, teamLike } from '../support/workteam-fixture.ts';

const failed = (failure: Failure) => new AwsError({ operation: 'x', failure, effect: 'refused', cause: undefined });
const THROTTLED: Failure = { reason: 'Throttled', operation: 'ListTags', retryAfterMs: 9_000 };
const DENIED: Failure = { reason: 'AccessDenied', operation: 'ListTags', permission: 'sagemaker:ListTags' };

/** A region with these teams; `fails` says of each call, counted from 1, what it fails with. */
function region(
  names: readonly string[],
  { fails = (_call: number): Failure | undefined => undefined, dated = true } = {},
) {
  const calls: string[] = [];
  const slept: number[] = [];
  const stop = new AbortController();
  const told = (call: string): void => {
    calls.push(call);
    const failure = fails(calls.length);
    if (failure !== undefined) throw failed(failure);
  };
  const team = (name: string) => ({ ...teamLike(SPEC), workteamName: name, workteamArn: name });
  const { createDate: _date, ...undated } = team('');
  const reading: Reading = {
    aws: {
      describe: async (_, name) => {
        told(`describe ${name}`);
        return { team: names.includes(name) ? team(name) : 'absent' };
      },
      list: async () => {
        told('list');
        return names.map((name) => (dated ? team(name) : { ...undated, workteamName: name, workteamArn: name }));
      },
      listTags: async (_, arn) => {
        told(`tags ${arn}`);
        return { of: arn };
      },
    },
    clock: {
      setTimeout: () => () => {},
      sleep: async (ms) => void slept.push(ms),
    },
    signal: stop.signal,
    onRead: () => {},
  };
  const read = async (wanted: readonly string[], all = false) =>
    [...(await readRegion(reading, { region: 'eu-west-1', names: wanted, all })).keys()].sort();
  return { read, calls, slept, stop };
}

const MANY = ['a', 'b', 'c', 'd', 'e', 'f'];

describe('calls', () => {
  test('a few teams are looked at each', async () => {
    const { read, calls } = region(['a', 'c']);
    expect(await read(['a', 'b'])).toEqual(['a']);
    expect(calls.toSorted()).toEqual(['describe a', 'describe b', 'tags a']);
  });

  test('many are listed once, and tags are read of those that are named and there', async () => {
    const { read, calls } = region(['a', 'b', 'other']);
    expect(await read(MANY)).toEqual(['a', 'b']);
    expect(calls.toSorted()).toEqual(['list', 'tags a', 'tags b']);
  });

  test('all of a region are read where that is asked for', async () => {
    expect(await region(['a', 'other']).read(['a', 'b'], true)).toEqual(['a', 'other']);
  });

  test('a list that leaves out the date may leave out more', async () => {
    const { read, calls } = region(['a'], { dated: false });
    expect(await read(MANY)).toEqual(['a']);
    expect(calls).toContain('describe a');
  });
});

describe('failures', () => {
  test('throttling is waited for, as long as AWS asks', async () => {
    const { read, slept } = region(['a'], { fails: (call) => (call <= 2 ? THROTTLED : undefined) });
    expect(await read(['a'])).toEqual(['a']);
    expect(slept).toEqual([9_000, 9_000]);
  });

  test('an end comes to that', async () => {
    const { read, calls } = region(['a'], { fails: () => THROTTLED });
    await expect(read(['a'])).rejects.toThrow(AwsError);
    expect(calls).toHaveLength(6);
  });

  test('what no waiting heals is told at once, and nothing more is asked', async () => {
    const { read, calls, slept } = region(MANY, { fails: (call) => (call === 2 ? DENIED : undefined) });
    await expect(read([...MANY, 'g', 'h', 'i', 'j', 'k'], true)).rejects.toThrow(AwsError);
    expect(slept).toEqual([]);
    expect(calls.length).toBeLessThanOrEqual(1 + MANY.length);
  });

  test('Ctrl-C ends the waiting', async () => {
    const { read, stop } = region(['a'], { fails: () => THROTTLED });
    stop.abort(new Error('enough'));
    await expect(read(['a'])).rejects.toThrow('enough');
  });
});
