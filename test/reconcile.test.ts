/**
 * Whole passes: the real reconciler, the real SDK over HTTP to the emulator, and a cluster in memory. What is asserted is
 * the world afterwards: the objects, the work teams, and what was written to either.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import type { CallMatch } from '../dev/sagemaker/matching.ts';
import { defaultSwitches } from '../dev/sagemaker/switches.ts';
import { type Pass, Reconciler } from '../src/reconcile.ts';
import type { Announcement } from '../src/workteam/announce.ts';
import { FencedError } from '../src/workteam/aws-error.ts';
import type { Settings } from '../src/workteam/facts.ts';
import type { NextLook } from '../src/workteam/next-look.ts';
import { type Condition, FINALIZER, OWNER_TAG_KEY, type Workteam, type WorkteamSpec } from '../src/workteam/schema.ts';
import { useServices } from './sagemaker/service.ts';
import { ManualClock, settle } from './support/clock.ts';
import { useEmulator } from './support/emulator.ts';
import { type Aws, awsAt, foreignTags, groupsOf, operations } from './support/ledger.ts';
import { MemoryCluster } from './support/memory-cluster.ts';

const BLUE = 'ns/blue';
const OURS = 'cluster-1/ns/blue';
const SPEC: WorkteamSpec = {
  description: 'A team',
  memberDefinitions: [{ oidcMemberDefinition: { groups: ['a', 'b'] } }],
  tags: { team: 'vision' },
};
const withGroups = (...groups: string[]): WorkteamSpec => ({
  ...SPEC,
  memberDefinitions: [{ oidcMemberDefinition: { groups } }],
});

let clock = new ManualClock();
const emulator = useEmulator({ clock: () => clock.wall().getTime() });
const newService = useServices();
let region: string;
let cluster: MemoryCluster;
let aws: Aws;
let budget: number;
let announced: Announcement[];
let logged: string[];
/** The fields of what is said in passing, and of the warnings. */
let informed: object[];
let warned: object[];
let reconciler: Reconciler;

/** A process that has just been started: it remembers nothing. */
function restart(settings: Partial<Settings> = {}): void {
  const service = newService(emulator.endpoint, { timers: clock, writeBudget: () => budget });
  const log = {
    debug: () => {},
    info: (fields: object, message: string) => {
      informed.push(fields);
      logged.push(message);
    },
    warn: (fields: object, message: string) => {
      warned.push(fields);
      logged.push(message);
    },
    child: () => log,
  };
  reconciler = new Reconciler({
    cluster,
    aws: service,
    clock,
    settings: {
      clusterId: 'cluster-1',
      region,
      ignoreTagKeys: [],
      readOnly: false,
      allowTakeover: false,
      ...settings,
    },
    announcer: { announce: (_, announcement) => announced.push(announcement) },
    log,
    newId: () => 'pass',
  });
}

beforeEach(() => {
  emulator.control.clearFaults();
  emulator.control.setSwitches(defaultSwitches());
  region = emulator.newRegion();
  clock = new ManualClock();
  cluster = new MemoryCluster(() => clock.wall());
  aws = awsAt(emulator, { region });
  budget = Number.POSITIVE_INFINITY;
  announced = [];
  logged = [];
  informed = [];
  warned = [];
  restart();
});

const pass = (key = BLUE, options: Partial<Pass> = {}): Promise<NextLook> =>
  reconciler.reconcile(key, { priority: 'high', signal: new AbortController().signal, ...options });

/** Passes until there is nothing to do at once; time moves when a pass asks for it. */
async function passes(key = BLUE): Promise<NextLook> {
  for (let turn = 0; turn < 20; turn++) {
    const next = await pass(key);
    if (next.look === 'now') continue;
    if (next.look !== 'after') return next;
    await clock.advance(next.ms);
  }
  throw new Error('twenty passes and no end');
}

const conditionOf = (type: string, key = BLUE): Condition | undefined =>
  cluster.stored(key).status?.conditions?.find((condition) => condition.type === type);
const ready = (key = BLUE) => {
  const { status, reason } = conditionOf('Ready', key) ?? {};
  return `${status} ${reason}`;
};
const kubernetesWrites = () => cluster.writes.map(({ what }) => what);
const reasons = () => announced.map(({ reason }) => reason);

/** Brings a Workteam to its settled state, and lets it become old news. */
async function settled(spec: WorkteamSpec = SPEC): Promise<Workteam> {
  cluster.apply(BLUE, spec);
  await passes();
  expect(ready()).toMatch(/^True /);
  await clock.advance(60_000);
  cluster.writes.length = 0;
  announced.length = 0;
  return cluster.stored(BLUE);
}

