/** Who works in a team: the member definitions and the rules that hold between them. */
import * as z from 'zod';
import { list, matching, withRules } from './constraints.ts';

const NAME = '^[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+$';

export const cognitoMemberDefinition = z.object({
  userPool: matching(
    { min: 1, max: 55 },
    {
      source: '^[\\w-]+_[0-9a-zA-Z]+$',
      message: 'write the pool id, for example eu-west-1_aB3xYz, not its name or ARN',
    },
  ),
  userGroup: matching(
    { min: 1, max: 128 },
    { source: NAME, message: 'write the name of the user group, without spaces' },
  ),
  clientId: matching(
    { min: 1, max: 1024 },
    { source: '^[ -~]+$', message: 'write the app client id: printable ASCII only' },
  ),
});

/** One group of an Amazon Cognito user pool. */
export type CognitoMemberDefinition = z.infer<typeof cognitoMemberDefinition>;

export const oidcMemberDefinition = z.object({
  groups: list(
    matching(
      { min: 1, max: 63 },
      { source: NAME, message: 'write the group as your identity provider spells it, without spaces' },
    ),
    { min: 1, max: 10, type: 'set' },
  ),
});

/** Groups of the workforce's OpenID Connect identity provider. */
export type OidcMemberDefinition = z.infer<typeof oidcMemberDefinition>;

export const memberDefinition = withRules(
  z.object({
    cognitoMemberDefinition: cognitoMemberDefinition.exactOptional(),
    oidcMemberDefinition: oidcMemberDefinition.exactOptional(),
  }),
  [
    {
      rule: 'has(self.cognitoMemberDefinition) != has(self.oidcMemberDefinition)',
      message: 'set exactly one of cognitoMemberDefinition and oidcMemberDefinition',
      holds: (member) => (member.cognitoMemberDefinition === undefined) !== (member.oidcMemberDefinition === undefined),
    },
  ],
);

/** Exactly one of the two kinds is set. */
export type MemberDefinition = z.infer<typeof memberDefinition>;

const cognitoOf = (members: MemberDefinition[]) => members.flatMap((member) => member.cognitoMemberDefinition ?? []);
const groupsOf = (members: MemberDefinition[]) =>
  members.flatMap((member) => member.oidcMemberDefinition?.groups ?? []);

export const memberDefinitions = withRules(list(memberDefinition, { min: 1, max: 10, type: 'atomic' }), [
  {
    rule: 'self.all(m, has(m.cognitoMemberDefinition)) || self.all(m, has(m.oidcMemberDefinition))',
    message: 'all members must be of one kind: either cognitoMemberDefinition or oidcMemberDefinition',
    holds: (members) =>
      members.every((member) => member.cognitoMemberDefinition !== undefined) ||
      members.every((member) => member.oidcMemberDefinition !== undefined),
  },
  {
    rule: '!has(self[0].cognitoMemberDefinition) || self.all(m, !has(m.cognitoMemberDefinition) || (m.cognitoMemberDefinition.userPool == self[0].cognitoMemberDefinition.userPool && m.cognitoMemberDefinition.clientId == self[0].cognitoMemberDefinition.clientId))',
    message: 'all cognitoMemberDefinitions must have the same userPool and clientId',
    holds: (members) => {
      const first = members[0]?.cognitoMemberDefinition;
      return (
        first === undefined ||
        cognitoOf(members).every(({ userPool, clientId }) => userPool === first.userPool && clientId === first.clientId)
      );
    },
  },
  {
    rule: 'self.all(m, !has(m.cognitoMemberDefinition) || self.exists_one(n, has(n.cognitoMemberDefinition) && n.cognitoMemberDefinition.userGroup == m.cognitoMemberDefinition.userGroup))',
    message: 'each Cognito userGroup may be named once',
    holds: (members) => {
      const userGroups = cognitoOf(members).map(({ userGroup }) => userGroup);
      return new Set(userGroups).size === userGroups.length;
    },
  },
  {
    rule: 'self.map(m, has(m.oidcMemberDefinition) ? m.oidcMemberDefinition.groups.size() : 0).sum() <= 10',
    message: 'a work team has at most 10 OIDC groups, counted over all memberDefinitions',
    holds: (members) => groupsOf(members).length <= 10,
  },
  {
    rule: 'self.all(m, !has(m.oidcMemberDefinition) || m.oidcMemberDefinition.groups.all(g, self.exists_one(n, has(n.oidcMemberDefinition) && g in n.oidcMemberDefinition.groups)))',
    message: 'each OIDC group may be named in one memberDefinition only',
    holds: (members) => {
      const perDefinition = members.map((member) => new Set(member.oidcMemberDefinition?.groups));
      const named = perDefinition.reduce((sum, groups) => sum + groups.size, 0);
      return new Set(groupsOf(members)).size === named;
    },
  },
]);
