/** Each call as the service sees it, and what all calls have in common. */
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { defaultSwitches } from '../../dev/sagemaker/switches.ts';
import type { CallResult, SagemakerWorkteams } from '../../src/sagemaker/workteams.ts';
import { ManualClock, settle } from '../support/clock.ts';
import { useEmulator } from '../support/emulator.ts';
import { eventually } from '../support/eventually.ts';
import { useRawServer } from './raw-server.ts';
import { createOf, updateOf } from './requests.ts';
import { arnOf, awsErrorOf, callIn, thrownBy, useServices } from './service.ts';

const NOW = Date.parse('2030-01-01T00:00:00.400Z');
const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:work';
/** The least that AWS says of a work team. */
const BLUE = JSON.stringify({
  Workteam: { WorkteamName: 'blue', WorkteamArn: 'arn', Description: 'A team', MemberDefinitions: [] },
});
/** What the service's clock says. */
let serviceTime = NOW;
const emulator = useEmulator({ clock: () => serviceTime });
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

const ledger = () => emulator.control.ledger().filter((entry) => entry.region === region);
const operations = () => ledger().map(({ operation }) => operation);
const teams = () => emulator.control.teams({ region });
/** So many tags, and their keys in the order in which they were made. */
const someTags = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`key-${index}`, `value ${index}`]));

describe('describe', () => {
  test('shows the team, and by which clock', async () => {
    await aws.create(callIn(region), createOf('blue', { notificationTopicArn: TOPIC }));
    expect(await aws.describe(callIn(region), 'blue')).toEqual({
      answeredAt: Date.parse('2030-01-01T00:00:00Z'),
      team: {
        workteamName: 'blue',
        workteamArn: arnOf(region, 'blue'),
        workforceArn: `arn:aws:sagemaker:${region}:123456789012:workforce/private-crowd`,
        subDomain: expect.stringMatching(/^[0-9a-f]+\.labeling\./),
        description: 'A team',
        memberDefinitions: [{ oidcMemberDefinition: { groups: ['a'] } }],
        notificationTopicArn: TOPIC,
        createDate: '2030-01-01T00:00:00Z',
        lastUpdatedDate: '2030-01-01T00:00:00Z',
      },
    });
  });

  test('says that there is none', async () => {
    expect(await aws.describe(callIn(region), 'blue')).toMatchObject({ team: 'absent' });
  });

  test('without a Date, nothing is said of the clock', async () => {
    raw.answers = (response) => {
      response.sendDate = false;
      response.end(BLUE);
    };
    const seen = await newService(raw.endpoint).describe(callIn(region), 'blue');
    expect(seen).not.toHaveProperty('answeredAt');
    expect(seen.team).toMatchObject({ workteamName: 'blue' });
  });
});