/** A team that somebody else made, an hour before everything else. */
async function foreignTeam(tags: Record<string, string> = {}): Promise<void> {
  aws.console('CreateWorkteam', {
    WorkteamName: 'blue',
    Description: 'Another team',
    MemberDefinitions: [{ OidcMemberDefinition: { Groups: ['x'] } }],
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  });
  await clock.advance(3_600_000);
}

const fault = (kind: 'dropAfter' | 'http5xx' | 'accessDenied', match: CallMatch) =>
  emulator.control.addFault({ match: { region, ...match }, fault: { kind } });

describe('create', () => {
  test('the finalizer first and alone, then the team, its owner in the same call, then the status', async () => {
    cluster.apply(BLUE, SPEC);
    expect(await pass()).toEqual({ look: 'now' });
    expect(cluster.stored(BLUE).metadata.finalizers).toEqual([FINALIZER]);
    expect(aws.calls()).toEqual([]);

    expect(await pass()).toEqual({ look: 'atSweep' });
    expect(operations(aws.calls())).toEqual(['CreateWorkteam', 'DescribeWorkteam']);
    expect(aws.team('blue').tags).toEqual({ team: 'vision', [OWNER_TAG_KEY]: OURS });
    expect(groupsOf(aws.team('blue'))).toEqual(['a', 'b']);
    expect(kubernetesWrites()).toEqual(['finalizers', 'status']);
    expect(reasons()).toEqual(['Created']);
    const { status } = cluster.stored(BLUE);
    expect(status).toMatchObject({
      observedGeneration: 1,
      workteamName: 'blue',
      workteamArn: aws.team('blue').workteam.WorkteamArn,
      region,
      conditions: [{ type: 'Ready', status: 'True', reason: 'Synced' }],
    });
  });

  test('and then nothing: neither side is written to again', async () => {
    await settled();
    const before = aws.calls().length;
    for (let turn = 0; turn < 3; turn++) {
      await clock.advance(600_000);
      expect(await pass()).toEqual({ look: 'atSweep' });
    }
    expect(aws.writes()).toHaveLength(1);
    expect(operations(aws.calls().slice(before)).every((operation) => /^(?:Describe|List)/.test(operation))).toBe(true);
    expect(kubernetesWrites()).toEqual([]);
    expect(announced).toEqual([]);
  });

  test('a team that goes behind our back comes back, and it is told', async () => {
    await settled();
    aws.console('DeleteWorkteam', { WorkteamName: 'blue' });
    await clock.advance(60_000);
    await passes();
    expect(aws.team('blue').tags[OWNER_TAG_KEY]).toBe(OURS);
    expect(reasons()).toEqual(['Recreated']);
  });

  test('a team that Describe shows late is waited for, and created once', async () => {
    emulator.control.setSwitches({ createToDescribeMs: 10_000, createToListTagsMs: 12_000 });
    cluster.apply(BLUE, SPEC);
    await pass();
    expect(await pass()).toMatchObject({ look: 'backOff' });
    expect(ready()).toBe('Unknown Progressing');
    for (const ms of [5_000, 5_000, 1_000, 1_000]) {
      await clock.advance(ms);
      await pass();
    }
    expect(ready()).toBe('True Synced');
    expect(operations(aws.writes())).toEqual(['CreateWorkteam']);
  });
});

describe('edit', () => {
  test('exactly the listed groups and tags are there afterwards, by one update, and one status', async () => {
    await settled();
    cluster.apply(BLUE, { ...withGroups('b', 'c'), tags: { owner: 'me' } });
    expect(await passes()).toEqual({ look: 'atSweep' });
    expect(groupsOf(aws.team('blue'))).toEqual(['b', 'c']);
    expect(foreignTags(aws.team('blue'))).toEqual({ owner: 'me' });
    expect(operations(aws.writes()).slice(1)).toEqual(['UpdateWorkteam', 'DeleteTags', 'AddTags']);
    expect(kubernetesWrites()).toEqual(['status']);
    expect(cluster.stored(BLUE).status?.observedGeneration).toBe(2);
    expect(reasons()).toEqual(['Updated']);
  });

  test('what somebody changed in AWS is put back, and counted as drift', async () => {
    await settled();
    aws.console('UpdateWorkteam', {
      WorkteamName: 'blue',
      MemberDefinitions: [{ OidcMemberDefinition: { Groups: ['a', 'intruder'] } }],
    });
    await clock.advance(60_000);
    await passes();
    expect(groupsOf(aws.team('blue'))).toEqual(['a', 'b']);
    expect(reasons()).toEqual(['DriftRepaired']);
    expect(kubernetesWrites()).toEqual(['status']);
  });

  test('of a team that goes just before the update: looked at again in the same pass, and created anew', async () => {
    await settled();
    const match = { region, operation: 'UpdateWorkteam', times: 1 };
    emulator.control.beforeActing(match, async () => {
      aws.console('DeleteWorkteam', { WorkteamName: 'blue' });
      return undefined;
    });
    cluster.apply(BLUE, withGroups('c'));
    await clock.advance(60_000);
    await pass();
    expect(groupsOf(aws.team('blue'))).toEqual(['c']);
    expect(operations(aws.writes())).toEqual(['CreateWorkteam', 'CreateWorkteam']);
    expect(ready()).toBe('True Synced');
    expect(reasons()).toEqual(['Recreated']);
  });

  test('an edit whose tagging fails is finished later', async () => {
    await settled();
    fault('http5xx', { operation: 'AddTags', times: 1 });
    cluster.apply(BLUE, { ...withGroups('c'), tags: { owner: 'me' } });
    expect(await pass()).toMatchObject({ look: 'backOff' });
    expect(ready()).toBe('False Unavailable');
    expect(await passes()).toEqual({ look: 'atSweep' });
    expect(foreignTags(aws.team('blue'))).toEqual({ owner: 'me' });
    expect(operations(aws.writes()).slice(1)).toEqual(['UpdateWorkteam', 'DeleteTags', 'AddTags']);
  });

  test('a request for a pass is answered, also by one that finds nothing to do', async () => {
    await settled();
    cluster.request(BLUE, 'please');
    await passes();
    expect(cluster.stored(BLUE).status?.lastHandledReconcileAt).toBe('please');
    expect(kubernetesWrites()).toEqual(['status']);
  });
});

