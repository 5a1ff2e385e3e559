/** What becomes of everything that a call can end in: each row is produced on the wire where that is possible. */
import { createServer } from 'node:net';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Fault } from '../../dev/sagemaker/faults.ts';
import type { Switches } from '../../dev/sagemaker/switches.ts';
import { defaultSwitches } from '../../dev/sagemaker/switches.ts';
import { classify, classifyCredentials } from '../../src/sagemaker/classify.ts';
import type { SagemakerWorkteams } from '../../src/sagemaker/workteams.ts';
import { type AwsError, FencedError } from '../../src/workteam/aws-error.ts';
import type { Failure } from '../../src/workteam/failure.ts';
import { useEmulator } from '../support/emulator.ts';
import { useRawServer } from './raw-server.ts';
import { createOf, updateOf } from './requests.ts';
import { arnOf, awsErrorOf, callIn, thrownBy, useServices } from './service.ts';

const emulator = useEmulator();
const raw = useRawServer();
const newService = useServices();
let region: string;
let aws: SagemakerWorkteams;

beforeEach(() => {
  emulator.control.clearFaults();
  emulator.control.setSwitches(defaultSwitches());
  region = emulator.newRegion();
  aws = newService(emulator.endpoint);
});

/** One call of each operation about a team that is not there, unless a test made it. */
const calls = {
  DescribeWorkteam: () => aws.describe(callIn(region), 'blue'),
  ListTags: () => aws.listTags(callIn(region), arnOf(region, 'blue')),
  CreateWorkteam: () => aws.create(callIn(region), createOf('blue')),
  UpdateWorkteam: () => aws.update(callIn(region), updateOf('blue')),
  DeleteWorkteam: () => aws.delete(callIn(region), 'blue'),
  AddTags: () => aws.addTags(callIn(region), arnOf(region, 'blue'), { team: 'a' }),
  DeleteTags: () => aws.removeTags(callIn(region), arnOf(region, 'blue'), ['team']),
};
type Operation = keyof typeof calls;

const create = () =>
  emulator.control.actAsConsole({ region }, 'CreateWorkteam', {
    WorkteamName: 'blue',
    Description: 'A team',
    MemberDefinitions: [{ OidcMemberDefinition: { Groups: ['a'] } }],
  });

/** What the rest of the program sees of a failed call. */
type Verdict = Pick<AwsError, 'failure' | 'effect' | 'meaning'>;

async function verdictOn(call: Promise<unknown>): Promise<Verdict> {
  const { failure, effect, meaning } = await awsErrorOf(call);
  return { failure, effect, meaning };
}

const refused = (failure: Failure, meaning?: Verdict['meaning']): Verdict => ({ failure, effect: 'refused', meaning });
const unknown = (failure: Failure): Verdict => ({ failure, effect: 'unknown', meaning: undefined });
const unavailable = (operation: string, detail: string) => ({ reason: 'Unavailable', operation, detail }) as const;
const answer = (code: string, status = 400, message = 'No.'): Fault => ({ kind: 'error', code, message, status });

async function verdictOnFault(fault: Fault, operation: Operation = 'UpdateWorkteam'): Promise<Verdict> {
  emulator.control.addFault({ match: { region }, fault });
  return verdictOn(calls[operation]());
}

