/** Work teams that are only looked at: what is told of them, and that nothing is written. */
import { beforeAll, describe, expect, test } from 'vitest';
import { FINALIZER, type Workteam } from '../../src/workteam/schema.ts';
import { eventually } from '../support/eventually.ts';
import { cognitoMembers, oidcMembers, specWith } from '../support/specs.ts';
import { conditionsOf, PATIENCE_MS, type Scene, SYNCED, useStage } from '../support/stage.ts';
import { conditionOf, isReady } from '../support/workteams.ts';

const stage = useStage({ prefix: 'observe' });
/** Its resyncs are rare: what a restart changes is not to wait for the sixth. */
const readOnly = useStage({ prefix: 'read-only', resync: '10m' });

const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:work';
const OBSERVE = { managementPolicy: 'Observe' } as const;

/** A spec with everything that can differ in it. */
const FULL = specWith({
  description: 'Labels cats',
  memberDefinitions: oidcMembers('b', 'a'),
  workforceName: 'private-crowd',
  notificationConfiguration: { notificationTopicArn: TOPIC },
  workerAccessConfiguration: { s3Presign: { iamPolicyConstraints: { sourceIp: 'Enabled', vpcSourceIp: 'Disabled' } } },
  tags: { team: 'cats', stage: 'prod' },
});

/** The same as a team in AWS. */
const TEAM = {
  Description: 'Labels cats',
  MemberDefinitions: [{ OidcMemberDefinition: { Groups: ['a', 'b'] } }],
  NotificationConfiguration: { NotificationTopicArn: TOPIC },
  WorkerAccessConfiguration: { S3Presign: { IamPolicyConstraints: { SourceIp: 'Enabled', VpcSourceIp: 'Disabled' } } },
  Tags: [
    { Key: 'team', Value: 'cats' },
    { Key: 'stage', Value: 'prod' },
  ],
};

const OBSERVED = ['Ready True Observed', 'Drifted False AsSpecified'];
const DRIFTED = ['Ready True Observed', 'Drifted True Differs'];

function someonesTeam({ aws }: Scene, WorkteamName: string): void {
  aws.console('CreateWorkteam', { ...TEAM, WorkteamName });
}

/** A team as FULL says, and a Workteam that only looks at it. */
async function observed(scene: Scene, name: string): Promise<void> {
  someonesTeam(scene, name);
  await scene.create(name, { ...FULL, ...OBSERVE });
  expect(conditionsOf(await stage.workteams.untilReady(name, PATIENCE_MS))).toEqual(OBSERVED);
}

const untilDrifted = (name: string, fields: readonly string[]) =>
  stage.workteams.until(name, (workteam) => fieldsOf(workteam).join() === fields.join(), {
    what: `drift of ${fields.join() || 'nothing'}`,
    within: PATIENCE_MS,
  });

const fieldsOf = ({ status }: Workteam) => (status?.drift ?? []).map(({ field }) => field);

const json = (value: unknown) => JSON.stringify(value);

/** One change of the team in AWS each, and the drift that it is. */
const CHANGES: readonly {
  readonly field: string;
  readonly change: (scene: Scene, name: string) => void;
  readonly desired?: string;
  readonly observed?: string;
}[] = [
  {
    field: 'description',
    change: (scene, name) => edit(scene, name, { Description: 'Labels dogs' }),
    desired: json('Labels cats'),
    observed: json('Labels dogs'),
  },
  {
    field: 'memberDefinitions',
    change: (scene, name) =>
      edit(scene, name, { MemberDefinitions: [{ OidcMemberDefinition: { Groups: ['c', 'a'] } }] }),
    desired: json([{ oidcMemberDefinition: { groups: ['a', 'b'] } }]),
    observed: json([{ oidcMemberDefinition: { groups: ['a', 'c'] } }]),
  },
  {
    field: 'notificationConfiguration.notificationTopicArn',
    change: (scene, name) => edit(scene, name, { NotificationConfiguration: null }),
    desired: json(TOPIC),
  },
  {
    field: 'workerAccessConfiguration.s3Presign.iamPolicyConstraints.sourceIp',
    change: (scene, name) => access(scene, name, { SourceIp: 'Disabled', VpcSourceIp: 'Disabled' }),
    desired: json('Enabled'),
    observed: json('Disabled'),
  },
  {
    field: 'workerAccessConfiguration.s3Presign.iamPolicyConstraints.vpcSourceIp',
    change: (scene, name) => access(scene, name, { SourceIp: 'Enabled', VpcSourceIp: 'Enabled' }),
    desired: json('Disabled'),
    observed: json('Enabled'),
  },
  {
    field: 'workforceName',
    change: (scene, name) => {
      edit(scene, name, { WorkforceArn: `arn:aws:sagemaker:${scene.region}:123456789012:workforce/other-crowd` });
    },
    desired: json('private-crowd'),
    observed: json('other-crowd'),
  },
  {
    field: 'tags.team',
    change: (scene, name) => tag(scene, name, 'team', 'dogs'),
    desired: json('cats'),
    observed: json('dogs'),
  },
  { field: 'tags.extra', change: (scene, name) => tag(scene, name, 'extra', ''), observed: json('') },
  {
    field: 'tags.stage',
    change: ({ aws }, name) => {
      aws.console('DeleteTags', { ResourceArn: aws.team(name).workteam.WorkteamArn, TagKeys: ['stage'] });
    },
    desired: json('prod'),
  },
];