describe('a team of that name that is not ours', () => {
  test('is not touched', async () => {
    await foreignTeam({ [OWNER_TAG_KEY]: 'other-cluster/ns/blue', team: 'x' });
    const before = aws.team('blue');
    cluster.apply(BLUE, SPEC);
    expect(await passes()).toEqual({ look: 'atResync' });
    expect(ready()).toBe('False NotOwned');
    expect(conditionOf('Stalled')).toMatchObject({ status: 'True', reason: 'NotOwned' });
    expect(aws.team('blue')).toEqual(before);
    expect(aws.writes()).toEqual([]);
    expect(reasons()).toEqual(['Refused']);
  });

  test('is refused again and again in the same words, without a write', async () => {
    await foreignTeam();
    cluster.apply(BLUE, SPEC);
    await passes();
    cluster.writes.length = 0;
    for (let turn = 0; turn < 3; turn++) {
      await clock.advance(600_000);
      await pass();
    }
    expect(kubernetesWrites()).toEqual([]);
    expect(reasons()).toEqual(['Refused']);
  });

  test('is left alone when the Workteam goes', async () => {
    await foreignTeam();
    cluster.apply(BLUE, SPEC);
    await passes();
    cluster.delete(BLUE);
    await passes();
    expect(cluster.has(BLUE)).toBe(false);
    expect(aws.writes()).toEqual([]);
    expect(reasons()).toEqual(['Refused', 'Released']);
  });

  test('is taken over when it has no owner and the policy says so: the owner tag first, the rest in another pass', async () => {
    await foreignTeam({ theirs: 'x' });
    cluster.apply(BLUE, { ...SPEC, adoptionPolicy: 'IfUnowned', deletionPolicy: 'Retain' });
    await pass();
    expect(await pass()).toEqual({ look: 'after', ms: 0 });
    expect(operations(aws.writes())).toEqual(['AddTags']);
    expect(aws.team('blue').tags).toEqual({ theirs: 'x', [OWNER_TAG_KEY]: OURS });
    expect(groupsOf(aws.team('blue'))).toEqual(['x']);
    await passes();
    expect(ready()).toBe('True Synced');
    expect(groupsOf(aws.team('blue'))).toEqual(['a', 'b']);
    expect(foreignTags(aws.team('blue'))).toEqual({ team: 'vision' });
    expect(reasons()).toContain('Adopted');
  });

  test('belongs to another Workteam of this cluster for as long as that exists', async () => {
    await foreignTeam({ [OWNER_TAG_KEY]: 'cluster-1/ns/holder' });
    cluster.apply('ns/holder', { ...SPEC, workteamName: 'blue' });
    cluster.apply(BLUE, { ...SPEC, adoptionPolicy: 'Always', deletionPolicy: 'Retain' });
    restart({ allowTakeover: true });
    await passes();
    expect(ready()).toBe('False NameConflict');
    expect(conditionOf('Ready')?.message).toContain('ns/holder');
    expect(aws.writes()).toEqual([]);
    cluster.vanish('ns/holder');
    await passes();
    expect(ready()).toBe('True Synced');
    expect(aws.team('blue').tags[OWNER_TAG_KEY]).toBe(OURS);
  });
});

