import { expect, test } from 'vitest';
import { announceWrites, memberChanges } from '../../src/workteam/announce.ts';
import { SPEC, workteamOf } from '../support/workteam-fixture.ts';

const oidc = (...groups: string[]) => ({ oidcMemberDefinition: { groups } });
const cognito = (userPool: string, userGroup: string, clientId = 'client') => ({
  cognitoMemberDefinition: { userPool, userGroup, clientId },
});

test.each([
  ['groups come and go', [oidc('a', 'c')], [oidc('a', 'b')], { joins: ['c'], leaves: ['b'] }],
  ['the same groups, defined otherwise', [oidc('a'), oidc('b')], [oidc('a', 'b')], { joins: [], leaves: [] }],
  ['user groups of one pool', [cognito('p_1', 'a')], [cognito('p_1', 'b')], { joins: ['a'], leaves: ['b'] }],
  [
    'a group of that name in another pool is other people',
    [cognito('p_2', 'a')],
    [cognito('p_1', 'a')],
    { joins: ['p_2/a'], leaves: ['p_1/a'] },
  ],
  ['and so is one of the other kind', [cognito('p_1', 'a')], [oidc('a')], { joins: ['p_1/a'], leaves: ['oidc/a'] }],
  ['another client of the same people', [cognito('p_1', 'a', 'new')], [cognito('p_1', 'a')], { joins: [], leaves: [] }],
])('who joins and who leaves: %s', (_name, desired, observed, changes) => {
  expect(memberChanges({ desired, observed })).toEqual(changes);
});

test('an update that nobody joins or leaves by names the field alone', () => {
  const difference = {
    field: 'memberDefinitions',
    desired: [cognito('p_1', 'a', 'new')],
    observed: [cognito('p_1', 'a')],
    repair: 'update' as const,
  };
  const request = { workteamName: 'cats', description: SPEC.description, memberDefinitions: SPEC.memberDefinitions };
  const [announcement] = announceWrites(workteamOf(), [{ do: 'update', request, differences: [difference] }]);
  expect(announcement?.message).toMatch(/^Updated work team ".+": memberDefinitions\.$/);
});
