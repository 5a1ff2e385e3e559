import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareCreateOnly, compareTags, compareWorkteam } from '../../src/workteam/compare.ts';
import { type FoundWorkteam, type ImportSettings, importWorkteams } from '../../src/workteam/manifest.ts';
import type { ObservedWorkteam, Tags } from '../../src/workteam/observed.ts';
import { type MemberDefinition, OWNER_TAG_KEY, parseSpec } from '../../src/workteam/schema.ts';
import { cognitoMembers, oidcMembers } from '../support/specs.ts';
import { tags as anyTags, team as anyTeam } from '../support/workteam-arbitraries.ts';
import { ARN, REGION, WORKFORCE_ARN } from '../support/workteam-fixture.ts';

const TOPIC = 'arn:aws:sns:eu-west-1:111122223333:work';

function found(team: Partial<ObservedWorkteam> = {}, tags: Tags = {}, region = REGION): FoundWorkteam {
  const smallest = {
    workteamName: 'labelers',
    workteamArn: ARN,
    description: 'Labels',
    memberDefinitions: oidcMembers('a'),
  };
  return { region, team: { ...smallest, ...team }, tags };
}

const importOf = (each: FoundWorkteam, settings: Partial<ImportSettings> = {}) =>
  importWorkteams([each], { ignoreTagKeys: [], ...settings });

const access = (sourceIp?: string, vpcSourceIp?: string) => ({
  workerAccessConfiguration: {
    s3Presign: { iamPolicyConstraints: { ...(sourceIp && { sourceIp }), ...(vpcSourceIp && { vpcSourceIp }) } },
  },
});

describe('a manifest', () => {
  test('has every field that AWS has, in the order of the schema, and is only an observer', () => {
    const team = {
      description: '  Labels ',
      workforceArn: WORKFORCE_ARN,
      memberDefinitions: cognitoMembers('b', 'a'),
      notificationTopicArn: TOPIC,
      ...access('Enabled'),
      subDomain: 'labeling.example',
      createDate: '2030-01-01T00:00:00Z',
    };
    const { workteams, leftOut } = importOf(found(team, { team: 'cats', cost: '1' }), { namespace: 'vision' });
    expect(leftOut).toEqual([]);
    const [user] = cognitoMembers('a');
    const { userPool, clientId } = user?.cognitoMemberDefinition ?? {};
    expect(JSON.stringify(workteams.map(({ manifest }) => manifest))).toBe(
      JSON.stringify([
        {
          apiVersion: 'workteams.dev/v1alpha1',
          kind: 'Workteam',
          metadata: { name: 'labelers', namespace: 'vision' },
          spec: {
            workforceName: 'private-crowd',
            region: REGION,
            description: '  Labels ',
            memberDefinitions: ['a', 'b'].map((userGroup) => ({
              cognitoMemberDefinition: { userPool, userGroup, clientId },
            })),
            notificationConfiguration: { notificationTopicArn: TOPIC },
            workerAccessConfiguration: { s3Presign: { iamPolicyConstraints: { sourceIp: 'Enabled' } } },
            tags: { cost: '1', team: 'cats' },
            deletionPolicy: 'Retain',
            adoptionPolicy: 'IfUnowned',
            managementPolicy: 'Observe',
          },
        },
      ]),
    );
  });

  test("says the team's name only where it is not its own", () => {
    const [first, second] = ['labelers', 'Labelers'].map(
      (workteamName) => importOf(found({ workteamName })).workteams[0],
    );
    expect(first?.manifest.spec).not.toHaveProperty('workteamName');
    expect(first?.manifest.metadata).toEqual({ name: 'labelers' });
    expect(second?.manifest.spec.workteamName).toBe('Labelers');
    expect(second?.manifest.metadata).toEqual({ name: 'labelers' });
  });

  test('has none of the tags that are not its business, and all others, whatever their keys', () => {
    const tags = Object.fromEntries([
      ['__proto__', 'x'],
      ['constructor', ''],
      ['aws:cloudformation:stack', 'x'],
      [OWNER_TAG_KEY, 'c/n/w'],
      ['workteams.dev/other', 'x'],
      ['c7n:x', 'x'],
    ]);
    const [workteam] = importOf(found({}, tags), { ignoreTagKeys: ['c7n:*'] }).workteams;
    expect(Object.entries(workteam?.manifest.spec.tags ?? {})).toEqual([
      ['__proto__', 'x'],
      ['constructor', ''],
    ]);
    expect(importOf(found({}, { 'aws:x': '' })).workteams[0]?.manifest.spec).not.toHaveProperty('tags');
  });

  test.each([
    [access('Enabled', 'Disabled'), { sourceIp: 'Enabled' }],
    [access('Disabled', 'Enabled'), { vpcSourceIp: 'Enabled' }],
    [access('Disabled', 'Disabled'), { sourceIp: 'Disabled' }],
    [access(undefined, 'Disabled'), { vpcSourceIp: 'Disabled' }],
    [access('Disabled'), { sourceIp: 'Disabled' }],
  ])('of two access settings says one: %j', (team, iamPolicyConstraints) => {
    const [workteam] = importOf(found(team)).workteams;
    expect(workteam?.manifest.spec.workerAccessConfiguration).toEqual({ s3Presign: { iamPolicyConstraints } });
  });

  test('names the owner that a team has, and says when the owner tag has no room', () => {
    const commentsOn = (tags: Tags, ignoreTagKeys: string[] = []) =>
      importOf(found({}, tags), { ignoreTagKeys }).workteams.flatMap(({ comments }) => comments);
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`x${index}`, '']));
    expect(commentsOn({})).toEqual([]);
    expect(commentsOn({ [OWNER_TAG_KEY]: 'abc/vision/cats' })).toEqual([
      expect.stringContaining('the owner tag of Workteam vision/cats of cluster abc'),
    ]);
    expect(commentsOn({ [OWNER_TAG_KEY]: 'junk' })).toEqual([expect.stringContaining('the owner tag "junk"')]);
    expect(commentsOn({ ...many(49), 'aws:x': '' }, ['x*'])).toEqual([]);
    expect(commentsOn(many(50), ['x*'])).toEqual([expect.stringContaining('the owner tag finds no room')]);
  });
});

