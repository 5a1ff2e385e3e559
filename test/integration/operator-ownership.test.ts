/** A work team that is not ours is never written to, whatever happens to the Workteam that wants its name. */
import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { Place } from '../../dev/sagemaker/control.ts';
import { OWNER_TAG_KEY } from '../../src/workteam/schema.ts';
import { controlPlane } from '../support/control-plane.ts';
import { useEmulator } from '../support/emulator.ts';
import { untilEvent } from '../support/events.ts';
import { awsAt, operations } from '../support/ledger.ts';
import { useOperators } from '../support/operator.ts';
import { oidcMembers, specWith } from '../support/specs.ts';
import { conditionOf, useWorkteams, type Workteams } from '../support/workteams.ts';

vi.setConfig({ maxConcurrency: 20 });

const cluster = controlPlane();
const emulator = useEmulator();
const operators = useOperators(emulator);
const { newNamespace } = useWorkteams();

const place = { region: 'eu-owner-1' };
const aws = awsAt(emulator, place);
let clusterId: string;
let workteams: Workteams;

beforeAll(async () => {
  workteams = await newNamespace('ownership');
  clusterId = await cluster.run(['get', 'namespace', 'kube-system', '-o', 'jsonpath={.metadata.uid}']);
  await operators.start({
    namespaces: [workteams.namespace],
    place,
    flags: ['--resync-interval', '1s', '--aws-requests-per-second', '1000', '--aws-burst', '1000'],
  });
});

/** A team that somebody made an hour ago, with or without an owner tag. */
function foreignTeam(WorkteamName: string, owner?: string, where: Place = place): void {
  const { control } = emulator;
  control.actAsConsole(where, 'CreateWorkteam', {
    WorkteamName,
    Description: 'Made by hand',
    MemberDefinitions: [{ OidcMemberDefinition: { Groups: ['somebody'] } }],
    Tags: [{ Key: 'mine', Value: 'yes' }, ...(owner === undefined ? [] : [{ Key: OWNER_TAG_KEY, Value: owner }])],
  });
  control.editTeam(where, WorkteamName, { CreateDate: Date.now() / 1000 - 3600 });
}

const readyMessage = (name: string) => conditionOf(workteams.get(name), 'Ready')?.message;

interface Foreign {
  readonly title: string;
  readonly name: string;
  /** Evaluated when the test runs. */
  readonly owner: () => string | undefined;
  readonly belongsTo: () => string;
}

const foreign: readonly Foreign[] = [
  {
    title: 'without an owner tag',
    name: 'untagged',
    owner: () => undefined,
    belongsTo: () => 'is not owned by this cluster (it has no owner tag)',
  },
  {
    title: 'of another cluster',
    name: 'elsewhere',
    owner: () => `another-cluster/${workteams.namespace}/elsewhere`,
    belongsTo: () => `is owned by another-cluster/${workteams.namespace}/elsewhere`,
  },
  {
    title: 'of a Workteam of this cluster that does not exist any more',
    name: 'orphan',
    owner: () => `${clusterId}/${workteams.namespace}/long-gone`,
    belongsTo: () => `is owned by ${clusterId}/${workteams.namespace}/long-gone`,
  },
  {
    title: 'with an owner tag that nobody of ours wrote',
    name: 'garbled',
    owner: () => 'whatever',
    belongsTo: () => 'is owned by whatever',
  },
];

describe.concurrent('a team', () => {
  test.for(foreign)('$title: NotOwned; deleting the Workteam releases it', async ({ name, owner, belongsTo }) => {
    foreignTeam(name, owner());
    const before = aws.team(name);

    await workteams.create(name, specWith());
    const refused = await workteams.untilFailed(name, 'NotOwned');
    expect(readyMessage(name)).toContain(`Work team "${name}" exists and ${belongsTo()}. Nothing was changed.`);
    expect(conditionOf(refused, 'Stalled')).toMatchObject({ status: 'True', reason: 'NotOwned' });
    expect(refused.status?.workteamArn).toBeUndefined();

    await workteams.edit(name, { memberDefinitions: oidcMembers('mine-now') });
    await workteams.untilFailed(name, 'NotOwned');

    await workteams.delete(name);
    await workteams.untilGone(name);
    expect(aws.team(name)).toEqual(before);
    expect(aws.writes(name)).toEqual([]);
    expect(await untilEvent(workteams.namespace, name, 'Released')).toMatchObject({
      type: 'Warning',
      note: `Work team "${name}" was not deleted: it ${belongsTo()}.`,
    });
  });

  test('that was ours and lost its owner tag: NotOwned, and not tagged again', async () => {
    await workteams.create('disowned', specWith());
    await workteams.untilReady('disowned');
    const { WorkteamArn: ResourceArn } = aws.team('disowned').workteam;
    emulator.control.editTeam(place, 'disowned', { CreateDate: Date.now() / 1000 - 3600 });
    aws.console('DeleteTags', { ResourceArn, TagKeys: [OWNER_TAG_KEY] });

    await workteams.untilFailed('disowned', 'NotOwned', 45_000);
    expect(operations(aws.writes('disowned'))).toEqual(['CreateWorkteam']);
    await workteams.delete('disowned');
    await workteams.untilGone('disowned');
    expect(aws.has('disowned')).toBe(true);
  });

  test('that another cluster took over is not taken back, nor deleted', async () => {
    await workteams.create('taken', specWith());
    await workteams.untilReady('taken');
    const { WorkteamArn: ResourceArn } = aws.team('taken').workteam;
    aws.console('AddTags', { ResourceArn, Tags: [{ Key: OWNER_TAG_KEY, Value: 'another-cluster/a/b' }] });

    await workteams.untilFailed('taken', 'NotOwned', 45_000);
    expect(readyMessage('taken')).toContain('is owned by another-cluster/a/b');
    await workteams.delete('taken');
    await workteams.untilGone('taken');
    expect(operations(aws.writes('taken'))).toEqual(['CreateWorkteam']);
    expect(aws.has('taken')).toBe(true);
  });
});