describe('only observed', () => {
  const OBSERVED: WorkteamSpec = { ...SPEC, managementPolicy: 'Observe' };

  test('differences are reported, nothing is written to AWS, and nothing holds the object', async () => {
    await foreignTeam();
    cluster.apply(BLUE, OBSERVED);
    expect(await pass()).toEqual({ look: 'atSweep' });
    expect(ready()).toBe('True Observed');
    expect(conditionOf('Drifted')?.status).toBe('True');
    expect(cluster.stored(BLUE).status?.drift?.map(({ field }) => field)).toEqual([
      'description',
      'memberDefinitions',
      'tags.team',
    ]);
    expect(kubernetesWrites()).toEqual(['status']);
    cluster.delete(BLUE);
    expect(cluster.has(BLUE)).toBe(false);
    expect(aws.writes()).toEqual([]);
  });

  test('from managed to observed: the finalizer goes, and the pass that looks follows by itself', async () => {
    await settled();
    cluster.apply(BLUE, OBSERVED);
    await passes();
    expect(cluster.stored(BLUE).metadata.finalizers).toEqual([]);
    expect(ready()).toBe('True Observed');
    expect(cluster.stored(BLUE).status?.observedGeneration).toBe(2);
  });

  test('and back', async () => {
    await settled();
    cluster.apply(BLUE, OBSERVED);
    await passes();
    cluster.apply(BLUE, withGroups('c'));
    await passes();
    expect(ready()).toBe('True Synced');
    expect(conditionOf('Drifted')).toBeUndefined();
    expect(groupsOf(aws.team('blue'))).toEqual(['c']);
  });
});

test('suspended: neither side is read or written, but for the status, also while deleting', async () => {
  await settled();
  const before = aws.calls().length;
  cluster.apply(BLUE, { ...withGroups('c'), suspend: true });
  expect(await pass()).toEqual({ look: 'onChange' });
  expect(ready()).toBe('Unknown Suspended');
  cluster.delete(BLUE);
  await pass();
  expect(cluster.has(BLUE)).toBe(true);
  expect(aws.calls()).toHaveLength(before);
});

describe('delete', () => {
  test('the team goes, then the object', async () => {
    await settled();
    cluster.delete(BLUE);
    await passes();
    expect(aws.has('blue')).toBe(false);
    expect(cluster.has(BLUE)).toBe(false);
    expect(operations(aws.writes()).slice(1)).toEqual(['DeleteWorkteam']);
    expect(reasons()).toEqual(['Deleted']);
  });

  test('with Retain only the owner tag goes', async () => {
    await settled({ ...SPEC, deletionPolicy: 'Retain' });
    cluster.delete(BLUE);
    await passes();
    expect(cluster.has(BLUE)).toBe(false);
    expect(aws.team('blue').tags).toEqual({ team: 'vision' });
    expect(operations(aws.writes()).slice(1)).toEqual(['DeleteTags']);
    expect(reasons()).toEqual(['Released']);
  });

  test('of the CRD takes no team along', async () => {
    await settled();
    cluster.crdTerminating = true;
    cluster.delete(BLUE);
    await passes();
    expect(cluster.has(BLUE)).toBe(false);
    expect(aws.team('blue').tags[OWNER_TAG_KEY]).toBe(OURS);
  });

  test.each(['validation', 'resourceInUse', 'successFalse'] as const)(
    'of a team in use waits: %s',
    async (deleteInUse) => {
      await settled();
      emulator.control.setSwitches({ deleteInUse });
      const job = { JobReferenceCode: 'j', LabelCounters: { PendingHuman: 1 } };
      emulator.control.putLabelingJob({ region }, 'blue', job);
      cluster.delete(BLUE);
      expect(await passes()).toMatchObject({ look: 'backOff' });
      expect(ready()).toBe('False DeletionBlocked');
      expect(cluster.stored(BLUE).metadata.finalizers).toEqual([FINALIZER]);
      emulator.control.putLabelingJob({ region }, 'blue', { ...job, LabelCounters: { PendingHuman: 0 } });
      await passes();
      expect(cluster.has(BLUE)).toBe(false);
      expect(aws.has('blue')).toBe(false);
    },
  );

  test('leaves the finalizers of others where they are', async () => {
    const { metadata } = await settled();
    const { signal } = new AbortController();
    await cluster.writeFinalizers(cluster.stored(BLUE), [...(metadata.finalizers ?? []), 'example.com/held'], signal);
    cluster.delete(BLUE);
    await passes();
    expect(aws.has('blue')).toBe(false);
    expect(cluster.stored(BLUE).metadata.finalizers).toEqual(['example.com/held']);
  });

  test('of the next object of that name believes nothing that was seen for the one before', async () => {
    await settled();
    cluster.vanish(BLUE);
    cluster.apply(BLUE, SPEC);
    await pass();
    aws.console('DeleteWorkteam', { WorkteamName: 'blue' });
    cluster.delete(BLUE);
    expect(await pass()).toEqual({ look: 'after', ms: 15_000 });
    expect(cluster.has(BLUE)).toBe(true);
  });

  test('before anything was created needs two looks, fifteen seconds apart', async () => {
    cluster.apply(BLUE, SPEC);
    await pass();
    cluster.delete(BLUE);
    expect(await pass()).toEqual({ look: 'after', ms: 15_000 });
    expect(cluster.has(BLUE)).toBe(true);
    await clock.advance(15_000);
    await passes();
    expect(cluster.has(BLUE)).toBe(false);
    expect(aws.writes()).toEqual([]);
  });
});

