/** What AWS refuses or never answers: the status says which it is, and when it is over the operator finishes by itself. */
import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { Fault } from '../../dev/sagemaker/faults.ts';
import type { WorkteamSpec } from '../../src/workteam/schema.ts';
import { useEmulator } from '../support/emulator.ts';
import { eventually } from '../support/eventually.ts';
import { type Aws, awsAt, foreignTags, groupsOf, operations } from '../support/ledger.ts';
import { useOperators } from '../support/operator.ts';
import { oidcMembers, specWith } from '../support/specs.ts';
import { conditionOf, useWorkteams, type Workteams } from '../support/workteams.ts';

// Nearly all the time of these tests is spent in waiting for the operator's next try.
vi.setConfig({ maxConcurrency: 50, testTimeout: 120_000 });

/** The first try after a refusal that waiting does not heal comes 15 to 30 s later, and one look may be held back for 30 s. */
const HEALED_WITHIN_MS = 75_000;

const emulator = useEmulator();
const operators = useOperators(emulator);
const { newNamespace } = useWorkteams();
const NAME = 'hapless';

/** One Workteam in a region of its own, where things can go wrong. */
interface Place {
  readonly region: string;
  readonly aws: Aws;
  readonly workteams: Workteams;
  /** Lets all calls of these operations fail so, until the returned function is called. */
  fail(operation: string, fault: Fault): () => void;
  /** Lets the next call of the operation fail so. */
  failOnce(operation: string, fault: Fault): void;
}

const namespaces: Workteams[] = [];
let taken = 0;

beforeAll(async () => {
  for (let index = 0; index < 40; index++) namespaces.push(await newNamespace('failures'));
  await operators.start({
    namespaces: namespaces.map(({ namespace }) => namespace),
    place: { region: 'eu-none-1' },
    flags: ['--aws-requests-per-second', '1000', '--aws-burst', '1000', '--concurrency', '16'],
  });
});

function newPlace(setup: { quota?: number } = {}): Place {
  const workteams = namespaces[taken++];
  if (workteams === undefined) throw new Error('more places than namespaces');
  const region = emulator.newRegion();
  emulator.control.setup({ region, ...setup });
  return {
    region,
    aws: awsAt(emulator, { region }),
    workteams,
    fail(operation, fault) {
      const id = emulator.control.addFault({ match: { region, operation }, fault });
      return () => void emulator.control.removeFault(id);
    },
    failOnce(operation, fault) {
      emulator.control.addFault({ match: { region, operation, times: 1 }, fault });
    },
  };
}

const create = ({ workteams, region }: Place, spec: Partial<WorkteamSpec> = {}) =>
  workteams.create(NAME, specWith({ region, ...spec }));

/** A fault, and how the status tells of it. */
interface Case {
  readonly title: string;
  readonly fault: Fault;
  readonly reason: string;
  /** What the message says is the matter; what it says to do about it is no part of this test. */
  readonly message: string;
}

const cases: readonly Case[] = [
  {
    title: 'throttling',
    fault: { kind: 'throttle' },
    reason: 'Throttled',
    message: 'AWS is throttling OPERATION calls of this account and region.',
  },
  {
    title: 'a server error',
    fault: { kind: 'http5xx' },
    reason: 'Unavailable',
    message: 'OPERATION got no usable answer from AWS (HTTP 500).',
  },
  {
    title: 'a page of HTML instead of an answer',
    fault: { kind: 'nonJson' },
    reason: 'Unavailable',
    message: 'OPERATION got no usable answer from AWS (HTTP 502).',
  },
  {
    title: 'a broken connection',
    fault: { kind: 'dropBefore' },
    reason: 'Unavailable',
    message: 'OPERATION got no usable answer from AWS (ECONNRESET).',
  },
  {
    title: 'access denied',
    fault: { kind: 'accessDenied' },
    reason: 'AccessDenied',
    message: 'AWS denies the operator OPERATION. Allow sagemaker:OPERATION',
  },
  {
    title: 'an expired token',
    fault: { kind: 'expiredToken' },
    reason: 'CredentialsUnavailable',
    message: 'The operator has no usable AWS credentials (ExpiredTokenException).',
  },
  {
    title: 'a refused request',
    fault: { kind: 'error', code: 'ValidationException', message: 'The user group labelers does not exist.' },
    reason: 'InvalidRequest',
    message: 'AWS refused OPERATION: The user group labelers does not exist.',
  },
];

function expectTrouble({ workteams }: Place, { reason, message }: Case, operation: string): void {
  const workteam = workteams.get(NAME);
  expect(conditionOf(workteam, 'Ready')?.message).toContain(message.replaceAll('OPERATION', operation));
  expect(conditionOf(workteam, 'Reconciling')).toMatchObject({ status: 'True', reason: 'ProgressingWithRetry' });
  expect(conditionOf(workteam, 'Stalled')).toBeUndefined();
  expect(conditionOf(workteam, 'Ready')).toMatchObject({ status: 'False', reason });
}

