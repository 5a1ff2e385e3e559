import { describe, expect, test } from 'vitest';
import { compareTags, compareWorkteam } from '../../src/workteam/compare.ts';
import type { ObservedWorkteam } from '../../src/workteam/observed.ts';
import {
  createRequest,
  requestKey,
  tagActions,
  tagRequestKey,
  updateAction,
  wordOf,
} from '../../src/workteam/requests.ts';
import type { WorkteamSpec } from '../../src/workteam/schema.ts';
import { ARN, aWorkteam, groups, SPEC, teamLike, workteamOf } from '../support/workteam-fixture.ts';

const TOPIC = 'arn:aws:sns:eu-west-1:111122223333:labelers';
const topic = { notificationConfiguration: { notificationTopicArn: TOPIC } };
const access = { workerAccessConfiguration: { s3Presign: { iamPolicyConstraints: { sourceIp: 'Enabled' as const } } } };

const requestFor = (spec: Partial<WorkteamSpec>, team: Partial<ObservedWorkteam> = {}) => {
  const [wanted, found] = [
    { ...SPEC, ...spec },
    { ...teamLike(SPEC), ...team },
  ];
  return updateAction('labelers', wanted, found, compareWorkteam(wanted, found)).request;
};

describe('a create', () => {
  test('says what the spec says and leaves out what it leaves out', () => {
    expect(createRequest('labelers', SPEC, { a: '1' })).toEqual({
      workteamName: 'labelers',
      description: SPEC.description,
      memberDefinitions: SPEC.memberDefinitions,
      tags: { a: '1' },
    });
  });

  test('says everything that a spec can say', () => {
    expect(createRequest('crowd', { ...SPEC, ...topic, ...access, workforceName: 'w' }, {})).toMatchObject({
      workteamName: 'crowd',
      workforceName: 'w',
      notificationTopicArn: TOPIC,
      ...access,
    });
  });

  test('takes an empty notificationConfiguration for none', () => {
    expect(createRequest('labelers', { ...SPEC, notificationConfiguration: {} }, {})).not.toHaveProperty(
      'notificationTopicArn',
    );
  });
});

describe('an update', () => {
  test('always has the description and the full member list, from the spec', () => {
    expect(requestFor({ memberDefinitions: groups('a') }, { memberDefinitions: groups('a', 'b') })).toEqual({
      workteamName: 'labelers',
      description: SPEC.description,
      memberDefinitions: groups('a'),
    });
  });

  test.each([
    ['sets a topic', topic, {}, TOPIC],
    ['keeps a topic', topic, { notificationTopicArn: TOPIC }, TOPIC],
    ['replaces a topic', topic, { notificationTopicArn: `${TOPIC}-2` }, TOPIC],
    ['removes a topic', {}, { notificationTopicArn: TOPIC }, null],
    ['says nothing of a topic that nobody has or wants', {}, {}, undefined],
  ])('%s', (_, spec, team, expected) => {
    expect(requestFor(spec, team).notificationTopicArn).toBe(expected);
  });

  test("leaves the server's choice of access alone", () => {
    expect(requestFor({}, access)).not.toHaveProperty('workerAccessConfiguration');
    expect(requestFor(access)).toMatchObject(access);
  });
});

describe('tag calls', () => {
  const callsFor = (wanted: Record<string, string>, found: Record<string, string>) =>
    tagActions(ARN, compareTags(wanted, found, []));

  test('remove before they add', () => {
    expect(callsFor({ a: '1', b: '' }, { a: '2', c: '3' })).toMatchObject([
      { do: 'removeTags', arn: ARN, keys: ['c'] },
      { do: 'addTags', arn: ARN, tags: { a: '1', b: '' } },
    ]);
  });

  test('are none where nothing differs', () => {
    expect(callsFor({ a: '1' }, { a: '1' })).toEqual([]);
  });

  test('keep within 50 tags at every moment, also where all 45 change and 4 are ignored', () => {
    const numbered = (prefix: string, count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index}`, '1']));
    const found = { ...numbered('old', 45), ...numbered('kept', 4), 'workteams.dev/owner': 'x' };
    const calls = tagActions(ARN, compareTags(numbered('new', 45), found, ['kept*']));
    expect(calls).toMatchObject([{ do: 'removeTags' }, { do: 'addTags' }]);
    expect(calls[0]?.do === 'removeTags' && calls[0].keys.length).toBe(45);
  });
});

describe('the key of a request', () => {
  const key = (scenario: ReturnType<typeof aWorkteam>, request = requestFor({})) =>
    requestKey(scenario.facts.workteam, request);

  test('is the same for the same request on the same word', () => {
    expect(key(aWorkteam())).toBe(key(aWorkteam()));
    const [some, others] = [groups('a', 'b'), groups('b', 'a')];
    expect(key(aWorkteam(), requestFor({ memberDefinitions: some }))).toBe(
      key(aWorkteam(), requestFor({ memberDefinitions: others })),
    );
  });

  test.each([
    ['a new generation', key(aWorkteam().generation(2))],
    ['a new requestedAt', key(aWorkteam().requestedAt('now'))],
    ['another description', key(aWorkteam(), requestFor({ description: 'Old' }))],
    ['other members', key(aWorkteam(), requestFor({ memberDefinitions: groups('a') }))],
    ['a topic', key(aWorkteam(), requestFor(topic))],
    ['the removal of a topic', key(aWorkteam(), requestFor({}, { notificationTopicArn: TOPIC }))],
    ['worker access', key(aWorkteam(), requestFor(access))],
  ])('is another one for %s', (_, other) => {
    expect(other).not.toBe(key(aWorkteam()));
  });

  test('of tags knows tags and the word', () => {
    const workteam = workteamOf();
    const none = tagRequestKey(workteam, SPEC);
    expect(tagRequestKey(workteam, { ...SPEC, tags: {} })).toBe(none);
    expect(tagRequestKey(workteam, { ...SPEC, description: 'Old' })).toBe(none);
    expect(tagRequestKey(workteam, { ...SPEC, tags: { a: '1' } })).not.toBe(none);
    expect(tagRequestKey(aWorkteam().generation(2).facts.workteam, SPEC)).not.toBe(none);
  });

  test('a word is a generation and a requestedAt', () => {
    expect(wordOf(workteamOf())).toBe(wordOf(workteamOf({ description: 'Old' })));
    expect(wordOf(aWorkteam().requestedAt('').facts.workteam)).not.toBe(wordOf(workteamOf()));
  });
});