describe('the log of the writes', () => {
  test('names the tags and not their values', async () => {
    await settled({ ...SPEC, tags: { customer: 'confidential' } });
    cluster.apply(BLUE, { ...SPEC, tags: { customer: 'restricted', more: 'undisclosed' } });
    await passes();
    expect(informed).toContainEqual(expect.objectContaining({ action: 'addTags', keys: ['customer', 'more'] }));
    expect(JSON.stringify(informed.filter((fields) => 'action' in fields))).not.toMatch(
      /confidential|restricted|undisclosed/,
    );
  });
});

describe('an answer that is lost', () => {
  test('of a create: the team is recognised as ours, and created once', async () => {
    fault('dropAfter', { operation: 'CreateWorkteam', times: 1 });
    cluster.apply(BLUE, SPEC);
    await pass();
    expect(await pass()).toMatchObject({ look: 'backOff' });
    expect(ready()).toBe('False Unavailable');
    await passes();
    expect(ready()).toBe('True Synced');
    expect(operations(aws.writes())).toEqual(['CreateWorkteam']);
  });

  test('of a create, and then the process goes, too', async () => {
    fault('dropAfter', { operation: 'CreateWorkteam', times: 1 });
    cluster.apply(BLUE, SPEC);
    await pass();
    await pass();
    restart();
    await passes();
    expect(ready()).toBe('True Synced');
    expect(operations(aws.writes())).toEqual(['CreateWorkteam']);
  });

  test('of a create at the quota', async () => {
    emulator.control.setup({ region, quota: 1 });
    emulator.control.setSwitches({ quotaCheck: 'beforeName' });
    fault('dropAfter', { operation: 'CreateWorkteam', times: 1 });
    cluster.apply(BLUE, SPEC);
    await pass();
    await pass();
    restart();
    await passes();
    emulator.control.setSwitches({ quotaCheck: 'afterName' });
    expect(ready()).toBe('True Synced');
    expect(operations(aws.writes())).toEqual(['CreateWorkteam']);
  });

  test('of an update: it is looked before it is repeated', async () => {
    await settled();
    fault('dropAfter', { operation: 'UpdateWorkteam', times: 1 });
    cluster.apply(BLUE, withGroups('c'));
    await pass();
    expect(ready()).toBe('False Unavailable');
    await passes();
    expect(ready()).toBe('True Synced');
    expect(operations(aws.writes()).slice(1)).toEqual(['UpdateWorkteam']);
  });

  test('of a delete', async () => {
    await settled();
    fault('dropAfter', { operation: 'DeleteWorkteam', times: 1 });
    cluster.delete(BLUE);
    await pass();
    expect(cluster.has(BLUE)).toBe(true);
    await passes();
    expect(cluster.has(BLUE)).toBe(false);
    expect(aws.has('blue')).toBe(false);
  });

  test('of a create whose pass was broken off: it may have acted, so what Describe does not show yet is waited for', async () => {
    emulator.control.setSwitches({ createToDescribeMs: 10_000 });
    cluster.apply(BLUE, SPEC);
    await pass();
    const abort = new AbortController();
    emulator.control.beforeAnswering({ region, operation: 'CreateWorkteam', times: 1 }, async () => {
      abort.abort(new DOMException('the pass took too long', 'TimeoutError'));
      return 'drop';
    });
    await expect(pass(BLUE, { signal: abort.signal })).rejects.toThrow('the pass took too long');
    expect(aws.has('blue')).toBe(true);
    expect(await pass()).toMatchObject({ look: 'backOff' });
    expect(operations(aws.calls())).toEqual(['CreateWorkteam', 'DescribeWorkteam']);
    cluster.delete(BLUE);
    await passes();
    await clock.advance(6_000);
    await passes();
    await clock.advance(30_000);
    await passes();
    expect(cluster.has(BLUE)).toBe(false);
    expect(aws.has('blue')).toBe(false);
  });
});

