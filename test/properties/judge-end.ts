/** What has become of every Workteam and its work team in the end, worked out from the spec alone. */
import type { TeamSnapshot } from '../../dev/sagemaker/control.ts';
import { FINALIZER, OWNER_TAG_KEY, type Workteam } from '../../src/workteam/schema.ts';
import { deviations } from '../integration/spec-edits.ts';
import { REGION, type World } from '../support/world.ts';
import { type Life, ownerOf } from './history.ts';
import { teamOf } from './past.ts';

/** What is not as it should be, as sentences; none when everything is. */
export function judgeEnd(life: Life): string[] {
  const { world } = life;
  return [
    ...world.api.list().flatMap((object) => {
      const wrong = wrongIn(life, object);
      return wrong === undefined ? [] : [`${keyOf(object)}: ${wrong}`];
    }),
    ...orphans(life),
  ];
}

function wrongIn(life: Life, object: Workteam): string | undefined {
  const { metadata, spec, status } = object;
  const ready = conditionOf(object, 'Ready');
  const says = `it says ${ready?.status} ${ready?.reason}, ${ready?.message}`;
  if (ready === undefined) return 'it has no Ready condition';
  if (status?.observedGeneration !== metadata.generation)
    return `it is at generation ${status?.observedGeneration}; ${says}`;
  if (conditionOf(object, 'Reconciling')) return `it is still reconciling; ${says}`;
  if (spec.suspend === true) return ready.reason === 'Suspended' ? undefined : `it is suspended; ${says}`;
  if (metadata.deletionTimestamp !== undefined) return `it is still there; ${says}`;
  const team = shownTeam(life.world, object);
  if (spec.managementPolicy === 'Observe') return wrongInObserved(object, team);
  if (metadata.finalizers?.includes(FINALIZER) !== true) return 'it has no finalizer';
  const wrong = team === undefined ? ['there is no team'] : deviations(spec, team, ownerOf(keyOf(object)));
  const reasons = possibleReasons(life, object, team, wrong);
  if (reasons.length === 0) return `${wrong.join('; ')}; ${says}`;
  if (!reasons.includes(ready.reason)) return `${reasons.join(' or ')} is to be said; ${says}`;
  return (ready.reason === 'Synced') === (conditionOf(object, 'Stalled') === undefined)
    ? undefined
    : `Stalled? ${says}`;
}

function wrongInObserved(object: Workteam, team: TeamSnapshot | undefined): string | undefined {
  const ready = conditionOf(object, 'Ready');
  if (object.metadata.finalizers?.includes(FINALIZER)) return 'it is only observed and has a finalizer';
  if (ready?.reason !== 'Observed') return `it is observed and says ${ready?.reason}`;
  if (team === undefined) return ready.status === 'False' ? undefined : 'there is nothing to observe';
  const { [OWNER_TAG_KEY]: _owner, ...tags } = team.tags;
  const differs = deviations(object.spec, { ...team, tags: { ...tags, [OWNER_TAG_KEY]: 'x' } }, 'x').length > 0;
  const drifted = conditionOf(object, 'Drifted')?.status === 'True';
  return drifted === differs && ready.status === 'True' ? undefined : `Drifted is ${drifted}, and it is ${differs}`;
}

/** What Ready can truly say, by what is wrong with the team and what this AWS does not do about it. */
function possibleReasons(life: Life, object: Workteam, team: TeamSnapshot | undefined, wrong: string[]): string[] {
  const notOurs = team === undefined ? [] : reasonsNotToOwn(life, object, team);
  if (notOurs.length > 0) return notOurs;
  return wrong.length === 0 ? ['Synced'] : reasonsToFail(life, object, team);
}

