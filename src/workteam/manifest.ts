/** From a work team that exists to the Workteam that describes it: only observed, until somebody decides otherwise. */
import { canonicalMembers, isLeftAlone } from './compare.ts';
import { keyOf, manifestNames } from './manifest-names.ts';
import { type ObservedWorkteam, type Tags, workforceNameOf } from './observed.ts';
import { parseOwnerTag } from './owner.ts';
import { API_VERSION, KIND, OWNER_TAG_KEY, parseSpec, type WorkteamSpec } from './schema.ts';

/** A work team as it was found. */
export interface FoundWorkteam {
  readonly region: string;
  readonly team: ObservedWorkteam;
  /** All of its tags. */
  readonly tags: Tags;
}

/** A Workteam as somebody writes it into a file. Every field is there that AWS has a value for, in the order of the schema. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: WorkteamSpec;
}

/** A manifest that the API server accepts, of which work team it is, and what its reader ought to know. */
export interface ImportedWorkteam {
  readonly region: string;
  readonly workteamName: string;
  readonly manifest: Manifest;
  /** What is to be known before the team is taken over, and what is said otherwise than in AWS; each a sentence. */
  readonly comments: readonly string[];
}

/** A work team that no Workteam can describe, and every reason why. */
export interface LeftOutWorkteam {
  readonly region: string;
  readonly workteamName: string;
  readonly reasons: readonly string[];
}

/** What became of the work teams that were found; each is in one of the two, sorted by region and name. */
export interface Imported {
  readonly workteams: readonly ImportedWorkteam[];
  readonly leftOut: readonly LeftOutWorkteam[];
}

/** What the manifests are to be like. */
export interface ImportSettings {
  /** Left out, the manifests name none. */
  readonly namespace?: string | undefined;
  /** Tags that the operator leaves alone, as it runs with `--ignore-tag-keys`. */
  readonly ignoreTagKeys: readonly string[];
}

/** Writes a Workteam for each work team that one can describe. The same teams give the same manifests, whatever their order. */
export function importWorkteams(found: readonly FoundWorkteam[], settings: ImportSettings): Imported {
  const judged = found
    .map((each) => ({ ...each, workteamName: each.team.workteamName, ...judge(each, settings.ignoreTagKeys) }))
    .toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const names = manifestNames(judged.filter(({ reasons }) => reasons.length === 0));
  const workteams: ImportedWorkteam[] = [];
  const leftOut: LeftOutWorkteam[] = [];
  for (const { region, workteamName, spec, reasons, tags } of judged) {
    const name = names.get(keyOf({ region, workteamName }));
    if (spec === undefined || name === undefined) leftOut.push({ region, workteamName, reasons });
    else {
      const manifest = manifestOf(name, spec, settings.namespace);
      workteams.push({ region, workteamName, manifest, comments: commentsOn(tags) });
    }
  }
  return { workteams, leftOut };
}

/** The manifest of a spec that says the team's name; where that is the manifest's own, it is left out. */
function manifestOf(name: string, { workteamName, ...spec }: WorkteamSpec, namespace: string | undefined): Manifest {
  return {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: { name, ...(namespace !== undefined && { namespace }) },
    spec: { ...(workteamName !== undefined && workteamName !== name && { workteamName }), ...spec },
  };
}

/**
 * The spec that describes a work team, or everything about it that none can say: where the API server would refuse, in its
 * words.
 */
function judge(found: FoundWorkteam, ignoreTagKeys: readonly string[]): { spec?: WorkteamSpec; reasons: string[] } {
  const { team } = found;
  const reasons: string[] = [];
  const crowd = /:workteam\/(vendor|public)-crowd\//.exec(team.workteamArn)?.[1];
  if (crowd !== undefined) reasons.push(`it is a ${crowd} work team, and Workteams are private ones`);
  if ((team.productListingIds ?? []).length > 0) reasons.push('its workers come from a vendor in AWS Marketplace');
  if (team.memberDefinitions.some((member) => Object.keys(member).length === 0)) {
    reasons.push('it has a member definition that is neither of Cognito nor of an OIDC identity provider');
  }
  if (!team.description.isWellFormed()) reasons.push('its description is not valid Unicode');
  const parsed = parseSpec(draftOf(found, ignoreTagKeys), NAMED_BY_ITS_SPEC);
  if (!parsed.ok) reasons.push(...parsed.problems.map((problem) => `${problem}${adviceOn(problem)}`));
  return parsed.ok && reasons.length === 0 ? { spec: parsed.spec, reasons } : { reasons };
}

