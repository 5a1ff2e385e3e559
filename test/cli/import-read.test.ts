import { describe, expect, test } from 'vitest';
import { newCount, type Reading, readWorkteams } from '../../src/cli/import-read.ts';
import { AwsError } from '../../src/workteam/aws-error.ts';
import type { Failure } from '../../src/workteam/failure.ts';
import type { ObservedWorkteam, Tags } from '../../src/workteam/observed.ts';
import { specWith } from '../support/specs.ts';

const EU = 'eu-west-1';
const US = 'us-east-1';

function team(workteamName: string): ObservedWorkteam {
  return { workteamName, workteamArn: `arn/${workteamName}`, ...specWith() };
}

type World = Readonly<Record<string, Readonly<Record<string, Tags | 'gone'>>>>;

/** Work teams and their tags, by region; each call may fail first, and time passes only in sleep. */
function reading(
  world: World,
  failing: (operation: string, region: string, calls: number) => Failure | undefined = () => undefined,
) {
  const calls: string[] = [];
  let now = 0;
  const answer = <T>(operation: string, region: string, what: string, value: () => T): Promise<T> => {
    calls.push(`${operation} ${what}`);
    const failure = failing(operation, region, calls.filter((call) => call.startsWith(operation)).length);
    if (failure) return Promise.reject(new AwsError({ operation, failure, effect: 'refused', cause: undefined }));
    return Promise.resolve(value());
  };
  const inRegion = (region: string) => world[region] ?? {};
  const aws: Reading['aws'] = {
    list: ({ region }) => answer('List', region, region, () => Object.keys(inRegion(region)).map(team)),
    describe: ({ region }, name) =>
      answer('Describe', region, name, () => ({ team: inRegion(region)[name] === 'gone' ? 'absent' : team(name) })),
    listTags: ({ region }, arn) => answer('ListTags', region, arn, () => inRegion(region)[arn.slice(4)] as Tags),
  };
  const stop = new AbortController();
  const clock = {
    now: () => now,
    sleep: async (ms: number) => {
      now += ms;
    },
  };
  const all: Reading = { aws, clock, signal: stop.signal, count: newCount() };
  return { all, calls, stop, clock };
}

const everything = { names: [], tags: [] };

describe('finds', () => {
  const world: World = {
    [EU]: { Cats: { team: 'a', 'x=y': 'z' }, dogs: { team: 'b' }, gone: 'gone' },
    [US]: { cats: {} },
  };

  test.each<[string, { names: string[]; tags: string[] }, string[]]>([
    ['all', everything, [`${EU} Cats`, `${EU} dogs`, `${US} cats`]],
    ['by name', { names: ['cats'], tags: [] }, [`${US} cats`]],
    ['by the beginning of a name', { names: ['C*', 'do*'], tags: [] }, [`${EU} Cats`, `${EU} dogs`]],
    ['by tag', { names: [], tags: ['team'] }, [`${EU} Cats`, `${EU} dogs`]],
    ['by tag and value', { names: [], tags: ['team=b'] }, [`${EU} dogs`]],
    ['by several tags', { names: [], tags: ['team=a', 'x=y'] }, [`${EU} Cats`]],
    ['by a key with = in it, and a value', { names: [], tags: ['x=y=z'] }, [`${EU} Cats`]],
    ['by name and tag', { names: ['dogs'], tags: ['team=a'] }, []],
  ])('%s', async (_, wanted, expected) => {
    const { all } = reading(world);
    const { found, unread, missing } = await readWorkteams([EU, US], wanted, all);
    expect(found.map(({ region, team: { workteamName } }) => `${region} ${workteamName}`).toSorted()).toEqual(expected);
    expect({ unread, missing }).toEqual({ unread: [], missing: [] });
  });

  test('and names what was asked for and is not there; of a name, describes nothing else', async () => {
    const { all, calls } = reading(world);
    const { missing } = await readWorkteams([EU, US], { names: ['cats', 'birds', 'x*'], tags: [] }, all);
    expect(missing).toEqual(['birds']);
    expect(calls).toEqual([`List ${EU}`, `List ${US}`, 'Describe cats', 'ListTags arn/cats']);
    expect(all.count).toEqual({ regions: 2, regionsListed: 2, workteams: 1, workteamsRead: 1, trouble: '' });
  });
});

test('a team that is on two pages of the list is one', async () => {
  const { all } = reading({ [EU]: { a: {} } });
  const twice = { ...all, aws: { ...all.aws, list: async () => [team('a'), team('a')] } };
  expect((await readWorkteams([EU], everything, twice)).found).toHaveLength(1);
});

describe('what fails', () => {
  const world: World = { [EU]: { a: {}, b: {} }, [US]: { c: {} } };
  const throttled: Failure = { reason: 'Throttled', operation: 'X', retryAfterMs: 3_000 };
  const denied: Failure = { reason: 'AccessDenied', operation: 'X', permission: 'sagemaker:X' };
  const names = ({ found }: Awaited<ReturnType<typeof readWorkteams>>) =>
    found.map(({ team: { workteamName } }) => workteamName).toSorted();

  test('for a moment is asked for again, after as long as AWS wants', async () => {
    const { all, clock } = reading(world, (operation, _, calls) =>
      operation === 'ListTags' && calls === 1 ? throttled : undefined,
    );
    const findings = await readWorkteams([EU, US], everything, all);
    expect(names(findings)).toEqual(['a', 'b', 'c']);
    expect(findings.unread).toEqual([]);
    expect(clock.now()).toBe(3_000);
  });

  test.each<[Failure, number, number]>([
    [throttled, 100_000, 120_000],
    [{ reason: 'Unavailable', operation: 'X', detail: 'ENOTFOUND' }, 7_000, 15_000],
    [denied, 0, 0],
  ])('for good is told, and the rest is read: %j', async (failure, atLeast, atMost) => {
    const { all, clock } = reading(world, (_, region) => (region === EU ? failure : undefined));
    const findings = await readWorkteams([EU, US], { names: ['c', 'd'], tags: [] }, all);
    expect(names(findings)).toEqual(['c']);
    expect(findings.unread).toEqual([{ region: EU, failure }]);
    // Where not everything was seen, nobody knows what is not there.
    expect(findings.missing).toEqual([]);
    expect(clock.now()).toBeGreaterThanOrEqual(atLeast);
    expect(clock.now()).toBeLessThanOrEqual(atMost);
  });

  test('of one work team is about that one', async () => {
    const { all } = reading(world, (operation, _, calls) =>
      operation === 'Describe' && calls === 1 ? denied : undefined,
    );
    const findings = await readWorkteams([EU], everything, all);
    expect(names(findings)).toEqual(['b']);
    expect(findings.unread).toEqual([{ region: EU, workteamName: 'a', failure: denied }]);
  });

  test('in another way than AWS does is thrown', async () => {
    const { all } = reading(world);
    const broken = { ...all, aws: { ...all.aws, list: () => Promise.reject(new TypeError('a bug')) } };
    await expect(readWorkteams([EU], everything, broken)).rejects.toThrow('a bug');
  });
});
