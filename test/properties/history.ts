/** What can happen to an operator, as data: a history is lived through in a world, and can be printed and pasted. */
import { ServiceError } from '../../dev/sagemaker/errors.ts';
import type { Fault } from '../../dev/sagemaker/faults.ts';
import { DEFAULT_ACCOUNT } from '../../dev/sagemaker/identity.ts';
import { DEFAULT_QUOTA } from '../../dev/sagemaker/store.ts';
import type { Switches } from '../../dev/sagemaker/switches.ts';
import { FINALIZER, OWNER_TAG_KEY, REQUESTED_AT_ANNOTATION, type WorkteamSpec } from '../../src/workteam/schema.ts';
import type { Outgoing } from '../support/world/process.ts';
import { CLUSTER_ID, REGION, RESYNC_MS, World } from '../support/world.ts';

/** The Workteams that may exist, and the work team that each of them is about: two want the same, one has a capital. */
export const OBJECTS = {
  blue: { key: 'vision/blue', team: 'blue' },
  azure: { key: 'audio/azure', team: 'blue' },
  red: { key: 'vision/red', team: 'Red' },
} as const;

export type ObjectName = keyof typeof OBJECTS;
export type TeamName = 'blue' | 'Red';

/** The name of the work team comes from `OBJECTS`. */
export type Spec = Omit<WorkteamSpec, 'workteamName' | 'workforceName' | 'region'>;

type Access = NonNullable<Spec['workerAccessConfiguration']>['s3Presign']['iamPolicyConstraints'];

/** What somebody does in AWS's console. */
export type ConsoleDeed =
  | { readonly make: 'unowned' | 'foreign' }
  | { readonly describe: string }
  | { readonly groups: readonly string[] }
  /** `''` takes the topic off. */
  | { readonly topic: string }
  | { readonly access: Access }
  | { readonly tag: string; readonly value: string }
  | { readonly untag: string }
  /** The owner tag: taken off, or set to somebody else. */
  | { readonly owner: 'none' | 'foreign' }
  | { readonly gone: true };

export type Deed =
  /** The object is made, or has its spec replaced. */
  | { readonly do: 'apply'; readonly name: ObjectName; readonly spec: Spec }
  | { readonly do: 'edit'; readonly name: ObjectName; readonly set: Partial<Spec> }
  | { readonly do: 'leaveOut'; readonly name: ObjectName; readonly field: keyof Spec }
  | { readonly do: 'delete'; readonly name: ObjectName }
  /** Somebody adds a finalizer of their own, or takes ours off. */
  | { readonly do: 'hold'; readonly name: ObjectName }
  | { readonly do: 'strip'; readonly name: ObjectName }
  /** Another writer sets an annotation that is nothing to us. */
  | { readonly do: 'touch'; readonly name: ObjectName }
  /** A new value of the "reconcile now" annotation. */
  | { readonly do: 'ask'; readonly name: ObjectName }
  | { readonly do: 'console'; readonly team: TeamName; readonly deed: ConsoleDeed }
  /** The nth call to AWS from now on (of that operation), or so many from it on, are spoiled. */
  | {
      readonly do: 'fault';
      readonly nth: number;
      readonly operation?: string;
      readonly times?: number;
      readonly fault: Fault;
    }
  /** The reads of what the operator writes next are stale, `times` of them from the nth on. */
  | { readonly do: 'mislead'; readonly nth: number; readonly times: number }
  /** The nth call to Kubernetes from now on (of that name) loses its connection, before or after it acted, or is refused. */
  | {
      readonly do: 'break';
      readonly nth: number;
      readonly when: 'before' | 'after' | 'conflict' | 'failure';
      readonly call?: Outgoing['name'];
    }
  /** Just before the nth call from now on acts, somebody does this. */
  | { readonly do: 'meanwhile'; readonly nth: number; readonly deed: Exclude<Deed, { do: 'restart' }> }
  /** The process dies at its nth call from now on, and comes back `downMs` later. */
  | { readonly do: 'kill'; readonly nth: number; readonly when: 'before' | 'after'; readonly downMs: number }
  | { readonly do: 'restart'; readonly downMs: number }
  /** The watch is silent for so long. */
  | { readonly do: 'silence'; readonly ms: number }
  /** Labeling jobs with so much work pending use the team. */
  | { readonly do: 'jobs'; readonly team: TeamName; readonly pending: number }
  /** Nothing, for a while. */
  | { readonly do: 'wait' }
  /** So many work teams can still be made. */
  | { readonly do: 'quota'; readonly left: number };

