import { isDeepStrictEqual } from 'node:util';
import { resourceInUse, validationError } from '../errors.ts';
import { checkMembers, kindOf } from '../members.ts';
import type { MemberDefinition, TypeOf, Workteam } from '../shapes.ts';
import { listedTeam, shownTeam } from '../shown.ts';
import type { TeamRecord } from '../store.ts';
import { workteamNotFound } from '../texts.ts';
import { type Context, reading, writing } from './operation.ts';
import { checkAccess, givenAccess } from './worker-access.ts';

export const DescribeWorkteam = reading('DescribeWorkteamRequest', 'DescribeWorkteamResponse', (request, context) => {
  const { region, switches, random } = context;
  const team = region.find(request.WorkteamName, switches.names)?.seen.seenBy('describe', context);
  if (!team) throw notFound(request.WorkteamName, context);
  return { Workteam: shownTeam(team, switches, random) };
});

/** SageMaker's lists answer ten items unless asked for more. */
export const DEFAULT_PAGE = 10;

export const ListWorkteams = reading('ListWorkteamsRequest', 'ListWorkteamsResponse', (request, context) => {
  const { region, scope, switches, pager, now, random } = context;
  const { SortBy = 'CreateDate', SortOrder = 'Ascending', NameContains = '', MaxResults = DEFAULT_PAGE } = request;
  const key = SortBy === 'Name' ? (team: Workteam) => team.WorkteamName : byCreateDate;
  const descending = SortOrder === 'Descending';
  const found = region
    .records()
    .flatMap((record) => record.seen.seenBy('list', context) ?? [])
    .filter((team) => team.WorkteamName.includes(NameContains))
    .toSorted((a, b) => (key(a) < key(b) === descending ? 1 : -1));
  const page = pager.page(
    {
      items: found,
      key,
      descending,
      size: Math.max(1, Math.min(MaxResults, switches.workteamsPerPage)),
      token: request.NextToken,
      query: ['ListWorkteams', scope.account, scope.region, SortBy, SortOrder, NameContains],
    },
    now,
    switches.nextTokenLifetimeMs,
  );
  return {
    Workteams: page.items.map((team) => listedTeam(team, switches, random)),
    ...(page.nextToken !== undefined && { NextToken: page.nextToken }),
  };
});

export const UpdateWorkteam = writing('UpdateWorkteamRequest', 'UpdateWorkteamResponse', (request, context) => {
  const { switches, now, random } = context;
  if (request.MemberDefinitions) checkMembers(request.MemberDefinitions, switches);
  checkAccess(request.WorkerAccessConfiguration, switches);
  const { record, workteam } = existing(request.WorkteamName, context);
  const updated: Workteam = {
    ...withTopic(workteam, request.NotificationConfiguration, context),
    MemberDefinitions: updatedMembers(workteam, request.MemberDefinitions, context),
    Description: request.Description ?? workteam.Description,
    ...accessOf(request.WorkerAccessConfiguration),
  };
  const effective = !isDeepStrictEqual(updated, workteam);
  const stamped = { ...updated, LastUpdatedDate: now / 1000 };
  record.update(stamped, now, switches);
  return { output: { Workteam: shownTeam(stamped, switches, random) }, effective };
});

export const DeleteWorkteam = writing('DeleteWorkteamRequest', 'DeleteWorkteamResponse', (request, context) => {
  const { switches, now } = context;
  const { record } = existing(request.WorkteamName, context);
  if (switches.deleteInUse !== 'allowed' && isInUse(record)) {
    const text = `The work team ${request.WorkteamName} is used by a labeling job that is in progress`;
    if (switches.deleteInUse === 'validation') throw validationError(text);
    if (switches.deleteInUse === 'resourceInUse') throw resourceInUse(text);
    return { output: { Success: false }, effective: false };
  }
  record.delete(now, switches);
  return { output: { Success: true }, effective: true };
});

const byCreateDate = ({ CreateDate = 0, WorkteamName }: Workteam) =>
  `${CreateDate.toFixed(3).padStart(20, '0')} ${WorkteamName}`;

/** @throws ServiceError the team's "not found" */
function existing(name: string, context: Context): { record: TeamRecord; workteam: Workteam } {
  const record = context.region.find(name, context.switches.names);
  if (!record?.workteam) throw notFound(name, context);
  return { record, workteam: record.workteam };
}

function notFound(name: string, { region, switches }: Context) {
  return workteamNotFound(name, region.workteamArn(name, switches.names), switches);
}

/** The members of a request replace those of the team. */
function updatedMembers(
  workteam: Workteam,
  given: readonly MemberDefinition[] | undefined,
  { switches }: Context,
): readonly MemberDefinition[] {
  if (!given) return workteam.MemberDefinitions;
  // A team that was let into the other kind may stay there, whatever kind the workforce is of.
  if (kindOf(given) === kindOf(workteam.MemberDefinitions)) return given;
  switch (switches.updateToOtherKind) {
    case 'accepted':
      return given;
    case 'ignored':
      return workteam.MemberDefinitions;
    case 'refused':
      throw validationError('The kind of the members of a work team cannot be changed');
    default:
      return switches.updateToOtherKind satisfies never;
  }
}

/** Nothing given changes nothing; `{}` removes the topic, or changes nothing, by switch. */
function withTopic(
  workteam: Workteam,
  given: TypeOf<'NotificationConfiguration'> | undefined,
  { switches }: Context,
): Workteam {
  if (given?.NotificationTopicArn !== undefined) return { ...workteam, NotificationConfiguration: given };
  if (given === undefined || switches.emptyNotification === 'ignored') return workteam;
  const { NotificationConfiguration: _removed, ...rest } = workteam;
  return rest;
}

function accessOf(given: TypeOf<'WorkerAccessConfiguration'> | undefined) {
  const access = givenAccess(given);
  return access && { WorkerAccessConfiguration: access };
}

const isInUse = (record: TeamRecord) =>
  [...record.jobs.values()].some((job) => (job.LabelCounters?.PendingHuman ?? 0) > 0);
