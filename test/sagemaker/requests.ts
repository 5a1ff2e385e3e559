/** Requests that are good as they are; tests change what they are about. */
import type { CreateRequest, UpdateRequest } from '../../src/workteam/step.ts';

/** A create that is good as it is. */
export function createOf(workteamName: string, changes: Partial<CreateRequest> = {}): CreateRequest {
  return {
    workteamName,
    description: 'A team',
    memberDefinitions: [{ oidcMemberDefinition: { groups: ['a'] } }],
    tags: {},
    ...changes,
  };
}

/** An update that is good as it is. */
export function updateOf(workteamName: string, changes: Partial<UpdateRequest> = {}): UpdateRequest {
  return {
    workteamName,
    description: 'A team',
    memberDefinitions: [{ oidcMemberDefinition: { groups: ['a'] } }],
    ...changes,
  };
}