/** A deed, and how long nothing else is done after it, in milliseconds. */
export type Step = Deed & { readonly pause: number };

export interface History {
  readonly seed: number;
  readonly switches: Partial<Switches>;
  readonly allowTakeover: boolean;
  /** Half of all passes find that many others wait for a worker; none, when left out. */
  readonly crowded?: boolean;
  readonly steps: readonly Step[];
}

/** A history that has been lived through. */
export interface Life {
  readonly history: History;
  readonly world: World;
  /** From when on everything has to be at rest, and until when nothing was asked of anybody. */
  readonly settledAt: number;
  readonly askedAt: number;
}

/** The value of the owner tag of a Workteam, and of somebody outside this cluster. */
export const ownerOf = (key: string) => `${CLUSTER_ID}/${key}`;
export const FOREIGN = 'cluster-2/vision/blue';

/** A finalizer of somebody else, which is taken off in the end. */
const HELD = 'example.com/held';

/** Six resyncs until the tags have been read, and the longest backoff (15 min) twice. */
export const SETTLING_MS = 7.5 * RESYNC_MS + 30 * 60_000;
/** Three resyncs, at their longest. */
const RESTING_MS = 3.3 * RESYNC_MS;
/** Long enough for a pass without any trouble. */
const ANSWERING_MS = 60_000;

/**
 * Lives through a history, and then long enough (`settlingMs`, in milliseconds) for everything to settle; `judge` looks at
 * what has become of it.
 */
export async function live<T>(
  history: History,
  judge: (life: Life) => T,
  { settlingMs = SETTLING_MS }: { readonly settlingMs?: number } = {},
): Promise<T> {
  const { seed, switches, allowTakeover, crowded = false, steps } = history;
  const world = await World.begin({ seed, switches, allowTakeover, crowded });
  try {
    for (const step of steps) {
      await perform(world, step);
      await world.pass(step.pause);
    }
    world.forgetPlans();
    world.control.setup({ region: REGION, quota: DEFAULT_QUOTA });
    for (const { key, team } of Object.values(OBJECTS)) {
      putJobs(world, team, 0);
      world.api.setFinalizer(key, HELD, false);
    }
    await world.pass(settlingMs);
    const settledAt = world.clock.now();
    await world.pass(RESTING_MS);
    const askedAt = world.clock.now();
    for (const { key } of Object.values(OBJECTS)) if (isSynced(world, key)) ask(world, key);
    await world.pass(ANSWERING_MS);
    return judge({ history, world, settledAt, askedAt });
  } finally {
    await world.end();
  }
}

const BREAKS = { before: 'breaksBefore', after: 'breaksAfter', conflict: 'conflicts', failure: 'fails' } as const;

function isSynced(world: World, key: string): boolean {
  return world.api.get(key)?.status?.conditions?.some(({ reason }) => reason === 'Synced') === true;
}

function perform(world: World, deed: Deed): void | Promise<void> {
  const { api, control } = world;
  switch (deed.do) {
    case 'apply':
      return apply(world, OBJECTS[deed.name].key, namedSpec(deed.name, deed.spec));
    case 'edit':
      return api.edit(OBJECTS[deed.name].key, (spec) => consistent({ ...spec, ...deed.set }));
    case 'leaveOut':
      return api.edit(OBJECTS[deed.name].key, ({ [deed.field]: _, ...spec }) => consistent(spec as WorkteamSpec));
    case 'delete':
      return api.delete(OBJECTS[deed.name].key);
    case 'hold':
      return api.setFinalizer(OBJECTS[deed.name].key, HELD, true);
    case 'strip':
      return api.setFinalizer(OBJECTS[deed.name].key, FINALIZER, false);
    case 'touch':
      return api.annotate(OBJECTS[deed.name].key, { 'example.com/touched': String(world.clock.now()) });
    case 'ask':
      return ask(world, OBJECTS[deed.name].key);
    case 'console':
      return inConsole(world, deed.team, deed.deed);
    case 'fault': {
      const { operation, nth, times } = deed;
      control.addFault({ match: { operation, nth, times }, fault: deed.fault });
      return;
    }
    case 'mislead':
      return world.mislead(deed.nth, deed.times);
    case 'break':
      return world.plan({ fate: BREAKS[deed.when], nth: deed.nth, name: deed.call });
    case 'meanwhile':
      return world.meanwhile(deed.nth, () => void perform(world, deed.deed));
    case 'kill': {
      const { nth, downMs } = deed;
      return world.plan({ fate: deed.when === 'before' ? 'diesBefore' : 'diesAfter', nth, downMs });
    }
    case 'restart':
      return world.restart(deed.downMs);
    case 'silence':
      return world.silence(deed.ms);
    case 'jobs':
      return putJobs(world, deed.team, deed.pending);
    case 'wait':
      return;
    case 'quota':
      return control.setup({ region: REGION, quota: world.teams.size + deed.left });
    default:
      return deed satisfies never;
  }
}

