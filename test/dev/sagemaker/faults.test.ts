/** Each fault as the SDK meets it, and what the service did meanwhile. */
import {
  AddTagsCommand,
  CreateWorkteamCommand,
  DescribeWorkteamCommand,
  ListTagsCommand,
  ListWorkteamsCommand,
  type SageMakerClient,
  UpdateWorkteamCommand,
} from '@aws-sdk/client-sagemaker';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { startEmulator } from '../../../dev/sagemaker/emulator.ts';
import type { Fault } from '../../../dev/sagemaker/faults.ts';
import type { CallMatch } from '../../../dev/sagemaker/matching.ts';
import { useEmulator } from '../../support/emulator.ts';
import { failureOf, team } from './requests.ts';

const emulator = useEmulator();
let region: string;
let client: SageMakerClient;

beforeEach(() => {
  emulator.control.clearFaults();
  region = emulator.newRegion();
  client = emulator.client({ region });
});

const inject = (fault: Fault, match: CallMatch = {}) => emulator.control.addFault({ match, fault });
const create = (using = client) => using.send(new CreateWorkteamCommand(team({ WorkteamName: 'blue' })));
const list = (using = client) => using.send(new ListWorkteamsCommand({}));
const teams = () => emulator.control.teams({ region }).length;
const lastEntry = () => emulator.control.ledger().at(-1);

interface Case {
  readonly fault: Fault;
  /** What the caller sees. */
  readonly seen: { name: string; message?: unknown; status?: number | undefined };
  /** What the ledger says. */
  readonly outcome: string;
}

const kept: readonly Case[] = [
  {
    fault: { kind: 'throttle' },
    seen: { name: 'ThrottlingException', message: 'Rate exceeded', status: 400 },
    outcome: 'ThrottlingException',
  },
  {
    fault: { kind: 'error', code: 'ResourceLimitExceeded', message: 'No', status: 400 },
    seen: { name: 'ResourceLimitExceeded', message: 'No', status: 400 },
    outcome: 'ResourceLimitExceeded',
  },
  { fault: { kind: 'http5xx' }, seen: { name: 'InternalFailure', status: 500 }, outcome: 'InternalFailure' },
  {
    fault: { kind: 'http5xx', status: 503 },
    seen: { name: 'InternalFailure', status: 503 },
    outcome: 'InternalFailure',
  },
  { fault: { kind: 'nonJson' }, seen: { name: 'SyntaxError', status: 502 }, outcome: 'none' },
  { fault: { kind: 'nonJson', status: 200 }, seen: { name: 'SyntaxError', status: 200 }, outcome: 'none' },
  {
    fault: { kind: 'accessDenied' },
    seen: {
      name: 'AccessDeniedException',
      message:
        'User: arn:aws:iam::123456789012:user/emulator is not authorized to perform: sagemaker:CreateWorkteam ' +
        'because no identity-based policy allows the sagemaker:CreateWorkteam action',
      status: 400,
    },
    outcome: 'AccessDeniedException',
  },
  {
    fault: { kind: 'expiredToken' },
    seen: {
      name: 'ExpiredTokenException',
      message: 'The security token included in the request is expired',
      status: 400,
    },
    outcome: 'ExpiredTokenException',
  },
  {
    fault: { kind: 'dropBefore' },
    seen: { name: 'TimeoutError', message: 'socket hang up', status: undefined },
    outcome: 'none',
  },
];

describe('a fault instead of acting', () => {
  test.each(kept)('$fault', async ({ fault, seen, outcome }) => {
    inject(fault);
    expect(await failureOf(create())).toMatchObject(seen);
    expect(teams()).toBe(0);
    expect(lastEntry()).toMatchObject({ outcome, fault: fault.kind, write: true, effective: false });
  });
});

const lost: readonly Case[] = [
  ...kept
    .map(({ fault, seen }) => ({ fault: fault.kind === 'dropBefore' ? fault : { ...fault, acts: true }, seen }))
    .filter(({ fault }) => fault.kind !== 'dropBefore'),
  {
    fault: { kind: 'dropAfter' } as const,
    seen: { name: 'TimeoutError', message: 'socket hang up', status: undefined },
  },
].map((row) => ({ ...row, outcome: 'ok' }));

