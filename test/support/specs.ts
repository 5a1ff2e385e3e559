import type { MemberDefinition, WorkteamSpec } from '../../src/workteam/schema.ts';

/** One definition with these groups. */
export function oidcMembers(...groups: string[]): MemberDefinition[] {
  return [{ oidcMemberDefinition: { groups } }];
}

/** A definition for each user group, all of one pool. */
export function cognitoMembers(...userGroups: string[]): MemberDefinition[] {
  return userGroups.map((userGroup) => ({
    cognitoMemberDefinition: { userPool: 'eu-west-1_aB3xYz789', clientId: '4h57abcdefghijklmnopqrstuv', userGroup },
  }));
}

/** The smallest spec, and whatever a test adds to it. */
export function specWith(more: Partial<WorkteamSpec> = {}): WorkteamSpec {
  return { description: 'Labels street scenes', memberDefinitions: oidcMembers('labelers'), ...more };
}