type Edit = Parameters<Scene['control']['editTeam']>[2];

function edit({ control, region }: Scene, name: string, changes: Edit): void {
  control.editTeam({ region }, name, changes);
}

function access(scene: Scene, name: string, IamPolicyConstraints: { SourceIp: string; VpcSourceIp: string }): void {
  edit(scene, name, { WorkerAccessConfiguration: { S3Presign: { IamPolicyConstraints } } } as Edit);
}

function tag({ aws }: Scene, name: string, Key: string, Value: string): void {
  aws.console('AddTags', { ResourceArn: aws.team(name).workteam.WorkteamArn, Tags: [{ Key, Value }] });
}

describe('Observe', () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = stage.newScene();
    await Promise.all(CHANGES.map((_, index) => observed(scene, `field-${index}`)));
    for (const [index, { change }] of CHANGES.entries()) change(scene, `field-${index}`);
    // Within six resyncs, the tags too.
    await Promise.all(CHANGES.map(({ field }, index) => untilDrifted(`field-${index}`, [field])));
    await scene.staysAsItIs();
  });

  test.for(CHANGES.map((change, index) => ({ ...change, name: `field-${index}` })))(
    'a change of $field shows in status.drift, and nowhere else',
    ({ field, desired, observed: found, name }) => {
      const workteam = stage.workteams.get(name);
      expect(workteam.status?.drift).toEqual([
        { field, ...(desired !== undefined && { desired }), ...(found !== undefined && { observed: found }) },
      ]);
      expect(conditionsOf(workteam)).toEqual(DRIFTED);
      expect(conditionOf(workteam, 'Drifted')?.message).toContain(field);
      expect(workteam.metadata.finalizers).toBeUndefined();
    },
  );

  test('nothing was written to AWS, nor tried', () => {
    expect(scene.attempts()).toEqual([]);
  });
});