describe('a fault after acting: the work is done and the caller does not know', () => {
  test.each(lost)('$fault', async ({ fault, seen, outcome }) => {
    inject(fault);
    expect(await failureOf(create())).toMatchObject(seen);
    expect(teams()).toBe(1);
    expect(lastEntry()).toMatchObject({ outcome, fault: fault.kind, write: true, effective: true });
  });

  test("the SDK's own retry then meets its own create", async () => {
    inject({ kind: 'dropAfter' }, { times: 1 });
    const retrying = emulator.client({ region }, { maxAttempts: 3 });
    expect(await failureOf(create(retrying))).toMatchObject({ name: 'ResourceInUse' });
    expect(teams()).toBe(1);
  });
});

describe('hang', () => {
  test.each([
    { acts: false, done: 0 },
    { acts: true, done: 1 },
  ])('no answer until the caller gives up (acts: $acts)', async ({ acts, done }) => {
    inject({ kind: 'hang', acts });
    const impatience = new AbortController();
    const call = client.send(new CreateWorkteamCommand(team()), { abortSignal: impatience.signal });
    const failure = failureOf(call);
    await vi.waitFor(() => expect(lastEntry()).toMatchObject({ region, fault: 'hang', outcome: acts ? 'ok' : 'none' }));
    impatience.abort();
    expect(await failure).toMatchObject({ name: 'AbortError' });
    expect(teams()).toBe(done);
  });
});

describe('delay', () => {
  test('acts after it', async () => {
    inject({ kind: 'delay', ms: 60 });
    const started = performance.now();
    await create();
    expect(performance.now() - started).toBeGreaterThanOrEqual(59);
    expect(lastEntry()).toMatchObject({ outcome: 'ok', fault: 'delay', effective: true });
  });

  test('acts at once and answers after it', async () => {
    inject({ kind: 'delay', ms: 60, acts: true });
    const started = performance.now();
    const answer = create();
    await vi.waitFor(() => expect(teams()).toBe(1), { interval: 2 });
    await expect(answer).resolves.toHaveProperty('WorkteamArn');
    expect(performance.now() - started).toBeGreaterThanOrEqual(59);
  });
});

describe('staleRead', () => {
  const describeTeam = async () =>
    (await client.send(new DescribeWorkteamCommand({ WorkteamName: 'blue' }))).Workteam?.Description;
  const listed = async () => (await list()).Workteams?.map(({ Description }) => Description);
  const arn = () => `arn:aws:sagemaker:${region}:123456789012:workteam/private-crowd/blue`;
  const tags = async () => (await client.send(new ListTagsCommand({ ResourceArn: arn() }))).Tags?.length;

  test('Describe, List and ListTags answer what was true before the last write', async () => {
    await client.send(new CreateWorkteamCommand(team({ WorkteamName: 'blue', Description: 'old' })));
    await client.send(new UpdateWorkteamCommand({ WorkteamName: 'blue', Description: 'new' }));
    await client.send(new AddTagsCommand({ ResourceArn: arn(), Tags: [{ Key: 'a', Value: '' }] }));
    inject({ kind: 'staleRead' }, { times: 3 });
    expect([await describeTeam(), await listed(), await tags()]).toEqual(['old', ['old'], 0]);
    expect([await describeTeam(), await listed(), await tags()]).toEqual(['new', ['new'], 1]);
  });

  test('right after a create there is no team', async () => {
    await create();
    inject({ kind: 'staleRead' }, { times: 3 });
    await expect(describeTeam()).rejects.toThrow('The work team');
    expect(await listed()).toEqual([]);
    expect(await failureOf(tags())).toMatchObject({ name: 'ValidationException' });
    expect(await tags()).toBe(0);
  });
});