describe('is left out, with the reason:', () => {
  const groups = (count: number, prefix = 'g') => Array.from({ length: count }, (_, index) => `${prefix}${index}`);
  const tags = Object.fromEntries(groups(46).map((key) => [key, '']));
  const nobody: MemberDefinition = {};
  test.each<[string, FoundWorkteam, RegExp]>([
    ['two lines', found({ description: 'a\nb' }), /^spec\.description: must be one line/],
    ['no description', found({ description: '' }), /^spec\.description: .*at least 1/],
    ['a long one', found({ description: 'x'.repeat(201) }), /^spec\.description: .*more than 200/],
    ['broken Unicode', found({ description: 'a\ud800' }), /not valid Unicode/],
    ['a name of no team', found({ workteamName: 'a_b' }), /^spec\.workteamName: write letters/],
    ['a region of none', found({}, {}, 'Europe'), /^spec\.region: write an AWS region/],
    ['nobody', found({ memberDefinitions: [] }), /^spec\.memberDefinitions: .*at least 1/],
    ['members of another kind', found({ memberDefinitions: [...oidcMembers('a'), nobody] }), /neither of Cognito/],
    ['both kinds', found({ memberDefinitions: [...oidcMembers('a'), ...cognitoMembers('a')] }), /must be of one kind/],
    [
      'too many groups',
      found({ memberDefinitions: [...oidcMembers(...groups(6)), ...oidcMembers(...groups(6, 'h'))] }),
      /memberDefinitions/,
    ],
    ['a group with a space', found({ memberDefinitions: oidcMembers('a b') }), /without spaces/],
    ['both access settings', found(access('Enabled', 'Enabled')), /only one of sourceIp and vpcSourceIp/],
    ['an access setting of its own', found(access('Maybe')), /supported values/],
    ['a vendor', found({ productListingIds: ['x'] }), /vendor in AWS Marketplace/],
    ['a vendor by its ARN', found({ workteamArn: ARN.replace('private', 'vendor') }), /is a vendor work team/],
    ['the public', found({ workteamArn: ARN.replace('private', 'public') }), /is a public work team/],
    ['too many tags', found({}, tags), /^spec\.tags: Too many: .*45.*--ignore-tag-keys/],
  ])('%s', (_, each, reason) => {
    const { workteams, leftOut } = importOf(each);
    expect(workteams).toEqual([]);
    expect(leftOut).toEqual([
      {
        region: each.region,
        workteamName: each.team.workteamName,
        reasons: expect.arrayContaining([expect.stringMatching(reason)]),
      },
    ]);
  });

  test('and the others are not', () => {
    const imported = importWorkteams([found({ workteamName: 'b' }), found({ workteamName: 'a', description: '' })], {
      ignoreTagKeys: [],
    });
    expect(imported.workteams.map(({ workteamName }) => workteamName)).toEqual(['b']);
    expect(imported.leftOut.map(({ workteamName }) => workteamName)).toEqual(['a']);
  });
});

test('whatever a team is like: its manifest is valid and differs in nothing, or it is told why there is none', () => {
  let written = 0;
  fc.assert(
    fc.property(anyTeam, anyTags, fc.constantFrom([], ['ignored/*'], ['*']), (team, tags, ignoreTagKeys) => {
      const { workteams, leftOut } = importWorkteams([{ region: REGION, team, tags }], { ignoreTagKeys });
      expect(workteams.length + leftOut.length).toBe(1);
      for (const { manifest } of workteams) {
        written += 1;
        const { spec, metadata } = manifest;
        expect(parseSpec(spec, metadata.name)).toMatchObject({ ok: true });
        expect(compareWorkteam(spec, team)).toEqual([]);
        expect(compareCreateOnly(spec, team)).toEqual([]);
        expect(compareTags(spec.tags ?? {}, tags, ignoreTagKeys)).toEqual([]);
      }
    }),
  );
  expect(written).toBeGreaterThan(10);
});

test('the order in which AWS shows teams, members, groups and tags makes no difference', () => {
  const forth = [
    found({ memberDefinitions: oidcMembers('a', 'b') }, { a: '1', b: '2' }),
    found({ memberDefinitions: cognitoMembers('a', 'b') }, {}, 'us-east-1'),
  ];
  const back = [
    found({ memberDefinitions: cognitoMembers('b', 'a') }, {}, 'us-east-1'),
    found({ memberDefinitions: [...oidcMembers('b'), ...oidcMembers('a')] }, { b: '2', a: '1' }),
  ];
  const written = (all: FoundWorkteam[]) => JSON.stringify(importWorkteams(all, { ignoreTagKeys: [] }));
  expect(written(back)).toBe(written(forth));
});
