import { isDeepStrictEqual } from 'node:util';
import { limitExceeded, validationError } from '../errors.ts';
import { checkMembers, checkWorkforceKind } from '../members.ts';
import type { TypeOf, Workteam } from '../shapes.ts';
import type { MemberKind, TeamRecord, Workforce } from '../store.ts';
import { quotaText, workteamExists } from '../texts.ts';
import { type Context, writing } from './operation.ts';
import { newTags } from './tag-rules.ts';
import { checkAccess, givenAccess } from './worker-access.ts';

type Request = TypeOf<'CreateWorkteamRequest'>;

export const CreateWorkteam = writing('CreateWorkteamRequest', 'CreateWorkteamResponse', (request, context) => {
  const { region, switches, now } = context;
  const kind = checkMembers(request.MemberDefinitions, switches);
  checkAccess(request.WorkerAccessConfiguration, switches);
  const tags = newTags(request.Tags ?? []);
  const workforce = workforceOf(request, context);
  checkWorkforceKind(workforce, kind, switches);

  const known = region.find(request.WorkteamName, switches.names);
  const team = newTeam(request, workforce, context);
  if (switches.quotaCheck === 'beforeName') checkQuota(context);
  if (known && isRepeat(known, team, context)) return { output: { WorkteamArn: team.WorkteamArn }, effective: false };
  if (switches.quotaCheck === 'afterName') checkQuota(context);

  region.workforce = decided(workforce, kind, request);
  region.findOrAdd(request.WorkteamName, switches.names).create(team, tags, now, switches);
  return { output: { WorkteamArn: team.WorkteamArn }, effective: true };
});

function workforceOf(request: Request, { region }: Context): Workforce {
  const wanted = request.WorkforceName;
  const { workforce } = region;
  if (!workforce) throw validationError('There is no private workforce in this region');
  if (wanted !== undefined && wanted !== workforce.name) {
    throw validationError(`The workforce ${region.workforceArn(wanted)} does not exist`);
  }
  return workforce;
}

function newTeam(request: Request, workforce: Workforce, { region, switches, now }: Context): Workteam {
  const topic = request.NotificationConfiguration?.NotificationTopicArn;
  const access = givenAccess(request.WorkerAccessConfiguration);
  return {
    WorkteamName: request.WorkteamName,
    MemberDefinitions: request.MemberDefinitions,
    WorkteamArn: region.workteamArn(request.WorkteamName, switches.names),
    WorkforceArn: region.workforceArn(workforce.name),
    Description: request.Description,
    SubDomain: region.subDomain(),
    CreateDate: now / 1000,
    LastUpdatedDate: now / 1000,
    ...(topic !== undefined && { NotificationConfiguration: { NotificationTopicArn: topic } }),
    ...(access && { WorkerAccessConfiguration: access }),
  };
}

function checkQuota({ region }: Context): void {
  const used = region.teamCount();
  if (used >= region.quota) throw limitExceeded(quotaText(region.quota, used));
}

/**
 * Whether the request says again what exists already and is answered like the first time.
 * @throws ServiceError ResourceInUse when the name is taken otherwise
 */
function isRepeat(known: TeamRecord, team: Workteam, { switches, now }: Context): boolean {
  const { workteam } = known;
  const held = now - known.deletedAt < switches.nameHeldAfterDeleteMs;
  if (!workteam && !held) return false;
  if (workteam && switches.resourceInUseCovers === 'differentRequest') {
    const { CreateDate, LastUpdatedDate } = workteam;
    if (isDeepStrictEqual({ ...team, CreateDate, LastUpdatedDate }, workteam)) return true;
  }
  throw workteamExists(team.WorkteamName, team.WorkteamArn, switches);
}

/** What is not known yet about the workforce's identities, the first team decides. */
function decided(workforce: Workforce, kind: MemberKind, request: Request): Workforce {
  const member = request.MemberDefinitions[0]?.CognitoMemberDefinition;
  const cognito = member && { UserPool: member.UserPool, ClientId: member.ClientId };
  return { ...workforce, kind: workforce.kind ?? kind, cognito: workforce.cognito ?? cognito };
}
