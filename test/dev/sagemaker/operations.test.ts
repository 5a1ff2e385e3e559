/** What each operation does, with every switch at its default. */
import {
  AddTagsCommand,
  DeleteTagsCommand,
  DescribeWorkforceCommand,
  ListLabelingJobsForWorkteamCommand,
  ListTagsCommand,
  ListWorkforcesCommand,
  ListWorkteamsCommand,
  type ListWorkteamsCommandInput,
  type SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import { beforeEach, describe, expect, test } from 'vitest';
import { useEmulator } from '../../support/emulator.ts';
import { callsOf, cognito, failureOf, oidc } from './requests.ts';

const START = Date.UTC(2030, 0, 1);
let now = START;
const emulator = useEmulator({ clock: () => now });

let region: string;
let client: SageMakerClient;
beforeEach(() => {
  now = START;
  region = emulator.newRegion();
  client = emulator.client({ region });
});

const arnOf = (name: string) => `arn:aws:sagemaker:${region}:123456789012:workteam/private-crowd/${name}`;
const { create, describeTeam, update, remove } = callsOf(() => client);
const list = (request: ListWorkteamsCommandInput = {}) => client.send(new ListWorkteamsCommand(request));
const namesOf = ({ Workteams = [] }: Awaited<ReturnType<typeof list>>) => Workteams.map((found) => found.WorkteamName);
const TOPIC = `arn:aws:sns:eu-west-1:123456789012:work`;

describe('CreateWorkteam', () => {
  test('answers the ARN and nothing else; Describe shows the team', async () => {
    const { $metadata, ...answer } = await create({ Description: 'Blue ones', MemberDefinitions: [oidc('a', 'b')] });
    expect(answer).toEqual({ WorkteamArn: arnOf('blue') });
    expect($metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(await describeTeam()).toEqual({
      WorkteamName: 'blue',
      WorkteamArn: arnOf('blue'),
      WorkforceArn: `arn:aws:sagemaker:${region}:123456789012:workforce/private-crowd`,
      Description: 'Blue ones',
      MemberDefinitions: [oidc('a', 'b')],
      SubDomain: expect.stringMatching(/^[a-z0-9]+\.labeling\.eu-test-\d+\.sagemaker\.aws$/),
      CreateDate: new Date(START),
      LastUpdatedDate: new Date(START),
    });
  });

  test('keeps topic, worker access and tags', async () => {
    const WorkerAccessConfiguration = { S3Presign: { IamPolicyConstraints: { SourceIp: 'Enabled' as const } } };
    const NotificationConfiguration = { NotificationTopicArn: TOPIC };
    await create({ NotificationConfiguration, WorkerAccessConfiguration, Tags: [{ Key: 'k', Value: 'v' }] });
    expect(await describeTeam()).toMatchObject({ NotificationConfiguration, WorkerAccessConfiguration });
    expect(emulator.control.teams({ region })[0]?.tags).toEqual({ k: 'v' });
  });

  test('a NotificationConfiguration without a topic is none', async () => {
    await create({ NotificationConfiguration: {} });
    expect(await describeTeam()).not.toHaveProperty('NotificationConfiguration');
  });

  test('a second team of the name: ResourceInUse, and the first stays as it was', async () => {
    await create({ Description: 'first' });
    const failure = await failureOf(create({ Description: 'second' }));
    expect(failure).toEqual({ name: 'ResourceInUse', status: 400, message: 'Work team blue already exists.' });
    expect(await describeTeam()).toMatchObject({ Description: 'first' });
  });

  test('past the quota of 25: ResourceLimitExceeded, until a team is deleted', async () => {
    for (let count = 1; count <= 25; count++) await create({ WorkteamName: `t${count}` });
    const failure = await failureOf(create({ WorkteamName: 't26' }));
    expect(failure).toMatchObject({ name: 'ResourceLimitExceeded', status: 400 });
    expect(failure.message).toContain("'Number of work teams' is 25 Workteams, with current utilization of 25");
    await remove('t1');
    await expect(create({ WorkteamName: 't26' })).resolves.toHaveProperty('WorkteamArn');
  });

  test('the quota can be set', async () => {
    emulator.control.setup({ region, quota: 1 });
    await create();
    await expect(create({ WorkteamName: 'red' })).rejects.toThrow(/is 1 Workteams/);
  });
});

describe("the region's one workforce", () => {
  test('is of the kind of the first team, even when that team is gone', async () => {
    await create({ MemberDefinitions: [cognito()] });
    await remove();
    const failure = await failureOf(create({ MemberDefinitions: [oidc('a')] }));
    expect(failure).toMatchObject({ name: 'ValidationException', message: expect.stringContaining('Amazon Cognito') });
    await expect(create({ MemberDefinitions: [cognito()] })).resolves.toHaveProperty('WorkteamArn');
  });

  test('is of the kind that was set up', async () => {
    emulator.control.setup({ region, workforce: { kind: 'Oidc' } });
    await expect(create({ MemberDefinitions: [cognito()] })).rejects.toThrow(/OIDC identity provider/);
    await expect(create()).resolves.toHaveProperty('WorkteamArn');
  });

  test('has a name that can be set up, which CreateWorkteam may spell out', async () => {
    emulator.control.setup({ region, workforce: { name: 'crowd' } });
    await expect(create({ WorkforceName: 'private-crowd' })).rejects.toThrow('workforce/private-crowd does not exist');
    await create({ WorkforceName: 'crowd' });
    expect(await describeTeam()).toMatchObject({ WorkforceArn: expect.stringMatching(/:workforce\/crowd$/) });
  });

  test('can be missing: then nothing can be created', async () => {
    emulator.control.setup({ region, workforce: null });
    expect(await failureOf(create())).toMatchObject({ name: 'ValidationException' });
    expect((await client.send(new ListWorkforcesCommand({}))).Workforces).toEqual([]);
  });

  test('is described and listed', async () => {
    await create({ MemberDefinitions: [cognito()] });
    const workforce = (await client.send(new DescribeWorkforceCommand({ WorkforceName: 'private-crowd' }))).Workforce;
    expect(workforce).toMatchObject({
      WorkforceName: 'private-crowd',
      WorkforceArn: `arn:aws:sagemaker:${region}:123456789012:workforce/private-crowd`,
      CognitoConfig: { UserPool: 'eu-west-1_AbCdEfGhI', ClientId: '1a2b3c' },
      Status: 'Active',
    });
    expect((await client.send(new ListWorkforcesCommand({}))).Workforces).toEqual([workforce]);
    expect((await client.send(new ListWorkforcesCommand({ NameContains: 'other' }))).Workforces).toEqual([]);
    const missing = client.send(new DescribeWorkforceCommand({ WorkforceName: 'other' }));
    expect(await failureOf(missing)).toMatchObject({ name: 'ValidationException' });
  });

  test("shows its first team's user pool also when its kind was set up", async () => {
    emulator.control.setup({ region, workforce: { kind: 'Cognito' } });
    await create({ MemberDefinitions: [cognito()] });
    const { Workforces } = await client.send(new ListWorkforcesCommand({}));
    expect(Workforces?.[0]).toMatchObject({ CognitoConfig: { UserPool: 'eu-west-1_AbCdEfGhI' } });
  });

  test('shows an OIDC configuration when its teams have OIDC members', async () => {
    await create();
    const { Workforces } = await client.send(new ListWorkforcesCommand({}));
    expect(Workforces?.[0]).toMatchObject({ OidcConfig: { ClientId: expect.any(String) } });
    expect(Workforces?.[0]).not.toHaveProperty('CognitoConfig');
  });
});

describe('DescribeWorkteam', () => {
  test('of a missing team: ValidationException that says "The work team"', async () => {
    expect(await failureOf(describeTeam('red'))).toEqual({
      name: 'ValidationException',
      status: 400,
      message: 'The work team red does not exist.',
    });
  });
});

describe('UpdateWorkteam', () => {
  test('replaces members: who is left out is off the team', async () => {
    await create({ MemberDefinitions: [oidc('a', 'b'), oidc('c')] });
    await update({ MemberDefinitions: [oidc('b', 'd')] });
    expect(await describeTeam()).toMatchObject({ MemberDefinitions: [oidc('b', 'd')] });
  });

  test('answers the team as it is now, with a new LastUpdatedDate', async () => {
    await create();
    now += 61_500;
    const answered = await update({ Description: 'new' });
    const dates = { CreateDate: new Date(START), LastUpdatedDate: new Date(START + 61_500) };
    expect(answered).toMatchObject({ Description: 'new', ...dates });
    expect(await describeTeam()).toEqual(answered);
  });

  test('leaves what the request leaves out', async () => {
    await create({
      Description: 'd',
      MemberDefinitions: [oidc('a')],
      NotificationConfiguration: { NotificationTopicArn: TOPIC },
    });
    const before = await describeTeam();
    expect(await update({})).toEqual(before);
  });

  test('cannot clear a description', async () => {
    await create();
    expect(await failureOf(update({ Description: '' }))).toMatchObject({ name: 'ValidationException' });
  });

  test('sets a topic, and {} removes it; an empty topic breaks the pattern', async () => {
    await create();
    const NotificationConfiguration = { NotificationTopicArn: TOPIC };
    expect(await update({ NotificationConfiguration })).toMatchObject({ NotificationConfiguration });
    const empty = update({ NotificationConfiguration: { NotificationTopicArn: '' } });
    expect(await failureOf(empty)).toMatchObject({ name: 'ValidationException' });
    expect(await update({ NotificationConfiguration: {} })).not.toHaveProperty('NotificationConfiguration');
    expect(await describeTeam()).not.toHaveProperty('NotificationConfiguration');
  });

  test('replaces the worker access, and {} changes nothing', async () => {
    await create();
    const access = { S3Presign: { IamPolicyConstraints: { VpcSourceIp: 'Enabled' as const } } };
    await update({ WorkerAccessConfiguration: access });
    expect(await update({ WorkerAccessConfiguration: {} })).toMatchObject({ WorkerAccessConfiguration: access });
  });

  test('of a missing team: the same error as Describe', async () => {
    expect(await failureOf(update({ Description: 'd' }))).toMatchObject({
      name: 'ValidationException',
      message: 'The work team blue does not exist.',
    });
  });

  test('checks the kind and the rules of members', async () => {
    await create();
    await expect(update({ MemberDefinitions: [cognito()] })).rejects.toThrow(/cannot be changed/);
    await expect(update({ MemberDefinitions: [cognito(), oidc('a')] })).rejects.toThrow(/single request/);
    expect(await describeTeam()).toMatchObject({ MemberDefinitions: [oidc('a')] });
  });
});

describe('DeleteWorkteam', () => {
  test('answers Success, and the team and its tags are gone', async () => {
    await create({ Tags: [{ Key: 'k', Value: 'v' }] });
    expect(await remove()).toMatchObject({ Success: true });
    await expect(describeTeam()).rejects.toThrow('The work team');
    expect(emulator.control.teams({ region })).toEqual([]);
    now += 1_000;
    await create();
    expect(emulator.control.teams({ region })).toMatchObject([{ workteam: { CreateDate: now / 1000 }, tags: {} }]);
  });

  test('of a missing team: the same error as Describe', async () => {
    expect(await failureOf(remove())).toMatchObject({
      name: 'ValidationException',
      message: 'The work team blue does not exist.',
    });
  });
});

describe('ListWorkteams', () => {
  test('shows whole teams, by date of creation', async () => {
    for (const name of ['b', 'c', 'a']) {
      await create({ WorkteamName: name });
      now += 10;
    }
    const answer = await list();
    expect(namesOf(answer)).toEqual(['b', 'c', 'a']);
    expect(answer).not.toHaveProperty('NextToken');
    expect(answer.Workteams?.[2]).toEqual(await describeTeam('a'));
    expect(namesOf(await list({ SortOrder: 'Descending' }))).toEqual(['a', 'c', 'b']);
    expect(namesOf(await list({ SortBy: 'Name' }))).toEqual(['a', 'b', 'c']);
    expect(namesOf(await list({ SortBy: 'Name', SortOrder: 'Descending' }))).toEqual(['c', 'b', 'a']);
  });

  test('finds by a part of the name', async () => {
    for (const name of ['red-eu', 'blue-eu', 'blue-us']) await create({ WorkteamName: name });
    expect(namesOf(await list({ NameContains: 'blue' }))).toEqual(['blue-eu', 'blue-us']);
  });

  test('answers ten teams unless asked for more, and the rest with NextToken', async () => {
    const names = Array.from({ length: 23 }, (_, index) => `t${String(index).padStart(2, '0')}`);
    for (const name of names) await create({ WorkteamName: name });
    const first = await list();
    const second = await list({ NextToken: first.NextToken });
    const third = await list({ NextToken: second.NextToken });
    expect([first, second, third].map((page) => page.Workteams?.length)).toEqual([10, 10, 3]);
    expect([first, second, third].flatMap(namesOf)).toEqual(names);
    expect(third).not.toHaveProperty('NextToken');
    expect(namesOf(await list({ MaxResults: 100 }))).toEqual(names);
    expect(await list({ MaxResults: 23 })).not.toHaveProperty('NextToken');
  });

  test('goes on behind the last team of a page, whatever came or went meanwhile', async () => {
    for (const name of ['b', 'd', 'f']) await create({ WorkteamName: name });
    const first = await list({ SortBy: 'Name', MaxResults: 2 });
    await remove('d');
    await create({ WorkteamName: 'a' });
    await create({ WorkteamName: 'e' });
    expect(namesOf(await list({ SortBy: 'Name', MaxResults: 2, NextToken: first.NextToken }))).toEqual(['e', 'f']);
  });

  test('refuses a token that is foreign or stale', async () => {
    for (const name of ['a', 'b']) await create({ WorkteamName: name });
    const { NextToken } = await list({ MaxResults: 1 });
    const elsewhere = emulator.client({ region: emulator.newRegion() });
    const foreign = [
      list({ NextToken: 'nonsense' }),
      list({ NextToken: `${NextToken}x` }),
      list({ NextToken, SortBy: 'Name' }),
      list({ NextToken, NameContains: 'a' }),
      elsewhere.send(new ListWorkteamsCommand({ NextToken })),
      client.send(new ListWorkforcesCommand({ NextToken })),
    ];
    const failures = await Promise.all(foreign.map(failureOf));
    expect(failures.map(({ name }) => name)).toEqual(foreign.map(() => 'ValidationException'));
    now += 24 * 60 * 60 * 1000;
    expect(namesOf(await list({ NextToken }))).toEqual(['b']);
    now += 1;
    expect(await failureOf(list({ NextToken }))).toMatchObject({ name: 'ValidationException' });
  });
});

describe('tags', () => {
  const tag = (Key: string, Value = '') => ({ Key, Value });
  const addTags = (...Tags: { Key: string; Value: string }[]) =>
    client.send(new AddTagsCommand({ ResourceArn: arnOf('blue'), Tags }));
  const deleteTags = (...TagKeys: string[]) =>
    client.send(new DeleteTagsCommand({ ResourceArn: arnOf('blue'), TagKeys }));
  const listTags = async () => (await client.send(new ListTagsCommand({ ResourceArn: arnOf('blue') }))).Tags;

  test('AddTags adds and overwrites, and answers all; DeleteTags removes what is there', async () => {
    await create({ Tags: [tag('a', '1')] });
    expect((await addTags(tag('b', '2'), tag('a', '3'))).Tags).toEqual([tag('a', '3'), tag('b', '2')]);
    await deleteTags('a', 'not-there');
    expect(await listTags()).toEqual([tag('b', '2')]);
  });

  test('a tag that looks like a member of every object is a tag like any other', async () => {
    await create({ Tags: [tag('__proto__', '1'), tag('constructor', '2')] });
    expect(await listTags()).toEqual([tag('__proto__', '1'), tag('constructor', '2')]);
  });

  test('there are at most 50', async () => {
    await create({ Tags: Array.from({ length: 49 }, (_, index) => tag(`k${index}`)) });
    await addTags(tag('one-more'), tag('k0', 'new'));
    expect(await failureOf(addTags(tag('too-many')))).toMatchObject({ name: 'ValidationException' });
    expect(await listTags()).toHaveLength(50);
  });

  test("AWS's own prefix is refused", async () => {
    await create();
    expect(await failureOf(addTags(tag('aws:x')))).toMatchObject({ name: 'ValidationException' });
    expect(await failureOf(deleteTags('Aws:x'))).toMatchObject({ name: 'ValidationException' });
  });

  test('of a missing team: ValidationException', async () => {
    for (const failure of await Promise.all([listTags(), addTags(tag('a')), deleteTags('a')].map(failureOf))) {
      expect(failure).toMatchObject({ name: 'ValidationException' });
      expect(failure.message).not.toContain('The work team');
    }
  });
});

describe('ListLabelingJobsForWorkteam', () => {
  test('shows the jobs that were put on a team, filtered, sorted and paged', async () => {
    await create();
    for (const [index, JobReferenceCode] of ['job-a', 'job-b', 'other'].entries()) {
      const job = { JobReferenceCode, CreationTime: 1_000 + index, LabelCounters: { PendingHuman: index } };
      emulator.control.putLabelingJob({ region }, 'blue', job);
    }
    const jobs = async (request: object = {}) => {
      const answer = await client.send(
        new ListLabelingJobsForWorkteamCommand({ WorkteamArn: arnOf('blue'), ...request }),
      );
      return { codes: answer.LabelingJobSummaryList?.map((job) => job.JobReferenceCode), token: answer.NextToken };
    };
    expect(await jobs()).toEqual({ codes: ['job-a', 'job-b', 'other'] });
    expect(await jobs({ SortOrder: 'Descending' })).toEqual({ codes: ['other', 'job-b', 'job-a'] });
    expect(await jobs({ JobReferenceCodeContains: 'job' })).toEqual({ codes: ['job-a', 'job-b'] });
    expect(await jobs({ CreationTimeAfter: new Date(1_000_000) })).toEqual({ codes: ['job-b', 'other'] });
    expect(await jobs({ CreationTimeBefore: new Date(1_001_000) })).toEqual({ codes: ['job-a'] });
    const { codes, token } = await jobs({ MaxResults: 2 });
    expect(codes).toEqual(['job-a', 'job-b']);
    expect(await jobs({ MaxResults: 2, NextToken: token })).toEqual({ codes: ['other'] });
  });

  test('of a missing team: ResourceNotFound', async () => {
    const call = client.send(new ListLabelingJobsForWorkteamCommand({ WorkteamArn: arnOf('blue') }));
    expect(await failureOf(call)).toMatchObject({ name: 'ResourceNotFound', status: 400 });
  });
});