/** Any name will do for a spec that says the team's. */
const NAMED_BY_ITS_SPEC = 'named-by-its-spec';

/** What helps where the rule's own words do not say it. */
function adviceOn(problem: string): string {
  if (!problem.startsWith('spec.tags: Too many')) return '';
  return '; name those that the operator is to leave alone with --ignore-tag-keys, here and where it runs';
}

/** The spec as far as AWS says it, before anybody has checked it; with the team's name, whether a Workteam needs it or not. */
function draftOf(
  { region, team, tags }: FoundWorkteam,
  ignoreTagKeys: readonly string[],
): Readonly<Record<keyof WorkteamSpec, unknown>> {
  const kept = Object.entries(tags).filter(([key]) => !isLeftAlone(key, ignoreTagKeys));
  const topic = team.notificationTopicArn;
  return {
    workteamName: team.workteamName,
    workforceName: team.workforceArn === undefined ? undefined : workforceNameOf(team.workforceArn),
    region,
    description: team.description,
    // In an order that does not depend on AWS's: Cognito's one by one, or all OIDC groups in one definition.
    memberDefinitions: canonicalMembers(team.memberDefinitions),
    notificationConfiguration: topic === undefined ? undefined : { notificationTopicArn: topic },
    workerAccessConfiguration: accessOf(team),
    tags: kept.length === 0 ? undefined : Object.fromEntries(kept.toSorted(([a], [b]) => (a < b ? -1 : 1))),
    deletionPolicy: 'Retain',
    adoptionPolicy: 'IfUnowned',
    managementPolicy: 'Observe',
    suspend: undefined,
  };
}

/**
 * From where files may be opened. Where AWS shows both settings, a Disabled one says nothing that the other does not, or
 * both say that nothing is restricted; so one is written: a server that takes one at a time would refuse every update.
 */
function accessOf({ workerAccessConfiguration }: ObservedWorkteam): unknown {
  const { sourceIp, vpcSourceIp } = workerAccessConfiguration?.s3Presign?.iamPolicyConstraints ?? {};
  if (sourceIp === undefined && vpcSourceIp === undefined) return undefined;
  const isWritten = (own: string | undefined, other: string | undefined): boolean =>
    own !== 'Disabled' || other === undefined;
  const bothDisabled = sourceIp === 'Disabled' && vpcSourceIp === 'Disabled';
  const iamPolicyConstraints = {
    sourceIp: bothDisabled || isWritten(sourceIp, vpcSourceIp) ? sourceIp : undefined,
    vpcSourceIp: isWritten(vpcSourceIp, sourceIp) ? vpcSourceIp : undefined,
  };
  return { s3Presign: { iamPolicyConstraints } };
}

/** Tags of a work team, without those of AWS's own (documentation of AddTags). */
const MOST_TAGS = 50;

function commentsOn(tags: Tags): string[] {
  const owner = tags[OWNER_TAG_KEY];
  if (owner !== undefined) return [ownedComment(owner)];
  const counted = Object.keys(tags).filter((key) => !/^aws:/i.test(key)).length;
  if (counted < MOST_TAGS) return [];
  return [`It has ${counted} tags, as many as AWS allows: remove one in AWS, or the owner tag finds no room.`];
}

function ownedComment(tag: string): string {
  const owner = parseOwnerTag(tag);
  const whose =
    owner === undefined
      ? `the owner tag ${JSON.stringify(tag)}`
      : `the owner tag of Workteam ${owner.namespace}/${owner.name} of cluster ${owner.clusterId}`;
  return `It carries ${whose}. Unless that is this very Workteam, Manage is refused until it is released there: deletionPolicy Retain, then delete that Workteam.`;
}
