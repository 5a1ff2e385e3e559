import { API_VERSION, KIND, type MemberDefinition, type WorkteamSpec } from '../../src/workteam/schema.ts';

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

/** A spec for each name, in which everything says the name; `verb` begins the descriptions. */
export function namedSpecs(names: readonly string[], verb = 'Labels'): Record<string, Partial<WorkteamSpec>> {
  const specOf = (name: string): Partial<WorkteamSpec> => ({
    description: `${verb} ${name}`,
    memberDefinitions: oidcMembers(name),
    tags: { team: name },
  });
  return Object.fromEntries(names.map((name) => [name, specOf(name)]));
}

/** Workteams of these names, with these specs over the smallest one, in one document for `kubectl apply -f -`. */
export function manifestsOf(specs: Readonly<Record<string, Partial<WorkteamSpec>>>, namespace = 'default'): string {
  const items = Object.entries(specs).map(([name, spec]) => ({
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: { name, namespace },
    spec: specWith(spec),
  }));
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}
