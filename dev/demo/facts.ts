/** What is compared to verify a step, as plain data: teams as specs want them, teams as they are, and who wrote what. */
import { z } from 'zod';
import type { TeamSnapshot } from '../sagemaker/control.ts';
import type { LedgerEntry } from '../sagemaker/ledger.ts';

const Condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string(),
  observedGeneration: z.number().optional(),
});

/** As much of a Workteam as the demo looks at, from `kubectl get -o json`. */
export const WorkteamObject = z.object({
  metadata: z.object({ name: z.string(), namespace: z.string(), generation: z.number() }),
  spec: z.object({
    workteamName: z.string().optional(),
    region: z.string(),
    description: z.string(),
    tags: z.record(z.string(), z.string()).optional(),
    memberDefinitions: z.array(
      z.object({
        oidcMemberDefinition: z.object({ groups: z.array(z.string()) }).optional(),
        cognitoMemberDefinition: z.object({ userGroup: z.string() }).optional(),
      }),
    ),
  }),
  status: z.object({ observedGeneration: z.number(), conditions: z.array(Condition).optional() }),
});
export type WorkteamObject = z.infer<typeof WorkteamObject>;

/** Whether a Workteam is Ready, why, and whether that is said of the spec that is there now. */
export function readiness({ metadata, status }: WorkteamObject): string {
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  if (ready === undefined) return `${metadata.name}: not looked at yet`;
  const current = [status.observedGeneration, ready.observedGeneration].every((seen) => seen === metadata.generation);
  return `${metadata.name}: Ready ${ready.status} (${ready.reason})${current ? '' : ', of an older spec'}`;
}

export type Kind = 'OIDC' | 'Cognito';

/** A work team, as it is or as a spec wants it. Members are groups of users, sorted. */
export interface Team {
  readonly region: string;
  readonly name: string;
  readonly kind: Kind;
  readonly members: readonly string[];
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** The work team that a Workteam of this cluster asks for, with the tag that says whose it is. */
export function wantedTeam({ metadata, spec }: WorkteamObject, clusterId: string): Team {
  const { region, description, memberDefinitions } = spec;
  const oidc = memberDefinitions.flatMap(({ oidcMemberDefinition }) => oidcMemberDefinition?.groups ?? []);
  const cognito = memberDefinitions.flatMap(({ cognitoMemberDefinition: member }) =>
    member ? [member.userGroup] : [],
  );
  return {
    region,
    name: spec.workteamName ?? metadata.name,
    ...membership(oidc, cognito),
    description,
    tags: { ...spec.tags, 'workteams.dev/owner': `${clusterId}/${metadata.namespace}/${metadata.name}` },
  };
}

/** A work team as the emulator has it. */
export function actualTeam(region: string, { workteam, tags }: TeamSnapshot): Team {
  const { WorkteamName, Description, MemberDefinitions } = workteam;
  return { region, name: WorkteamName, ...memberDefinitions(MemberDefinitions), description: Description, tags };
}

const MemberDefinitions = z.array(
  z.object({
    OidcMemberDefinition: z.object({ Groups: z.array(z.string()).optional() }).optional(),
    CognitoMemberDefinition: z.object({ UserGroup: z.string() }).optional(),
  }),
);

function memberDefinitions(definitions: unknown): Pick<Team, 'kind' | 'members'> {
  const parsed = MemberDefinitions.parse(definitions);
  const oidc = parsed.flatMap(({ OidcMemberDefinition: member }) => member?.Groups ?? []);
  const cognito = parsed.flatMap(({ CognitoMemberDefinition: member }) => (member ? [member.UserGroup] : []));
  return membership(oidc, cognito);
}

function membership(oidc: readonly string[], cognito: readonly string[]): Pick<Team, 'kind' | 'members'> {
  return { kind: oidc.length > 0 ? 'OIDC' : 'Cognito', members: [...oidc, ...cognito].toSorted() };
}

/** A line that says all of a team, so that two are equal exactly when their lines are. */
export function teamLine({ region, name, kind, members, description, tags }: Team): string {
  const tagged = Object.entries(tags)
    .map(([key, value]) => `${key}=${value}`)
    .toSorted();
  return `${region} ${name}: ${kind} ${members.join(', ')}; "${description}"; ${tagged.join(', ')}`;
}

/** What became of each group, in the order of the first list and then of the second. */
export interface Fate {
  readonly group: string;
  readonly before: boolean;
  readonly after: boolean;
}

export function fates(before: readonly string[], after: readonly string[]): Fate[] {
  const all = new Set([...before, ...after]);
  return [...all].map((group) => ({ group, before: before.includes(group), after: after.includes(group) }));
}

/** A call that changes things in AWS. */
export interface Write {
  readonly by: 'operator' | 'console';
  readonly time: Date;
  readonly region: string;
  readonly operation: string;
  readonly team: string;
  /** The members that were sent, if any were. */
  readonly members: readonly string[];
  readonly outcome: string;
}

/** The writes among these calls, the refused ones too, oldest first. */
export function writesIn(entries: readonly LedgerEntry[]): Write[] {
  return entries
    .filter(({ write }) => write)
    .map(({ outOfBand, time, region, operation, workteamName = '', parameters, outcome }) => ({
      by: outOfBand ? 'console' : 'operator',
      time: new Date(time),
      region,
      operation,
      team: workteamName,
      members: membersSent(parameters),
      outcome,
    }));
}

const Parameters = z.object({ MemberDefinitions });

function membersSent(parameters: unknown): readonly string[] {
  const parsed = Parameters.safeParse(parameters);
  return parsed.success ? memberDefinitions(parsed.data.MemberDefinitions).members : [];
}

/** One line for each write, sorted, to be compared with the writes that there should be. */
export function summary(writes: readonly Write[]): string[] {
  return writes
    .map(({ by, operation, region, team, members, outcome }) => {
      const sent = members.length === 0 ? [] : [`(${members.join(', ')})`];
      return [by, operation, region, team, ...sent, outcome].join(' ');
    })
    .toSorted();
}