describe('tags', () => {
  beforeEach(async () => {
    await aws.create(callIn(region), createOf('blue', { tags: someTags(50) }));
  });

  test('fifty of them come back, page by page', async () => {
    emulator.control.setSwitches({ tagsPerPage: 20 });
    expect(await aws.listTags(callIn(region), arnOf(region, 'blue'))).toEqual(someTags(50));
    expect(operations()).toEqual(['CreateWorkteam', 'ListTags', 'ListTags', 'ListTags']);
  });

  test('fifty of them go and come in one call each', async () => {
    await aws.removeTags(callIn(region), arnOf(region, 'blue'), Object.keys(someTags(50)));
    expect(teams()[0]?.tags).toEqual({});
    await aws.addTags(callIn(region), arnOf(region, 'blue'), someTags(50));
    expect(teams()[0]?.tags).toEqual(someTags(50));
    expect(operations()).toEqual(['CreateWorkteam', 'DeleteTags', 'AddTags']);
  });

  test('a tag that is added again has its new value, the others their old', async () => {
    await aws.addTags(callIn(region), arnOf(region, 'blue'), { 'key-0': 'other' });
    expect(teams()[0]?.tags).toEqual({ ...someTags(50), 'key-0': 'other' });
  });

  test('keys that JavaScript has other uses for are keys like any other', async () => {
    const odd = new Map([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
    await aws.removeTags(callIn(region), arnOf(region, 'blue'), Object.keys(someTags(50)));
    await aws.addTags(callIn(region), arnOf(region, 'blue'), Object.fromEntries(odd));
    emulator.control.setSwitches({ tagsPerPage: 1 });
    const tags = await aws.listTags(callIn(region), arnOf(region, 'blue'));
    expect(new Map(Object.entries(tags))).toEqual(odd);
  });

  test('an empty token ends the list as a missing one does', async () => {
    raw.answers = (response) => response.end('{"Tags":[{"Key":"a","Value":"1"}],"NextToken":""}');
    const before = raw.requests.length;
    expect(await newService(raw.endpoint).listTags(callIn(region), arnOf(region, 'blue'))).toEqual({ a: '1' });
    expect(raw.requests.length - before).toBe(1);
  });
});

describe('list', () => {
  const names = ['blue', 'green', 'red'];
  beforeEach(async () => {
    for (const name of names) await aws.create(callIn(region), createOf(name));
  });
  const listed = async () => (await aws.list(callIn(region))).map(({ workteamName }) => workteamName).toSorted();

  test('shows all teams of a region as Describe shows them', async () => {
    await aws.create(callIn(emulator.newRegion()), createOf('elsewhere'));
    expect(await listed()).toEqual(names);
    const [first] = await aws.list(callIn(region));
    expect(first).toEqual((await aws.describe(callIn(region), first?.workteamName ?? '')).team);
  });

  test('page by page', async () => {
    emulator.control.setSwitches({ workteamsPerPage: 2 });
    expect(await listed()).toEqual(names);
    expect(operations().filter((operation) => operation === 'ListWorkteams')).toHaveLength(2);
  });

  test('is nothing when a page fails', async () => {
    emulator.control.setSwitches({ workteamsPerPage: 1 });
    emulator.control.addFault({ match: { operation: 'ListWorkteams', region, nth: 3 }, fault: { kind: 'throttle' } });
    expect(await awsErrorOf(aws.list(callIn(region)))).toMatchObject({ failure: { reason: 'Throttled' } });
  });

  test('an empty token ends it as a missing one does', async () => {
    raw.answers = (response) => response.end('{"Workteams":[],"NextToken":""}');
    const before = raw.requests.length;
    expect(await newService(raw.endpoint).list(callIn(region))).toEqual([]);
    expect(raw.requests.length - before).toBe(1);
  });
});

describe('the newest', () => {
  /** One after the other. */
  const create = async (...names: string[]) => {
    for (const name of names) {
      serviceTime += 1_000;
      await aws.create(callIn(region), createOf(name));
    }
  };
  afterEach(() => {
    serviceTime = NOW;
  });
  const listNewest = async (...names: string[]) =>
    (await aws.listNewest(callIn(region), new Set(names))).map(({ workteamName }) => workteamName);
  const pages = () => operations().filter((operation) => operation === 'ListWorkteams').length;

  test('come first, and no page is read that is not needed', async () => {
    emulator.control.setSwitches({ workteamsPerPage: 1 });
    await create('oldest', 'older', 'newest');
    expect(await listNewest('newest')).toEqual(['newest']);
    expect(pages()).toBe(1);
    // What somebody else has created meanwhile may come first.
    expect(await listNewest('older')).toEqual(['newest', 'older']);
    expect(pages()).toBe(3);
  });

  test('at most one page more is read than those that are looked for would fill', async () => {
    emulator.control.setSwitches({ workteamsPerPage: 1 });
    await create('a', 'b', 'c', 'd');
    expect(await listNewest('hidden')).toHaveLength(2);
    expect(pages()).toBe(2);
  });

  test('fewer than were looked for are what there is', async () => {
    await create('a');
    expect(await listNewest('a', 'hidden')).toEqual(['a']);
  });

  test('are not shown when a page fails', async () => {
    emulator.control.setSwitches({ workteamsPerPage: 1 });
    await create('a', 'b');
    emulator.control.addFault({ match: { operation: 'ListWorkteams', region, nth: 2 }, fault: { kind: 'throttle' } });
    expect(await awsErrorOf(listNewest('a'))).toMatchObject({ failure: { reason: 'Throttled' } });
  });
});

describe('create', () => {
  test('sends everything in one call, and only what is there', async () => {
    const { requestId } = await aws.create(
      callIn(region),
      createOf('blue', {
        workforceName: 'private-crowd',
        notificationTopicArn: TOPIC,
        workerAccessConfiguration: { s3Presign: { iamPolicyConstraints: { sourceIp: 'Enabled' } } },
        tags: { team: 'a', 'workteams.dev/owner': 'c/ns/blue' },
      }),
    );
    await aws.create(callIn(region), createOf('plain'));
    expect(ledger().map(({ parameters }) => parameters)).toEqual([
      {
        WorkteamName: 'blue',
        WorkforceName: 'private-crowd',
        Description: 'A team',
        MemberDefinitions: [{ OidcMemberDefinition: { Groups: ['a'] } }],
        NotificationConfiguration: { NotificationTopicArn: TOPIC },
        WorkerAccessConfiguration: { S3Presign: { IamPolicyConstraints: { SourceIp: 'Enabled' } } },
        Tags: [
          { Key: 'team', Value: 'a' },
          { Key: 'workteams.dev/owner', Value: 'c/ns/blue' },
        ],
      },
      {
        WorkteamName: 'plain',
        Description: 'A team',
        MemberDefinitions: [{ OidcMemberDefinition: { Groups: ['a'] } }],
        Tags: [],
      },
    ]);
    expect(requestId).toBe(ledger()[0]?.requestId);
  });
});

describe('update', () => {
  beforeEach(async () => {
    await aws.create(callIn(region), createOf('blue', { notificationTopicArn: TOPIC }));
  });

  test('replaces the members and answers what is there now', async () => {
    const memberDefinitions = [{ oidcMemberDefinition: { groups: ['b', 'c'] } }];
    const { team, requestId } = await aws.update(callIn(region), updateOf('blue', { memberDefinitions }));
    expect(team).toMatchObject({ memberDefinitions, notificationTopicArn: TOPIC });
    expect(teams()[0]?.workteam.MemberDefinitions).toEqual([{ OidcMemberDefinition: { Groups: ['b', 'c'] } }]);
    expect(requestId).toBe(ledger().at(-1)?.requestId);
  });

  test('removes the topic when it is null', async () => {
    const { team } = await aws.update(callIn(region), updateOf('blue', { notificationTopicArn: null }));
    expect(team).not.toHaveProperty('notificationTopicArn');
    expect(teams()[0]?.workteam).not.toHaveProperty('NotificationConfiguration');
    expect(ledger().at(-1)?.parameters).toEqual({
      WorkteamName: 'blue',
      Description: 'A team',
      MemberDefinitions: [{ OidcMemberDefinition: { Groups: ['a'] } }],
      NotificationConfiguration: {},
    });
  });

  test('an answer without a team leaves open what happened', async () => {
    raw.answers = (response) => response.end('{}');
    expect(await awsErrorOf(newService(raw.endpoint).update(callIn(region), updateOf('blue')))).toMatchObject({
      failure: { reason: 'Unavailable', operation: 'UpdateWorkteam', detail: 'an answer without a usable Workteam' },
      effect: 'unknown',
    });
  });
});

test('delete', async () => {
  await aws.create(callIn(region), createOf('blue'));
  const { requestId } = await aws.delete(callIn(region), 'blue');
  expect(teams()).toEqual([]);
  expect(requestId).toBe(ledger().at(-1)?.requestId);
});

describe('every call', () => {
  test('is made once: the work queue decides what is tried again', async () => {
    emulator.control.addFault({ match: { region }, fault: { kind: 'http5xx' } });
    await awsErrorOf(aws.create(callIn(region), createOf('blue')));
    emulator.control.clearFaults();
    emulator.control.addFault({ match: { region }, fault: { kind: 'dropAfter' } });
    await awsErrorOf(aws.create(callIn(region), createOf('green')));
    expect(ledger().map(({ workteamName }) => workteamName)).toEqual(['blue', 'green']);
  });

  test('says who makes it', async () => {
    raw.answers = (response) => response.end(BLUE);
    await newService(raw.endpoint).describe(callIn(region), 'blue');
    expect(raw.requests.at(-1)?.['user-agent']).toContain('workteam-operator/test');
  });

  test('goes over a connection that is there already', async () => {
    raw.answers = (response) => response.end(BLUE);
    const service = newService(raw.endpoint);
    const before = raw.connections;
    for (let turn = 0; turn < 5; turn++) await service.describe(callIn(region), 'blue');
    expect(raw.connections - before).toBe(1);
    await Promise.all(Array.from({ length: 3 }, () => service.describe(callIn(region), 'blue')));
    await Promise.all(Array.from({ length: 3 }, () => service.describe(callIn(region), 'blue')));
    expect(raw.connections - before).toBe(3);
  });

  test('close ends the connections', async () => {
    const sockets: Promise<unknown>[] = [];
    raw.answers = (response) => {
      if (response.socket !== null) sockets.push(once(response.socket, 'close'));
      response.end(BLUE);
    };
    const service = newService(raw.endpoint);
    await service.describe(callIn(region), 'blue');
    service.close();
    expect(sockets).toHaveLength(1);
    await Promise.all(sockets);
  });

  test('is not even begun for a caller who has given up', async () => {
    const gone = new Error('gone');
    const call = callIn(region, { signal: AbortSignal.abort(gone) });
    expect(await thrownBy(aws.create(call, createOf('blue')))).toBe(gone);
    expect(ledger()).toEqual([]);
  });
});

describe('time', () => {
  let clock: ManualClock;
  beforeEach(() => {
    clock = new ManualClock();
  });
  const reached = () => eventually(() => ledger().length > 0, { what: 'the call' });

  test('ten seconds without an answer are enough, and a write may have acted', async () => {
    emulator.control.addFault({ match: { region }, fault: { kind: 'hang' } });
    const error = awsErrorOf(newService(emulator.endpoint, { timers: clock }).create(callIn(region), createOf('blue')));
    await reached();
    await clock.advance(9_999);
    expect(clock.pending).toBe(1);
    await clock.advance(1);
    expect(await error).toMatchObject({
      failure: { reason: 'Unavailable', operation: 'CreateWorkteam', detail: 'timed out' },
      effect: 'unknown',
    });
    expect(clock.pending).toBe(0);
  });

  test('half an answer is none, and its connection is given up', async () => {
    let closed: Promise<unknown> | undefined;
    const begun = new Promise<void>((resolve) => {
      raw.answers = (response) => {
        closed = once(response, 'close');
        response.writeHead(200, { 'content-length': 500 });
        response.write('{', () => resolve());
      };
    });
    const service = newService(raw.endpoint, { timers: clock });
    const error = awsErrorOf(service.describe(callIn(region), 'blue'));
    await begun;
    await clock.advance(10_000);
    expect(await error).toMatchObject({ failure: { reason: 'Unavailable', detail: 'timed out' } });
    expect(closed).toBeDefined();
    await closed;
  });

  test('credentials that do not come in 20 s are not there', async () => {
    const { promise: never } = Promise.withResolvers<{ accessKeyId: string; secretAccessKey: string }>();
    const service = newService(emulator.endpoint, { timers: clock, credentials: () => never });
    const error = awsErrorOf(service.create(callIn(region), createOf('blue')));
    await clock.advance(20_000);
    expect(await error).toMatchObject({
      failure: { reason: 'CredentialsUnavailable', detail: 'timed out' },
      effect: 'refused',
    });
    expect(clock.pending).toBe(0);
    expect(ledger()).toEqual([]);
  });

  test('who waits for credentials can give up', async () => {
    const { promise: never } = Promise.withResolvers<{ accessKeyId: string; secretAccessKey: string }>();
    const service = newService(emulator.endpoint, { timers: clock, credentials: () => never });
    const abort = new AbortController();
    const gone = new Error('gone');
    const thrown = thrownBy(service.describe(callIn(region, { signal: abort.signal }), 'blue'));
    abort.abort(gone);
    expect(await thrown).toBe(gone);
    expect(clock.pending).toBe(0);
  });

  test('no timer outlives a call that was answered, refused or aborted', async () => {
    const service = newService(emulator.endpoint, { timers: clock });
    await service.create(callIn(region), createOf('blue'));
    await awsErrorOf(service.create(callIn(region), createOf('blue')));
    expect(clock.pending).toBe(0);
  });

  test('the calls of a region wait for each other, those of another do not', async () => {
    const service = newService(emulator.endpoint, { timers: clock, pace: { perSecond: 1, burst: 1 } });
    const other = emulator.newRegion();
    await service.describe(callIn(region), 'first');
    const second = service.listTags(callIn(region), arnOf(region, 'blue')).catch(() => undefined);
    await service.describe(callIn(other), 'elsewhere');
    await settle();
    expect(operations()).toEqual(['DescribeWorkteam']);
    await clock.advance(1_000);
    await second;
    expect(operations()).toEqual(['DescribeWorkteam', 'ListTags']);
  });

  test('what waits for its turn costs nothing when its caller gives up', async () => {
    const service = newService(emulator.endpoint, { timers: clock, pace: { perSecond: 1, burst: 1 } });
    await service.describe(callIn(region), 'first');
    const abort = new AbortController();
    const gone = new Error('gone');
    const thrown = thrownBy(service.describe(callIn(region, { signal: abort.signal }), 'second'));
    await settle();
    abort.abort(gone);
    expect(await thrown).toBe(gone);
    expect(clock.pending).toBe(0);
    expect(operations()).toEqual(['DescribeWorkteam']);
  });

  test('a region that AWS wants left alone for long is told so at once, and not called', async () => {
    const service = newService(emulator.endpoint, { timers: clock });
    emulator.control.addFault({ match: { region }, fault: { kind: 'throttle' } });
    // Each pause is twice as long as the one before, and then the first token has to come: 0.5 s, 1 s, 2 s, 4 s.
    for (const pause of [501, 1_001, 2_001, 0]) {
      expect(await awsErrorOf(service.describe(callIn(region), 'blue'))).toMatchObject({
        failure: { reason: 'Throttled', operation: 'DescribeWorkteam' },
      });
      await clock.advance(pause);
    }
    const made = ledger().length;
    expect(await awsErrorOf(service.create(callIn(region), createOf('blue')))).toMatchObject({
      failure: { reason: 'Throttled', operation: 'CreateWorkteam', retryAfterMs: 4_000 },
      effect: 'refused',
    });
    expect(ledger()).toHaveLength(made);
    emulator.control.clearFaults();
    await clock.advance(4_001);
    await service.create(callIn(region), createOf('blue'));
    expect(teams()).toHaveLength(1);
  });

  test('trouble with credentials spends no turn', async () => {
    const timers = clock;
    const credentials = async () => {
      throw new Error('none');
    };
    const service = newService(emulator.endpoint, { timers, pace: { perSecond: 1, burst: 1 }, credentials });
    for (let turn = 0; turn < 3; turn++) {
      expect(await awsErrorOf(service.describe(callIn(region), 'blue'))).toMatchObject({
        failure: { reason: 'CredentialsUnavailable' },
      });
    }
    expect(ledger()).toEqual([]);
  });
});

describe('what is told of each call', () => {
  let told: CallResult[];
  let clock: ManualClock;
  beforeEach(() => {
    told = [];
    clock = new ManualClock();
  });
  const onCall = (result: CallResult) => told.push(result);

  test('how it went: OK, what failed, or that there is no such team', async () => {
    const service = newService(emulator.endpoint, { timers: clock, onCall });
    await service.create(callIn(region), createOf('blue'));
    await awsErrorOf(service.create(callIn(region), createOf('blue')));
    await service.describe(callIn(region), 'green');
    const [first, second, third] = ledger().map(({ requestId }) => requestId);
    const common = { region, ms: 0, waitedMs: 0 };
    expect(told).toEqual([
      { ...common, operation: 'CreateWorkteam', code: 'OK', requestId: first },
      { ...common, operation: 'CreateWorkteam', code: 'InvalidRequest', requestId: second },
      { ...common, operation: 'DescribeWorkteam', code: 'NotFound', requestId: third },
    ]);
  });

  test('how long it took, and how long it waited for its turn and for nothing else', async () => {
    let credentialsTake = 300;
    const credentials = async () => {
      clock.freeze(credentialsTake);
      credentialsTake = 0;
      return { accessKeyId: 'AKIA123456789012EMUL', secretAccessKey: 'emulator' };
    };
    emulator.control.beforeActing({ region }, async () => {
      clock.freeze(50);
      return undefined;
    });
    const service = newService(emulator.endpoint, {
      timers: clock,
      pace: { perSecond: 1, burst: 1 },
      onCall,
      credentials,
    });
    await service.describe(callIn(region), 'blue');
    const second = service.describe(callIn(region), 'blue');
    await clock.advance(950);
    await second;
    expect(told).toMatchObject([
      { ms: 50, waitedMs: 0 },
      { ms: 50, waitedMs: 950 },
    ]);
  });
});
