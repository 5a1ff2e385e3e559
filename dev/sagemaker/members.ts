/** The rules about a team's members that the model's shapes do not express. */
import { validationError } from './errors.ts';
import type { MemberDefinition } from './shapes.ts';
import type { MemberKind, Workforce } from './store.ts';
import type { Switches } from './switches.ts';

type Members = readonly MemberDefinition[];

/** @throws ServiceError ValidationException unless the members are of one kind and complete; returns the kind */
export function checkMembers(members: Members, switches: Switches): MemberKind {
  const cognito = members.flatMap((member) => member.CognitoMemberDefinition ?? []);
  const oidc = members.flatMap((member) => member.OidcMemberDefinition ?? []);
  if (cognito.length > 0 && oidc.length > 0) {
    throw validationError('CognitoMemberDefinition and OidcMemberDefinition cannot be provided in a single request');
  }
  if (cognito.length + oidc.length < members.length) {
    throw validationError('Each MemberDefinition must have a CognitoMemberDefinition or an OidcMemberDefinition');
  }
  if (new Set(cognito.map(({ UserPool, ClientId }) => `${UserPool} ${ClientId}`)).size > 1) {
    throw validationError('All CognitoMemberDefinitions must have the same ClientId and UserPool values');
  }
  if (oidc.some(({ Groups }) => Groups === undefined)) {
    throw validationError('An OidcMemberDefinition must have Groups');
  }
  const groups = new Set(oidc.flatMap(({ Groups }) => Groups ?? []));
  if (switches.groupsOverDefinitions === 'refused' && groups.size > 10) {
    throw validationError('A work team cannot have more than 10 OIDC groups');
  }
  return kindOf(members);
}

export function kindOf(members: Members): MemberKind {
  return members.some((member) => member.CognitoMemberDefinition) ? 'Cognito' : 'Oidc';
}

/** @throws ServiceError ValidationException when the region's workforce is of the other kind */
export function checkWorkforceKind(workforce: Workforce, kind: MemberKind, switches: Switches): void {
  if (switches.workforceKind === 'ignored' || workforce.kind === undefined || workforce.kind === kind) return;
  throw validationError(
    `The workforce ${workforce.name} uses ${shown(workforce.kind)}, so its work teams cannot have members of ${shown(kind)}`,
  );
}

const shown = (kind: MemberKind) => (kind === 'Cognito' ? 'Amazon Cognito' : 'an OIDC identity provider');