describe('trouble with AWS', () => {
  test('a quota is told at once and heals when a team goes', async () => {
    emulator.control.setup({ region, quota: 0 });
    cluster.apply(BLUE, SPEC);
    expect(await passes()).toMatchObject({ look: 'backOff', baseMs: 30_000 });
    expect(ready()).toBe('False QuotaExceeded');
    expect(conditionOf('Reconciling')?.status).toBe('True');
    const [refused] = aws.calls().filter(({ operation }) => operation === 'CreateWorkteam');
    expect(warned).toContainEqual(expect.objectContaining({ awsRequestId: refused?.requestId }));
    emulator.control.setup({ region, quota: 1 });
    await passes();
    expect(ready()).toBe('True Synced');
    expect(cluster.stored(BLUE).status).not.toHaveProperty('failingSince');
  });

  test('the same failure again writes nothing, until it counts as stalled, and then once', async () => {
    cluster.apply(BLUE, SPEC);
    await pass();
    fault('accessDenied', { operation: 'CreateWorkteam' });
    await pass();
    expect(ready()).toBe('False AccessDenied');
    cluster.writes.length = 0;
    await clock.advance(60_000);
    await pass();
    expect(kubernetesWrites()).toEqual([]);
    await clock.advance(60_000);
    await pass();
    expect(conditionOf('Stalled')?.status).toBe('True');
    expect(conditionOf('Reconciling')).toBeUndefined();
    await clock.advance(600_000);
    await pass();
    expect(kubernetesWrites()).toEqual(['status']);
    expect(reasons()).toEqual(['Failed']);
  });

  test('over a settled Workteam it is not shown in its first minute', async () => {
    const { status } = await settled();
    fault('http5xx', {});
    await pass();
    expect(cluster.stored(BLUE).status?.conditions).toEqual(status?.conditions);
    await clock.advance(60_000);
    await pass();
    expect(ready()).toBe('False Unavailable');
  });

  test('a closed fence breaks the pass off, and no condition tells of it', async () => {
    cluster.apply(BLUE, SPEC);
    await pass();
    cluster.writes.length = 0;
    budget = 0;
    await expect(pass()).rejects.toThrow(FencedError);
    expect(aws.calls()).toEqual([]);
    expect(kubernetesWrites()).toEqual([]);
    budget = 10_000;
    await clock.advance(30_000);
    await passes();
    expect(ready()).toBe('True Synced');
    expect(operations(aws.writes())).toEqual(['CreateWorkteam']);
  });

  test('a spec from before the rules of today is reported, and the object can go', async () => {
    cluster.apply(BLUE, { ...SPEC, memberDefinitions: [] });
    expect(await passes()).toEqual({ look: 'atResync' });
    expect(ready()).toBe('False InvalidSpec');
    cluster.delete(BLUE);
    await passes();
    expect(cluster.has(BLUE)).toBe(false);
  });
});

describe('trouble with the Kubernetes API', () => {
  test('a status that cannot be written is thrown; nothing is done twice in AWS for it', async () => {
    cluster.apply(BLUE, SPEC);
    await pass();
    cluster.obstacle = (call) => {
      if (call === 'status') throw new Error('the API server is away');
    };
    await expect(pass()).rejects.toThrow('the API server is away');
    await expect(pass()).rejects.toThrow('the API server is away');
    cluster.obstacle = () => {};
    await passes();
    expect(ready()).toBe('True Synced');
    expect(operations(aws.writes())).toEqual(['CreateWorkteam']);
  });

  test('an object that changed since it was seen is a conflict, not an overwrite', async () => {
    cluster.apply(BLUE, SPEC);
    cluster.lag();
    cluster.request(BLUE, 'now');
    await expect(pass()).rejects.toMatchObject({ status: 409 });
    cluster.catchUp();
    await passes();
    expect(ready()).toBe('True Synced');
  });

  test('nothing is written to AWS while the object cannot be read', async () => {
    await settled();
    cluster.obstacle = (call) => {
      if (call === 'readLive') throw new Error('the API server is away');
    };
    cluster.apply(BLUE, withGroups('c'));
    await expect(pass()).rejects.toThrow('the API server is away');
    expect(groupsOf(aws.team('blue'))).toEqual(['a', 'b']);
  });
});

describe('a view that is out of date', () => {
  test('an edit that is not seen yet: nothing is written by the old spec', async () => {
    await settled();
    cluster.apply(BLUE, withGroups('b', 'c'));
    cluster.lag();
    cluster.apply(BLUE, withGroups('d'));
    expect(await pass()).toMatchObject({ look: 'backOff', baseMs: 200 });
    expect(groupsOf(aws.team('blue'))).toEqual(['a', 'b']);
    expect(kubernetesWrites()).toEqual([]);
    cluster.catchUp();
    await passes();
    expect(groupsOf(aws.team('blue'))).toEqual(['d']);
    expect(operations(aws.writes()).slice(1)).toEqual(['UpdateWorkteam']);
  });

  test('a deletion of an object that has been created anew: its team lives', async () => {
    await settled();
    cluster.delete(BLUE);
    cluster.lag();
    cluster.vanish(BLUE);
    cluster.apply(BLUE, SPEC);
    expect(await pass()).toMatchObject({ look: 'backOff' });
    expect(aws.has('blue')).toBe(true);
    cluster.catchUp();
    await passes();
    expect(ready()).toBe('True Synced');
    expect(operations(aws.writes())).toEqual(['CreateWorkteam']);
  });
});

