/** What only somebody else can mend: reported, tried again after half a minute or so, and healed without being asked. */
import { expect, test } from 'vitest';
import { controlPlane } from '../../support/control-plane.ts';
import { groupsOf } from '../../support/ledger.ts';
import { oidcMembers, specWith } from '../../support/specs.ts';
import { conditionsOf, PATIENCE_MS, SYNCED, useStage } from '../../support/stage.ts';
import { conditionOf } from '../../support/workteams.ts';

/** Longer than the first pause of what is blocked: 15 to 30 s. */
const SECOND_TRY_MS = 50_000;

const cluster = controlPlane();
const stage = useStage({ prefix: 'patience' });

test.concurrent('quota reached: the second team waits until the first is gone', async () => {
  const scene = stage.newScene();
  scene.control.setup({ region: scene.region, quota: 1 });
  await scene.createReady('first', specWith());
  await scene.create('second', specWith());
  const refused = await stage.workteams.untilFailed('second', 'QuotaExceeded');
  expect(conditionsOf(refused)).toEqual(['Ready False QuotaExceeded', 'Reconciling True ProgressingWithRetry']);
  expect(conditionOf(refused, 'Ready')?.message).toContain('limit');
  expect(scene.attempts()).toEqual(['CreateWorkteam', 'CreateWorkteam ResourceLimitExceeded']);
  await scene.staysAsItIs();

  await stage.workteams.delete('first');
  await stage.workteams.untilGone('first');
  const workteam = await stage.workteams.untilReady('second', SECOND_TRY_MS);
  expect(conditionsOf(workteam)).toEqual(SYNCED);
  expect(scene.attempts().slice(2)).toEqual(['DeleteWorkteam', 'CreateWorkteam']);
  await scene.staysAsItIs();
});

test.concurrent('two Workteams, one work team: the second waits, and has it when the first is gone', async () => {
  const scene = stage.newScene();
  const { workteams } = stage;
  const shared = (group: string) => specWith({ workteamName: 'Shared', memberDefinitions: oidcMembers(group) });
  // By a create that is refused it is found out that there is a team, unless a sweep has told already.
  const writes = () => scene.attempts().filter((attempt) => attempt !== 'CreateWorkteam ResourceInUse');
  await scene.createReady('holder', shared('a'));
  await scene.create('waiting', shared('b'));
  const refused = await workteams.untilFailed('waiting', 'NameConflict', PATIENCE_MS);
  expect(conditionsOf(refused)).toEqual(['Ready False NameConflict', 'Stalled True NameConflict']);
  expect(conditionOf(refused, 'Ready')?.message).toContain(`${workteams.namespace}/holder`);
  expect(groupsOf(scene.aws.team('Shared'))).toEqual(['a']);
  expect(writes()).toEqual(['CreateWorkteam']);
  await scene.staysAsItIs();
  expect(conditionsOf(workteams.get('holder'))).toEqual(SYNCED);

  await cluster.run(['delete', 'workteam', 'holder', '--namespace', workteams.namespace, '--timeout=40s']);
  const workteam = await workteams.untilReady('waiting', PATIENCE_MS);
  expect(conditionsOf(workteam)).toEqual(SYNCED);
  expect(groupsOf(scene.aws.team('Shared'))).toEqual(['b']);
  expect(writes()).toEqual(['CreateWorkteam', 'DeleteWorkteam', 'CreateWorkteam']);
  await scene.staysAsItIs();
});

/** The ways in which a service may refuse to delete a team that is in use, with what the ledger says of it. */
const WAYS = [
  ['validation', 'DeleteWorkteam ValidationException'],
  ['resourceInUse', 'DeleteWorkteam ResourceInUse'],
  ['successFalse', 'DeleteWorkteam'],
] as const;

test.concurrent('in use: whatever the refusal looks like, the team is deleted once it is free', async () => {
  const { workteams, emulator } = stage;
  const cases = WAYS.map(([way, refusal]) => {
    return { scene: stage.newScene(), name: `in-use-${way.toLowerCase()}`, way, refusal };
  });
  const job = { JobReferenceCode: 'street-scenes' };
  for (const { scene, name, way } of cases) {
    await scene.createReady(name, specWith());
    emulator.control.putLabelingJob({ region: scene.region }, name, { ...job, LabelCounters: { PendingHuman: 3 } });
    emulator.control.setSwitches({ deleteInUse: way });
    await workteams.delete(name);
    const blocked = await workteams.untilFailed(name, 'DeletionBlocked');
    expect(conditionsOf(blocked)).toEqual(['Ready False DeletionBlocked', 'Reconciling True ProgressingWithRetry']);
    expect(conditionOf(blocked, 'Ready')?.message).toContain('labeling jobs');
  }
  for (const { scene, name, refusal } of cases) {
    expect(scene.aws.has(name)).toBe(true);
    expect(scene.attempts()).toEqual(['CreateWorkteam', refusal]);
    emulator.control.putLabelingJob({ region: scene.region }, name, { ...job, LabelCounters: { PendingHuman: 0 } });
  }
  for (const { scene, name, refusal } of cases) {
    await workteams.untilGone(name, SECOND_TRY_MS);
    expect(scene.aws.has(name)).toBe(false);
    expect(scene.attempts()).toEqual(['CreateWorkteam', refusal, 'DeleteWorkteam']);
  }
});
