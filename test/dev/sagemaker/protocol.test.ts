/** What goes over the wire: requests that no SDK would send, scopes, headers, STS. */
import { CreateWorkteamCommand, ListWorkteamsCommand } from '@aws-sdk/client-sagemaker';
import { describe, expect, test } from 'vitest';
import { useEmulator } from '../../support/emulator.ts';
import { failureOf, team } from './requests.ts';

const emulator = useEmulator({ clock: () => Date.UTC(2030, 0, 1, 12) });

const authorization = (scope = '20300101/eu-west-1/sagemaker', key = 'AKIA123456789012EMUL') =>
  `AWS4-HMAC-SHA256 Credential=${key}/${scope}/aws4_request, SignedHeaders=host;x-amz-date, Signature=0123456789abcdef`;

const GOOD_HEADERS = {
  'content-type': 'application/x-amz-json-1.1',
  'x-amz-target': 'SageMaker.ListWorkteams',
  authorization: authorization(),
};

/** Sends a good request with some of it spoiled; `undefined` takes a header away. */
async function send(headers: Record<string, string | undefined> = {}, body = '{}', path = '/', method = 'POST') {
  const given = Object.entries({ ...GOOD_HEADERS, ...headers }).filter(([, value]) => value !== undefined);
  const init = { method, headers: Object.fromEntries(given) as Record<string, string> };
  const response = await fetch(emulator.endpoint + path, method === 'GET' ? init : { ...init, body });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

test('an answer has the headers of AWS', async () => {
  const { status, headers, text } = await send();
  expect(status).toBe(200);
  expect(JSON.parse(text)).toEqual({ Workteams: [] });
  expect(headers.get('content-type')).toBe('application/x-amz-json-1.1');
  expect(headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(headers.get('date')).toBe('Tue, 01 Jan 2030 12:00:00 GMT');
});

test('so has an error', async () => {
  const { headers } = await send({ authorization: undefined });
  expect(headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
  expect(headers.get('date')).toBe('Tue, 01 Jan 2030 12:00:00 GMT');
});

test('dates are epoch seconds', async () => {
  const client = emulator.client({ region: 'eu-dates-1' });
  await client.send(new CreateWorkteamCommand(team()));
  const { text } = await send({ authorization: authorization('20300101/eu-dates-1/sagemaker') });
  expect(JSON.parse(text).Workteams[0]).toMatchObject({ CreateDate: Date.UTC(2030, 0, 1, 12) / 1000 });
});

const malformed: readonly (readonly [why: string, request: () => ReturnType<typeof send>, type: string])[] = [
  ['no authorization', () => send({ authorization: undefined }), 'MissingAuthenticationTokenException'],
  ['another scheme', () => send({ authorization: 'Bearer x' }), 'IncompleteSignatureException'],
  [
    'no signature',
    () => send({ authorization: authorization().replace(/, Signature.*/, '') }),
    'IncompleteSignatureException',
  ],
  [
    'a scope without a region',
    () => send({ authorization: authorization('20300101/sagemaker') }),
    'IncompleteSignatureException',
  ],
  [
    'the scope of another service',
    () => send({ authorization: authorization('20300101/eu-west-1/s3') }),
    'InvalidSignatureException',
  ],
  ['no target', () => send({ 'x-amz-target': undefined }), 'UnknownOperationException'],
  ["another service's target", () => send({ 'x-amz-target': 'Logs.ListWorkteams' }), 'UnknownOperationException'],
  [
    'an operation that is not emulated',
    () => send({ 'x-amz-target': 'SageMaker.ListModels' }),
    'UnknownOperationException',
  ],
  [
    'a member of every object as operation',
    () => send({ 'x-amz-target': 'SageMaker.toString' }),
    'UnknownOperationException',
  ],
  ['another content type', () => send({ 'content-type': 'application/json' }), 'UnknownOperationException'],
  ['another path', () => send({}, '{}', '/workteams'), 'UnknownOperationException'],
  ['another method', () => send({}, '', '/', 'GET'), 'UnknownOperationException'],
  ['a body that is not JSON', () => send({}, '{'), 'SerializationException'],
  ['a body that is a list', () => send({}, '[]'), 'SerializationException'],
  ['a number for a string', () => send({}, '{"NameContains": 1}'), 'SerializationException'],
  ['a string for a number', () => send({}, '{"MaxResults": "1"}'), 'SerializationException'],
  ['a list for a string', () => send({}, '{"NameContains": ["a"]}'), 'SerializationException'],
  ['a structure for a string', () => send({}, '{"NameContains": {}}'), 'SerializationException'],
  [
    'a string for a list',
    () => send({ 'x-amz-target': 'SageMaker.CreateWorkteam' }, '{"MemberDefinitions": "a"}'),
    'SerializationException',
  ],
];

test.each(malformed)('%s', async (_why, request, type) => {
  const { status, text } = await request();
  expect(status).toBe(400);
  expect(JSON.parse(text)).toEqual({ __type: type, message: expect.any(String) });
  expect(emulator.control.ledger().at(-1)).toMatchObject({ outcome: type });
});

test('members that the model does not have are ignored, and null is absent', async () => {
  expect(await send({}, '{"Colour": {"a": 1}, "NameContains": null}')).toMatchObject({ status: 200 });
});

describe('accounts and regions', () => {
  test('each has its own teams, by the scope and the access key', async () => {
    const places = [
      { region: 'eu-one-1', account: '111111111111' },
      { region: 'eu-two-1', account: '111111111111' },
      { region: 'eu-one-1', account: '222222222222' },
    ];
    for (const place of places) {
      const { WorkteamArn } = await emulator
        .client(place)
        .send(
          new CreateWorkteamCommand(team({ WorkteamName: 'same', Description: `${place.region} ${place.account}` })),
        );
      expect(WorkteamArn).toBe(`arn:aws:sagemaker:${place.region}:${place.account}:workteam/private-crowd/same`);
    }
    for (const place of places) {
      const { Workteams } = await emulator.client(place).send(new ListWorkteamsCommand({}));
      expect(Workteams?.map(({ Description }) => Description)).toEqual([`${place.region} ${place.account}`]);
      expect(emulator.control.teams(place)).toHaveLength(1);
    }
  });

  test.each([
    ['AKIA333333333333XXXX', '333333333333'],
    ['ASIA333333333333XXXX', '333333333333'],
    ['AKIAIOSFODNN7EXAMPLE', '123456789012'],
    ['anything', '123456789012'],
  ])('the access key %s is of account %s', async (key, account) => {
    await send({ authorization: authorization('20300101/eu-west-1/sagemaker', key) });
    expect(emulator.control.ledger().at(-1)).toMatchObject({ account, outcome: 'ok' });
  });

  test.each([
    ['us-east-1', 'aws'],
    ['cn-north-1', 'aws-cn'],
    ['us-gov-west-1', 'aws-us-gov'],
    ['eusc-de-east-1', 'aws-eusc'],
  ])('the ARNs of %s are of the partition %s', async (region, partition) => {
    const { WorkteamArn } = await emulator.client({ region }).send(new CreateWorkteamCommand(team()));
    expect(WorkteamArn).toMatch(new RegExp(`^arn:${partition}:sagemaker:${region}:`));
  });
});

describe('STS', () => {
  const sts = (body: string, key?: string) =>
    send(
      {
        'content-type': 'application/x-www-form-urlencoded',
        'x-amz-target': undefined,
        authorization: authorization('20300101/us-east-1/sts', key),
      },
      body,
    );
  const GET_CALLER = 'Action=GetCallerIdentity&Version=2011-06-15';

  test('GetCallerIdentity names the account of the access key', async () => {
    const { status, headers, text } = await sts(GET_CALLER, 'AKIA333333333333XXXX');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/xml');
    expect(text).toMatch(/^<GetCallerIdentityResponse xmlns="https:\/\/sts.amazonaws.com\/doc\/2011-06-15\/">/);
    expect(text).toContain('<Arn>arn:aws:iam::333333333333:user/emulator</Arn>');
    expect(text).toContain('<Account>333333333333</Account>');
    const entry = emulator.control.ledger().at(-1);
    expect(entry).toMatchObject({ operation: 'GetCallerIdentity', region: 'us-east-1', outcome: 'ok', write: false });
    expect(text).toContain(`<RequestId>${entry?.requestId}</RequestId>`);
  });

  test.each([
    ['Action=AssumeRole', 'InvalidAction', 400],
    ['Version=2011-06-15', 'MissingAction', 400],
  ])('%s: %s', async (body, code, status) => {
    const answer = await sts(body);
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(`<Error><Type>Sender</Type><Code>${code}</Code>`);
  });

  test.each([
    [{ kind: 'throttle' } as const, 'Throttling', 400],
    [{ kind: 'expiredToken' } as const, 'ExpiredToken', 403],
    [{ kind: 'accessDenied' } as const, 'AccessDenied', 403],
    [{ kind: 'http5xx', status: 503 } as const, 'InternalFailure', 503],
  ])('faults come in its own words: %j', async (fault, code, status) => {
    emulator.control.addFault({ match: { operation: 'GetCallerIdentity', times: 1 }, fault });
    const answer = await sts(GET_CALLER);
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(`<Code>${code}</Code>`);
    emulator.control.clearFaults();
  });
});

test('texts with quotes and angle brackets survive', async () => {
  const client = emulator.client({ region: 'eu-texts-1' });
  const failure = await failureOf(client.send(new ListWorkteamsCommand({ NameContains: '<&"\u{1f600}' })));
  expect(failure.message).toContain(`Value '<&"\u{1f600}' at 'nameContains'`);
});