describe.concurrent('over time', () => {
  test('drift that is put right in AWS is drift no more', async () => {
    const scene = stage.newScene();
    await observed(scene, 'righted');
    edit(scene, 'righted', { Description: 'Labels dogs' });
    tag(scene, 'righted', 'extra', 'x');
    await untilDrifted('righted', ['description', 'tags.extra']);
    edit(scene, 'righted', { Description: 'Labels cats' });
    const half = await untilDrifted('righted', ['tags.extra']);
    expect(conditionsOf(half)).toEqual(DRIFTED);
    scene.aws.console('DeleteTags', {
      ResourceArn: scene.aws.team('righted').workteam.WorkteamArn,
      TagKeys: ['extra'],
    });
    expect(conditionsOf(await untilDrifted('righted', []))).toEqual(OBSERVED);
    await scene.staysAsItIs();
    expect(scene.attempts()).toEqual([]);
  });

  test('an edit of the spec is compared, not carried out', async () => {
    const scene = stage.newScene();
    await observed(scene, 'edited');
    await stage.workteams.edit('edited', { description: 'Labels dogs', memberDefinitions: cognitoMembers('a') });
    const workteam = await untilDrifted('edited', ['description', 'memberDefinitions']);
    expect(conditionsOf(workteam)).toEqual(DRIFTED);
    expect(scene.attempts()).toEqual([]);
  });

  test('a team that is not there: stalled, not created; seen when it comes, and when it goes', async () => {
    const scene = stage.newScene();
    await scene.create('coming', { ...FULL, ...OBSERVE });
    const absent = await stage.workteams.untilFailed('coming', 'Observed', PATIENCE_MS);
    expect(conditionsOf(absent)).toEqual(['Ready False Observed', 'Stalled True Observed']);
    expect(conditionOf(absent, 'Ready')?.message).toContain('There is no work team "coming" to observe');
    await scene.staysAsItIs();
    someonesTeam(scene, 'coming');
    expect(conditionsOf(await stage.workteams.untilReady('coming', PATIENCE_MS))).toEqual(OBSERVED);
    scene.aws.console('DeleteWorkteam', { WorkteamName: 'coming' });
    await stage.workteams.untilFailed('coming', 'Observed', PATIENCE_MS);
    expect(scene.attempts()).toEqual([]);
  });

  test("another owner's team is observed like any other, and stays when its Workteam goes", async () => {
    const scene = stage.newScene();
    someonesTeam(scene, 'theirs');
    tag(scene, 'theirs', 'workteams.dev/owner', 'another-cluster/default/theirs');
    await scene.create('theirs', { ...FULL, ...OBSERVE });
    expect(conditionsOf(await stage.workteams.untilReady('theirs', PATIENCE_MS))).toEqual(OBSERVED);
    await stage.workteams.delete('theirs');
    await stage.workteams.untilGone('theirs');
    expect(scene.aws.has('theirs')).toBe(true);
    expect(scene.attempts()).toEqual([]);
  });

  test('from Observe to Manage: taken as the policies say, and repaired', async () => {
    const scene = stage.newScene();
    await observed(scene, 'managed');
    edit(scene, 'managed', { Description: 'Labels dogs', CreateDate: 1_700_000_000 });
    await untilDrifted('managed', ['description']);
    const manage = { managementPolicy: 'Manage', adoptionPolicy: 'IfUnowned', deletionPolicy: 'Retain' };
    const workteam = await scene.editReady('managed', manage);
    expect(conditionsOf(workteam)).toEqual(SYNCED);
    expect(workteam.status?.drift).toBeUndefined();
    expect(workteam.metadata.finalizers).toEqual([FINALIZER]);
    expect(scene.aws.team('managed').workteam.Description).toBe('Labels cats');
    expect(writes(scene)).toEqual(['AddTags', 'UpdateWorkteam']);
    await scene.staysAsItIs();
  });

  test('from Manage to Observe: reported at once, without a finalizer; changes are only reported', async () => {
    const scene = stage.newScene();
    await scene.createReady('released', FULL);
    await stage.workteams.edit('released', OBSERVE);
    const workteam = await stage.workteams.until('released', (it) => isReady(it) && isObserved(it), {
      what: 'Ready, Observed',
    });
    expect(conditionsOf(workteam)).toEqual(OBSERVED);
    expect(workteam.metadata.finalizers).toBeUndefined();
    edit(scene, 'released', { Description: 'Labels dogs' });
    await untilDrifted('released', ['description']);
    expect(scene.attempts()).toEqual(['CreateWorkteam']);
  });
});

const isObserved = (workteam: Workteam) => conditionOf(workteam, 'Ready')?.reason === 'Observed';

/** The writes that were tried, without the create by which a team was found to exist. */
const writes = (scene: Scene) => scene.attempts().filter((attempt) => attempt !== 'CreateWorkteam ResourceInUse');

test('--read-only: managed teams are only observed, keep their finalizer, and are repaired afterwards', async () => {
  const { workteams } = readOnly;
  const scene = readOnly.newScene();
  await scene.createReady('before', FULL);
  await readOnly.restart(['--read-only']);
  const isNow = (reason: string) => (it: Workteam) => isReady(it) && conditionOf(it, 'Ready')?.reason === reason;
  const observing = await workteams.until('before', isNow('Observed'), { what: 'Observed', within: PATIENCE_MS });
  expect(conditionsOf(observing)).toEqual(OBSERVED);
  expect(observing.metadata.finalizers).toEqual([FINALIZER]);

  await scene.create('never-made', FULL);
  const absent = await workteams.untilFailed('never-made', 'Observed', PATIENCE_MS);
  expect(absent.metadata.finalizers).toBeUndefined();
  edit(scene, 'before', { Description: 'Labels dogs' });
  await workteams.edit('before', { tags: { more: 'x' } });
  const drifted = await workteams.until('before', (it) => fieldsOf(it).length === 2, { within: PATIENCE_MS });
  expect(fieldsOf(drifted)).toEqual(['description', 'tags.more']);
  expect(scene.attempts()).toEqual(['CreateWorkteam']);

  await readOnly.restart([]);
  await eventually(() => scene.aws.has('never-made'), { what: 'the team to be created', within: PATIENCE_MS });
  for (const name of ['before', 'never-made']) {
    const workteam = await workteams.until(name, isNow('Synced'), { what: 'Synced', within: PATIENCE_MS });
    expect(conditionsOf(workteam)).toEqual(SYNCED);
    expect(workteam.status?.drift).toBeUndefined();
    expect(workteam.metadata.finalizers).toEqual([FINALIZER]);
  }
  expect(scene.aws.team('before').workteam.Description).toBe('Labels cats');
  expect(scene.attempts('before')).toEqual(['CreateWorkteam', 'UpdateWorkteam', 'AddTags']);
  expect(scene.attempts('never-made')).toEqual(['CreateWorkteam']);
});