describe.concurrent('two Workteams, one name', () => {
  /** What the matter is; what to do about it is no part of this test. */
  const conflict = (team: string, holder: string) =>
    `Work team "${team}" belongs to Workteam ${workteams.namespace}/${holder} of this cluster.`;

  test('the first keeps the team, the second is told who has it', async () => {
    await workteams.create('first', specWith({ workteamName: 'Shared', memberDefinitions: oidcMembers('first') }));
    await workteams.untilReady('first');
    const before = aws.team('Shared');

    await workteams.create('second', specWith({ workteamName: 'Shared', memberDefinitions: oidcMembers('second') }));
    await workteams.untilFailed('second', 'NameConflict');
    expect(readyMessage('second')).toContain(conflict('Shared', 'first'));

    await workteams.delete('second');
    await workteams.untilGone('second');
    expect(aws.team('Shared')).toEqual(before);
    expect(operations(aws.writes('Shared'))).toEqual(['CreateWorkteam']);
  });

  test('the second gets its own team when the first goes', async () => {
    await workteams.create('holder', specWith({ workteamName: 'Handed-on', memberDefinitions: oidcMembers('old') }));
    await workteams.untilReady('holder');
    await workteams.create('heir', specWith({ workteamName: 'Handed-on', memberDefinitions: oidcMembers('new') }));
    await workteams.untilFailed('heir', 'NameConflict');
    expect(readyMessage('heir')).toContain(conflict('Handed-on', 'holder'));

    await workteams.delete('holder');
    await workteams.untilGone('holder');
    // Its own create was refused a moment ago; for 30 s after one an absence may be a delay.
    await workteams.untilReady('heir', 50_000);
    expect(aws.team('Handed-on')).toMatchObject({
      workteam: { MemberDefinitions: [{ OidcMemberDefinition: { Groups: ['new'] } }] },
      tags: { [OWNER_TAG_KEY]: `${clusterId}/${workteams.namespace}/heir` },
    });
    expect(operations(aws.writes('Handed-on'))).toEqual(['CreateWorkteam', 'DeleteWorkteam', 'CreateWorkteam']);
  });

  test('of two that are created at once one gets the team, and the team is never changed', async () => {
    const names = ['twin-a', 'twin-b'];
    await Promise.all(
      names.map((name) => workteams.create(name, specWith({ workteamName: 'Twins', description: name }))),
    );
    const settled = (name: string) =>
      workteams.until(name, (workteam) =>
        ['Synced', 'NameConflict'].includes(conditionOf(workteam, 'Ready')?.reason ?? ''),
      );
    const reasons = (await Promise.all(names.map(settled))).map((it) => conditionOf(it, 'Ready')?.reason);
    expect(reasons.toSorted()).toEqual(['NameConflict', 'Synced']);
    expect(operations(aws.writes('Twins'))).toEqual(['CreateWorkteam']);
    expect(aws.team('Twins').workteam.Description).toBe(names[reasons.indexOf('Synced')]);
  });

  test('of the same name in two regions each has its own', async () => {
    const region = emulator.newRegion();
    await workteams.create('here', specWith({ workteamName: 'Everywhere' }));
    await workteams.create('there', specWith({ workteamName: 'Everywhere', region }));
    await Promise.all(['here', 'there'].map((name) => workteams.untilReady(name)));
    expect(awsAt(emulator, { region }).has('Everywhere')).toBe(true);
    expect(aws.has('Everywhere')).toBe(true);
  });
});
