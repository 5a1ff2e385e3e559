/**
 * Answers that AWS never gives, through the SDK and over HTTP: each ends in a failure that is tried again, and none is taken for
 * a work team, for its absence, or for its tags.
 */
import { describe, expect, test } from 'vitest';
import { AwsError } from '../../src/workteam/aws-error.ts';
import type { ObservedWorkteam } from '../../src/workteam/observed.ts';
import { useRawServer } from './raw-server.ts';
import { createOf, updateOf } from './requests.ts';
import { awsErrorOf, callIn, useServices } from './service.ts';

const raw = useRawServer();
const newService = useServices();
const region = 'eu-west-1';

const BLUE = {
  WorkteamName: 'blue',
  WorkteamArn: 'arn:aws:sagemaker:eu-west-1:111122223333:workteam/private-crowd/blue',
  Description: 'A team',
  MemberDefinitions: [{ OidcMemberDefinition: { Groups: ['a'] } }],
  WorkforceArn: 'arn:aws:sagemaker:eu-west-1:111122223333:workforce/private-crowd',
  SubDomain: 'abc.labeling.eu-west-1.sagemaker.aws',
  ProductListingIds: ['listing'],
  CreateDate: 1_900_000_000,
  LastUpdatedDate: 1_900_000_000,
  NotificationConfiguration: { NotificationTopicArn: 'arn:aws:sns:eu-west-1:111122223333:work' },
  WorkerAccessConfiguration: { S3Presign: { IamPolicyConstraints: { SourceIp: 'Enabled' } } },
};

/** Whatever is asked is answered so. */
function answers(body: string | Uint8Array, { status = 200, type = 'application/x-amz-json-1.1' } = {}): void {
  raw.answers = (response) => {
    response.writeHead(status, { 'content-type': type });
    response.end(body);
  };
}

const service = () => newService(raw.endpoint);
const unavailable = { failure: { reason: 'Unavailable' }, effect: 'unknown' };

const GARBAGE: readonly (readonly [string, string | Uint8Array])[] = [
  ['nothing', ''],
  ['an empty object', '{}'],
  ['null', 'null'],
  ['a list', '[]'],
  ['a text', '"text"'],
  ['a number', '7'],
  ['HTML', '<html><body>Sign in</body></html>'],
  ['half of it', JSON.stringify({ Workteam: BLUE }).slice(0, 60)],
  ['bytes', Uint8Array.from({ length: 300 }, (_, index) => index % 256)],
  ['a thousand brackets', '['.repeat(1_000)],
  ['a key that is no name', '{"__proto__":{"Workteam":{}}}'],
];

describe('where a work team is expected', () => {
  test.for(GARBAGE)('%s is neither a work team nor its absence', async ([, body]) => {
    answers(body);
    expect(await awsErrorOf(service().describe(callIn(region), 'blue'))).toMatchObject(unavailable);
    expect(await awsErrorOf(service().update(callIn(region), updateOf('blue')))).toMatchObject(unavailable);
  });

  test.for([400, 403, 404, 429, 500, 503])('garbage with HTTP %i is not its absence either', async (status) => {
    for (const [, body] of GARBAGE) {
      answers(body, { status, type: 'text/html' });
      await expect(service().describe(callIn(region), 'blue')).rejects.toBeInstanceOf(AwsError);
    }
  });

  test("another's work team is not taken for it", async () => {
    answers(JSON.stringify({ Workteam: { ...BLUE, WorkteamName: 'green' } }));
    expect(await awsErrorOf(service().describe(callIn(region), 'blue'))).toMatchObject(unavailable);
    expect(await awsErrorOf(service().update(callIn(region), updateOf('blue')))).toMatchObject(unavailable);
  });
});

/** Values of no use where something else is expected. */
const WRONG = [7, 1e300, -1, true, 'text', '', [], {}, [null], [7], [[]], [{}], { a: 1 }, 'x'.repeat(10_000)];

/** Each member of an object with each wrong value in its place, and those inside it. */
function* mutations(object: Readonly<Record<string, unknown>>): Generator<Record<string, unknown>> {
  for (const [name, value] of Object.entries(object)) {
    for (const wrong of WRONG) yield { ...object, [name]: wrong };
    const inner = Array.isArray(value) ? value[0] : value;
    if (typeof inner !== 'object' || inner === null) continue;
    for (const changed of mutations(inner)) yield { ...object, [name]: Array.isArray(value) ? [changed] : changed };
  }
}

/** Whether a work team is made of what its type says, which everything that decides relies on. */
function isSound(team: ObservedWorkteam): boolean {
  const { productListingIds = [], memberDefinitions, workerAccessConfiguration: access, ...texts } = team;
  const groups = memberDefinitions.flatMap(({ oidcMemberDefinition: oidc, cognitoMemberDefinition: cognito }) => [
    ...(oidc?.groups ?? []),
    ...Object.values(cognito ?? {}),
  ]);
  const toggles = Object.values(access?.s3Presign?.iamPolicyConstraints ?? {});
  const all: unknown[] = [...Object.values(texts), ...productListingIds, ...groups, ...toggles];
  return all.every((value) => typeof value === 'string') && team.workteamArn !== '' && team.workteamName === 'blue';
}

