/**
 * Work teams that were there before their Workteam: who may take which, what is written meanwhile, and how a team is let go
 * and found again.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import type { TeamSnapshot } from '../../dev/sagemaker/control.ts';
import { OWNER_TAG_KEY, type Workteam, type WorkteamSpec } from '../../src/workteam/schema.ts';
import { controlPlane } from '../support/control-plane.ts';
import { eventsOf, untilEvent } from '../support/events.ts';
import { eventually } from '../support/eventually.ts';
import { foreignTags, groupsOf } from '../support/ledger.ts';
import { oidcMembers, specWith } from '../support/specs.ts';
import { conditionsOf, PATIENCE_MS, type Scene, type Stage, SYNCED, useStage } from '../support/stage.ts';
import { conditionOf } from '../support/workteams.ts';

const cluster = controlPlane();
const stages = {
  'without --allow-takeover': useStage({ prefix: 'adoption' }),
  'with --allow-takeover': useStage({ prefix: 'takeover', flags: ['--allow-takeover'] }),
};
const taking = stages['with --allow-takeover'];
const returning = useStage({ prefix: 'taken-back', flags: ['--allow-takeover'] });
const rebuilt = useStage({ prefix: 'rebuilt', flags: ['--cluster-id', 'prod-eu'] });

const ANOTHER_CLUSTER = 'another-cluster/default/labelers';

/** What is asked of Workteams here: something else than what the teams are, so that there is something to repair. */
const SPEC = specWith({ description: 'Ours', memberDefinitions: oidcMembers('ours'), tags: { team: 'ours' } });

type Policy = NonNullable<WorkteamSpec['adoptionPolicy']>;

/** The parts of a spec that say what may be taken, and that it stays when the Workteam goes. */
const policy = (adoptionPolicy: Policy) => ({ adoptionPolicy, deletionPolicy: 'Retain' as const });

/** A team that somebody made an hour ago, in the console or with another tool. */
function someonesTeam({ aws, control, region }: Scene, name: string, ownerTag?: string): void {
  const tags = { madeBy: 'hand', ...(ownerTag !== undefined && { [OWNER_TAG_KEY]: ownerTag }) };
  aws.console('CreateWorkteam', {
    WorkteamName: name,
    Description: 'Theirs',
    MemberDefinitions: [{ OidcMemberDefinition: { Groups: ['theirs'] } }],
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  });
  control.editTeam({ region }, name, { CreateDate: Math.floor(Date.now() / 1000) - 3_600 });
}

let clusterId = '';

beforeAll(async () => {
  clusterId = await cluster.run(['get', 'namespace', 'kube-system', '-o', 'jsonpath={.metadata.uid}']);
});

/** What happened to a team, without the create by which it was found to exist. */
const writesAfterFinding = (scene: Scene, name: string) =>
  scene.attempts(name).filter((attempt) => attempt !== 'CreateWorkteam ResourceInUse');

const ownerOf = (scene: Scene, name: string) => scene.aws.team(name).tags[OWNER_TAG_KEY];

const OWNERS = ['nobody', 'another cluster', 'a dead sibling', 'a living sibling'] as const;

/** The whole rule: the reason that Ready comes to have. */
const OUTCOMES: Readonly<Record<keyof typeof stages, Record<Policy, Record<(typeof OWNERS)[number], string>>>> = {
  'without --allow-takeover': {
    Never: {
      nobody: 'NotOwned',
      'another cluster': 'NotOwned',
      'a dead sibling': 'NotOwned',
      'a living sibling': 'NameConflict',
    },
    IfUnowned: {
      nobody: 'Synced',
      'another cluster': 'NotOwned',
      'a dead sibling': 'NotOwned',
      'a living sibling': 'NameConflict',
    },
    Always: {
      nobody: 'Synced',
      'another cluster': 'NotOwned',
      'a dead sibling': 'NotOwned',
      'a living sibling': 'NameConflict',
    },
  },
  'with --allow-takeover': {
    Never: {
      nobody: 'NotOwned',
      'another cluster': 'NotOwned',
      'a dead sibling': 'NotOwned',
      'a living sibling': 'NameConflict',
    },
    IfUnowned: {
      nobody: 'Synced',
      'another cluster': 'NotOwned',
      'a dead sibling': 'NotOwned',
      'a living sibling': 'NameConflict',
    },
    Always: {
      nobody: 'Synced',
      'another cluster': 'Synced',
      'a dead sibling': 'Synced',
      'a living sibling': 'NameConflict',
    },
  },
};