describe('a pass that takes long', () => {
  /** Lets so much time pass while AWS has the call. */
  const slow = (operation: string, ms: number) =>
    emulator.control.beforeActing({ region, operation, times: 1 }, async () => {
      await clock.advance(ms);
      return undefined;
    });

  test('says so after two seconds', async () => {
    cluster.apply(BLUE, SPEC);
    await pass();
    cluster.writes.length = 0;
    slow('CreateWorkteam', 2_000);
    await pass();
    expect(
      cluster.writes.map(({ workteam }) => workteam.status?.conditions?.map(({ type, reason }) => `${type} ${reason}`)),
    ).toEqual([['Ready Progressing', 'Reconciling Progressing'], ['Ready Synced']]);
  });

  test('but not before', async () => {
    cluster.apply(BLUE, SPEC);
    await pass();
    cluster.writes.length = 0;
    slow('CreateWorkteam', 1_999);
    await pass();
    expect(kubernetesWrites()).toEqual(['status']);
  });

  test('nor when the Workteam is settled and stays so', async () => {
    await settled();
    slow('DescribeWorkteam', 5_000);
    await pass();
    expect(kubernetesWrites()).toEqual([]);
  });

  test('nor in place of what failed in this generation', async () => {
    fault('accessDenied', { operation: 'CreateWorkteam', times: 1 });
    cluster.apply(BLUE, SPEC);
    await passes();
    cluster.writes.length = 0;
    slow('CreateWorkteam', 2_000);
    await pass();
    expect(cluster.writes[0]?.workteam.status?.conditions?.[0]).toMatchObject({
      status: 'False',
      reason: 'AccessDenied',
    });
    expect(ready()).toBe('True Synced');
  });

  test('a status that is not written does not break the pass off', async () => {
    cluster.apply(BLUE, SPEC);
    await pass();
    let refusals = 0;
    cluster.obstacle = (call) => {
      if (call === 'status' && refusals++ === 0) throw new Error('the API server is away');
    };
    slow('CreateWorkteam', 2_000);
    await pass();
    expect(refusals).toBe(2);
    expect(ready()).toBe('True Synced');
  });

  test('its status and its finalizer do not get in the way of each other', async () => {
    await settled();
    cluster.delete(BLUE);
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
    cluster.obstacle = (call) => (call === 'statusAnswer' ? answered : undefined);
    slow('DeleteWorkteam', 2_000);
    const going = pass();
    await inFlight(() => operations(aws.calls()).slice(-2).join() === 'DeleteWorkteam,DescribeWorkteam');
    answer();
    await going;
    expect(cluster.has(BLUE)).toBe(false);
  });

  test('it says nothing any more when its own status is on its way', async () => {
    cluster.apply(BLUE, SPEC);
    await pass();
    cluster.writes.length = 0;
    let attempts = 0;
    cluster.obstacle = async (call) => {
      if (call !== 'status') return;
      attempts += 1;
      await clock.advance(3_000);
    };
    await pass();
    expect(attempts).toBe(1);
    expect(ready()).toBe('True Synced');
  });
});

describe('what is remembered', () => {
  test('goes with the object: its successor of the same name starts anew', async () => {
    await settled();
    cluster.vanish(BLUE);
    expect(await pass()).toEqual({ look: 'onChange' });
    cluster.apply(BLUE, SPEC);
    await passes();
    expect(ready()).toBe('True Synced');
    expect(operations(aws.writes())).toEqual(['CreateWorkteam']);
  });

  test('is not needed: a new process finds everything in order', async () => {
    await settled();
    restart();
    expect(await pass()).toEqual({ look: 'atSweep' });
    expect(aws.writes()).toHaveLength(1);
    expect(kubernetesWrites()).toEqual([]);
  });
});

