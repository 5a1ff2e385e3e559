/** Who works in a team: the member definitions and the rules that hold between them. */
import * as z from 'zod';
import { list, matching, prose, withRules } from './constraints.ts';

const NAME = String.raw`^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$`;

const cognitoMemberDefinition = z
  .object({
    userPool: matching(
      { min: 1, max: 55 },
      {
        source: String.raw`^[\w-]+_[0-9a-zA-Z]+$`,
        message: 'write the pool id, for example eu-west-1_aB3xYz, not its name or ARN',
      },
    ).describe(
      prose(`Id of the Amazon Cognito user pool of the region's private workforce, for example eu-west-1_aB3xYz. The same
        in every cognitoMemberDefinition of the team.`),
    ),
    userGroup: matching(
      { min: 1, max: 128 },
      { source: NAME, message: 'write the name of the user group, without spaces' },
    ).describe(
      prose(`Name of a group in that user pool, without spaces: everyone in the group is on the team. Named once in the
        team. A group that was created just now may not be visible to SageMaker yet: the operator tries again.`),
    ),
    clientId: matching(
      { min: 1, max: 1024 },
      { source: '^[ -~]+$', message: 'write the app client id: printable ASCII only' },
    ).describe(
      prose(`Id of the user pool's app client that the workforce signs in with. The same in every cognitoMemberDefinition
        of the team.`),
    ),
  })
  .describe(
    prose(`One user group of an Amazon Cognito user pool. For regions whose private workforce uses Cognito; exclusive with
      oidcMemberDefinition. AWS also wants the operator's role to be allowed to read the user pool and to update its app
      client.`),
  );

/** One group of an Amazon Cognito user pool. */
export type CognitoMemberDefinition = z.infer<typeof cognitoMemberDefinition>;

const oidcMemberDefinition = z
  .object({
    groups: list(
      matching(
        { min: 1, max: 63 },
        { source: NAME, message: 'write the group as your identity provider spells it, without spaces' },
      ),
      { min: 1, max: 10, type: 'set' },
    ).describe(
      prose(`Groups as the identity provider spells them, without spaces: whoever is in one of them is on the team. 1 to 10,
        at most 10 over all memberDefinitions, each named once. An update replaces the groups that AWS has: a group that
        is not listed here is off the team. Order means nothing.`),
    ),
  })
  .describe(
    prose(`Groups of an OpenID Connect identity provider. For regions whose private workforce uses such a provider;
      exclusive with cognitoMemberDefinition.`),
  );

/** Groups of the workforce's OpenID Connect identity provider. */
export type OidcMemberDefinition = z.infer<typeof oidcMemberDefinition>;

const memberDefinition = withRules(
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
]).describe(
  prose(`Who is on the team: 1 to 10 definitions, each exactly one of cognitoMemberDefinition and oidcMemberDefinition, all
    of one kind, because the region's one private workforce is of one kind. The list is the whole truth: an update
    replaces what AWS has, so whoever is not listed here is off the team, those included who were added elsewhere. Order
    means nothing. Server-side apply replaces the list as a whole.`),
);
