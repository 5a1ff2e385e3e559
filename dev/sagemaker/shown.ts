/** How the service shows a stored team: where the switches about answers apply. */
import type { MemberDefinition, Workteam } from './shapes.ts';
import type { Switches } from './switches.ts';

type Members = readonly MemberDefinition[];
type Access = NonNullable<Workteam['WorkerAccessConfiguration']>;
type Random = () => number;

/** The team as DescribeWorkteam and UpdateWorkteam answer it. */
export function shownTeam(team: Workteam, switches: Switches, random: Random): Workteam {
  const notification = team.NotificationConfiguration ?? NO_TOPIC[switches.noTopicShownAs];
  const access = shownAccess(team.WorkerAccessConfiguration, switches);
  return {
    ...team,
    MemberDefinitions: shownMembers(team.MemberDefinitions, switches.memberOrder, random),
    ...(notification && { NotificationConfiguration: notification }),
    ...(access && { WorkerAccessConfiguration: access }),
  };
}

/** The team as ListWorkteams answers it. */
export function listedTeam(team: Workteam, switches: Switches, random: Random): Workteam {
  const shown = shownTeam(team, switches, random);
  if (switches.listOptionalMembers === 'included') return shown;
  const { WorkteamName, MemberDefinitions, WorkteamArn, Description } = shown;
  return { WorkteamName, MemberDefinitions, WorkteamArn, Description };
}

const NO_TOPIC: Readonly<Record<Switches['noTopicShownAs'], Workteam['NotificationConfiguration']>> = {
  absent: undefined,
  empty: {},
  emptyTopic: { NotificationTopicArn: '' },
};

const UNTOUCHED: Readonly<Record<Switches['untouchedAccess'], Access | undefined>> = {
  absent: undefined,
  empty: {},
  emptyConstraints: { S3Presign: { IamPolicyConstraints: {} } },
  disabled: { S3Presign: { IamPolicyConstraints: { SourceIp: 'Disabled', VpcSourceIp: 'Disabled' } } },
  sourceIp: { S3Presign: { IamPolicyConstraints: { SourceIp: 'Enabled', VpcSourceIp: 'Disabled' } } },
};

function shownAccess(access: Access | undefined, switches: Switches): Access | undefined {
  if (!access) return UNTOUCHED[switches.untouchedAccess];
  if (switches.partialAccess === 'leftOut') return access;
  const given = access.S3Presign?.IamPolicyConstraints;
  return { S3Presign: { IamPolicyConstraints: { SourceIp: 'Disabled', VpcSourceIp: 'Disabled', ...given } } };
}

function shownMembers(members: Members, order: Switches['memberOrder'], random: Random): Members {
  switch (order) {
    case 'kept':
      return members;
    case 'sorted':
      return arranged(members, (items) => items.toSorted((a, b) => compare(JSON.stringify(a), JSON.stringify(b))));
    case 'shuffled':
      return arranged(members, (items) => shuffled(items, random));
    case 'merged':
      return merged(members);
    default:
      return order satisfies never;
  }
}

/** The definitions, and the groups in each, in the order that `arrange` makes. */
function arranged(members: Members, arrange: <T>(items: readonly T[]) => readonly T[]): Members {
  const inside = members.map((member) => {
    const groups = member.OidcMemberDefinition?.Groups;
    return groups ? { OidcMemberDefinition: { Groups: arrange(groups) } } : member;
  });
  return arrange(inside);
}

function merged(members: Members): Members {
  const groups = members.flatMap((member) => member.OidcMemberDefinition?.Groups ?? []);
  return groups.length === 0 ? members : [{ OidcMemberDefinition: { Groups: [...new Set(groups)] } }];
}

function shuffled<T>(items: readonly T[], random: Random): readonly T[] {
  return items
    .map((item) => ({ item, rank: random() }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