function apply({ api }: World, key: string, spec: WorkteamSpec): void {
  if (api.get(key) === undefined) api.create(key, spec);
  else api.edit(key, () => spec);
}

function ask(world: World, key: string): void {
  world.api.annotate(key, { [REQUESTED_AT_ANNOTATION]: String(world.clock.now()) });
}

function namedSpec(name: ObjectName, spec: Spec): WorkteamSpec {
  const { key, team } = OBJECTS[name];
  return consistent(key.endsWith(`/${team}`) ? spec : { ...spec, workteamName: team });
}

/** Whoever may adopt has to say what happens on deletion. */
function consistent(spec: WorkteamSpec): WorkteamSpec {
  const adopts = spec.adoptionPolicy !== undefined && spec.adoptionPolicy !== 'Never';
  return adopts && spec.deletionPolicy === undefined ? { ...spec, deletionPolicy: 'Delete' } : spec;
}

function putJobs(world: World, team: TeamName, pending: number): void {
  if (!world.teams.has(team.toLowerCase())) return;
  const LabelCounters = { PendingHuman: pending };
  world.control.putLabelingJob({ region: REGION }, team, { JobReferenceCode: 'job', LabelCounters });
}

/** What the service refuses, because there is no such team or there is one already, does not happen. */
function inConsole(world: World, team: TeamName, deed: ConsoleDeed): void {
  const made = world.teams.get(team.toLowerCase())?.workteam;
  const arn = made?.WorkteamArn ?? `arn:aws:sagemaker:${REGION}:${DEFAULT_ACCOUNT}:workteam/private-crowd/${team}`;
  const [operation, parameters] = consoleCall(team, arn, deed);
  try {
    world.control.actAsConsole({ region: REGION }, operation, parameters);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
  }
}

function consoleCall(WorkteamName: TeamName, ResourceArn: string, deed: ConsoleDeed): [string, object] {
  const addTag = (Key: string, Value: string): [string, object] => ['AddTags', { ResourceArn, Tags: [{ Key, Value }] }];
  const oidc = (groups: readonly string[]) => [{ OidcMemberDefinition: { Groups: groups } }];
  if ('make' in deed) {
    const Tags = deed.make === 'unowned' ? [] : [{ Key: OWNER_TAG_KEY, Value: FOREIGN }];
    const MemberDefinitions = oidc(['made-by-hand']);
    return ['CreateWorkteam', { WorkteamName, Description: 'Made by hand', MemberDefinitions, Tags }];
  }
  if ('describe' in deed) return ['UpdateWorkteam', { WorkteamName, Description: deed.describe }];
  if ('groups' in deed) return ['UpdateWorkteam', { WorkteamName, MemberDefinitions: oidc(deed.groups) }];
  if ('topic' in deed) {
    const NotificationConfiguration = deed.topic === '' ? {} : { NotificationTopicArn: deed.topic };
    return ['UpdateWorkteam', { WorkteamName, NotificationConfiguration }];
  }
  if ('access' in deed) {
    const { sourceIp: SourceIp, vpcSourceIp: VpcSourceIp } = deed.access;
    const IamPolicyConstraints = { ...(SourceIp && { SourceIp }), ...(VpcSourceIp && { VpcSourceIp }) };
    return ['UpdateWorkteam', { WorkteamName, WorkerAccessConfiguration: { S3Presign: { IamPolicyConstraints } } }];
  }
  if ('tag' in deed) return addTag(deed.tag, deed.value);
  if ('untag' in deed) return ['DeleteTags', { ResourceArn, TagKeys: [deed.untag] }];
  if ('owner' in deed) {
    return deed.owner === 'foreign'
      ? addTag(OWNER_TAG_KEY, FOREIGN)
      : ['DeleteTags', { ResourceArn, TagKeys: [OWNER_TAG_KEY] }];
  }
  return ['DeleteWorkteam', { WorkteamName }];
}
