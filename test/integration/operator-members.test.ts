/** Members in SageMaker are those of the spec and nobody else, whatever was there. */
import { beforeAll, describe, expect, test } from 'vitest';
import { useEmulator } from '../support/emulator.ts';
import { type Aws, awsAt, groupsOf, operations, userGroupsOf } from '../support/ledger.ts';
import { useOperators } from '../support/operator.ts';
import { cognitoMembers, oidcMembers, specWith } from '../support/specs.ts';
import { useWorkteams, type Workteams } from '../support/workteams.ts';

const emulator = useEmulator();
const operators = useOperators(emulator);
const { newNamespace } = useWorkteams();

let workteams: Workteams;
let oidcRegion: string;
let cognitoRegion: string;
let oidc: Aws;
let cognito: Aws;

beforeAll(async () => {
  workteams = await newNamespace('members');
  oidcRegion = emulator.newRegion();
  cognitoRegion = emulator.newRegion();
  oidc = awsAt(emulator, { region: oidcRegion });
  cognito = awsAt(emulator, { region: cognitoRegion });
  await operators.start({ namespaces: [workteams.namespace], place: { region: oidcRegion } });
});

describe('OIDC groups', () => {
  test.for([
    ['one replaced, one kept', ['b', 'c']],
    ['all replaced', ['x', 'y', 'z']],
    ['reduced to one', ['a']],
    ['as many as there can be', Array.from({ length: 10 }, (_, index) => `group-${index}`)],
    ['letters of any script, and punctuation', ['日本', 'équipe', 'a.b/c:d@e', '👷']],
  ] as const)('after an edit exactly the listed groups are left: %s', async ([title, groups], { task }) => {
    const name = `oidc-${task.id.replace(/[^a-z0-9]/g, '')}`;
    await workteams.create(name, specWith({ memberDefinitions: oidcMembers('a', 'b') }));
    await workteams.untilReady(name);
    await workteams.edit(name, { memberDefinitions: oidcMembers(...groups) });
    await workteams.untilReady(name);
    expect(groupsOf(oidc.team(name)), title).toEqual(groups.toSorted());
  });

  test('nor is anybody left whom somebody else had added', async () => {
    await workteams.create('intruders', specWith({ memberDefinitions: oidcMembers('a', 'b') }));
    await workteams.untilReady('intruders');
    oidc.console('UpdateWorkteam', {
      WorkteamName: 'intruders',
      MemberDefinitions: [{ OidcMemberDefinition: { Groups: ['a', 'b', 'intruder'] } }],
    });
    await workteams.edit('intruders', { memberDefinitions: oidcMembers('b', 'c') });
    await workteams.untilReady('intruders');
    expect(groupsOf(oidc.team('intruders'))).toEqual(['b', 'c']);
  });

  test('spread over several definitions they are all on the team', async () => {
    await workteams.create('spread', specWith({ memberDefinitions: oidcMembers('a') }));
    await workteams.untilReady('spread');
    await workteams.edit('spread', { memberDefinitions: [...oidcMembers('b', 'c'), ...oidcMembers('d')] });
    await workteams.untilReady('spread');
    expect(groupsOf(oidc.team('spread'))).toEqual(['b', 'c', 'd']);
  });

  test('in another order they are the same: nothing is written to AWS', async () => {
    await workteams.create('ordered', specWith({ memberDefinitions: oidcMembers('a', 'b', 'c') }));
    await workteams.untilReady('ordered');
    await workteams.edit('ordered', { memberDefinitions: [...oidcMembers('c'), ...oidcMembers('b', 'a')] });
    await workteams.untilReady('ordered');
    expect(operations(oidc.writes('ordered'))).toEqual(['CreateWorkteam']);
  });
});

describe('Cognito user groups', () => {
  const create = async (name: string, ...userGroups: string[]) => {
    const memberDefinitions = cognitoMembers(...userGroups);
    await workteams.create(name, specWith({ region: cognitoRegion, memberDefinitions }));
    await workteams.untilReady(name);
  };

  test('after an edit exactly the listed user groups are left', async () => {
    await create('pool', 'a', 'b');
    await workteams.edit('pool', { memberDefinitions: cognitoMembers('b', 'c', 'd') });
    await workteams.untilReady('pool');
    expect(userGroupsOf(cognito.team('pool'))).toEqual(['b', 'c', 'd']);
  });

  test('nor is anybody left whom somebody else had added', async () => {
    await create('pool-intruders', 'a');
    const userGroup = (UserGroup: string) => ({
      CognitoMemberDefinition: { UserPool: 'eu-west-1_aB3xYz789', ClientId: '4h57abcdefghijklmnopqrstuv', UserGroup },
    });
    cognito.console('UpdateWorkteam', {
      WorkteamName: 'pool-intruders',
      MemberDefinitions: [userGroup('a'), userGroup('intruder')],
    });
    await workteams.edit('pool-intruders', { memberDefinitions: cognitoMembers('b') });
    await workteams.untilReady('pool-intruders');
    expect(userGroupsOf(cognito.team('pool-intruders'))).toEqual(['b']);
  });
});
