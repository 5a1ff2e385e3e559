/** Edits of what a team is: each is one write of what differs, and nothing more is written afterwards. */
import { expect, test } from 'vitest';
import { foreignTags, groupsOf, userGroupsOf } from '../../support/ledger.ts';
import { cognitoMembers, oidcMembers, specWith } from '../../support/specs.ts';
import { conditionsOf, SYNCED, useStage } from '../../support/stage.ts';

const stage = useStage({ prefix: 'edits' });

test.concurrent('Cognito: one user group, then two, then one', async () => {
  const scene = stage.newScene();
  await scene.createReady('cognito', specWith({ memberDefinitions: cognitoMembers('a') }));
  expect(userGroupsOf(scene.aws.team('cognito'))).toEqual(['a']);
  await scene.editReady('cognito', { memberDefinitions: cognitoMembers('a', 'b') });
  expect(userGroupsOf(scene.aws.team('cognito'))).toEqual(['a', 'b']);
  const workteam = await scene.editReady('cognito', { memberDefinitions: cognitoMembers('b') });
  expect(userGroupsOf(scene.aws.team('cognito'))).toEqual(['b']);
  expect(conditionsOf(workteam)).toEqual(SYNCED);
  expect(scene.attempts()).toEqual(['CreateWorkteam', 'UpdateWorkteam', 'UpdateWorkteam']);
  await scene.staysAsItIs();
});

test.concurrent('OIDC: one group, then two, then one', async () => {
  const scene = stage.newScene();
  await scene.createReady('oidc', specWith({ memberDefinitions: oidcMembers('a') }));
  expect(groupsOf(scene.aws.team('oidc'))).toEqual(['a']);
  await scene.editReady('oidc', { memberDefinitions: oidcMembers('a', 'b') });
  expect(groupsOf(scene.aws.team('oidc'))).toEqual(['a', 'b']);
  const workteam = await scene.editReady('oidc', { memberDefinitions: oidcMembers('b') });
  expect(groupsOf(scene.aws.team('oidc'))).toEqual(['b']);
  expect(conditionsOf(workteam)).toEqual(SYNCED);
  expect(scene.attempts()).toEqual(['CreateWorkteam', 'UpdateWorkteam', 'UpdateWorkteam']);
  await scene.staysAsItIs();
});

test.concurrent('a new description leaves the members alone', async () => {
  const scene = stage.newScene();
  const memberDefinitions = oidcMembers('a', 'b');
  await scene.createReady('described', specWith({ description: 'Labels cats', memberDefinitions }));
  const workteam = await scene.editReady('described', { description: 'Labels dogs' });
  expect(scene.aws.team('described').workteam.Description).toBe('Labels dogs');
  expect(groupsOf(scene.aws.team('described'))).toEqual(['a', 'b']);
  expect(conditionsOf(workteam)).toEqual(SYNCED);
  expect(scene.attempts()).toEqual(['CreateWorkteam', 'UpdateWorkteam']);
  await scene.staysAsItIs();
});

test.concurrent('tags are added, changed and removed', async () => {
  const scene = stage.newScene();
  const tagsInAws = () => foreignTags(scene.aws.team('tagged'));
  await scene.createReady('tagged', specWith({ tags: { team: 'cats' } }));
  expect(tagsInAws()).toEqual({ team: 'cats' });
  await scene.editReady('tagged', { tags: { team: 'cats', 'cost-center': '4711' } });
  expect(tagsInAws()).toEqual({ team: 'cats', 'cost-center': '4711' });
  await scene.editReady('tagged', { tags: { team: 'dogs', 'cost-center': '4711' } });
  expect(tagsInAws()).toEqual({ team: 'dogs', 'cost-center': '4711' });
  const workteam = await scene.editReady('tagged', { tags: { team: null } });
  expect(tagsInAws()).toEqual({ 'cost-center': '4711' });

  expect(conditionsOf(workteam)).toEqual(SYNCED);
  const ResourceArn = scene.aws.team('tagged').workteam.WorkteamArn;
  expect(scene.attempts()).toEqual(['CreateWorkteam', 'AddTags', 'AddTags', 'DeleteTags']);
  expect(scene.parametersOf('AddTags')).toEqual([
    { ResourceArn, Tags: [{ Key: 'cost-center', Value: '4711' }] },
    { ResourceArn, Tags: [{ Key: 'team', Value: 'dogs' }] },
  ]);
  expect(scene.parametersOf('DeleteTags')).toEqual([{ ResourceArn, TagKeys: ['team'] }]);
  await scene.staysAsItIs();
});

test.concurrent('all tags go with the field, and the team stays ours', async () => {
  const scene = stage.newScene();
  await scene.createReady('untagged', specWith({ tags: { a: '1', b: '2' } }));
  const { tags: before } = scene.aws.team('untagged');
  const workteam = await scene.editReady('untagged', { tags: null });
  const { tags: after } = scene.aws.team('untagged');
  expect(after).toEqual({ 'workteams.dev/owner': before['workteams.dev/owner'] });
  expect(conditionsOf(workteam)).toEqual(SYNCED);
  expect(scene.attempts()).toEqual(['CreateWorkteam', 'DeleteTags']);
  await scene.staysAsItIs();
});

test.concurrent('one edit of the team and of its tags is one update, then removals, then additions', async () => {
  const scene = stage.newScene();
  await scene.createReady('both', specWith({ tags: { old: '1', kept: '2' } }));
  await scene.editReady('both', { description: 'Labels dogs', tags: { old: null, new: '3' } });
  const team = scene.aws.team('both');
  expect(foreignTags(team)).toEqual({ kept: '2', new: '3' });
  expect(team.workteam.Description).toBe('Labels dogs');
  expect(scene.attempts()).toEqual(['CreateWorkteam', 'UpdateWorkteam', 'DeleteTags', 'AddTags']);
  await scene.staysAsItIs();
});
