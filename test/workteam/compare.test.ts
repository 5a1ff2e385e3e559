import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  canonicalMembers,
  compareCreateOnly,
  compareTags,
  compareWorkteam,
  display,
} from '../../src/workteam/compare.ts';
import type { Tags } from '../../src/workteam/observed.ts';
import { tagActions } from '../../src/workteam/requests.ts';
import { type MemberDefinition, OWNER_TAG_KEY, type WorkteamSpec } from '../../src/workteam/schema.ts';
import type { Action } from '../../src/workteam/step.ts';
import { content, members, tags } from '../support/workteam-arbitraries.ts';
import { ARN, groups, OURS, SPEC, teamLike } from '../support/workteam-fixture.ts';

const RUNS = { numRuns: 200 };
const TOPIC = 'arn:aws:sns:eu-west-1:111122223333:labelers';

const cognito = (userGroup: string): MemberDefinition => ({
  cognitoMemberDefinition: { userPool: 'eu-west-1_aB3', userGroup, clientId: 'client' },
});
const fieldsOf = (differences: readonly { readonly field: string }[]) => differences.map(({ field }) => field);
const access = (iamPolicyConstraints: object) => ({
  workerAccessConfiguration: { s3Presign: { iamPolicyConstraints } },
});

describe('members', () => {
  test.each<[string, MemberDefinition[], MemberDefinition[]]>([
    ['in another order', [cognito('a'), cognito('b')], [cognito('b'), cognito('a')]],
    ['with groups in another order', groups('a', 'b'), groups('b', 'a')],
    ['in one definition or two', groups('a', 'b'), [...groups('a'), ...groups('b')]],
    ['with a group in both definitions', groups('a', 'b'), [...groups('a', 'b'), ...groups('b')]],
    ['named twice', [cognito('a')], [cognito('a'), cognito('a')]],
  ])('%s are the same', (_, some, others) => {
    expect(canonicalMembers(some)).toEqual(canonicalMembers(others));
  });

  test.each<[string, MemberDefinition[], MemberDefinition[]]>([
    ['one more', groups('a'), groups('a', 'b')],
    ['another letter case', groups('a'), groups('A')],
    ['the other kind', [cognito('a')], groups('a')],
    ['a composed and a decomposed letter', groups('\u00e9'), groups('e\u0301')],
    ['an emoji more', groups('🚗'), groups('🚗🚗')],
  ])('%s is a difference', (_, some, others) => {
    expect(canonicalMembers(some)).not.toEqual(canonicalMembers(others));
  });

  test('are the same however AWS orders, merges and splits them', () => {
    fc.assert(
      fc.property(
        members.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        ([list, shuffled]) => {
          expect(canonicalMembers(shuffled)).toEqual(canonicalMembers(list));
          expect(canonicalMembers(merged(shuffled))).toEqual(canonicalMembers(list));
        },
      ),
      RUNS,
    );
  });
});

/** All OIDC groups in one definition, as AWS may answer. */
function merged(list: readonly MemberDefinition[]): MemberDefinition[] {
  const names = list.flatMap(({ oidcMemberDefinition }) => oidcMemberDefinition?.groups ?? []).reverse();
  const others = list.filter(({ cognitoMemberDefinition }) => cognitoMemberDefinition !== undefined);
  return names.length === 0 ? others : [...others, { oidcMemberDefinition: { groups: names } }];
}