describe('a sweep', () => {
  const sweep = async () => {
    const began = clock.now();
    const service = newService(emulator.endpoint, { timers: clock });
    const teams = await service.list({ region, priority: 'low', signal: new AbortController().signal });
    return reconciler.swept(region, teams, began);
  };

  test('names who is missing or different, and nobody else', async () => {
    for (const name of ['gone', 'drifted', 'fine', 'elsewhere']) {
      const key = `ns/${name}`;
      cluster.apply(key, name === 'elsewhere' ? { ...SPEC, region: emulator.newRegion() } : SPEC);
      await passes(key);
    }
    await clock.advance(60_000);
    aws.console('DeleteWorkteam', { WorkteamName: 'gone' });
    aws.console('UpdateWorkteam', { WorkteamName: 'drifted', Description: 'Another' });
    // Whose turn it is to have tags read depends on the UID; over all turns each of the others is named once.
    const named = [];
    for (let turn = 0; turn < 6; turn++) named.push(...(await sweep()));
    expect(named.filter((key) => key === 'ns/gone' || key === 'ns/drifted')).toHaveLength(12);
    expect(named.filter((key) => key === 'ns/fine')).toHaveLength(1);
    expect(named).not.toContain('ns/elsewhere');
  });

  test('that began before our own write says nothing about it', async () => {
    await settled();
    const service = newService(emulator.endpoint, { timers: clock });
    const teams = await service.list({ region, priority: 'low', signal: new AbortController().signal });
    const began = clock.now();
    await clock.advance(1_000);
    cluster.apply(BLUE, withGroups('c'));
    await passes();
    expect(reconciler.swept(region, teams, began)).toEqual([]);
  });

  test('only nominates: a team that the sweep missed is described before anything is done', async () => {
    await settled();
    await clock.advance(60_000);
    expect(reconciler.swept(region, [], clock.now())).toEqual([BLUE]);
    await passes();
    expect(operations(aws.writes())).toEqual(['CreateWorkteam']);
    expect(announced).toEqual([]);
  });
});

test('nobody is told what is in a spec by the log', async () => {
  await settled({ ...SPEC, description: 'a secret', tags: { team: 'a secret' } });
  expect(logged).toContain('wrote to AWS');
  expect(logged.join('\n')).not.toContain('a secret');
});

/** Lets the event loop run until it is so. */
async function inFlight(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 2_000; turn++) {
    if (condition()) return settle();
    await settle();
  }
  throw new Error('it never came to that');
}

describe('one of many that are new', () => {
  const crowded = { crowded: true };
  /** The list that is taken after the creates. */
  async function listed(...keys: string[]): Promise<void> {
    const began = clock.now();
    const call = { region, priority: 'high', signal: new AbortController().signal } as const;
    const service = newService(emulator.endpoint, { timers: clock });
    reconciler.listed(keys, await service.list(call), began);
  }
  const created = async (spec = SPEC) => {
    cluster.apply(BLUE, spec);
    expect(await pass(BLUE, crowded)).toEqual({ look: 'now' });
    expect(await pass(BLUE, crowded)).toEqual({ look: 'atConfirmation' });
  };

  test('is created, and said to be there when a list has shown it: one call and two writes', async () => {
    await created();
    expect(operations(aws.calls())).toEqual(['CreateWorkteam']);
    expect(kubernetesWrites()).toEqual(['finalizers']);
    expect(reasons()).toEqual(['Created']);
    await listed(BLUE);
    expect(await pass(BLUE)).toEqual({ look: 'atSweep' });
    expect(operations(aws.calls())).toEqual(['CreateWorkteam', 'ListWorkteams']);
    expect(kubernetesWrites()).toEqual(['finalizers', 'status']);
    expect(ready()).toBe('True Synced');
    expect(cluster.stored(BLUE).status?.workteamArn).toBe(aws.team('blue').workteam.WorkteamArn);
  });

  test('is looked at by itself when the list does not show it', async () => {
    await created();
    reconciler.listed([BLUE], [], clock.now());
    await pass(BLUE);
    expect(operations(aws.calls())).toEqual(['CreateWorkteam', 'DescribeWorkteam', 'ListTags']);
    expect(ready()).toBe('True Synced');
  });

  test('is looked at by itself when its spec has changed since', async () => {
    await created();
    cluster.apply(BLUE, withGroups('c'));
    await listed(BLUE);
    await pass(BLUE);
    expect(groupsOf(aws.team('blue'))).toEqual(['c']);
    expect(ready()).toBe('True Synced');
  });

  test('is looked at by itself when only the tags of its spec have changed since', async () => {
    await created();
    cluster.apply(BLUE, { ...SPEC, tags: { team: 'audio' } });
    await listed(BLUE);
    await pass(BLUE);
    expect(aws.team('blue').tags).toMatchObject({ team: 'audio' });
  });

  test('is looked at by itself when somebody has changed it since', async () => {
    await created();
    aws.console('UpdateWorkteam', { WorkteamName: 'blue', Description: 'Somebody else’s' });
    await listed(BLUE);
    await pass(BLUE);
    expect(aws.team('blue').workteam.Description).toBe('A team');
    expect(ready()).toBe('True Synced');
  });

  test('and deleted before the list has shown it leaves nothing behind', async () => {
    await created({ ...SPEC, deletionPolicy: 'Delete' });
    cluster.delete(BLUE);
    await listed(BLUE);
    await passes();
    expect(aws.has('blue')).toBe(false);
  });

  test('created by a process that died before the list is not created again', async () => {
    await created();
    restart();
    await passes();
    expect(aws.writes().filter(({ effective }) => effective)).toHaveLength(1);
    expect(ready()).toBe('True Synced');
  });
});
