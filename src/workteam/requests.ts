import type { Difference } from './compare.ts';
import { canonicalMembers } from './compare.ts';
import { canonicalJson } from './json.ts';
import type { ObservedWorkteam, Tags } from './observed.ts';
import { REQUESTED_AT_ANNOTATION, type Workteam, type WorkteamSpec } from './schema.ts';
import type { Action, CreateRequest, UpdateRequest } from './step.ts';

/** The create of a team from its spec; `tags` hold the owner tag too. */
export function createRequest(workteamName: string, spec: WorkteamSpec, tags: Tags): CreateRequest {
  const topic = spec.notificationConfiguration?.notificationTopicArn;
  return {
    workteamName,
    ...(spec.workforceName !== undefined && { workforceName: spec.workforceName }),
    description: spec.description,
    memberDefinitions: spec.memberDefinitions,
    ...(topic !== undefined && { notificationTopicArn: topic }),
    ...(spec.workerAccessConfiguration !== undefined && { workerAccessConfiguration: spec.workerAccessConfiguration }),
    tags,
  };
}

/** The update that makes a team what its spec says: computed from the spec, never merged with what was read. */
export function updateAction(
  workteamName: string,
  spec: WorkteamSpec,
  team: ObservedWorkteam,
  differences: readonly Difference[],
): Extract<Action, { do: 'update' }> {
  const wanted = spec.notificationConfiguration?.notificationTopicArn;
  const topic = wanted ?? (team.notificationTopicArn === undefined ? undefined : null);
  return {
    do: 'update',
    differences,
    request: {
      workteamName,
      description: spec.description,
      memberDefinitions: spec.memberDefinitions,
      ...(topic !== undefined && { notificationTopicArn: topic }),
      ...(spec.workerAccessConfiguration !== undefined && {
        workerAccessConfiguration: spec.workerAccessConfiguration,
      }),
    },
  };
}

/** The tag calls that repair these differences: removals first, so that a full set of 50 tags can change. */
export function tagActions(arn: string, differences: readonly Difference[]): Action[] {
  const keyOf = ({ field }: Difference): string => field.slice('tags.'.length);
  const gone = differences.filter(({ desired }) => desired === undefined);
  const set = differences.filter(({ desired }) => desired !== undefined);
  const actions: Action[] = [];
  if (gone.length > 0) actions.push({ do: 'removeTags', arn, keys: gone.map(keyOf), differences: gone });
  const tags = Object.fromEntries(set.map((difference) => [keyOf(difference), String(difference.desired)]));
  if (set.length > 0) actions.push({ do: 'addTags', arn, tags, differences: set });
  return actions;
}

/**
 * What an update asks for and on whose word: the same key means the same request, made again for no new reason. A new
 * generation or a new requestedAt is a reason.
 */
export function requestKey(workteam: Workteam, request: UpdateRequest): string {
  const memberDefinitions = canonicalMembers(request.memberDefinitions);
  return canonicalJson({ word: wordOf(workteam), ...request, memberDefinitions });
}

/** The same for what is asked of the tags. */
export function tagRequestKey(workteam: Workteam, spec: WorkteamSpec): string {
  return canonicalJson({ word: wordOf(workteam), tags: spec.tags ?? {} });
}

/** On whose word a pass acts, in canonical form: that of a generation and a requestedAt. */
export function wordOf({ metadata }: Workteam): string {
  const { generation, annotations } = metadata;
  return canonicalJson({ generation, requestedAt: annotations?.[REQUESTED_AT_ANNOTATION] });
}