describe('transient', () => {
  test.each([
    'ThrottlingException',
    'Throttling',
    'ThrottledException',
    'RequestThrottled',
    'RequestThrottledException',
    'RequestLimitExceeded',
    'TooManyRequestsException',
    'SlowDown',
    'BandwidthLimitExceeded',
    'PriorRequestNotComplete',
  ])('%s is throttling, and nothing happened', async (code) => {
    const throttled = refused({ reason: 'Throttled', operation: 'UpdateWorkteam' });
    expect(await verdictOnFault(answer(code))).toEqual(throttled);
  });

  test.each<[string, Fault]>([
    ['with any code', answer('Whatever', 429)],
    ['without JSON', { kind: 'nonJson', status: 429 }],
  ])('HTTP 429 %s is throttling', async (_, fault) => {
    expect(await verdictOnFault(fault)).toEqual(refused({ reason: 'Throttled', operation: 'UpdateWorkteam' }));
  });

  test.each<[string, Fault, string]>([
    ['InternalFailure', { kind: 'http5xx' }, 'HTTP 500'],
    ['ServiceUnavailable', answer('ServiceUnavailable', 503), 'HTTP 503'],
    ['a code nobody knows with a 5xx', answer('Surprise', 504), 'HTTP 504'],
    ['InternalFailure with a 400', answer('InternalFailure'), 'HTTP 400'],
    ['InternalServerException with a 400', answer('InternalServerException'), 'HTTP 400'],
    ['InternalServerError with a 400', answer('InternalServerError'), 'HTTP 400'],
    ['InternalError with a 400', answer('InternalError'), 'HTTP 400'],
    ['ServiceUnavailableException with a 400', answer('ServiceUnavailableException'), 'HTTP 400'],
    ['RequestTimeout', answer('RequestTimeout'), 'HTTP 400'],
    ['RequestTimeoutException', answer('RequestTimeoutException', 408), 'HTTP 408'],
    ['RequestAbortedException', answer('RequestAbortedException'), 'HTTP 400'],
    ["a proxy's page", { kind: 'nonJson' }, 'HTTP 502'],
    ["a proxy's page with a 403", { kind: 'nonJson', status: 403 }, 'HTTP 403'],
    ["a proxy's page with a 200", { kind: 'nonJson', status: 200 }, 'HTTP 200'],
  ])('%s is no usable answer: a write may have acted', async (_, fault, detail) => {
    expect(await verdictOnFault(fault)).toEqual(unknown(unavailable('UpdateWorkteam', detail)));
  });

  test.each<[string, Fault]>([
    ['before', { kind: 'dropBefore' }],
    ['after', { kind: 'dropAfter' }],
  ])('a connection that breaks %s the service acts', async (_, fault) => {
    expect(await verdictOnFault(fault)).toEqual(unknown(unavailable('UpdateWorkteam', 'ECONNRESET')));
  });

  test.each<[string, () => Promise<string>, RegExp]>([
    ['nobody listens', closedPort, /^ECONNREFUSED$/],
    // Without a network the resolver cannot even say that the name does not exist.
    ['the name does not exist', async () => 'http://sagemaker.invalid', /^(?:ENOTFOUND|EAI_AGAIN)$/],
  ])('%s', async (_, endpoint, code) => {
    const { failure, effect } = await awsErrorOf(newService(await endpoint()).describe(callIn(region), 'blue'));
    expect(failure).toMatchObject(unavailable('DescribeWorkteam', expect.stringMatching(code)));
    expect(effect).toBe('unknown');
  });

  test('a host that DNS does not know is named, one that it cannot tell about is not', () => {
    const lookup = (code: string) => Object.assign(new Error(`getaddrinfo ${code} ${host}`), { code, hostname: host });
    const host = 'api.sagemaker.eu-wets-1.amazonaws.com';
    const verdict = (code: string) => classify(new Error('send', { cause: lookup(code) }), 'CreateWorkteam').failure;
    expect(verdict('ENOTFOUND')).toEqual({ ...unavailable('CreateWorkteam', 'ENOTFOUND'), unknownHost: host });
    expect(verdict('EAI_AGAIN')).toEqual(unavailable('CreateWorkteam', 'EAI_AGAIN'));
  });

  test.each([400, 200])('an answer that breaks off in its body, HTTP %i', async (status) => {
    raw.answers = (response) => {
      response.writeHead(status, { 'content-length': 500 });
      response.write('{"__type":"Validation', () => response.socket?.destroy());
    };
    expect(await verdictOn(newService(raw.endpoint).describe(callIn(region), 'blue'))).toEqual(
      unknown(unavailable('DescribeWorkteam', `HTTP ${status}`)),
    );
  });

  test('a redirect leads nowhere', async () => {
    raw.answers = (response) => response.writeHead(302, { location: 'https://login.example' }).end();
    expect(await verdictOn(newService(raw.endpoint).describe(callIn(region), 'blue'))).toEqual(
      unknown(unavailable('DescribeWorkteam', 'HTTP 302')),
    );
  });

  test('half an answer in JSON', async () => {
    raw.answers = (response) => response.writeHead(400).end('{"__type":"Validation');
    expect(await verdictOn(newService(raw.endpoint).describe(callIn(region), 'blue'))).toEqual(
      unknown(unavailable('DescribeWorkteam', 'HTTP 400')),
    );
  });

  test.each([
    ['429', '7', { retryAfterMs: 7_000 }],
    ['503', '1', { retryAfterMs: 1_000 }],
    ['429', '0', { retryAfterMs: 0 }],
    ['429', 'Wed, 21 Oct 2065 07:28:00 GMT', {}],
    ['429', 'soon', {}],
    ['429', '-3', {}],
    ['429', '99999999', { retryAfterMs: 900_000 }],
  ])('HTTP %s with Retry-After: %s', async (status, retryAfter, expected) => {
    raw.answers = (response) => response.writeHead(Number(status), { 'retry-after': retryAfter }).end('{}');
    const { failure } = await verdictOn(newService(raw.endpoint).describe(callIn(region), 'blue'));
    const { operation, retryAfterMs } = { retryAfterMs: undefined, operation: undefined, ...failure };
    expect({ operation, ...(retryAfterMs !== undefined && { retryAfterMs }) }).toEqual({
      operation: 'DescribeWorkteam',
      ...expected,
    });
  });

  test('ListTags may not find a team that was created just now', async () => {
    for (const [listTagsOnMissing, code] of [
      ['validation', 'ValidationException'],
      ['sameAsDescribe', 'ValidationException'],
      ['resourceNotFound', 'ResourceNotFound'],
    ] as const) {
      emulator.control.setSwitches({ listTagsOnMissing });
      expect(await verdictOn(calls.ListTags())).toEqual(refused(unavailable('ListTags', code)));
    }
  });
});

