/** Every constraint of the service model at and past its bounds, as the SDK meets it over HTTP. */
import {
  AddTagsCommand,
  CreateWorkteamCommand,
  type CreateWorkteamCommandInput,
  DeleteTagsCommand,
  DescribeWorkforceCommand,
  DescribeWorkteamCommand,
  ListLabelingJobsForWorkteamCommand,
  ListTagsCommand,
  ListWorkteamsCommand,
  type SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import { beforeAll, describe, expect, test } from 'vitest';
import { useEmulator } from '../../support/emulator.ts';
import { cognito, failureOf, newName, oidc, team } from './requests.ts';

const emulator = useEmulator({ quota: 1_000 });
let oidcClient: SageMakerClient;
let cognitoClient: SageMakerClient;

beforeAll(() => {
  oidcClient = emulator.client({ region: emulator.newRegion() });
  cognitoClient = emulator.client({ region: emulator.newRegion() });
});

const create = (changes: Partial<CreateWorkteamCommandInput>) => {
  const request = team(changes);
  const isCognito = request.MemberDefinitions?.some((member) => member.CognitoMemberDefinition);
  return (isCognito ? cognitoClient : oidcClient).send(new CreateWorkteamCommand(request));
};

const x = (count: number) => 'x'.repeat(count);
const times = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => make(index));

interface Row {
  readonly at: string;
  readonly request: (value: never) => Partial<CreateWorkteamCommandInput>;
  readonly good: readonly unknown[];
  /** Value and the constraint that the answer names. */
  readonly bad: readonly (readonly [value: unknown, constraint: string])[];
}

/** Loses the type of the values of one row, so that rows of different values fit into one table. */
function row<V>(
  at: string,
  request: (value: V) => Partial<CreateWorkteamCommandInput>,
  good: readonly V[],
  bad: readonly (readonly [V, string])[],
): Row {
  return { at, request, good, bad };
}

const most = (count: number) => `Member must have length less than or equal to ${count}`;
const least = (count: number) => `Member must have length greater than or equal to ${count}`;
const pattern = (expression: string) => `Member must satisfy regular expression pattern: ${expression}`;

const NAME = '[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}';
const GROUP = '[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+';
const POOL = '[\\w-]+_[0-9a-zA-Z]+';
const TOPIC = 'arn:aws[a-z\\-]*:sns:[a-z0-9\\-]*:[0-9]{12}:[a-zA-Z0-9_.-]*';
const TAG = '([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)';

const access = (SourceIp?: string, VpcSourceIp?: string) =>
  ({
    WorkerAccessConfiguration: { S3Presign: { IamPolicyConstraints: { SourceIp, VpcSourceIp } } },
  }) as Partial<CreateWorkteamCommandInput>;

const member = 'memberDefinitions.1.member';