describe('a spec and its team', () => {
  test('as asked for do not differ', () => {
    fc.assert(
      fc.property(content, (spec) => {
        expect(compareWorkteam(spec, teamLike(spec))).toEqual([]);
      }),
      RUNS,
    );
  });

  test('differ in the description, to the letter', () => {
    expect(compareWorkteam(SPEC, { ...teamLike(SPEC), description: 'Old' })).toEqual([
      { field: 'description', desired: SPEC.description, observed: 'Old', repair: 'update' },
    ]);
    expect(fieldsOf(compareWorkteam(SPEC, { ...teamLike(SPEC), description: `${SPEC.description} ` }))).toEqual([
      'description',
    ]);
  });

  test('differ in members', () => {
    expect(compareWorkteam(SPEC, { ...teamLike(SPEC), memberDefinitions: groups('b', 'a') })).toEqual([
      {
        field: 'memberDefinitions',
        desired: groups('labelers'),
        observed: groups('a', 'b'),
        repair: 'update',
      },
    ]);
  });

  test.each<[string, Partial<WorkteamSpec>, string | undefined, string[]]>([
    ['none and none', {}, undefined, []],
    ['an empty configuration and none', { notificationConfiguration: {} }, undefined, []],
    ['the same', { notificationConfiguration: { notificationTopicArn: TOPIC } }, TOPIC, []],
    ['one and none', { notificationConfiguration: { notificationTopicArn: TOPIC } }, undefined, ['differs']],
    ['none and one', {}, TOPIC, ['differs']],
    ['one and another', { notificationConfiguration: { notificationTopicArn: TOPIC } }, `${TOPIC}-2`, ['differs']],
  ])('topics: %s', (_, spec, topic, differs) => {
    const { notificationTopicArn: _own, ...rest } = teamLike({ ...SPEC, ...spec });
    const team = { ...rest, ...(topic !== undefined && { notificationTopicArn: topic }) };
    const expected = differs.map(() => 'notificationConfiguration.notificationTopicArn');
    expect(fieldsOf(compareWorkteam({ ...SPEC, ...spec }, team))).toEqual(expected);
  });

  test.each<[string, Partial<WorkteamSpec>, object, string[]]>([
    ["left out: the server's choice stands", {}, access({ sourceIp: 'Enabled', vpcSourceIp: 'Disabled' }), []],
    ['the same', access({ sourceIp: 'Enabled' }), access({ sourceIp: 'Enabled' }), []],
    ['one of two: the other stands', access({ sourceIp: 'Disabled' }), access({ vpcSourceIp: 'Enabled' }), []],
    ['Disabled and not mentioned', access({ sourceIp: 'Disabled' }), {}, []],
    ['Disabled and mentioned without a value', access({ sourceIp: 'Disabled' }), access({}), []],
    ['Enabled and not mentioned', access({ sourceIp: 'Enabled' }), {}, ['sourceIp']],
    ['Enabled and Disabled', access({ vpcSourceIp: 'Enabled' }), access({ vpcSourceIp: 'Disabled' }), ['vpcSourceIp']],
    [
      'both',
      access({ sourceIp: 'Disabled', vpcSourceIp: 'Enabled' }),
      access({ sourceIp: 'Enabled' }),
      ['sourceIp', 'vpcSourceIp'],
    ],
  ])('worker access: %s', (_, spec, observed, keys) => {
    const team = { ...teamLike(SPEC), ...observed };
    const expected = keys.map((key) => `workerAccessConfiguration.s3Presign.iamPolicyConstraints.${key}`);
    expect(fieldsOf(compareWorkteam({ ...SPEC, ...spec }, team))).toEqual(expected);
  });

  test('the workforce is compared by name, where both are known', () => {
    const team = teamLike(SPEC);
    const { workforceArn: _, ...withoutWorkforce } = team;
    expect(compareCreateOnly(SPEC, team)).toEqual([]);
    expect(compareCreateOnly({ ...SPEC, workforceName: 'private-crowd' }, team)).toEqual([]);
    expect(compareCreateOnly({ ...SPEC, workforceName: 'another' }, withoutWorkforce)).toEqual([]);
    expect(compareCreateOnly({ ...SPEC, workforceName: 'another' }, team)).toEqual([
      { field: 'workforceName', desired: 'another', observed: 'private-crowd', repair: 'impossible' },
    ]);
  });
});