describe('blocked', () => {
  test.each([
    'AccessDeniedException',
    'AccessDenied',
    'UnauthorizedOperation',
    'NotAuthorized',
    'UnauthorizedException',
    'OptInRequired',
  ])('%s is a matter of rights', async (code) => {
    const denied = refused({
      reason: 'AccessDenied',
      operation: 'UpdateWorkteam',
      permission: 'sagemaker:UpdateWorkteam',
    });
    expect(await verdictOnFault(answer(code, 403))).toEqual(denied);
  });

  test.each(Object.keys(calls) as Operation[])(
    'a refused %s names itself, and not who was refused',
    async (operation) => {
      const error = await verdictOnFault({ kind: 'accessDenied' }, operation);
      expect(error).toEqual(refused({ reason: 'AccessDenied', operation, permission: `sagemaker:${operation}` }));
    },
  );

  test.each([
    'ExpiredTokenException',
    'ExpiredToken',
    'RequestExpired',
    'UnrecognizedClientException',
    'InvalidClientTokenId',
    'InvalidSignatureException',
    'SignatureDoesNotMatch',
    'IncompleteSignature',
    'IncompleteSignatureException',
    'MissingAuthenticationToken',
    'MissingAuthenticationTokenException',
    'InvalidAccessKeyId',
    'AuthFailure',
    'RequestTimeTooSkewed',
    'RequestInTheFuture',
  ])('%s is about the credentials', async (code) => {
    expect(await verdictOnFault(answer(code, 403))).toEqual(
      refused({ reason: 'CredentialsUnavailable', detail: code }),
    );
  });

  test('the default chain without any credentials', async () => {
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    const service = newService(emulator.endpoint, { credentials: defaultProvider() });
    expect(await verdictOn(service.create(callIn(region), createOf('blue')))).toEqual(
      refused({ reason: 'CredentialsUnavailable', detail: 'CredentialsProviderError' }),
    );
  });

  test('a credential chain that ends in a network error says which', async () => {
    const refusal = Object.assign(new Error('connect ECONNREFUSED 169.254.170.23:80'), { code: 'ECONNREFUSED' });
    const service = newService(emulator.endpoint, { credentials: () => Promise.reject(refusal) });
    expect(await verdictOn(service.create(callIn(region), createOf('blue')))).toEqual(
      refused({ reason: 'CredentialsUnavailable', detail: 'ECONNREFUSED' }),
    );
  });

  test('a quota', async () => {
    emulator.control.setup({ region, quota: 0 });
    const { failure } = await verdictOn(calls.CreateWorkteam());
    expect(failure).toEqual({
      reason: 'QuotaExceeded',
      operation: 'CreateWorkteam',
      detail: expect.stringContaining("The account-level service limit 'Number of work teams' is 0 Workteams"),
    });
  });

  test.each(['UpdateWorkteam', 'DeleteWorkteam'] as const)('a quota on %s', async (operation) => {
    expect(await verdictOnFault(answer('ResourceLimitExceeded'), operation)).toEqual(
      refused({ reason: 'QuotaExceeded', operation, detail: 'No.' }),
    );
  });

  test.each<[Switches['deleteInUse'], string]>([
    ['validation', 'The work team blue is used by a labeling job that is in progress.'],
    ['resourceInUse', 'The work team blue is used by a labeling job that is in progress.'],
    ['successFalse', 'DeleteWorkteam answered Success: false.'],
  ])('a delete of a team in use: %s', async (deleteInUse, detail) => {
    emulator.control.setSwitches({ deleteInUse });
    create();
    emulator.control.putLabelingJob({ region }, 'blue', { JobReferenceCode: 'j', LabelCounters: { PendingHuman: 1 } });
    const { failure, effect } = await verdictOn(calls.DeleteWorkteam());
    expect({ failure, effect }).toEqual({ failure: { reason: 'DeletionBlocked', detail }, effect: 'refused' });
    expect(emulator.control.teams({ region })).toHaveLength(1);
  });

  test('a conflict on delete', async () => {
    expect(await verdictOnFault(answer('ConflictException', 409), 'DeleteWorkteam')).toEqual(
      refused({ reason: 'DeletionBlocked', detail: 'No.' }),
    );
  });

  test.each<[string, Fault, string]>([
    ['ValidationException', answer('ValidationException'), 'No.'],
    ['a text without a full stop gets one', answer('ValidationException', 400, 'No'), 'No.'],
    ['a text over several lines becomes one', answer('ValidationException', 400, 'No,\n  never!'), 'No, never!'],
    ['a code without a text', answer('SerializationException', 400, ''), 'SerializationException.'],
    ['UnknownOperationException', answer('UnknownOperationException'), 'No.'],
    ['a code nobody knows', answer('Surprise', 418), 'No.'],
  ])('a refused request: %s', async (_, fault, detail) => {
    const invalid = { reason: 'InvalidRequest', operation: 'UpdateWorkteam', detail } as const;
    expect(await verdictOnFault(fault)).toEqual(refused(invalid));
  });

  test('a refusal without any words', async () => {
    raw.answers = (response) => response.writeHead(403).end();
    const verdict = await verdictOn(newService(raw.endpoint).describe(callIn(region), 'blue'));
    expect(verdict).toEqual(refused({ reason: 'InvalidRequest', operation: 'DescribeWorkteam', detail: 'HTTP 403.' }));
  });
});