describe('which calls a fault hits', () => {
  const results = async (count: number) => {
    const hits: string[] = [];
    for (let index = 0; index < count; index++) {
      hits.push(
        await list().then(
          () => '.',
          () => 'x',
        ),
      );
    }
    return hits.join('');
  };

  test.each([
    [{}, 'xxxxx'],
    [{ nth: 3 }, '..x..'],
    [{ times: 2 }, 'xx...'],
    [{ nth: 2, times: 3 }, '.xxx.'],
  ])('%j hits %s', async (match, pattern) => {
    inject({ kind: 'throttle' }, match);
    expect(await results(5)).toBe(pattern);
  });

  test('only those of an operation, a region, an account, a key, a work team', async () => {
    const others = { region: emulator.newRegion() };
    inject({ kind: 'throttle' }, { operation: 'DescribeWorkteam' });
    inject({ kind: 'throttle' }, { operation: ['UpdateWorkteam', 'ListTags'] });
    inject({ kind: 'throttle' }, { region: others.region });
    inject({ kind: 'throttle' }, { account: '210987654321' });
    inject({ kind: 'throttle' }, { accessKeyId: 'AKIA123456789012SAME' });
    inject({ kind: 'throttle' }, { workteamName: 'red' });
    await list();
    await create();
    const arn = (name: string) => `arn:aws:sagemaker:${region}:123456789012:workteam/private-crowd/${name}`;
    const hit = [
      client.send(new DescribeWorkteamCommand({ WorkteamName: 'blue' })),
      client.send(new ListTagsCommand({ ResourceArn: arn('blue') })),
      list(emulator.client(others)),
      list(emulator.client({ region, account: '210987654321' })),
      list(emulator.client({ region }, { credentials: { accessKeyId: 'AKIA123456789012SAME', secretAccessKey: 'x' } })),
      client.send(new CreateWorkteamCommand(team({ WorkteamName: 'red' }))),
      client.send(new AddTagsCommand({ ResourceArn: arn('red'), Tags: [] })),
    ];
    const failures = await Promise.all(hit.map(failureOf));
    expect(failures.map(({ name }) => name)).toEqual(hit.map(() => 'ThrottlingException'));
  });

  test('the earliest rule that hits decides, and every rule counts for itself', async () => {
    const first = inject({ kind: 'throttle' }, { times: 1 });
    const second = inject({ kind: 'accessDenied' }, { nth: 2 });
    expect(await failureOf(list())).toMatchObject({ name: 'ThrottlingException' });
    expect(await failureOf(list())).toMatchObject({ name: 'AccessDeniedException' });
    await list();
    expect(emulator.control.faults().map(({ id, matched }) => [id, matched])).toEqual([
      [first, 3],
      [second, 3],
    ]);
    expect(emulator.control.removeFault(first)).toBe(true);
    expect(emulator.control.removeFault(first)).toBe(false);
    expect(emulator.control.faults().map(({ id }) => id)).toEqual([second]);
  });
});

describe('hooks', () => {
  test('before acting: the call waits, and a drop there keeps it from acting', async () => {
    const states: number[] = [];
    const remove = emulator.control.beforeActing({ operation: 'CreateWorkteam' }, async () => {
      states.push(teams());
      return 'drop';
    });
    expect(await failureOf(create())).toMatchObject({ message: 'socket hang up' });
    expect(lastEntry()).toMatchObject({ operation: 'CreateWorkteam', outcome: 'none', fault: 'dropBefore' });
    remove();
    await create();
    expect(states).toEqual([0]);
    expect(teams()).toBe(1);
  });

  test('before answering: the call has acted, and waits with its answer', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<undefined>();
    const remove = emulator.control.beforeAnswering({ operation: 'CreateWorkteam' }, () => released);
    let answered = false;
    const call = create().finally(() => {
      answered = true;
    });
    await vi.waitFor(() => expect(teams()).toBe(1));
    await list();
    expect(answered).toBe(false);
    release(undefined);
    await call;
    remove();
  });

  test('the i-th call can be cut off after it acted', async () => {
    const remove = emulator.control.beforeAnswering({ region, nth: 2 }, async () => 'drop');
    await list();
    expect(await failureOf(create())).toMatchObject({ message: 'socket hang up' });
    await list();
    expect(teams()).toBe(1);
    remove();
  });
});

test('stop() ends hanging and delayed calls and idle connections at once', async () => {
  const other = await startEmulator();
  const place = { region: 'eu-west-1' };
  const idle = emulator.client(place, { endpoint: other.endpoint });
  await list(idle);
  other.control.addFault({ match: { nth: 1 }, fault: { kind: 'hang' } });
  other.control.addFault({ match: { nth: 2 }, fault: { kind: 'delay', ms: 3_600_000 } });
  const failures = Promise.all([list(idle), list(idle)].map(failureOf));
  await vi.waitFor(() => expect(other.control.faults().map(({ matched }) => matched)).toEqual([2, 2]));
  const started = performance.now();
  await other.stop();
  expect(performance.now() - started).toBeLessThan(2_000);
  for (const { status } of await failures) expect(status).toBeUndefined();
  await other.stop(); // a second time is no error
});