interface Row {
  readonly takeover: keyof typeof stages;
  readonly adoptionPolicy: Policy;
  readonly owner: (typeof OWNERS)[number];
  /** The reason that Ready comes to have. */
  readonly outcome: string;
}

const rows: Row[] = (Object.keys(stages) as (keyof typeof stages)[]).flatMap((takeover) =>
  (['Never', 'IfUnowned', 'Always'] as const).flatMap((adoptionPolicy) =>
    OWNERS.map((owner) => ({ takeover, adoptionPolicy, owner, outcome: OUTCOMES[takeover][adoptionPolicy][owner] })),
  ),
);

describe('a team that exists already', () => {
  const scenes = new Map<Stage, Scene>();
  const before = new Map<string, TeamSnapshot>();

  beforeAll(async () => {
    for (const stage of Object.values(stages)) scenes.set(stage, stage.newScene());
    await Promise.all(rows.map((row) => setUp(row)));
    await Promise.all(rows.map((row) => comesTo(row)));
    await Promise.all([...scenes.values()].map((scene) => scene.staysAsItIs()));
  });

  /** The team, then the Workteam that wants it. */
  async function setUp(row: Row): Promise<void> {
    const { stage, scene, name } = placeOf(row);
    const sibling = `sibling-of-${name}`;
    // Suspended, and alive all the same.
    if (row.owner === 'a living sibling') await scene.create(sibling, { ...SPEC, workteamName: name, suspend: true });
    const siblingTag = `${clusterId}/${stage.workteams.namespace}/${sibling}`;
    const ownerTags: Record<Row['owner'], string | undefined> = {
      nobody: undefined,
      'another cluster': ANOTHER_CLUSTER,
      'a dead sibling': siblingTag,
      'a living sibling': siblingTag,
    };
    someonesTeam(scene, name, ownerTags[row.owner]);
    before.set(`${stage.workteams.namespace}/${name}`, scene.aws.team(name));
    await scene.create(name, { ...SPEC, ...policy(row.adoptionPolicy) });
  }

  function comesTo(row: Row): Promise<Workteam> {
    const { stage, name } = placeOf(row);
    if (row.outcome === 'Synced') return stage.workteams.untilReady(name, PATIENCE_MS);
    return stage.workteams.untilFailed(name, row.outcome, PATIENCE_MS);
  }

  function placeOf({ takeover, adoptionPolicy, owner }: Row) {
    const stage = stages[takeover];
    const scene = scenes.get(stage) ?? stage.newScene();
    return { stage, scene, name: `${adoptionPolicy}-${OWNERS.indexOf(owner)}`.toLowerCase() };
  }

  const taken = rows.filter(({ outcome }) => outcome === 'Synced');
  const left = rows.filter(({ outcome }) => outcome !== 'Synced');

  test.for(taken)(
    '$takeover, $adoptionPolicy, owned by $owner: taken in one pass, repaired in the next',
    async (row) => {
      const { stage, scene, name } = placeOf(row);
      const { workteams, operator } = stage;
      const key = `${workteams.namespace}/${name}`;
      const tag = `${clusterId}/${key}`;
      const team = scene.aws.team(name);
      expect(conditionsOf(workteams.get(name))).toEqual(SYNCED);
      expect(team.workteam.Description).toBe('Ours');
      expect(groupsOf(team)).toEqual(['ours']);
      expect(team.tags).toEqual({ team: 'ours', [OWNER_TAG_KEY]: tag });
      expect(writesAfterFinding(scene, name)).toEqual(['AddTags', 'UpdateWorkteam', 'DeleteTags', 'AddTags']);
      const [adoption] = scene.aws.calls(name).filter(({ operation }) => operation === 'AddTags');
      expect(adoption?.parameters).toMatchObject({ Tags: [{ Key: OWNER_TAG_KEY, Value: tag }] });
      const log = operator.log().filter(({ workteam }) => workteam === key);
      const writes = log.filter(({ msg }) => msg === 'wrote to AWS');
      expect(writes.map(({ action }) => action)).toEqual(['adopt', 'update', 'removeTags', 'addTags']);
      expect(writes.map(({ reconcileId }) => reconcileId === writes[0]?.reconcileId)).toEqual([
        true,
        false,
        false,
        false,
      ]);
      // What was taken from whom, in an event and in the log.
      const from = before.get(key)?.tags[OWNER_TAG_KEY];
      const note = `Took work team "${name}" over; ${from === undefined ? 'it had no owner' : `it was owned by ${from}`}.`;
      const event = await untilEvent(workteams.namespace, name, 'Adopted');
      expect(event).toMatchObject({ type: 'Normal', count: 1, note });
      expect(log.find(({ reason }) => reason === 'Adopted')?.detail).toBe(note);
    },
  );

  test.for(left)('$takeover, $adoptionPolicy, owned by $owner: $outcome, and not touched', (row) => {
    const { stage, scene, name } = placeOf(row);
    const { namespace } = stage.workteams;
    const workteam = stage.workteams.get(name);
    expect(conditionsOf(workteam)).toEqual([`Ready False ${row.outcome}`, `Stalled True ${row.outcome}`]);
    expect(scene.aws.team(name)).toEqual(before.get(`${namespace}/${name}`));
    expect(writesAfterFinding(scene, name)).toEqual([]);
    // Whose it is, or else what to do about that it is nobody's.
    const says: Record<Row['owner'], string> = {
      nobody: 'Set spec.adoptionPolicy to IfUnowned',
      'another cluster': `is owned by ${ANOTHER_CLUSTER}`,
      'a dead sibling': `/${namespace}/sibling-of-${name}`,
      'a living sibling': `belongs to Workteam ${namespace}/sibling-of-${name}`,
    };
    expect(conditionOf(workteam, 'Ready')?.message).toContain(says[row.owner]);
  });
});

