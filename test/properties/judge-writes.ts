/** Whether each write to AWS was one that somebody asked for, on a team that was ours to write to, and made once. */
import { isDeepStrictEqual } from 'node:util';
import { canonicalMembers } from '../../src/workteam/compare.ts';
import { canonicalJson } from '../../src/workteam/json.ts';
import { FINALIZER, OWNER_TAG_KEY, type Workteam } from '../../src/workteam/schema.ts';
import { FOREIGN, type Life, ownerOf } from './history.ts';
import {
  type Called,
  lateReadsMs,
  lateWatchMs,
  objectsBefore,
  operatorsWrites,
  ownersBefore,
  PASS_MS,
  teamOf,
} from './past.ts';

/** What the requests here are made of. */
export interface Request {
  readonly Description?: string;
  readonly MemberDefinitions?: readonly {
    readonly CognitoMemberDefinition?: { UserPool: string; UserGroup: string; ClientId: string };
    readonly OidcMemberDefinition?: { Groups: string[] };
  }[];
  readonly NotificationConfiguration?: { readonly NotificationTopicArn?: string };
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[];
  readonly TagKeys?: readonly string[];
}

/** What is wrong with the writes of a life, as sentences; none when nothing is. */
export function judgeWrites(life: Life): string[] {
  return operatorsWrites(life).flatMap(({ call, index }) => {
    const why = objection(life, call, index);
    return why === undefined ? [] : [`${said(call)}: ${why}`];
  });
}

/** A call in a few words. */
export function said({ at, entry }: Called): string {
  return `${entry.operation} of ${entry.workteamName} at ${(at / 1000).toFixed(3)} s`;
}

function objection(life: Life, call: Called, index: number): string | undefined {
  const { team } = call;
  const { operation, parameters } = call.entry;
  const request = parameters as Request; // the operator's own
  if (operation === 'CreateWorkteam') return objectionToCreate(life, request, index, team);
  const owners = ownersBefore(life, index, team, PASS_MS + lateReadsMs(life, /ToListTagsMs$/));
  const objects = objectsBefore(life, index, team, PASS_MS).filter(isManaged);
  const adopted = ownerTagIn(request);
  if (adopted !== undefined) {
    // A team that is gone may be shown for a while, without tags, and takes no harm.
    if (owners.has('absent') && !call.entry.effective) return undefined;
    const able = objects.some((object) => ownerTagOf(object) === adopted && mayAdopt(life, object, owners, index));
    return able ? undefined : `nobody may adopt it from ${[...owners].join(' or ')}`;
  }
  const owned = objects.filter((object) => owners.has(ownerTagOf(object)));
  if (owned.length === 0) return `it belongs to ${[...owners].join(' or ')}`;
  const [going, living] = [owned.filter(isDeleting), owned.filter((object) => !isDeleting(object))];
  const retained = going.filter(({ spec }) => spec.deletionPolicy === 'Retain');
  if (operation === 'DeleteWorkteam') return going.length > retained.length ? undefined : 'nobody wants it deleted';
  if (operation === 'DeleteTags' && request.TagKeys?.includes(OWNER_TAG_KEY)) {
    const released = isDeepStrictEqual(request.TagKeys, [OWNER_TAG_KEY]);
    return released && retained.length > 0 ? undefined : 'nobody wants it released';
  }
  if (living.length === 0) return 'nobody wants it changed';
  if (operation !== 'UpdateWorkteam') return undefined;
  return living.some((object) => isAskedFor(request, object)) ? undefined : 'no spec asks for that';
}

/** A create is the one write that is made on the word of the watch. */
function objectionToCreate(life: Life, request: Request, index: number, team: string): string | undefined {
  const objects = objectsBefore(life, index, team, PASS_MS + lateWatchMs(life)).filter(isManaged);
  const makers = objects.filter((object) => !isDeleting(object) && ownerTagIn(request) === ownerTagOf(object));
  if (makers.length === 0) return 'nobody wants it made';
  return makers.some((object) => isAskedFor(request, object)) ? undefined : 'no spec asks for that';
}

function mayAdopt(life: Life, object: Workteam, owners: ReadonlySet<string | undefined>, index: number): boolean {
  const { adoptionPolicy: policy = 'Never' } = object.spec;
  if (isDeleting(object) || policy === 'Never') return false;
  if (owners.has(undefined)) return true;
  if (policy !== 'Always' || !life.history.allowTakeover) return false;
  const living = new Set(objectsBefore(life, index, teamOf(object), 0).map(ownerTagOf));
  return owners.has(FOREIGN) || [...owners].some((owner) => owner !== 'absent' && !living.has(owner ?? ''));
}

function isAskedFor(request: Request, { spec }: Workteam): boolean {
  const members = (request.MemberDefinitions ?? []).map(({ CognitoMemberDefinition: c, OidcMemberDefinition: o }) => ({
    ...(c && { cognitoMemberDefinition: { userPool: c.UserPool, userGroup: c.UserGroup, clientId: c.ClientId } }),
    ...(o && { oidcMemberDefinition: { groups: o.Groups } }),
  }));
  return (
    request.Description === spec.description &&
    request.NotificationConfiguration?.NotificationTopicArn === spec.notificationConfiguration?.notificationTopicArn &&
    canonicalJson(canonicalMembers(members)) === canonicalJson(canonicalMembers(spec.memberDefinitions))
  );
}

function isManaged({ metadata, spec }: Workteam): boolean {
  const finalized = metadata.finalizers?.includes(FINALIZER) === true;
  return finalized && spec.managementPolicy !== 'Observe' && spec.suspend !== true;
}

function isDeleting({ metadata }: Workteam): boolean {
  return metadata.deletionTimestamp !== undefined;
}

function ownerTagOf({ metadata }: Workteam): string {
  return ownerOf(`${metadata.namespace}/${metadata.name}`);
}

/** The owner tag that a request sets, if it sets one. */
export function ownerTagIn({ Tags }: Request): string | undefined {
  return Tags?.find(({ Key }) => Key === OWNER_TAG_KEY)?.Value;
}
