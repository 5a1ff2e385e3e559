/** The quota of work teams is used up: it is said so, tried again slowly, and healed when there is room, in whatever way. */
import { expect, vi } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { operations } from '../support/ledger.ts';
import { specWith } from '../support/specs.ts';
import { conditionsOf, PATIENCE_MS, type Scene, type Stage, SYNCED, useStage } from '../support/stage.ts';
import { conditionOf, type Workteams } from '../support/workteams.ts';
import { faultPoints, type Note, type Point } from './harness/points.ts';

vi.setConfig({ maxConcurrency: 20, testTimeout: 300_000 });

/** The second pause after a refusal is 30 to 60 s. */
const HEALED_WITHIN_MS = 120_000;
/** What tells a slow retry from a quick one: the first pause is 15 to 30 s. */
const SLOW_MS = 14_000;

const stages = {
  afterName: useStage({ prefix: 'quota', resync: '5s', emulator: { switches: { quotaCheck: 'afterName' } } }),
  beforeName: useStage({ prefix: 'quota', resync: '5s', emulator: { switches: { quotaCheck: 'beforeName' } } }),
};

const REFUSED = ['Ready False QuotaExceeded', 'Reconciling True ProgressingWithRetry'];

/** The ways to make room for one team where there is `mine`, a Workteam's, and `theirs`. */
const ways: Readonly<Record<string, (scene: Scene, workteams: Workteams, mine: string) => Promise<void> | void>> = {
  'somebody deletes a team in the console': ({ aws }) => aws.console('DeleteWorkteam', { WorkteamName: 'theirs' }),
  'a Workteam of ours is deleted': (_scene, workteams, mine) => workteams.delete(mine),
  'the quota is raised': ({ control, region }) => control.setup({ region, quota: 3 }),
};

let named = 0;

async function untilRoom(stage: Stage, makeRoom: (typeof ways)[string], waiting: number, note: Note): Promise<void> {
  const { workteams } = stage;
  const scene = stage.newScene();
  const { aws, control, region } = scene;
  control.setup({ region, quota: 2 });
  const mine = `mine-${named}`;
  const names = Array.from({ length: waiting }, (_, index) => `waiting-${named}-${index}`);
  named += 1;
  makeTheirs(scene, 'theirs');
  await scene.createReady(mine, specWith());
  for (const name of names) await scene.create(name, specWith());
  for (const name of names) {
    const refused = await workteams.untilFailed(name, 'QuotaExceeded', PATIENCE_MS);
    expect(conditionsOf(refused)).toEqual(REFUSED);
    expect(conditionOf(refused, 'Ready')?.message).toContain(
      "CreateWorkteam was refused because a quota of this account and region is used up: The account-level service limit 'Number of work teams' is 2 Workteams",
    );
  }
  await makeRoom(scene, workteams, mine);
  const began = performance.now();
  const ready = () => names.filter((name) => conditionsOf(workteams.get(name)).join() === SYNCED.join());
  await eventually(() => ready().length > 0, { what: 'one of them to be Ready', within: HEALED_WITHIN_MS });
  note.settled(performance.now() - began);
  for (const name of names) expectSlow(scene, name);
  const created = operations(aws.writes()).filter((operation) => operation === 'CreateWorkteam');
  expect(created).toHaveLength(2);
  // There was room for one.
  expect(ready()).toHaveLength(1);
  for (const name of names.filter((other) => !ready().includes(other))) {
    expect(conditionsOf(workteams.get(name))).toEqual(REFUSED);
  }
}

function makeTheirs({ aws }: Scene, WorkteamName: string): void {
  const MemberDefinitions = [{ OidcMemberDefinition: { Groups: ['somebody'] } }];
  aws.console('CreateWorkteam', { WorkteamName, Description: 'Made by hand', MemberDefinitions });
}

/** Between two tries to create the team there is a long pause. */
function expectSlow({ aws }: Scene, name: string): void {
  const times = aws
    .calls(name)
    .flatMap(({ operation, time }) => (operation === 'CreateWorkteam' ? Date.parse(time) : []));
  for (const [index, time] of times.entries()) {
    const before = times[index - 1];
    if (before !== undefined) expect(time - before).toBeGreaterThan(SLOW_MS);
  }
}

/** The quota hides that the name is taken; it is found out, and that is what is said. */
async function nameTaken(stage: Stage): Promise<void> {
  const scene = stage.newScene();
  const { control, region, aws } = scene;
  control.setup({ region, quota: 1 });
  const name = `taken-${named++}`;
  makeTheirs(scene, name);
  control.editTeam({ region }, name, { CreateDate: Date.now() / 1000 - 3_600 });
  await scene.create(name, specWith());
  await stage.workteams.untilFailed(name, 'NotOwned', PATIENCE_MS);
  expect(aws.writes()).toEqual([]);
}

const points = Object.entries(stages).flatMap(([check, stage]): Point[] => [
  ...Object.entries(ways).flatMap(([way, makeRoom]) =>
    [1, 3].map((waiting) => ({
      title: `${waiting} waiting until ${way}, and the quota is checked ${check === 'afterName' ? 'after' : 'before'} the name`,
      play: (note: Note) => untilRoom(stage, makeRoom, waiting, note),
    })),
  ),
  {
    title: `a name that is taken at the quota, which is checked ${check === 'afterName' ? 'after' : 'before'} the name`,
    sampled: true,
    play: () => nameTaken(stage),
  },
]);

faultPoints(23, points, { concurrent: true });