describe('what a refusal means besides', () => {
  const texts: Switches['notFoundText'][] = ['name', 'arn', 'bare', 'later', 'multiline'];

  test.each(texts)('Describe and Delete find no team: %s', async (notFoundText) => {
    emulator.control.setSwitches({ notFoundText });
    expect(await calls.DescribeWorkteam()).toMatchObject({ team: 'absent' });
    expect((await awsErrorOf(calls.DeleteWorkteam())).meaning).toBe('notFound');
  });

  test.each<[string, Partial<Switches>]>([
    ['with a namespace before the code', { errorTypePrefix: 'namespace' }],
    ['with the text under its other key', { errorMessageKey: 'Message' }],
  ])('the same %s', async (_, switches) => {
    emulator.control.setSwitches({ notFoundText: 'name', ...switches });
    expect(await calls.DescribeWorkteam()).toMatchObject({ team: 'absent' });
    expect((await awsErrorOf(calls.DeleteWorkteam())).meaning).toBe('notFound');
    expect(await verdictOnFault({ kind: 'throttle' })).toMatchObject({ failure: { reason: 'Throttled' } });
  });

  test('no other code says so', async () => {
    const text = 'The work team blue does not exist.';
    for (const code of ['ResourceNotFound', 'AccessDeniedException', 'InternalFailure']) {
      emulator.control.addFault({ match: { region, times: 1 }, fault: answer(code, 400, text) });
      expect((await awsErrorOf(calls.DescribeWorkteam())).meaning).toBeUndefined();
    }
    emulator.control.addFault({ match: { region, times: 1 }, fault: answer('ValidationException', 400, 'Bad name') });
    expect((await awsErrorOf(calls.DescribeWorkteam())).meaning).toBeUndefined();
  });

  test('it is said of an update too, which is a refused request if a look does not show the same', async () => {
    const verdict = await verdictOn(calls.UpdateWorkteam());
    expect(verdict).toMatchObject({ failure: { reason: 'InvalidRequest' }, effect: 'refused', meaning: 'notFound' });
  });

  test('nor does it say so of an operation that is about tags', async () => {
    emulator.control.setSwitches({ listTagsOnMissing: 'sameAsDescribe' });
    const verdict = await verdictOn(calls.AddTags());
    expect(verdict).toMatchObject({ failure: { reason: 'InvalidRequest' }, meaning: undefined });
  });

  test.each<Switches['resourceInUseText']>(['name', 'arn', 'bare'])(
    'a name that is taken: %s',
    async (resourceInUseText) => {
      emulator.control.setSwitches({ resourceInUseText });
      create();
      expect(await verdictOn(calls.CreateWorkteam())).toMatchObject({
        failure: { reason: 'InvalidRequest', operation: 'CreateWorkteam' },
        effect: 'refused',
        meaning: 'taken',
      });
    },
  );

  test('a taken name may hide behind the quota', async () => {
    emulator.control.setSwitches({ quotaCheck: 'beforeName' });
    create();
    emulator.control.setup({ region, quota: 1 });
    expect(await verdictOn(calls.CreateWorkteam())).toMatchObject({
      failure: { reason: 'QuotaExceeded' },
      effect: 'refused',
      meaning: 'taken',
    });
  });
});