function expectHealed({ workteams }: Place): void {
  const { conditions = [], ...status } = workteams.get(NAME).status ?? {};
  expect(conditions.map(({ type, status, reason }) => `${type}=${status} ${reason}`)).toEqual(['Ready=True Synced']);
  expect(status).not.toHaveProperty('failingSince');
}

describe.concurrent('a create that meets', () => {
  test.for(cases)('$title', async (trouble) => {
    const place = newPlace();
    const heal = place.fail('CreateWorkteam', trouble.fault);
    await create(place);
    await place.workteams.untilFailed(NAME, trouble.reason);
    expectTrouble(place, trouble, 'CreateWorkteam');
    expect(place.aws.has(NAME)).toBe(false);

    heal();
    await place.workteams.untilReady(NAME, HEALED_WITHIN_MS);
    expectHealed(place);
    expect(operations(place.aws.writes())).toEqual(['CreateWorkteam']);
  });

  test('a quota that is used up, until a team goes', async () => {
    const place = newPlace({ quota: 1 });
    place.aws.console('CreateWorkteam', {
      WorkteamName: 'in-the-way',
      Description: 'Made by hand',
      MemberDefinitions: [{ OidcMemberDefinition: { Groups: ['somebody'] } }],
    });
    await create(place);
    await place.workteams.untilFailed(NAME, 'QuotaExceeded');
    expect(conditionOf(place.workteams.get(NAME), 'Ready')?.message).toMatch(
      /^CreateWorkteam was refused because a quota of this account and region is used up: The account-level service limit 'Number of work teams' is 1 Workteams/,
    );
    place.aws.console('DeleteWorkteam', { WorkteamName: 'in-the-way' });
    await place.workteams.untilReady(NAME, HEALED_WITHIN_MS);
    expectHealed(place);
  });
});

describe.concurrent('an edit that meets', () => {
  test.for(cases)('$title', async (trouble) => {
    const place = newPlace();
    await create(place, { memberDefinitions: oidcMembers('old') });
    await place.workteams.untilReady(NAME);
    const heal = place.fail('UpdateWorkteam', trouble.fault);
    await place.workteams.edit(NAME, { memberDefinitions: oidcMembers('new') });
    await place.workteams.untilFailed(NAME, trouble.reason);
    expectTrouble(place, trouble, 'UpdateWorkteam');
    expect(groupsOf(place.aws.team(NAME))).toEqual(['old']);

    heal();
    await place.workteams.untilReady(NAME, HEALED_WITHIN_MS);
    expectHealed(place);
    expect(groupsOf(place.aws.team(NAME))).toEqual(['new']);
    expect(operations(place.aws.writes())).toEqual(['CreateWorkteam', 'UpdateWorkteam']);
  });

  test('a refusal of its tags: the members are changed already, the tags follow', async () => {
    const place = newPlace();
    await create(place, { tags: { old: '1' } });
    await place.workteams.untilReady(NAME);
    const heal = place.fail('AddTags', { kind: 'accessDenied' });
    await place.workteams.edit(NAME, { memberDefinitions: oidcMembers('new'), tags: { old: null, new: '2' } });
    await place.workteams.untilFailed(NAME, 'AccessDenied');
    expect(groupsOf(place.aws.team(NAME))).toEqual(['new']);
    expect(foreignTags(place.aws.team(NAME))).toEqual({});

    heal();
    await place.workteams.untilReady(NAME, HEALED_WITHIN_MS);
    expect(foreignTags(place.aws.team(NAME))).toEqual({ new: '2' });
    expect(operations(place.aws.writes())).toEqual(['CreateWorkteam', 'UpdateWorkteam', 'DeleteTags', 'AddTags']);
  });
});

describe.concurrent('a deletion that meets', () => {
  test.for(cases.filter(({ reason }) => reason !== 'InvalidRequest'))('$title', async (trouble) => {
    const place = newPlace();
    await create(place);
    await place.workteams.untilReady(NAME);
    const heal = place.fail('DeleteWorkteam', trouble.fault);
    await place.workteams.delete(NAME);
    await place.workteams.untilFailed(NAME, trouble.reason);
    expectTrouble(place, trouble, 'DeleteWorkteam');
    expect(place.aws.has(NAME)).toBe(true);

    heal();
    await place.workteams.untilGone(NAME, HEALED_WITHIN_MS);
    expect(place.aws.has(NAME)).toBe(false);
    expect(operations(place.aws.writes())).toEqual(['CreateWorkteam', 'DeleteWorkteam']);
  });

  test('a labeling job that uses the team: DeletionBlocked until the job is done', async () => {
    const place = newPlace();
    await create(place);
    await place.workteams.untilReady(NAME);
    const job = { JobReferenceCode: 'job-1', LabelCounters: { PendingHuman: 3 } };
    emulator.control.putLabelingJob(place, NAME, job);
    await place.workteams.delete(NAME);
    await place.workteams.untilFailed(NAME, 'DeletionBlocked');
    expect(conditionOf(place.workteams.get(NAME), 'Ready')?.message).toContain(
      `AWS does not delete work team "${NAME}": The work team ${NAME} is used by a labeling job`,
    );

    emulator.control.putLabelingJob(place, NAME, { ...job, LabelCounters: { PendingHuman: 0 } });
    await place.workteams.untilGone(NAME, HEALED_WITHIN_MS);
    expect(place.aws.has(NAME)).toBe(false);
  });
});