describe.concurrent('later', () => {
  test('a policy that is changed is followed', async () => {
    const scene = taking.newScene();
    someonesTeam(scene, 'unowned');
    someonesTeam(scene, 'foreign', ANOTHER_CLUSTER);
    for (const name of ['unowned', 'foreign']) {
      await scene.create(name, SPEC);
      await taking.workteams.untilFailed(name, 'NotOwned', PATIENCE_MS);
    }
    await scene.editReady('unowned', policy('IfUnowned'));
    await scene.editFailed('foreign', policy('IfUnowned'), 'NotOwned');
    await scene.editReady('foreign', policy('Always'));
    for (const name of ['unowned', 'foreign']) {
      expect(writesAfterFinding(scene, name)).toEqual(['AddTags', 'UpdateWorkteam', 'DeleteTags', 'AddTags']);
    }
    await scene.staysAsItIs();
  });

  test('a team that its owner takes back stays theirs, until somebody here says otherwise', async () => {
    const scene = returning.newScene();
    const { workteams } = returning;
    const name = 'taken-back';
    const takeBack = async () => {
      const ResourceArn = scene.aws.team(name).workteam.WorkteamArn;
      scene.aws.console('AddTags', { ResourceArn, Tags: [{ Key: OWNER_TAG_KEY, Value: ANOTHER_CLUSTER }] });
      const writes = scene.attempts(name);
      const workteam = await workteams.untilFailed(name, 'NotOwned', PATIENCE_MS);
      expect(conditionsOf(workteam)).toEqual(['Ready False NotOwned', 'Stalled True NotOwned']);
      await scene.lookAgain(name);
      await scene.staysAsItIs();
      expect(scene.attempts(name)).toEqual(writes);
      expect(ownerOf(scene, name)).toBe(ANOTHER_CLUSTER);
    };
    someonesTeam(scene, name, ANOTHER_CLUSTER);
    await scene.createReady(name, { ...SPEC, ...policy('Always') });
    // A process takes another owner's tag for a late read right after it wrote its own; a new one has only the status.
    await returning.restart();
    await takeBack();
    await workteams.annotate(name, { 'workteams.dev/requestedAt': 'settled with them' });
    await workteams.untilReady(name, PATIENCE_MS);
    expect(ownerOf(scene, name)).toContain(`/${name}`);
    await returning.restart();
    // This time it has seen that the team is ours.
    await scene.lookAgain(name);
    await takeBack();
    await scene.editReady(name, { description: 'Ours for good' });
    expect(ownerOf(scene, name)).toContain(`/${name}`);
  });

  test('an owner tag that somebody removed: NotOwned under Never, adopted again under IfUnowned', async () => {
    const scene = taking.newScene();
    await scene.createReady('never', SPEC);
    await scene.createReady('if-unowned', { ...SPEC, ...policy('IfUnowned') });
    const seen = taking.workteams.history('if-unowned').length;
    for (const name of ['never', 'if-unowned']) {
      const ResourceArn = scene.aws.team(name).workteam.WorkteamArn;
      scene.control.editTeam({ region: scene.region }, name, { CreateDate: Math.floor(Date.now() / 1000) - 3_600 });
      scene.aws.console('DeleteTags', { ResourceArn, TagKeys: [OWNER_TAG_KEY] });
    }
    await taking.workteams.untilFailed('never', 'NotOwned', PATIENCE_MS);
    const adopting = () =>
      taking.workteams
        .history('if-unowned')
        .slice(seen)
        .some(({ workteam }) => isProgressing(workteam));
    await eventually(adopting, { what: 'it to be adopted again', within: PATIENCE_MS });
    await taking.workteams.untilReady('if-unowned', PATIENCE_MS);
    expect(scene.attempts('never')).toEqual(['CreateWorkteam']);
    expect(scene.attempts('if-unowned')).toEqual(['CreateWorkteam', 'AddTags']);
    await scene.staysAsItIs();
  });

  test('Retain: the team stays without our tag, and another Workteam may take it', async () => {
    const scene = taking.newScene();
    const { workteams } = taking;
    const spec = { ...SPEC, workteamName: 'Retained' };
    await scene.createReady('first', { ...spec, deletionPolicy: 'Retain' });
    scene.control.editTeam({ region: scene.region }, 'Retained', { CreateDate: Math.floor(Date.now() / 1000) - 3_600 });
    await workteams.delete('first');
    await workteams.untilGone('first', PATIENCE_MS);
    expect(scene.aws.team('Retained').tags).toEqual({ team: 'ours' });
    expect(scene.attempts()).toEqual(['CreateWorkteam', 'DeleteTags']);
    expect(scene.parametersOf('DeleteTags')).toMatchObject([{ TagKeys: [OWNER_TAG_KEY] }]);
    expect(await untilEvent(workteams.namespace, 'first', 'Released')).toMatchObject({ type: 'Normal', count: 1 });

    await scene.createReady('second', { ...spec, ...policy('IfUnowned') });
    expect(foreignTags(scene.aws.team('Retained'))).toEqual({ team: 'ours' });
    expect(ownerOf(scene, 'Retained')).toContain('/second');
    expect(writesAfterFinding(scene, 'Retained')).toEqual(['CreateWorkteam', 'DeleteTags', 'AddTags']);
    await scene.staysAsItIs();
  });

  test('a rebuilt cluster with the same --cluster-id has its teams back without touching them', async () => {
    const scene = rebuilt.newScene();
    const { workteams } = rebuilt;
    const names = ['cats', 'dogs', 'birds'];
    for (const name of names) await scene.createReady(name, SPEC);
    expect(ownerOf(scene, 'cats')).toBe(`prod-eu/${workteams.namespace}/cats`);
    const teams = names.map((name) => scene.aws.team(name));
    const uids = names.map((name) => workteams.get(name).metadata.uid);
    await rebuilt.operator.stop();
    await wipe(workteams.namespace, names);
    for (const name of names) await workteams.untilGone(name);
    const writes = scene.aws.writes().length;

    for (const name of names) await scene.create(name, SPEC);
    await rebuilt.restart();
    for (const [index, name] of names.entries()) {
      const workteam = await workteams.untilReady(name, PATIENCE_MS);
      expect(conditionsOf(workteam)).toEqual(SYNCED);
      expect(workteam.metadata.uid).not.toBe(uids[index]);
      expect((await eventsOf(workteams.namespace, name)).map(({ reason }) => reason)).toEqual(['Created']);
    }
    await scene.staysAsItIs();
    expect(names.map((name) => scene.aws.team(name))).toEqual(teams);
    expect(scene.aws.writes()).toHaveLength(writes);
  });
});

function isProgressing(workteam: Workteam): boolean {
  return conditionOf(workteam, 'Ready')?.reason === 'Progressing';
}

/** Makes objects vanish as a lost etcd does: nobody is asked. */
async function wipe(namespace: string, names: readonly string[]): Promise<void> {
  const patch = JSON.stringify({ metadata: { finalizers: null } });
  for (const name of names) {
    await cluster.run(['patch', 'workteam', name, '--namespace', namespace, '--type=merge', '--patch', patch]);
  }
  await cluster.run(['delete', 'workteam', ...names, '--namespace', namespace]);
}
