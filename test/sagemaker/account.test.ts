/** Credentials that are of the named account, or none: asked of the emulator's STS. */
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { accessKeyOf } from '../../dev/sagemaker/identity.ts';
import { AccountError, guardAccount, untilUsable } from '../../src/sagemaker/account.ts';
import { ManualClock } from '../support/clock.ts';
import { useEmulator } from '../support/emulator.ts';
import { eventually } from '../support/eventually.ts';
import { awsErrorOf, callIn, useServices } from './service.ts';

const OURS = '123456789012';
const THEIRS = '999999999999';
const keysOf = (account: string, sessionToken?: string) => ({
  accessKeyId: accessKeyOf(account),
  secretAccessKey: 'emulator',
  ...(sessionToken !== undefined && { sessionToken }),
});

const emulator = useEmulator();
const newService = useServices();
let clock: ManualClock;
let identity: ReturnType<typeof keysOf>;
let verdicts: (string | undefined)[];
let guarded: ReturnType<typeof guardAccount>;

beforeEach(() => {
  emulator.control.clearFaults();
  vi.stubEnv('AWS_ENDPOINT_URL_STS', emulator.endpoint);
  clock = new ManualClock();
  identity = keysOf(OURS);
  verdicts = [];
  asked = emulator.control.ledger().length;
  guarded = guardAccount({
    accountId: OURS,
    credentials: async () => identity,
    region: 'eu-west-1',
    now: () => clock.now(),
    onVerdict: (problem) => verdicts.push(problem),
  });
});

let asked = 0;
/** What STS was asked since the test began. */
const questions = () => emulator.control.ledger(asked).map(({ operation }) => operation);

test('credentials of the account pass, and STS is asked about them once', async () => {
  for (let turn = 0; turn < 3; turn++) expect(await guarded()).toBe(identity);
  clock.freeze(3_600_000);
  expect(await guarded()).toBe(identity);
  expect(questions()).toEqual(['GetCallerIdentity']);
  expect(verdicts).toEqual([undefined]);
});

test('however many want them at once', async () => {
  await Promise.all([guarded(), guarded(), guarded()]);
  expect(questions()).toEqual(['GetCallerIdentity']);
});

test('credentials of another account do not, and it is told whose they are', async () => {
  identity = keysOf(THEIRS);
  const problem = `they are of account ${THEIRS}, and --aws-account-id says ${OURS}`;
  await expect(guarded()).rejects.toThrow(AccountError);
  await expect(guarded()).rejects.toThrow(problem);
  expect(questions()).toEqual(['GetCallerIdentity']);
  expect(verdicts).toEqual([problem]);
});

test.each<[string, Partial<ReturnType<typeof keysOf>>]>([
  ['other keys', keysOf(THEIRS)],
  ['the same key of another session', { sessionToken: 'other' }],
])('STS is asked again when they change: %s', async (_, change) => {
  await guarded();
  identity = { ...identity, ...change };
  await guarded().catch(() => undefined);
  expect(questions()).toEqual(['GetCallerIdentity', 'GetCallerIdentity']);
});

test('nothing is assumed while they change to those of another account', async () => {
  await guarded();
  identity = keysOf(THEIRS);
  await expect(guarded()).rejects.toThrow(THEIRS);
  identity = keysOf(OURS);
  expect(await guarded()).toBe(identity);
  expect(verdicts).toEqual([undefined, expect.stringContaining(THEIRS), undefined]);
});

describe('an STS that cannot say', () => {
  beforeEach(() => {
    emulator.control.addFault({ match: { operation: 'GetCallerIdentity' }, fault: { kind: 'accessDenied' } });
  });

  test('is no yes; it is asked again after half a minute and not before', async () => {
    const problem = `STS could not say whether they are of account ${OURS}: AccessDenied`;
    await expect(guarded()).rejects.toThrow(problem);
    emulator.control.clearFaults();
    clock.freeze(29_999);
    await expect(guarded()).rejects.toThrow(problem);
    expect(questions()).toHaveLength(1);
    clock.freeze(1);
    expect(await guarded()).toBe(identity);
    expect(verdicts).toEqual([problem, undefined]);
  });

  test('is told as a failure of the credentials, and SageMaker is not called', async () => {
    const service = newService(emulator.endpoint, { credentials: guarded });
    vi.stubEnv('AWS_ENDPOINT_URL_STS', emulator.endpoint);
    expect(await awsErrorOf(service.describe(callIn('eu-west-1'), 'blue'))).toMatchObject({
      failure: { reason: 'CredentialsUnavailable', detail: expect.stringContaining('STS could not say') },
      effect: 'refused',
    });
    expect(questions()).toEqual(['GetCallerIdentity']);
  });
});

test('credentials that cannot be had are trouble of their own', async () => {
  const none = new Error('no credentials');
  const failing = guardAccount({
    accountId: OURS,
    credentials: () => Promise.reject(none),
    region: 'eu-west-1',
    now: () => clock.now(),
    onVerdict: (problem) => verdicts.push(problem),
  });
  await expect(failing()).rejects.toBe(none);
  expect(verdicts).toEqual([]);
  expect(questions()).toEqual([]);
});

describe('until they may be used', () => {
  test('they are looked at every five seconds, and no more when they may', async () => {
    identity = keysOf(THEIRS);
    const { signal } = new AbortController();
    const usable = untilUsable(guarded, clock, signal);
    await clock.advance(5_000);
    await eventually(() => verdicts.length === 1, { what: 'a verdict' });
    identity = keysOf(OURS);
    await eventually(() => clock.pending === 1, { what: 'another look' });
    await clock.advance(5_000);
    await usable;
    expect(verdicts.at(-1)).toBeUndefined();
    expect(clock.pending).toBe(0);
  });

  test('or until nobody wants to know any more', async () => {
    identity = keysOf(THEIRS);
    const abort = new AbortController();
    const usable = untilUsable(guarded, clock, abort.signal);
    abort.abort();
    await usable;
    expect(clock.pending).toBe(0);
    expect(questions()).toEqual([]);
  });
});
