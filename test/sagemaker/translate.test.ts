import type { WorkerAccessConfiguration as AwsAccess, Workteam as AwsWorkteam } from '@aws-sdk/client-sagemaker';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createInput, observedTags, observedWorkteam, tagsInput, updateInput } from '../../src/sagemaker/translate.ts';
import type { CreateRequest } from '../../src/workteam/step.ts';
import { createOf, updateOf } from './requests.ts';

const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:work';
const text = fc.string({ minLength: 1, maxLength: 8 });
const toggle = fc.constantFrom('Enabled' as const, 'Disabled' as const);

const member = fc.oneof(
  fc
    .record({ userPool: text, userGroup: text, clientId: text })
    .map((cognitoMemberDefinition) => ({ cognitoMemberDefinition })),
  fc.array(text, { minLength: 1, maxLength: 3 }).map((groups) => ({ oidcMemberDefinition: { groups } })),
);

const access = fc
  .record({ sourceIp: toggle, vpcSourceIp: toggle }, { requiredKeys: [] })
  .filter((constraints) => Object.keys(constraints).length > 0)
  .map((iamPolicyConstraints) => ({ s3Presign: { iamPolicyConstraints } }));

const createRequest: fc.Arbitrary<CreateRequest> = fc.record(
  {
    workteamName: text,
    workforceName: text,
    description: text,
    memberDefinitions: fc.array(member, { minLength: 1, maxLength: 3 }),
    notificationTopicArn: text,
    workerAccessConfiguration: access,
    tags: fc.dictionary(text, text, { maxKeys: 4 }),
  },
  { requiredKeys: ['workteamName', 'description', 'memberDefinitions', 'tags'] },
);

describe('there and back', () => {
  test('a team that is made as a request says is seen as the request says', () => {
    void fc.assert(
      fc.property(createRequest, (request) => {
        const { Tags, WorkforceName, ...team } = createInput(request);
        const { tags, workforceName, ...rest } = request;
        expect(observedWorkteam({ ...team, WorkteamArn: 'arn' })).toEqual({ ...rest, workteamArn: 'arn' });
        expect(observedTags(Tags ?? [])).toEqual({ ...tags });
        expect(WorkforceName).toBe(workforceName);
      }),
      { numRuns: 200 },
    );
  });

  test('an update says the same as a create, but for what only a create can say', () => {
    void fc.assert(
      fc.property(createRequest, (request) => {
        const { Tags: _tags, WorkforceName: _workforce, ...team } = createInput(request);
        const { tags: _, workforceName: __, ...update } = request;
        expect(updateInput(update)).toEqual(team);
      }),
      { numRuns: 200 },
    );
  });

  test('nothing is sent that was not asked for', () => {
    expect(Object.keys(createInput(createOf('blue')))).toEqual([
      'WorkteamName',
      'Description',
      'MemberDefinitions',
      'Tags',
    ]);
    expect(Object.keys(updateInput(updateOf('blue')))).toEqual(['WorkteamName', 'Description', 'MemberDefinitions']);
  });
});

test('an update sets a topic, removes it, or says nothing of it', () => {
  expect(updateInput(updateOf('blue', { notificationTopicArn: TOPIC }))).toMatchObject({
    NotificationConfiguration: { NotificationTopicArn: TOPIC },
  });
  const removal = updateInput(updateOf('blue', { notificationTopicArn: null }));
  expect(removal.NotificationConfiguration).toEqual({});
  expect(updateInput(updateOf('blue'))).not.toHaveProperty('NotificationConfiguration');
});