/** Whose team it is, where that is not ours and cannot be. */
function reasonsNotToOwn({ world, history }: Life, object: Workteam, { tags }: TeamSnapshot): string[] {
  const owner = tags[OWNER_TAG_KEY];
  const ours = ownerOf(keyOf(object));
  if (owner === ours) return [];
  if (world.api.list().some((other) => ownerOf(keyOf(other)) === owner)) return ['NameConflict'];
  const { adoptionPolicy: policy = 'Never' } = object.spec;
  if (owner === undefined) return policy === 'Never' ? ['NotOwned'] : [];
  if (policy !== 'Always' || !history.allowTakeover) return ['NotOwned'];
  // Taken once in a generation; whoever takes it back keeps it.
  const wasOurs = world.happenings.some(
    (happening) => happening.kind === 'call' && happening.before.get(teamOf(object))?.tags[OWNER_TAG_KEY] === ours,
  );
  return wasOurs ? ['NotOwned'] : [];
}

/** What AWS does not do. */
function reasonsToFail({ world }: Life, { spec }: Workteam, team: TeamSnapshot | undefined): string[] {
  const switches = world.control.switches();
  const isCognito = spec.memberDefinitions.some((member) => member.cognitoMemberDefinition !== undefined);
  const wasCognito = team?.workteam.MemberDefinitions.some((member) => member.CognitoMemberDefinition !== undefined);
  const access = spec.workerAccessConfiguration?.s3Presign.iamPolicyConstraints;
  const refused =
    (team === undefined && isCognito && switches.workforceKind === 'enforced') ||
    (team !== undefined && isCognito !== wasCognito && switches.updateToOtherKind === 'refused') ||
    (access?.sourceIp && access.vpcSourceIp && switches.bothAccessFields === 'refused') ||
    (spec.description.length > 200 && switches.lengthUnit === 'utf16Units');
  const ignored =
    (team !== undefined && isCognito !== wasCognito && switches.updateToOtherKind === 'ignored') ||
    (team?.workteam.NotificationConfiguration !== undefined &&
      spec.notificationConfiguration?.notificationTopicArn === undefined &&
      switches.emptyNotification === 'ignored');
  return [...(refused ? ['InvalidRequest'] : []), ...(ignored ? ['NotConverging'] : [])];
}

/** Teams that a Workteam left behind with its own owner tag on it: nobody will ever delete them. */
function orphans(life: Life): string[] {
  return life.world.happenings.flatMap((happening): string[] => {
    if (happening.kind !== 'written' || happening.written.what !== 'finalizers') return [];
    const { key, before, after } = happening.written;
    const { deletionTimestamp, finalizers = [] } = before?.metadata ?? {};
    if (before === undefined || after !== undefined || deletionTimestamp === undefined) return [];
    if (before.spec.managementPolicy === 'Observe' || !finalizers.includes(FINALIZER)) return [];
    const team = happening.teams.get(teamOf(before));
    if (team?.tags[OWNER_TAG_KEY] !== ownerOf(key)) return [];
    return [`${key}: gone at ${happening.at / 1000} s, and its work team is left behind`];
  });
}

/** A team as the service shows it when asked. */
export function shownTeam({ control, teams }: World, object: Workteam): TeamSnapshot | undefined {
  const team = teams.get(teamOf(object));
  if (team === undefined) return undefined;
  const { WorkteamName } = team.workteam;
  const answer = control.actAsConsole({ region: REGION }, 'DescribeWorkteam', { WorkteamName });
  const { Workteam: workteam } = answer as { Workteam: TeamSnapshot['workteam'] };
  const { NotificationConfiguration: shown, ...rest } = workteam;
  const topic = shown?.NotificationTopicArn ? { NotificationConfiguration: shown } : {};
  return { workteam: { ...rest, ...topic }, tags: team.tags };
}

/** `<namespace>/<name>`. */
export function keyOf({ metadata }: Workteam): string {
  return `${metadata.namespace}/${metadata.name}`;
}

function conditionOf({ status }: Workteam, type: string) {
  return status?.conditions?.find((condition) => condition.type === type);
}

/** The reason of the Ready condition. */
export function readyReason(object: Workteam): string | undefined {
  return conditionOf(object, 'Ready')?.reason;
}