describe('what a message may not carry, because it differs from one time to the next or is no text', () => {
  test.each<[string, string, string]>([
    [
      'the request id of the Java SDK behind the service',
      'User pool eu-west-1_a does not exist. (Service: AWSCognitoIdentityProvider; Status Code: 400; Error Code: ResourceNotFoundException; Request ID: 0fdb23f4-36d5-4b21-9c3f-0b4c1f0d1a2b; Proxy: null)',
      'User pool eu-west-1_a does not exist.',
    ],
    ['a request id in brackets', 'Topic not found (Request ID: 0fdb23f4)', 'Topic not found.'],
    ['any UUID', 'Request 0FDB23F4-36d5-4b21-9c3f-0b4c1f0d1a2b failed', 'Request … failed.'],
    [
      "the name of the role's session",
      'User: arn:aws:sts::123456789012:assumed-role/operator/aws-sdk-js-session-1700000000000 is not authorized to perform: cognito-idp:ListGroups',
      'User: arn:aws:sts::123456789012:assumed-role/operator/… is not authorized to perform: cognito-idp:ListGroups.',
    ],
    ['a time', 'Expired at 2030-01-01T00:00:00.123Z, now it is 20300101T000500Z', 'Expired at …, now it is ….'],
    ['a time in words', 'Try again after 2030-01-01 10:00:00 UTC.', 'Try again after … UTC.'],
    [
      'what steers a terminal',
      "Value '\u001b[31mred\u0007\n\u009b2J\u202Eder' is bad",
      "Value ' [31mred 2J der' is bad.",
    ],
  ])('%s', async (_, text, detail) => {
    expect(await verdictOnFault(answer('ValidationException', 400, text))).toEqual(
      refused({ reason: 'InvalidRequest', operation: 'UpdateWorkteam', detail }),
    );
  });

  test('the same refusal twice gives equal failures, though their requests have ids of their own', async () => {
    const first = await awsErrorOf(calls.UpdateWorkteam());
    const second = await awsErrorOf(calls.UpdateWorkteam());
    expect(first.failure).toEqual(second.failure);
    expect(first.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(first.requestId).not.toBe(second.requestId);
  });
});

describe('what is no failure of AWS', () => {
  test('a call that its caller aborted ends with the reason', async () => {
    const fault = { kind: 'hang' } as const;
    emulator.control.addFault({ match: { region }, fault });
    const abort = new AbortController();
    const stopped = new DOMException('stopped', 'AbortError');
    const unfollow = emulator.control.onEntry(() => abort.abort(stopped));
    const thrown = await thrownBy(aws.describe(callIn(region, { signal: abort.signal }), 'blue'));
    unfollow();
    expect(thrown).toBe(stopped);
  });

  test('so does one whose answer was on its way', async () => {
    const abort = new AbortController();
    const late = new DOMException('the pass took too long', 'TimeoutError');
    raw.answers = (response) => {
      response.writeHead(200, { 'content-length': 500 });
      response.write('{', () => setImmediate(() => abort.abort(late)));
    };
    const call = newService(raw.endpoint).describe(callIn(region, { signal: abort.signal }), 'blue');
    expect(await thrownBy(call)).toBe(late);
  });

  test('an abort that the SDK throws is thrown on', () => {
    const error = new DOMException('Request aborted', 'AbortError');
    expect(() => classify(error, 'DescribeWorkteam')).toThrow(error);
  });

  test('a closed fence is thrown on, however deep it is', () => {
    const fenced = new FencedError('closed');
    const wrapped = new Error('outer', { cause: new AggregateError([new Error('other'), fenced]) });
    expect(() => classify(wrapped, 'CreateWorkteam')).toThrow(fenced);
  });
});

describe('shapes that no server can be made to send', () => {
  const refusal = Object.assign(new Error('connect ECONNREFUSED ::1:443'), { code: 'ECONNREFUSED' });
  const circular = new Error('a circle');
  circular.cause = new Error('of causes', { cause: circular });

  test.each<[string, unknown, Failure]>([
    ['several addresses that all refuse', new AggregateError([refusal, refusal]), unavailable('X', 'ECONNREFUSED')],
    [
      'a cause below a cause',
      new Error('a', { cause: new Error('b', { cause: refusal }) }),
      unavailable('X', 'ECONNREFUSED'),
    ],
    [
      'a certificate',
      Object.assign(new Error('no'), { code: 'CERT_HAS_EXPIRED' }),
      unavailable('X', 'CERT_HAS_EXPIRED'),
    ],
    ['a timeout without a code', new DOMException('late', 'TimeoutError'), unavailable('X', 'timed out')],
    [
      'a timeout below',
      new Error('a', { cause: new DOMException('late', 'TimeoutError') }),
      unavailable('X', 'timed out'),
    ],
    ['a mistake in a program', new TypeError('x is not a function'), unavailable('X', 'TypeError')],
    ['causes in a circle', circular, unavailable('X', 'Error')],
    ['a text', 'no', unavailable('X', 'UnknownError')],
    ['nothing', undefined, unavailable('X', 'UnknownError')],
    ['null', null, unavailable('X', 'UnknownError')],
    [
      'credentials below',
      new Error('a', { cause: Object.assign(new Error('b'), { name: 'TokenProviderError' }) }),
      { reason: 'CredentialsUnavailable', detail: 'TokenProviderError' },
    ],
  ])('%s', (_, error, failure) => {
    const classified = classify(error, 'X');
    expect(classified).toMatchObject({ failure, effect: 'unknown', operation: 'X' });
    expect(classified.cause).toBe(error);
  });

  test.each<[string, unknown, string]>([
    ['STS says no', Object.assign(new Error('no'), { name: 'AccessDenied' }), 'AccessDenied'],
    [
      'a chain around STS',
      Object.assign(new Error('no'), { name: 'CredentialsProviderError' }),
      'CredentialsProviderError',
    ],
    ['a network error', refusal, 'ECONNREFUSED'],
    ['a timeout', new DOMException('late', 'TimeoutError'), 'timed out'],
  ])('credentials: %s', (_, error, detail) => {
    const classified = classifyCredentials(error, 'CreateWorkteam');
    expect(classified).toMatchObject({ failure: { reason: 'CredentialsUnavailable', detail }, effect: 'refused' });
  });
});

/** An endpoint at which nobody listens. */
async function closedPort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}
