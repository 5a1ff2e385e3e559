/** A work team of that name is somebody else's: it is never touched, in whatever way the Workteam wants it, or goes. */
import { beforeAll, expect, vi } from 'vitest';
import { PATIENCE_MS, type Scene, type Stage, useStage } from '../support/stage.ts';
import { conditionOf } from '../support/workteams.ts';
import {
  attemptsOn,
  clusterId,
  createOwner,
  makeForeign,
  mayTake,
  OWNERS,
  type Owner,
  POLICIES,
  type Policy,
  readyMessage,
  reasonFor,
  TEAM,
  wanting,
} from './harness/foreign-teams.ts';
import { faultPoints, type Point } from './harness/points.ts';

vi.setConfig({ maxConcurrency: 10 });

const stages = {
  'without --allow-takeover': useStage({ prefix: 'foreign' }),
  'with --allow-takeover': useStage({ prefix: 'foreign-takeover', flags: ['--allow-takeover'] }),
};
type Takeover = keyof typeof stages;

interface Case {
  readonly takeover: Takeover;
  readonly owner: Owner;
  readonly policy: Policy;
  readonly managementPolicy: 'Manage' | 'Observe';
  readonly deletionPolicy: 'Delete' | 'Retain';
}

let cluster = '';
beforeAll(async () => {
  cluster = await clusterId();
});

const cases = (Object.keys(stages) as Takeover[]).flatMap((takeover) =>
  OWNERS.flatMap((owner) =>
    POLICIES.flatMap((policy) =>
      (['Manage', 'Observe'] as const).flatMap((managementPolicy) =>
        (['Delete', 'Retain'] as const).map((deletionPolicy) => {
          return { takeover, owner, policy, managementPolicy, deletionPolicy };
        }),
      ),
    ),
  ),
);

/** The others are adoptions. */
const refused = cases.filter(
  ({ takeover, owner, policy, managementPolicy }) =>
    managementPolicy === 'Observe' || !mayTake(owner, policy, takeover === 'with --allow-takeover'),
);

const sampled: readonly Partial<Case>[] = [
  { owner: 'nobody', policy: 'Never', managementPolicy: 'Manage', deletionPolicy: 'Delete' },
  { owner: 'another cluster', policy: 'Always', managementPolicy: 'Observe', deletionPolicy: 'Delete' },
  { owner: 'another object, which is there', policy: 'Always', managementPolicy: 'Manage', deletionPolicy: 'Delete' },
];

const points = refused.map((given, index): Point => {
  const { takeover, owner, policy, managementPolicy, deletionPolicy } = given;
  return {
    title: `${managementPolicy}, ${policy}, ${deletionPolicy}, ${takeover}: a team of ${owner}`,
    sampled: sampled.some((some) => isLike(given, some)),
    play: () => play(given, stages[takeover], `wants-${index}`),
  };
});

function isLike(given: Case, some: Partial<Case>): boolean {
  return (Object.keys(some) as (keyof Case)[]).every((key) => given[key] === some[key]);
}

faultPoints(4, points, { concurrent: true });

async function play(given: Case, stage: Stage, name: string): Promise<void> {
  const { workteams, emulator } = stage;
  const { owner, policy, managementPolicy, deletionPolicy } = given;
  const scene = stage.newScene();
  const { aws, region } = scene;
  const other = `other-of-${name}`;
  await createOwner({ workteams, region }, owner, other);
  const { says } = makeForeign({ workteams, emulator, region }, owner, { cluster, other, old: true });
  const before = aws.team(TEAM);
  await scene.create(name, wanting(policy, { managementPolicy, deletionPolicy }));
  await expectSaid(given, stage, name, says);
  await workteams.edit(name, { description: 'Edited', tags: { team: 'ours', more: 'of it' } });
  await expectSaid(given, stage, name, says);
  await scene.staysAsItIs();
  expect(aws.team(TEAM)).toEqual(before);

  await workteams.delete(name);
  await workteams.untilGone(name, PATIENCE_MS);
  if (managementPolicy === 'Manage') await expectReleased(stage, name);
  expectUntouched(scene, before);
}

/** The reason, and whose the team is. */
async function expectSaid({ owner, managementPolicy }: Case, { workteams }: Stage, name: string, says: string) {
  if (managementPolicy === 'Observe') {
    const workteam = await workteams.untilReady(name, PATIENCE_MS);
    expect(conditionOf(workteam, 'Ready')?.reason).toBe('Observed');
    expect(conditionOf(workteam, 'Drifted')?.status).toBe('True');
    return;
  }
  const reason = reasonFor(owner);
  const workteam = await workteams.untilFailed(name, reason, PATIENCE_MS);
  expect(readyMessage(workteams, name)).toContain(says);
  expect(conditionOf(workteam, 'Stalled')).toMatchObject({ status: 'True', reason });
  expect(workteam.status?.workteamArn).toBeUndefined();
}

async function expectReleased({ operator, workteams }: Stage, name: string): Promise<void> {
  const key = `${workteams.namespace}/${name}`;
  const line = await operator.logged(
    'that it let go',
    ({ workteam, reason }) => workteam === key && reason === 'Released',
  );
  expect(line.level).toBe('warn');
  expect(line.detail).toContain(`Work team "${TEAM}" was not deleted`);
}

function expectUntouched({ aws }: Scene, before: unknown): void {
  expect(aws.team(TEAM)).toEqual(before);
  expect(attemptsOn(aws)).toEqual([]);
}
