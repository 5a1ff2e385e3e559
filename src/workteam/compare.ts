import { canonicalJson, cut, type Json } from './json.ts';
import type { MutableWorkteam, ObservedWorkteam, Tags } from './observed.ts';
import { workforceNameOf } from './observed.ts';
import type { MemberDefinition, WorkteamSpec } from './schema.ts';

/** One thing in which a work team is not what the spec says. */
export interface Difference {
  /** The spec's path, such as `description`, `memberDefinitions` or `tags.team`. */
  readonly field: string;
  /** `undefined`: the spec wants it gone. */
  readonly desired: Json | undefined;
  /** `undefined`: AWS has nothing there. */
  readonly observed: Json | undefined;
  /** What repairs it: UpdateWorkteam, a tag call, or nothing at all. */
  readonly repair: 'update' | 'tags' | 'impossible';
}

/**
 * Compares a spec with the mutable part of a work team. Sets are compared as sets: the order of members and groups means
 * nothing, and OIDC groups are compared by their union, because the server may merge definitions. Whatever the spec leaves
 * out of workerAccessConfiguration is the server's choice and never a difference.
 */
export function compareWorkteam(spec: WorkteamSpec, team: MutableWorkteam): Difference[] {
  const differences: Difference[] = [];
  const compare = (field: string, desired: Json | undefined, observed: Json | undefined): void => {
    if (canonicalJson(desired) !== canonicalJson(observed))
      differences.push({ field, desired, observed, repair: 'update' });
  };
  compare('description', spec.description, team.description);
  compare('memberDefinitions', canonicalMembers(spec.memberDefinitions), canonicalMembers(team.memberDefinitions));
  compare(
    'notificationConfiguration.notificationTopicArn',
    spec.notificationConfiguration?.notificationTopicArn,
    team.notificationTopicArn,
  );
  const desired = spec.workerAccessConfiguration?.s3Presign.iamPolicyConstraints;
  const observed = team.workerAccessConfiguration?.s3Presign?.iamPolicyConstraints;
  for (const key of ['sourceIp', 'vpcSourceIp'] as const) {
    // A constraint that the server does not mention is not enabled.
    if (desired?.[key] === undefined || desired[key] === (observed?.[key] ?? 'Disabled')) continue;
    compare(`workerAccessConfiguration.s3Presign.iamPolicyConstraints.${key}`, desired[key], observed?.[key]);
  }
  return differences;
}

/** The create-only fields in which a work team is not what the spec says. Nothing repairs them. */
export function compareCreateOnly(spec: WorkteamSpec, team: ObservedWorkteam): Difference[] {
  if (spec.workforceName === undefined || team.workforceArn === undefined) return [];
  const observed = workforceNameOf(team.workforceArn);
  if (spec.workforceName === observed) return [];
  return [{ field: 'workforceName', desired: spec.workforceName, observed, repair: 'impossible' }];
}

/**
 * Compares tags exactly: what the spec does not name is to go. Left alone are AWS's own (`aws:`), ours (`workteams.dev/`)
 * and keys that match `ignoreTagKeys` (a `*` at the end matches any rest).
 */
export function compareTags(desired: Tags, observed: Tags, ignoreTagKeys: readonly string[]): Difference[] {
  const keys = [...new Set([...Object.keys(desired), ...Object.keys(observed)])].sort();
  return keys
    .filter((key) => !isLeftAlone(key, ignoreTagKeys))
    .map((key) => ({ key, wanted: ownValue(desired, key), found: ownValue(observed, key) }))
    .filter(({ wanted, found }) => wanted !== found)
    .map(({ key, wanted, found }) => ({ field: `tags.${key}`, desired: wanted, observed: found, repair: 'tags' }));
}

/** The value of a tag. Its key may be a name that every object inherits, such as `constructor`. */
function ownValue(tags: Tags, key: string): string | undefined {
  return Object.hasOwn(tags, key) ? tags[key] : undefined;
}

/**
 * Members in one canonical form: each Cognito member once, sorted, then one OIDC definition with the sorted union of all
 * groups. Two lists mean the same members exactly when their canonical forms are equal.
 */
export function canonicalMembers(members: readonly MemberDefinition[]): Json[] {
  const cognito = new Set<string>();
  const groups = new Set<string>();
  for (const { cognitoMemberDefinition, oidcMemberDefinition } of members) {
    if (cognitoMemberDefinition) {
      const { userPool, userGroup, clientId } = cognitoMemberDefinition;
      cognito.add(canonicalJson({ cognitoMemberDefinition: { userPool, userGroup, clientId } }));
    }
    for (const group of oidcMemberDefinition?.groups ?? []) groups.add(group);
  }
  const canonical = [...cognito].sort().map((member) => JSON.parse(member) as Json);
  return groups.size === 0 ? canonical : [...canonical, { oidcMemberDefinition: { groups: [...groups].sort() } }];
}

/** Whether a tag is nobody's business but its own: it is never compared, set or removed. */
export function isLeftAlone(key: string, ignoreTagKeys: readonly string[]): boolean {
  if (/^aws:/i.test(key) || key.startsWith('workteams.dev/')) return true;
  return ignoreTagKeys.some((pattern) =>
    pattern.endsWith('*') ? key.startsWith(pattern.slice(0, -1)) : key === pattern,
  );
}

/** A value as status and messages show it: compact JSON with sorted keys, cut at 1,024 characters. */
export function display(value: Json | undefined): string {
  return cut(canonicalJson(value), 1024);
}