describe('tags', () => {
  const owner = { [OWNER_TAG_KEY]: OURS };

  test('are compared exactly: what is not named is to go', () => {
    expect(compareTags({ cost: '1', new: '' }, { cost: '2', stray: 'x', ...owner }, [])).toEqual([
      { field: 'tags.cost', desired: '1', observed: '2', repair: 'tags' },
      { field: 'tags.new', desired: '', observed: undefined, repair: 'tags' },
      { field: 'tags.stray', desired: undefined, observed: 'x', repair: 'tags' },
    ]);
  });

  test('an empty value is a value', () => {
    expect(compareTags({ cost: '' }, { cost: '' }, [])).toEqual([]);
    expect(fieldsOf(compareTags({}, { cost: '' }, []))).toEqual(['tags.cost']);
  });

  test.each(['aws:x', 'AWS:x', 'aWs:', OWNER_TAG_KEY, 'workteams.dev/later'])('%s is left alone', (key) => {
    expect(compareTags({}, { [key]: '1' }, [])).toEqual([]);
  });

  test.each(['aws', 'awsx:', 'workteams.dev', 'Workteams.dev/owner'])('%s is a tag like any other', (key) => {
    expect(fieldsOf(compareTags({}, { [key]: '1' }, []))).toEqual([`tags.${key}`]);
  });

  test.each([
    ['cost', ['cost'], true],
    ['costs', ['cost'], false],
    ['cost', ['cost*'], true],
    ['cost-center', ['cost*'], true],
    ['Cost', ['cost*'], false],
    ['my-cost', ['cost*'], false],
    ['anything', ['*'], true],
    ['a*b', ['a*b'], true],
    ['axb', ['a*b'], false],
    ['second', ['first', 'second'], true],
    ['🚗/x', ['🚗*'], true],
  ])('%s with %j ignored: %s', (key, patterns, ignored) => {
    expect(compareTags({}, { [key]: '1' }, patterns).length).toBe(ignored ? 0 : 1);
    expect(compareTags({ [key]: '1' }, {}, patterns).length).toBe(ignored ? 0 : 1);
  });

  test.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])('%s is a key like any other', (key) => {
    const tagged: Tags = Object.fromEntries([[key, '1']]);
    expect(fieldsOf(compareTags({}, tagged, []))).toEqual([`tags.${key}`]);
    expect(fieldsOf(compareTags(tagged, {}, []))).toEqual([`tags.${key}`]);
    expect(compareTags(tagged, tagged, [])).toEqual([]);
  });

  test('are as wanted after the calls that repair them, and those left alone as they were', () => {
    const patterns = fc.constantFrom<string[]>([], ['ignored/*'], ['*']);
    fc.assert(
      fc.property(content, tags, patterns, ({ tags: wanted = {} }, observed, ignored) => {
        const repaired = repair(observed, tagActions(ARN, compareTags(wanted, observed, ignored)));
        expect(compareTags(wanted, repaired, ignored)).toEqual([]);
        expect(repaired[OWNER_TAG_KEY]).toBe(observed[OWNER_TAG_KEY]);
        if (ignored.includes('*')) expect(repaired).toEqual(observed);
      }),
      RUNS,
    );
  });
});

/** The tags after these calls. */
function repair(before: Tags, actions: readonly Action[]): Tags {
  const after = new Map(Object.entries(before));
  for (const action of actions) {
    if (action.do === 'removeTags') for (const key of action.keys) after.delete(key);
    if (action.do === 'addTags') for (const [key, value] of Object.entries(action.tags)) after.set(key, value);
  }
  return Object.fromEntries(after);
}

describe('a value on display', () => {
  test('is compact JSON with sorted keys', () => {
    expect(display([{ b: 1, a: 'x' }])).toBe('[{"a":"x","b":1}]');
    expect(display(undefined)).toBe('');
  });

  test('has at most 1,024 characters', () => {
    expect([...display('🚗'.repeat(1_022))]).toHaveLength(1_024);
    const long = display('🚗'.repeat(1_023));
    expect([...long]).toHaveLength(1_024);
    expect(long.endsWith('…')).toBe(true);
  });
});
