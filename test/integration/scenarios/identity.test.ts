/** Which team it is: its workforce, its kind of members, and that it exists at all. */
import { expect, test } from 'vitest';
import type { Switches } from '../../../dev/sagemaker/switches.ts';
import { untilEvent } from '../../support/events.ts';
import { groupsOf, userGroupsOf } from '../../support/ledger.ts';
import { cognitoMembers, oidcMembers, specWith } from '../../support/specs.ts';
import { conditionsOf, PATIENCE_MS, SYNCED, useStage } from '../../support/stage.ts';
import { conditionOf } from '../../support/workteams.ts';

const stage = useStage({ prefix: 'identity' });
const restarted = useStage({ prefix: 'recreated' });

test.concurrent('the workforce is left out: the one of the region is taken, and may be spelled out later', async () => {
  const scene = stage.newScene();
  scene.control.setup({ region: scene.region, workforce: { name: 'crowd-of-ours' } });
  const { status } = await scene.createReady('workforce', specWith());
  expect(status?.workforceArn).toMatch(/:workforce\/crowd-of-ours$/);
  await scene.staysAsItIs();
  const workteam = await scene.editReady('workforce', { workforceName: 'crowd-of-ours' });
  expect(conditionsOf(workteam)).toEqual(SYNCED);
  expect(scene.attempts()).toEqual(['CreateWorkteam']);
  await scene.staysAsItIs();
});

test.concurrent('deleted behind our back: created again, and an event says so', async () => {
  const scene = restarted.newScene();
  const spec = specWith({ memberDefinitions: oidcMembers('a', 'b'), tags: { team: 'cats' } });
  await scene.createReady('gone', spec);
  const { tags } = scene.aws.team('gone');
  // Right after a create of its own a process takes "absent" for a late read.
  await restarted.restart();
  scene.aws.console('DeleteWorkteam', { WorkteamName: 'gone' });
  const event = await untilEvent(restarted.workteams.namespace, 'gone', 'Recreated');
  expect(event).toMatchObject({ type: 'Warning', count: 1 });
  expect(event.note).toContain('Work team "gone"');
  const workteam = await restarted.workteams.untilReady('gone', PATIENCE_MS);
  expect(conditionsOf(workteam)).toEqual(SYNCED);
  expect(groupsOf(scene.aws.team('gone'))).toEqual(['a', 'b']);
  expect(scene.aws.team('gone').tags).toEqual(tags);
  expect(scene.attempts()).toEqual(['CreateWorkteam', 'CreateWorkteam']);
  await scene.staysAsItIs();
});

let turn: Promise<unknown> = Promise.resolve();

/** Does something while the service answers so to members of the other kind: one at a time, the switch is there once. */
function whileOtherKindIs<T>(updateToOtherKind: Switches['updateToOtherKind'], act: () => Promise<T>): Promise<T> {
  const result = turn.then(() => {
    stage.emulator.control.setSwitches({ updateToOtherKind });
    return act();
  });
  turn = result.catch(() => {});
  return result;
}

test.concurrent('the other kind of members, refused: InvalidRequest, once; Ready again when the spec goes back', async () => {
  const scene = stage.newScene();
  const cognito = { memberDefinitions: cognitoMembers('a') };
  await scene.createReady('refused', specWith(cognito));
  const failed = await whileOtherKindIs('refused', () =>
    scene.editFailed('refused', { memberDefinitions: oidcMembers('a') }, 'InvalidRequest'),
  );
  expect(conditionsOf(failed)).toEqual(['Ready False InvalidRequest', 'Reconciling True ProgressingWithRetry']);
  expect(conditionOf(failed, 'Ready')?.message).toContain('kind of the members');
  await scene.staysAsItIs();
  const healed = await scene.editReady('refused', cognito);
  expect(conditionsOf(healed)).toEqual(SYNCED);
  expect(userGroupsOf(scene.aws.team('refused'))).toEqual(['a']);
  expect(scene.attempts()).toEqual(['CreateWorkteam', 'UpdateWorkteam ValidationException']);
  await scene.staysAsItIs();
});

test.concurrent('the other kind of members, accepted: Cognito to OIDC and back', async () => {
  const scene = stage.newScene();
  await scene.createReady('accepted', specWith({ memberDefinitions: cognitoMembers('a') }));
  const workteam = await whileOtherKindIs('accepted', async () => {
    await scene.editReady('accepted', { memberDefinitions: oidcMembers('b') });
    expect(groupsOf(scene.aws.team('accepted'))).toEqual(['b']);
    expect(userGroupsOf(scene.aws.team('accepted'))).toEqual([]);
    return scene.editReady('accepted', { memberDefinitions: cognitoMembers('c') });
  });
  expect(userGroupsOf(scene.aws.team('accepted'))).toEqual(['c']);
  expect(groupsOf(scene.aws.team('accepted'))).toEqual([]);
  expect(conditionsOf(workteam)).toEqual(SYNCED);
  expect(scene.attempts()).toEqual(['CreateWorkteam', 'UpdateWorkteam', 'UpdateWorkteam']);
  await scene.staysAsItIs();
});

test.concurrent('the other kind of members, accepted and not kept: NotConverging, once; Ready again when it goes back', async () => {
  const scene = stage.newScene();
  const oidc = { memberDefinitions: oidcMembers('a') };
  await scene.createReady('ignored', specWith(oidc));
  const failed = await whileOtherKindIs('ignored', () =>
    scene.editFailed('ignored', { memberDefinitions: cognitoMembers('a') }, 'NotConverging'),
  );
  expect(conditionOf(failed, 'Ready')?.message).toContain('memberDefinitions');
  await scene.lookAgain('ignored');
  expect(scene.attempts()).toEqual(['CreateWorkteam', 'UpdateWorkteam']);
  const healed = await scene.editReady('ignored', oidc);
  expect(conditionsOf(healed)).toEqual(SYNCED);
  expect(scene.attempts()).toEqual(['CreateWorkteam', 'UpdateWorkteam']);
  await scene.staysAsItIs();
});