const rows: readonly Row[] = [
  row(
    'workteamName',
    (WorkteamName: string) => ({ WorkteamName }),
    ['a', '9', 'a--b', x(63), `A${'-'.repeat(61)}z`],
    [
      [x(64), most(63)],
      ['-a', pattern(NAME)],
      ['a-', pattern(NAME)],
      ['a.b', pattern(NAME)],
      ['a\n', pattern(NAME)],
      ['é', pattern(NAME)],
      ['', least(1)],
    ],
  ),
  row(
    'workforceName',
    (WorkforceName: string) => ({ WorkforceName }),
    ['private-crowd'],
    [
      [x(64), most(63)],
      ['-a', pattern('[a-zA-Z0-9]([a-zA-Z0-9\\-]){0,62}')],
      ['a_b', pattern('[a-zA-Z0-9]([a-zA-Z0-9\\-]){0,62}')],
      ['', least(1)],
    ],
  ),
  row(
    'description',
    (Description: string) => ({ Description }),
    ['.', x(200), ' ', '\u{1f600}'.repeat(200), 'tab\tis allowed'],
    [
      [x(201), most(200)],
      ['\u{1f600}'.repeat(201), most(200)],
      ['', least(1)],
      ...['\n', '\r', '\u0085', '\u2028', '\u2029'].map((end) => [`a${end}b`, pattern('.+')] as const),
    ],
  ),
  row(
    'memberDefinitions',
    (groups: string[]) => ({ MemberDefinitions: groups.map((group) => oidc(group)) }),
    [['a'], times(10, (index) => `g${index}`)],
    [
      [times(11, (index) => `g${index}`), most(10)],
      [[], least(1)],
    ],
  ),
  row(
    `${member}.oidcMemberDefinition.groups`,
    (groups: string[]) => ({ MemberDefinitions: [oidc(...groups)] }),
    [['a'], times(10, (index) => `g${index}`), [x(63)], ['åß', '漢字', '$+€', 'a_b-c', '1']],
    [
      [times(11, (index) => `g${index}`), most(10)],
      [[], least(1)],
      [[x(64)], `Member must satisfy constraint: [${most(63)}, ${least(1)}, ${pattern(GROUP)}]`],
      [['a', 'b c'], `Member must satisfy constraint: [${most(63)}, ${least(1)}, ${pattern(GROUP)}]`],
      [[''], `Member must satisfy constraint: [${most(63)}, ${least(1)}, ${pattern(GROUP)}]`],
    ],
  ),
  row(
    `${member}.cognitoMemberDefinition.userPool`,
    (UserPool: string) => ({ MemberDefinitions: [cognito('a', { UserPool })] }),
    ['a_1', `${x(53)}_1`, 'eu-west-1_Ab9'],
    [
      [`${x(54)}_1`, most(55)],
      ['nounderscore', pattern(POOL)],
      ['é_1', pattern(POOL)],
      ['a_', pattern(POOL)],
      ['', least(1)],
    ],
  ),
  row(
    `${member}.cognitoMemberDefinition.userGroup`,
    (group: string) => ({ MemberDefinitions: [cognito(group)] }),
    ['a', x(128), 'ü+€'],
    [
      [x(129), most(128)],
      ['a b', pattern(GROUP)],
      ['', least(1)],
    ],
  ),
  row(
    `${member}.cognitoMemberDefinition.clientId`,
    (ClientId: string) => ({ MemberDefinitions: [cognito('a', { ClientId })] }),
    ['a', ' ~', x(1024)],
    [
      [x(1025), most(1024)],
      ['é', pattern('[ -~]+')],
      ['', least(1)],
    ],
  ),
  row(
    'notificationConfiguration.notificationTopicArn',
    (NotificationTopicArn: string) => ({ NotificationConfiguration: { NotificationTopicArn } }),
    [
      'arn:aws:sns:eu-west-1:123456789012:t',
      'arn:aws-cn:sns:cn-north-1:123456789012:a_b.c-d',
      'arn:aws:sns::123456789012:',
    ],
    [
      ['arn:aws:sns:eu-west-1:12345678901:t', pattern(TOPIC)],
      ['arn:aws:sqs:eu-west-1:123456789012:t', pattern(TOPIC)],
      ['arn:aws:sns:eu-west-1:123456789012:t/u', pattern(TOPIC)],
      ['', pattern(TOPIC)],
    ],
  ),
  row(
    'workerAccessConfiguration.s3Presign.iamPolicyConstraints.sourceIp',
    (value: string) => access(value),
    ['Enabled', 'Disabled'],
    [
      ['enabled', 'Member must satisfy enum value set: [Enabled, Disabled]'],
      ['', 'Member must satisfy enum value set: [Enabled, Disabled]'],
    ],
  ),
  row(
    'workerAccessConfiguration.s3Presign.iamPolicyConstraints.vpcSourceIp',
    (value: string) => access(undefined, value),
    ['Enabled', 'Disabled'],
    [['On', 'Member must satisfy enum value set: [Enabled, Disabled]']],
  ),
  row(
    'tags',
    (count: number) => ({ Tags: times(count, (index) => ({ Key: `k${index}`, Value: '' })) }),
    [0, 50],
    [[51, most(50)]],
  ),
  row(
    'tags.1.member.key',
    (Key: string) => ({ Tags: [{ Key, Value: 'v' }] }),
    ['k', x(128), 'ä b_.:/=+-@1'],
    [
      [x(129), most(128)],
      ['a*', pattern(TAG)],
      ['', least(1)],
    ],
  ),
  row(
    'tags.1.member.value',
    (Value: string) => ({ Tags: [{ Key: 'k', Value }] }),
    ['', x(256), 'ä b_.:/=+-@1'],
    [
      [x(257), most(256)],
      ['a#b', pattern(TAG)],
    ],
  ),
];