test('a member of the wrong type is refused, or makes no difference', async () => {
  const all = [...mutations(BLUE)];
  const aws = service();
  let refused = 0;
  for (const Workteam of all) {
    answers(JSON.stringify({ Workteam }));
    try {
      const { team } = await aws.describe(callIn(region), 'blue');
      expect(team === 'absent' || !isSound(team), JSON.stringify(Workteam)).toBe(false);
    } catch (error) {
      expect(error, JSON.stringify(Workteam)).toMatchObject(unavailable);
      refused += 1;
    }
  }
  expect(refused).toBeGreaterThan(all.length / 2);
});

test('what is not known is passed over', async () => {
  const Workteam = { ...BLUE, Colour: 'red', MemberDefinitions: [{ SamlMemberDefinition: { Groups: ['a'] } }] };
  const access = { S3Presign: { IamPolicyConstraints: { SourceIp: 'Sometimes' } } };
  answers(JSON.stringify({ Workteam: { ...Workteam, WorkerAccessConfiguration: access }, More: {} }));
  const { team } = await service().describe(callIn(region), 'blue');
  expect(team).toMatchObject({
    memberDefinitions: [{}],
    workerAccessConfiguration: { s3Presign: { iamPolicyConstraints: { sourceIp: 'Sometimes' } } },
  });
});

describe('where tags are expected', () => {
  test.for([
    ...GARBAGE.map(([, body]) => body),
    ...[
      '{}',
      '7',
      '"text"',
      '[null]',
      '[7]',
      '[[]]',
      '[{}]',
      '[{"Key":7}]',
      '[{"Key":""}]',
      '[{"Key":"a","Value":{}}]',
    ].map((tags) => `{"Tags":${tags}}`),
    '{"Tags":[],"NextToken":7}',
    '{"Tags":[{"Key":"a"}],"NextToken":{}}',
  ])('%s is not "no tags"', async (body) => {
    answers(body);
    expect(await awsErrorOf(service().listTags(callIn(region), BLUE.WorkteamArn))).toMatchObject(unavailable);
  });
});

describe('where a list of work teams is expected', () => {
  test.for([
    ...GARBAGE.map(([, body]) => body),
    '{"Workteams":{}}',
    '{"Workteams":"text"}',
    '{"Workteams":[],"NextToken":7}',
  ])('%s is none', async (body) => {
    answers(body);
    expect(await awsErrorOf(service().list(callIn(region)))).toMatchObject(unavailable);
  });

  test('a work team that cannot be read does not hide the others', async () => {
    answers(JSON.stringify({ Workteams: [null, 7, {}, { ...BLUE, Description: 7 }, BLUE] }));
    expect((await service().list(callIn(region))).map(({ workteamName }) => workteamName)).toEqual(['blue']);
  });
});

test.for(GARBAGE)('a write that is answered with %s ends, and whatever it did is looked at again', async ([, body]) => {
  answers(body);
  const aws = service();
  const writes = [
    () => aws.create(callIn(region), createOf('blue')),
    () => aws.delete(callIn(region), 'blue'),
    () => aws.addTags(callIn(region), BLUE.WorkteamArn, { a: 'b' }),
    () => aws.removeTags(callIn(region), BLUE.WorkteamArn, ['a']),
  ];
  for (const write of writes) {
    const [result] = await Promise.allSettled([write()]);
    if (result.status === 'rejected') expect(result.reason).toMatchObject(unavailable);
  }
});

test.for<[string, (aws: ReturnType<typeof service>) => Promise<unknown>]>([
  ['a work team', (aws) => aws.describe(callIn(region), 'blue')],
  ['tags', (aws) => aws.listTags(callIn(region), BLUE.WorkteamArn)],
  ['a list', (aws) => aws.list(callIn(region))],
  ['an error', (aws) => aws.create(callIn(region), createOf('blue'))],
])('%s without end is not read to its end', async ([what, ask]) => {
  const piece = Buffer.alloc(1024 * 1024, 'x');
  let sent = 0;
  const closed = Promise.withResolvers<void>();
  raw.answers = (response) => {
    response.on('close', () => closed.resolve());
    response.writeHead(what === 'an error' ? 500 : 200, { 'content-type': 'application/x-amz-json-1.1' });
    const go = (): void => {
      for (;;) {
        if (response.destroyed) return;
        sent += piece.length;
        if (!response.write(piece)) break;
      }
      response.once('drain', go);
    };
    go();
  };
  expect(await awsErrorOf(ask(service()))).toMatchObject(unavailable);
  await closed.promise;
  expect(sent).toBeLessThan(64 * 1024 * 1024);
});

test.for([
  ...['evil.example.com', 'evil.example.com/', 'eu-west-1.evil.example.com', '127.0.0.1:80/#', 'x@evil.example.com'],
  ...['eu-west-1#', 'eu-west-1?', '../x', 'a b'],
])('no host is made of the region %j', async (hostile) => {
  // As in a cluster: no endpoint is given, and the SDK makes the host's name of the region.
  const aws = newService('');
  const error = await awsErrorOf(aws.describe(callIn(hostile), 'blue'));
  expect(error).toMatchObject(unavailable);
  expect(String(error.cause)).toMatch(/[Rr]egion/);
});