describe('what AWS may leave out', () => {
  const bare: AwsWorkteam = {
    WorkteamName: 'blue',
    WorkteamArn: 'arn',
    Description: 'A team',
    MemberDefinitions: [],
  };
  const seen = { workteamName: 'blue', workteamArn: 'arn', description: 'A team', memberDefinitions: [] };

  test('whatever is optional is not there, rather than undefined', () => {
    expect(Object.keys(observedWorkteam(bare))).toEqual(Object.keys(seen).toSorted(byPlace));
    expect(observedWorkteam(bare)).toEqual(seen);
  });

  test('even what the model requires', () => {
    const nothing = { workteamName: '', workteamArn: '', description: '', memberDefinitions: [] };
    const empty: Partial<AwsWorkteam> = {};
    expect(observedWorkteam(empty as AwsWorkteam)).toEqual(nothing);
  });

  test.each<[string, AwsWorkteam['NotificationConfiguration'], string | undefined]>([
    ['nothing', undefined, undefined],
    ['an empty configuration', {}, undefined],
    ['an empty topic', { NotificationTopicArn: '' }, undefined],
    ['a topic', { NotificationTopicArn: TOPIC }, TOPIC],
  ])('a topic: %s', (_, configuration, topic) => {
    const team = configuration === undefined ? bare : { ...bare, NotificationConfiguration: configuration };
    expect(observedWorkteam(team)).toEqual({ ...seen, ...(topic && { notificationTopicArn: topic }) });
  });

  const constraints = (iamPolicyConstraints: object) => ({ s3Presign: { iamPolicyConstraints } });

  test.each<[string, AwsAccess, object | undefined]>([
    ['empty', {}, undefined],
    ['an empty S3Presign', { S3Presign: {} }, undefined],
    ['empty constraints', { S3Presign: { IamPolicyConstraints: {} } }, undefined],
    ['one', { S3Presign: { IamPolicyConstraints: { SourceIp: 'Disabled' } } }, constraints({ sourceIp: 'Disabled' })],
    [
      'the other',
      { S3Presign: { IamPolicyConstraints: { VpcSourceIp: 'Enabled' } } },
      constraints({ vpcSourceIp: 'Enabled' }),
    ],
  ])('access: %s', (_, configuration, expected) => {
    const team = { ...bare, WorkerAccessConfiguration: configuration };
    expect(observedWorkteam(team)).toEqual({ ...seen, ...(expected && { workerAccessConfiguration: expected }) });
  });

  test.each<[string, object, object]>([
    ['of no kind', {}, {}],
    ['OIDC without groups', { OidcMemberDefinition: {} }, { oidcMemberDefinition: { groups: [] } }],
    [
      'Cognito without anything',
      { CognitoMemberDefinition: {} },
      { cognitoMemberDefinition: { userPool: '', userGroup: '', clientId: '' } },
    ],
  ])('a member: %s', (_, given, expected) => {
    expect(observedWorkteam({ ...bare, MemberDefinitions: [given] }).memberDefinitions).toEqual([expected]);
  });

  test('tags without a value are empty, tags without a key are none', () => {
    expect(
      observedTags([
        { Key: 'a', Value: undefined },
        { Key: undefined, Value: 'lost' },
      ]),
    ).toEqual({ a: '' });
  });
});

test('everything that there can be', () => {
  expect(
    observedWorkteam({
      WorkteamName: 'blue',
      WorkteamArn: 'arn',
      Description: 'A team',
      MemberDefinitions: [],
      WorkforceArn: 'workforce',
      SubDomain: 'abc.labeling.eu-west-1.sagemaker.aws',
      ProductListingIds: ['p'],
      CreateDate: new Date('2030-01-01T00:00:00.999Z'),
      LastUpdatedDate: new Date(1_900_000_000_001),
    }),
  ).toEqual({
    workteamName: 'blue',
    workteamArn: 'arn',
    description: 'A team',
    memberDefinitions: [],
    workforceArn: 'workforce',
    subDomain: 'abc.labeling.eu-west-1.sagemaker.aws',
    productListingIds: ['p'],
    createDate: '2030-01-01T00:00:00Z',
    lastUpdatedDate: '2030-03-17T17:46:40Z',
  });
});

test('tags, whatever their keys', () => {
  const tags = Object.fromEntries([
    ['__proto__', 'a'],
    ['constructor', 'b'],
    ['', ''],
  ]);
  expect(Object.entries(observedTags(tagsInput(tags)))).toEqual(Object.entries(tags));
});

/** The order in which `observedWorkteam` writes what is always there. */
function byPlace(a: string, b: string): number {
  const places = ['workteamName', 'workteamArn', 'description', 'memberDefinitions'];
  return places.indexOf(a) - places.indexOf(b);
}
