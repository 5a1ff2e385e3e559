/** What is changed in AWS behind the operator's back is put right at the next resync; what the spec leaves out is let be. */
import { isDeepStrictEqual } from 'node:util';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { TeamSnapshot } from '../../dev/sagemaker/control.ts';
import type { WorkteamSpec } from '../../src/workteam/schema.ts';
import { useEmulator } from '../support/emulator.ts';
import { eventsOf, untilEvent } from '../support/events.ts';
import { eventually } from '../support/eventually.ts';
import { awsAt, operations } from '../support/ledger.ts';
import { useOperators } from '../support/operator.ts';
import { oidcMembers, specWith } from '../support/specs.ts';
import { isReady, useWorkteams, type Workteams } from '../support/workteams.ts';

vi.setConfig({ maxConcurrency: 20 });

const emulator = useEmulator();
const operators = useOperators(emulator);
const { newNamespace } = useWorkteams();

const place = { region: 'eu-drift-1' };
const aws = awsAt(emulator, place);
const flags = [
  ...['--resync-interval', '1s', '--aws-requests-per-second', '1000', '--aws-burst', '1000'],
  ...['--ignore-tag-keys', 'billing', '--ignore-tag-keys', 'corp:*'],
];
let workteams: Workteams;

beforeAll(async () => {
  workteams = await newNamespace('drift');
  emulator.control.setup({ ...place, quota: 100 });
  await operators.start({ namespaces: [workteams.namespace], place, flags });
});

/** Creates a Workteam and waits until it is Ready; returns its team. */
async function settledTeam(name: string, spec: WorkteamSpec): Promise<TeamSnapshot> {
  await workteams.create(name, spec);
  await workteams.untilReady(name);
  return aws.team(name);
}

/** All of a team but when it was last changed. */
function content({ workteam, tags }: TeamSnapshot) {
  const { LastUpdatedDate: _date, ...rest } = workteam;
  return { ...rest, tags };
}

/** A change that somebody makes in the console. */
interface Drift {
  readonly title: string;
  readonly operation: string;
  readonly parameters: (arn: string, name: string) => object;
}

const update = (title: string, changes: object): Drift => ({
  title,
  operation: 'UpdateWorkteam',
  parameters: (_arn, WorkteamName) => ({ WorkteamName, ...changes }),
});
const addTags = (title: string, tags: Readonly<Record<string, string>>): Drift => ({
  title,
  operation: 'AddTags',
  parameters: (ResourceArn) => ({ ResourceArn, Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }),
});
const removeTag = (title: string, key: string): Drift => ({
  title,
  operation: 'DeleteTags',
  parameters: (ResourceArn) => ({ ResourceArn, TagKeys: [key] }),
});

const members = (...Groups: string[]) => ({ MemberDefinitions: [{ OidcMemberDefinition: { Groups } }] });
const topic = (name: string) => ({ NotificationTopicArn: `arn:aws:sns:eu-west-1:111122223333:${name}` });
const access = (constraints: object) => ({
  WorkerAccessConfiguration: { S3Presign: { IamPolicyConstraints: constraints } },
});

const spec = specWith({
  memberDefinitions: oidcMembers('a', 'b'),
  notificationConfiguration: { notificationTopicArn: topic('work').NotificationTopicArn },
  workerAccessConfiguration: { s3Presign: { iamPolicyConstraints: { sourceIp: 'Enabled' } } },
  tags: { team: 'perception', 'cost-center': '4711' },
});

describe.concurrent('is repaired', () => {
  const drifts = [
    update('a group is added', members('a', 'b', 'intruder')),
    update('a group is removed', members('b')),
    update('all groups are replaced', members('x', 'y')),
    update('another description', { Description: 'Somebody else was here' }),
    update('another topic', { NotificationConfiguration: topic('other') }),
    update('no topic', { NotificationConfiguration: {} }),
    update('files open from anywhere', access({ SourceIp: 'Disabled' })),
    addTags('a tag is added', { intruder: '' }),
    addTags('a tag is changed', { team: 'other' }),
    removeTag('a tag is removed', 'cost-center'),
  ];

  test.for(drifts.map((drift, index) => ({ ...drift, name: `repaired-${index}` })))('$title', async (drift) => {
    const { name, operation, parameters } = drift;
    const before = await settledTeam(name, spec);
    aws.console(operation, parameters(before.workteam.WorkteamArn, name));
    expect(content(aws.team(name)), 'the drift').not.toEqual(content(before));

    await eventually(() => isDeepStrictEqual(content(aws.team(name)), content(before)), { what: 'the repair' });
    await untilEvent(workteams.namespace, name, 'DriftRepaired');
    expect((await eventsOf(workteams.namespace, name)).map(({ reason }) => reason)).not.toContain('Updated');
    const reported = workteams.history(name).filter(({ workteam }) => workteam.status?.conditions !== undefined);
    expect(reported.map(({ workteam }) => isReady(workteam))).not.toContain(false);
  });

  test('the team is deleted: it is created again, with a warning', async () => {
    const own = await newNamespace('drift');
    const region = emulator.newRegion();
    const there = awsAt(emulator, { region });
    const run = () => operators.start({ namespaces: [own.namespace], place: { region }, flags });
    const first = await run();
    await own.create('deleted', spec);
    await own.untilReady('deleted');
    const before = there.team('deleted');
    await first.stop();
    // For a while whoever sent the create takes an absence for a delay; another process does not.
    await using _second = await run();
    there.console('DeleteWorkteam', { WorkteamName: 'deleted' });

    const again = await eventually(() => there.has('deleted') && there.team('deleted'), { what: 'the team' });
    const { CreateDate: _then, ...expected } = content(before);
    expect(content(again)).toMatchObject(expected);
    expect(await untilEvent(own.namespace, 'deleted', 'Recreated')).toMatchObject({ type: 'Warning' });
    await own.untilReady('deleted');
  });
});

describe.concurrent('is let be', () => {
  const drifts = [
    update('access settings that the spec leaves out', access({ VpcSourceIp: 'Enabled' })),
    addTags('tags that the operator was told to ignore', { billing: '1', 'corp:owner': 'somebody' }),
    update('the order of groups, and how they are spread', {
      MemberDefinitions: [{ OidcMemberDefinition: { Groups: ['b'] } }, { OidcMemberDefinition: { Groups: ['a'] } }],
    }),
  ];

  test.for(drifts.map((drift, index) => ({ ...drift, name: `left-${index}` })))('$title', async (drift) => {
    const { name, operation, parameters } = drift;
    const before = await settledTeam(name, specWith({ memberDefinitions: oidcMembers('a', 'b'), tags: { a: 'b' } }));
    aws.console(operation, parameters(before.workteam.WorkteamArn, name));
    const drifted = content(aws.team(name));
    expect(drifted).not.toEqual(content(before));

    const calls = aws.calls().length;
    const resynced = () => {
      const since = aws.calls().slice(calls);
      const sweeps = operations(since).filter((each) => each === 'ListWorkteams').length;
      return sweeps >= 2 && since.some((call) => call.operation === 'ListTags' && call.workteamName === name);
    };
    await eventually(resynced, { what: 'two sweeps and a reading of its tags', within: 30_000 });
    expect(content(aws.team(name))).toEqual(drifted);
    expect(operations(aws.writes(name))).toEqual(['CreateWorkteam']);
  });
});