describe.concurrent('a long pause is cut short', () => {
  /** Shorter than the shortest pause after a refusal. */
  const AT_ONCE_MS = 10_000;

  async function denied(): Promise<Place> {
    const place = newPlace();
    const heal = place.fail('CreateWorkteam', { kind: 'accessDenied' });
    await create(place);
    await place.workteams.untilFailed(NAME, 'AccessDenied');
    heal();
    return place;
  }

  test('by a new value of requestedAt', async () => {
    const { workteams } = await denied();
    await workteams.annotate(NAME, { 'workteams.dev/requestedAt': 'now' });
    const ready = await workteams.untilReady(NAME, AT_ONCE_MS);
    expect(ready.status?.lastHandledReconcileAt).toBe('now');
  });

  test('by an edit', async () => {
    const { workteams, aws } = await denied();
    await workteams.edit(NAME, { description: 'Edited' });
    await workteams.untilReady(NAME, AT_ONCE_MS);
    expect(aws.team(NAME).workteam.Description).toBe('Edited');
  });

  test('by its deletion', async () => {
    const { workteams, aws } = await denied();
    await workteams.delete(NAME);
    const looked = () => operations(aws.calls()).includes('DescribeWorkteam');
    await eventually(looked, { what: 'a look at the team', within: AT_ONCE_MS });
    // For all that this process knows another one made the team a moment ago: it takes a second look, 15 s later.
    await workteams.untilGone(NAME, HEALED_WITHIN_MS);
  });
});

describe.concurrent('the answer is lost, but AWS acted:', () => {
  const losses: readonly Fault[] = [
    { kind: 'dropAfter' },
    { kind: 'http5xx', acts: true },
    { kind: 'hang', acts: true },
  ];
  const spec = { memberDefinitions: oidcMembers('old'), tags: { removed: '1' } };
  const edit = { memberDefinitions: oidcMembers('new'), tags: { removed: null, added: '2' } };
  const edited = ['CreateWorkteam', 'UpdateWorkteam', 'DeleteTags', 'AddTags'];

  test.for(losses)('a create ($kind) is made once', async (loss) => {
    const place = newPlace();
    place.failOnce('CreateWorkteam', loss);
    await create(place, spec);
    await place.workteams.untilReady(NAME, HEALED_WITHIN_MS);
    expect(operations(place.aws.writes())).toEqual(['CreateWorkteam']);
    expect(operations(place.aws.calls().filter(({ write }) => write))).toEqual(['CreateWorkteam']);
  });

  test.for(losses)('an edit ($kind) is made once', async (loss) => {
    const place = newPlace();
    await create(place, spec);
    await place.workteams.untilReady(NAME);
    for (const operation of ['UpdateWorkteam', 'DeleteTags', 'AddTags']) place.failOnce(operation, loss);
    await place.workteams.edit(NAME, edit);
    await place.workteams.untilReady(NAME, HEALED_WITHIN_MS);
    expect(groupsOf(place.aws.team(NAME))).toEqual(['new']);
    expect(foreignTags(place.aws.team(NAME))).toEqual({ added: '2' });
    expect(operations(place.aws.writes())).toEqual(edited);
  });

  test.for(losses)('a deletion ($kind) is made once', async (loss) => {
    const place = newPlace();
    await create(place, spec);
    await place.workteams.untilReady(NAME);
    place.failOnce('DeleteWorkteam', loss);
    await place.workteams.delete(NAME);
    await place.workteams.untilGone(NAME, HEALED_WITHIN_MS);
    expect(operations(place.aws.writes())).toEqual(['CreateWorkteam', 'DeleteWorkteam']);
  });
});

describe('a region that never answers', () => {
  test('does not hold up another one', async () => {
    const [dead, alive] = [newPlace(), newPlace()];
    const heal = dead.fail('CreateWorkteam', { kind: 'hang' });
    const names = Array.from({ length: 30 }, (_, index) => `waiting-${index}`);
    await Promise.all(names.map((name) => dead.workteams.create(name, specWith({ region: dead.region }))));
    await create(alive);
    await alive.workteams.untilReady(NAME, 5_000);
    heal();
  });
});
