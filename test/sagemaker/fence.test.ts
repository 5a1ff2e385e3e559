/** The fence before the socket: who may not write to AWS any more does not. */
import { beforeEach, describe, expect, test } from 'vitest';
import { defaultSwitches } from '../../dev/sagemaker/switches.ts';
import { FencedHttpHandler } from '../../src/sagemaker/fence.ts';
import type { SagemakerWorkteams } from '../../src/sagemaker/workteams.ts';
import { FencedError } from '../../src/workteam/aws-error.ts';
import { ManualClock, settle } from '../support/clock.ts';
import { useEmulator } from '../support/emulator.ts';
import { eventually } from '../support/eventually.ts';
import { createOf, updateOf } from './requests.ts';
import { arnOf, awsErrorOf, callIn, thrownBy, useServices } from './service.ts';

const emulator = useEmulator();
const newService = useServices();
let region: string;
let clock: ManualClock;
let budget: number;
let aws: SagemakerWorkteams;

beforeEach(() => {
  emulator.control.clearFaults();
  emulator.control.setSwitches(defaultSwitches());
  region = emulator.newRegion();
  clock = new ManualClock();
  budget = 0;
  aws = newService(emulator.endpoint, { timers: clock, writeBudget: () => budget });
});

const ledger = () => emulator.control.ledger().filter((entry) => entry.region === region);

const writes = {
  create: () => aws.create(callIn(region), createOf('blue')),
  update: () => aws.update(callIn(region), updateOf('blue')),
  delete: () => aws.delete(callIn(region), 'blue'),
  addTags: () => aws.addTags(callIn(region), arnOf(region, 'blue'), { a: '1' }),
  removeTags: () => aws.removeTags(callIn(region), arnOf(region, 'blue'), ['a']),
};
const names = Object.keys(writes) as (keyof typeof writes)[];

describe('closed', () => {
  test.each(names)('%s does not reach the service', async (write) => {
    for (budget of [0, -1]) expect(await thrownBy(writes[write]())).toBeInstanceOf(FencedError);
    expect(ledger()).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test('reads pass', async () => {
    expect(await aws.describe(callIn(region), 'blue')).toMatchObject({ team: 'absent' });
    expect(await awsErrorOf(aws.listTags(callIn(region), arnOf(region, 'blue')))).toMatchObject({
      operation: 'ListTags',
    });
  });

  test('what cannot be told for a read is a write', async () => {
    const handler = new FencedHttpHandler({}, () => 0, clock);
    const { hostname, port } = new URL(emulator.endpoint);
    const common = {
      protocol: 'http:',
      hostname,
      port: Number(port),
      method: 'POST',
      path: '/',
      query: {},
      headers: {},
    };
    for (const headers of [{}, { 'x-amz-target': 'SageMaker.StopWorkteam' }, { 'x-amz-target': 'DescribeWorkteam' }]) {
      const request = { ...common, headers, clone: () => request };
      expect(await thrownBy(handler.handle(request))).toBeInstanceOf(FencedError);
    }
    handler.destroy();
  });

  test('the last thing before the socket decides: a write that waited for its turn too long is not made', async () => {
    budget = 10_000;
    aws = newService(emulator.endpoint, {
      timers: clock,
      writeBudget: () => budget,
      pace: { perSecond: 1, burst: 1 },
    });
    await aws.describe(callIn(region), 'blue');
    const thrown = thrownBy(writes.create());
    await settle();
    budget = 0;
    await clock.advance(1_000);
    expect(await thrown).toBeInstanceOf(FencedError);
    expect(ledger().map(({ operation }) => operation)).toEqual(['DescribeWorkteam']);
  });
});

describe('open', () => {
  test.each([5_000, Number.POSITIVE_INFINITY])('for %d ms: writes reach the service and leave no timer', async (ms) => {
    budget = ms;
    await writes.create();
    expect(ledger().map(({ operation }) => operation)).toEqual(['CreateWorkteam']);
    expect(clock.pending).toBe(0);
  });

  test('a connection that breaks is no closed fence', async () => {
    budget = 5_000;
    emulator.control.addFault({ match: { region }, fault: { kind: 'dropBefore' } });
    expect(await awsErrorOf(writes.create())).toMatchObject({ failure: { reason: 'Unavailable' }, effect: 'unknown' });
    expect(clock.pending).toBe(0);
  });

  test('a refusal is a refusal', async () => {
    budget = 5_000;
    expect(await awsErrorOf(writes.update())).toMatchObject({ failure: { reason: 'InvalidRequest' } });
    expect(clock.pending).toBe(0);
  });
});

describe('while a write is under way', () => {
  beforeEach(() => {
    emulator.control.addFault({ match: { region }, fault: { kind: 'hang' } });
    budget = 5_000;
  });
  const reached = () => eventually(() => ledger().length === 1, { what: 'the write' });

  test('it is cut off when the budget ends', async () => {
    const thrown = thrownBy(writes.create());
    await reached();
    await clock.advance(4_999);
    expect(clock.pending).toBeGreaterThan(0);
    await clock.advance(1);
    expect(await thrown).toBeInstanceOf(FencedError);
    expect(clock.pending).toBe(0);
  });

  test('without an end, the time that any call has is all there is', async () => {
    budget = Number.POSITIVE_INFINITY;
    const error = awsErrorOf(writes.create());
    await reached();
    await clock.advance(10_000);
    expect(await error).toMatchObject({ failure: { reason: 'Unavailable', detail: 'timed out' } });
  });

  test('its caller may still give up first', async () => {
    const abort = new AbortController();
    const gone = new Error('gone');
    const thrown = thrownBy(aws.create(callIn(region, { signal: abort.signal }), createOf('blue')));
    await reached();
    abort.abort(gone);
    expect(await thrown).toBe(gone);
    await settle();
    expect(clock.pending).toBe(0);
  });

  test('a read goes on', async () => {
    const error = awsErrorOf(aws.describe(callIn(region), 'blue'));
    await reached();
    await clock.advance(9_999);
    expect(clock.pending).toBe(1);
    await clock.advance(1);
    expect(await error).toMatchObject({ failure: { reason: 'Unavailable' } });
  });
});