describe.each(rows)('CreateWorkteam, $at', ({ at, request, good, bad }) => {
  const named = (value: unknown) => ({ value, shown: JSON.stringify(value)?.slice(0, 30) });

  test.each(good.map(named))('takes $shown', async ({ value }) => {
    await expect(create(request(value as never))).resolves.toHaveProperty('WorkteamArn');
  });

  test.each(bad.map(([value, constraint]) => ({ ...named(value), constraint })))(
    'refuses $shown: $constraint',
    async ({ value, constraint }) => {
      const failure = await failureOf(create(request(value as never)));
      expect(failure).toMatchObject({ name: 'ValidationException', status: 400 });
      expect(failure.message).toMatch(/^\d+ validation errors? detected: Value /);
      expect(failure.message).toContain(`' at '${at}' failed to satisfy constraint: ${constraint}`);
    },
  );
});

const ARN = 'arn:aws:sagemaker:eu-west-1:123456789012:workteam/private-crowd/a';

describe('other requests', () => {
  const bounds: readonly (readonly [name: string, call: () => Promise<unknown>, message: string])[] = [
    [
      'ListWorkteams, MaxResults 0',
      () => oidcClient.send(new ListWorkteamsCommand({ MaxResults: 0 })),
      "Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ],
    [
      'ListWorkteams, MaxResults 101',
      () => oidcClient.send(new ListWorkteamsCommand({ MaxResults: 101 })),
      "Value '101' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 100",
    ],
    [
      'ListWorkteams, NameContains',
      () => oidcClient.send(new ListWorkteamsCommand({ NameContains: 'a-' })),
      `Value 'a-' at 'nameContains' failed to satisfy constraint: ${pattern(NAME)}`,
    ],
    [
      'ListWorkteams, NextToken',
      () => oidcClient.send(new ListWorkteamsCommand({ NextToken: x(8193) })),
      `' at 'nextToken' failed to satisfy constraint: ${most(8192)}`,
    ],
    [
      'ListWorkteams, SortBy',
      () => oidcClient.send(new ListWorkteamsCommand({ SortBy: 'Age' as 'Name' })),
      "Value 'Age' at 'sortBy' failed to satisfy constraint: Member must satisfy enum value set: [Name, CreateDate]",
    ],
    [
      'ListTags, MaxResults 49',
      () => oidcClient.send(new ListTagsCommand({ ResourceArn: ARN, MaxResults: 49 })),
      "Value '49' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 50",
    ],
    [
      'ListTags, ResourceArn',
      () => oidcClient.send(new ListTagsCommand({ ResourceArn: 'arn:aws:sns:eu-west-1:123456789012:a' })),
      `' at 'resourceArn' failed to satisfy constraint: ${pattern('arn:aws[a-z-]*:sagemaker:[a-z0-9-]*:[0-9]{12}:.+')}`,
    ],
    [
      'ListTags, ResourceArn of 257',
      () => oidcClient.send(new ListTagsCommand({ ResourceArn: ARN + x(257 - ARN.length) })),
      `' at 'resourceArn' failed to satisfy constraint: ${most(256)}`,
    ],
    [
      'DeleteTags without a key',
      () => oidcClient.send(new DeleteTagsCommand({ ResourceArn: ARN, TagKeys: [] })),
      `Value '[]' at 'tagKeys' failed to satisfy constraint: ${least(1)}`,
    ],
    [
      'DeleteTags of 51 keys',
      () => oidcClient.send(new DeleteTagsCommand({ ResourceArn: ARN, TagKeys: times(51, (index) => `k${index}`) })),
      `' at 'tagKeys' failed to satisfy constraint: ${most(50)}`,
    ],
    [
      'AddTags of 51 tags',
      () =>
        oidcClient.send(
          new AddTagsCommand({ ResourceArn: ARN, Tags: times(51, (index) => ({ Key: `k${index}`, Value: '' })) }),
        ),
      `' at 'tags' failed to satisfy constraint: ${most(50)}`,
    ],
    [
      'DescribeWorkteam without a name',
      () => oidcClient.send(new DescribeWorkteamCommand({ WorkteamName: undefined })),
      "1 validation error detected: Value null at 'workteamName' failed to satisfy constraint: Member must not be null",
    ],
    [
      'DescribeWorkforce, WorkforceName',
      () => oidcClient.send(new DescribeWorkforceCommand({ WorkforceName: 'a_b' })),
      "Value 'a_b' at 'workforceName' failed to satisfy constraint: Member must satisfy regular expression pattern",
    ],
    [
      'ListLabelingJobsForWorkteam, WorkteamArn',
      () => oidcClient.send(new ListLabelingJobsForWorkteamCommand({ WorkteamArn: 'arn:aws:sagemaker:a:1:b' })),
      "' at 'workteamArn' failed to satisfy constraint: Member must satisfy regular expression pattern",
    ],
  ];

  test.each(bounds)('%s is refused', async (_name, call, message) => {
    const failure = await failureOf(call());
    expect(failure).toMatchObject({ name: 'ValidationException', status: 400 });
    expect(failure.message).toContain(message);
  });

  test('several errors come in one message', async () => {
    const request = { ...team(), WorkteamName: undefined, Description: '' };
    const { message } = await failureOf(oidcClient.send(new CreateWorkteamCommand(request)));
    expect(message).toBe(
      "3 validation errors detected: Value null at 'workteamName' failed to satisfy constraint: Member must not be null; " +
        `Value '' at 'description' failed to satisfy constraint: ${least(1)}; ` +
        `Value '' at 'description' failed to satisfy constraint: ${pattern('.+')}`,
    );
  });
});

describe('rules that no shape expresses', () => {
  const refused: readonly (readonly [name: string, request: Partial<CreateWorkteamCommandInput>, message: RegExp])[] = [
    [
      'both kinds in a request',
      { MemberDefinitions: [cognito(), oidc('a')] },
      /cannot be provided in a single request/,
    ],
    [
      'both kinds in a definition',
      { MemberDefinitions: [{ ...cognito(), ...oidc('a') }] },
      /cannot be provided in a single request/,
    ],
    ['a definition of no kind', { MemberDefinitions: [{}] }, /must have a CognitoMemberDefinition or an Oidc/],
    ['an OIDC definition without groups', { MemberDefinitions: [{ OidcMemberDefinition: {} }] }, /must have Groups/],
    [
      'two user pools',
      { MemberDefinitions: [cognito('a'), cognito('b', { UserPool: 'eu-west-1_Other' })] },
      /same ClientId and UserPool/,
    ],
    [
      'two clients',
      { MemberDefinitions: [cognito('a'), cognito('b', { ClientId: 'other' })] },
      /same ClientId and UserPool/,
    ],
    ["AWS's own tag prefix", { Tags: [{ Key: 'aws:a', Value: '' }] }, /reserved/],
    ["AWS's own tag prefix in capitals", { Tags: [{ Key: 'AWS:a', Value: '' }] }, /reserved/],
    [
      'a tag key twice',
      {
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'a', Value: '2' },
        ],
      },
      /[Dd]uplicate/,
    ],
    ['an unknown workforce', { WorkforceName: 'another' }, /workforce\/another does not exist/],
  ];

  test.each(refused)('%s: ValidationException', async (_name, changes, message) => {
    const failure = await failureOf(create({ WorkteamName: newName(), ...changes }));
    expect(failure).toMatchObject({ name: 'ValidationException', message: expect.stringMatching(message) });
  });

  test('several Cognito groups of one pool and client are fine', async () => {
    await expect(create({ MemberDefinitions: [cognito('a'), cognito('b')] })).resolves.toHaveProperty('WorkteamArn');
  });
});
