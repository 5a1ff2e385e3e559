/** What Flux and whoever else goes by kstatus, and `kubectl wait`, make of live Workteams in every state that they can be in. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { REQUESTED_AT_ANNOTATION, type Workteam } from '../../src/workteam/schema.ts';
import { controlPlane } from '../support/control-plane.ts';
import { eventually } from '../support/eventually.ts';
import { readGuide } from '../support/guide.ts';
import { problemsOf } from '../support/kstatus.ts';
import { kstatusOf, type Verdict } from '../support/kstatus-verdict.ts';
import { groupsOf, operations } from '../support/ledger.ts';
import { shell } from '../support/shell.ts';
import { oidcMembers, specWith } from '../support/specs.ts';
import { conditionsOf, PATIENCE_MS, type Scene, SYNCED, useStage } from '../support/stage.ts';
import { conditionOf, isReady, useWorkteams } from '../support/workteams.ts';

vi.setConfig({ testTimeout: 120_000 });

const cluster = controlPlane();
/** Nothing happens by itself here: what is looked at again was asked for. */
const stage = useStage({ prefix: 'kstatus', resync: '10m' });
const { newNamespace } = useWorkteams();

const MINUTES = 60_000;
const names: string[] = [];

/** A Workteam of its own for each state. */
function newName(): string {
  const name = `team-${names.length}`;
  names.push(name);
  return name;
}

const kubectl = (...args: readonly string[]) => cluster.kubectl([...args, '--namespace', stage.workteams.namespace]);

async function requestNow(name: string, value = `${performance.now()}`): Promise<void> {
  const { code } = await kubectl('annotate', '--overwrite', `workteam/${name}`, `workteams.dev/requestedAt=${value}`);
  expect(code).toBe(0);
}

/** Makes a failure as old as that, and lets the operator look again. */
async function failingFor(name: string, ms: number): Promise<void> {
  const failingSince = new Date(Date.now() - ms).toISOString().replace(/\.\d+Z/, 'Z');
  const patch = JSON.stringify({ status: { failingSince } });
  await kubectl('patch', 'workteam', name, '--subresource=status', '--type=merge', '--patch', patch);
  await requestNow(name);
}

const until = (name: string, ...conditions: readonly string[]): Promise<Workteam> =>
  stage.workteams.until(name, (workteam) => conditionsOf(workteam).join() === conditions.join(), {
    what: conditions.join(', '),
    within: PATIENCE_MS,
  });

/** Holds back all calls of an operation until the returned function is called. */
function hold({ control, region }: Scene, operation: string): () => void {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const remove = control.beforeActing({ operation, region }, () => promise);
  return () => {
    remove();
    resolve(undefined);
  };
}

function someonesTeam(
  { aws, control, region }: Scene,
  WorkteamName: string,
  Description = 'Labels street scenes',
): void {
  const MemberDefinitions = [{ OidcMemberDefinition: { Groups: ['labelers'] } }];
  aws.console('CreateWorkteam', { WorkteamName, Description, MemberDefinitions });
  control.editTeam({ region }, WorkteamName, { CreateDate: Math.floor(Date.now() / 1000) - 3_600 });
}

/** A state, how a Workteam comes into it, and what is made of it. */
interface State {
  readonly state: string;
  readonly verdict: Verdict;
  arrive(scene: Scene, name: string): Promise<Workteam>;
}

const throttled = ['Ready False Throttled', 'Reconciling True ProgressingWithRetry'];
const denied = ['Ready False AccessDenied', 'Reconciling True ProgressingWithRetry'];

const STATES: readonly State[] = [
  { state: 'settled', verdict: 'Current', arrive: (scene, name) => scene.createReady(name, specWith()) },
  {
    state: 'edited and not seen yet, though Ready is still True',
    verdict: 'InProgress',
    async arrive(scene, name) {
      await scene.createReady(name, specWith());
      const release = hold(scene, 'UpdateWorkteam');
      const edited = await stage.workteams.edit(name, { description: 'Labels cats' });
      release();
      await stage.workteams.untilReady(name);
      expect(conditionOf(edited, 'Ready')?.status).toBe('True');
      return edited;
    },
  },
  {
    state: 'observed',
    verdict: 'Current',
    async arrive(scene, name) {
      someonesTeam(scene, name);
      await scene.create(name, specWith({ managementPolicy: 'Observe' }));
      return until(name, 'Ready True Observed', 'Drifted False AsSpecified');
    },
  },
  {
    state: 'observed and different from the spec',
    verdict: 'Current',
    async arrive(scene, name) {
      someonesTeam(scene, name, 'Something else');
      await scene.create(name, specWith({ managementPolicy: 'Observe' }));
      return until(name, 'Ready True Observed', 'Drifted True Differs');
    },
  },
  {
    state: 'observed and absent',
    verdict: 'Failed',
    async arrive(scene, name) {
      await scene.create(name, specWith({ managementPolicy: 'Observe' }));
      return until(name, 'Ready False Observed', 'Stalled True Observed');
    },
  },
  {
    state: 'suspended',
    verdict: 'InProgress',
    async arrive(scene, name) {
      await scene.create(name, specWith({ suspend: true }));
      return until(name, 'Ready Unknown Suspended');
    },
  },
  {
    state: 'acting',
    verdict: 'InProgress',
    async arrive(scene, name) {
      const release = hold(scene, 'CreateWorkteam');
      await scene.create(name, specWith());
      const acting = await until(name, 'Ready Unknown Progressing', 'Reconciling True Progressing');
      release();
      await until(name, ...SYNCED);
      return acting;
    },
  },
  {
    state: 'failing for now',
    verdict: 'InProgress',
    async arrive(scene, name) {
      scene.control.addFault({
        match: { region: scene.region, operation: 'CreateWorkteam' },
        fault: { kind: 'throttle' },
      });
      await scene.create(name, specWith());
      return until(name, ...throttled);
    },
  },
  {
    state: 'failing for now, for ten minutes',
    verdict: 'Failed',
    async arrive(scene, name) {
      scene.control.addFault({
        match: { region: scene.region, operation: 'CreateWorkteam' },
        fault: { kind: 'throttle' },
      });
      await scene.create(name, specWith());
      await until(name, ...throttled);
      await failingFor(name, 11 * MINUTES);
      return until(name, 'Ready False Throttled', 'Stalled True Throttled');
    },
  },
  {
    state: 'blocked',
    verdict: 'InProgress',
    async arrive(scene, name) {
      const match = { region: scene.region, operation: 'CreateWorkteam' };
      scene.control.addFault({ match, fault: { kind: 'accessDenied' } });
      await scene.create(name, specWith());
      return until(name, ...denied);
    },
  },
  {
    state: 'blocked for two minutes',
    verdict: 'Failed',
    async arrive(scene, name) {
      const match = { region: scene.region, operation: 'CreateWorkteam' };
      const fault = scene.control.addFault({ match, fault: { kind: 'accessDenied' } });
      await scene.create(name, specWith());
      await until(name, ...denied);
      await failingFor(name, 3 * MINUTES);
      const stalled = await until(name, 'Ready False AccessDenied', 'Stalled True AccessDenied');
      scene.control.removeFault(fault);
      await requestNow(name);
      expect(kstatusOf(await until(name, ...SYNCED))).toBe('Current');
      return stalled;
    },
  },
  {
    state: 'refused',
    verdict: 'Failed',
    async arrive(scene, name) {
      someonesTeam(scene, name);
      await scene.create(name, specWith());
      return until(name, 'Ready False NotOwned', 'Stalled True NotOwned');
    },
  },
  {
    state: 'deleting and blocked',
    verdict: 'Terminating',
    async arrive(scene, name) {
      await scene.createReady(name, specWith());
      const job = { JobReferenceCode: 'job-1', LabelCounters: { PendingHuman: 1 } };
      scene.control.putLabelingJob({ region: scene.region }, name, job);
      await stage.workteams.delete(name);
      const blocked = await stage.workteams.untilFailed(name, 'DeletionBlocked');
      scene.control.putLabelingJob({ region: scene.region }, name, { ...job, LabelCounters: { PendingHuman: 0 } });
      await requestNow(name);
      await stage.workteams.untilGone(name, PATIENCE_MS);
      return blocked;
    },
  },
];

describe('by the rules of kstatus, a Workteam that is', () => {
  test.for(STATES)('$state', async ({ arrive, verdict }) => {
    expect(kstatusOf(await arrive(stage.newScene(), newName()))).toBe(verdict);
  });

  test('brand new, and that no operator has seen, is in progress', async () => {
    const unwatched = await newNamespace('unwatched');
    const stored = await unwatched.create('new', specWith());
    expect(stored.status).toEqual({ observedGeneration: -1 });
    expect(kstatusOf(stored)).toBe('InProgress');
  });

  test('anything, on its way to these states, keeps the rules with every status', () => {
    const statuses = names.flatMap((name) => {
      const sights = stage.workteams.history(name).filter(({ type }) => type !== 'DELETED');
      return sights.slice(1).flatMap(({ workteam: { status } }, index) => {
        const before = sights[index]?.workteam;
        return status?.conditions === undefined || before === undefined ? [] : [{ name, before, status }];
      });
    });
    expect(statuses.length).toBeGreaterThan(STATES.length);
    const written = statuses.filter(({ before, status }) => JSON.stringify(before.status) !== JSON.stringify(status));
    expect(
      written.flatMap(({ name, before, status }) => problemsOf(before, status).map((each) => `${name}: ${each}`)),
    ).toEqual([]);
  });
});

describe('kubectl wait', () => {
  let releases: (() => void)[] = [];
  afterEach(() => {
    for (const release of releases) release();
    releases = [];
  });

  test('for Ready waits for the edit that was made before, not for the state before it', async () => {
    const scene = stage.newScene();
    const name = newName();
    await scene.createReady(name, specWith({ memberDefinitions: oidcMembers('old') }));
    const release = hold(scene, 'UpdateWorkteam');
    releases.push(release);
    const edited = await stage.workteams.edit(name, { memberDefinitions: oidcMembers('new') });
    expect(isReady(edited)).toBe(false);
    const wait = (timeout: string) =>
      kubectl('wait', '--for=condition=Ready', `workteam/${name}`, `--timeout=${timeout}`);
    expect(await wait('1s')).toMatchObject({ code: 1, stderr: expect.stringContaining('timed out') });
    expect(groupsOf(scene.aws.team(name))).toEqual(['old']);
    release();
    expect(await wait('60s')).toMatchObject({ code: 0 });
    expect(groupsOf(scene.aws.team(name))).toEqual(['new']);
  });

  test('for Stalled ends with a refusal, and get shows why', async () => {
    const scene = stage.newScene();
    const name = newName();
    someonesTeam(scene, name);
    await scene.create(name, specWith());
    expect(await kubectl('wait', '--for=condition=Stalled', `workteam/${name}`, '--timeout=60s')).toMatchObject({
      code: 0,
    });
    expect((await kubectl('get', 'workteam', name, '--no-headers')).stdout).toMatch(/False\s+NotOwned/);
    expect(scene.aws.writes(name)).toEqual([]);
  });
});

describe('a request to look now', () => {
  test('is answered as Flux answers its own: the value is echoed when the pass has ended', async () => {
    const scene = stage.newScene();
    const name = newName();
    await scene.createReady(name, specWith());
    scene.aws.console('UpdateWorkteam', { WorkteamName: name, Description: 'Changed by hand' });
    const { namespace } = stage.workteams;
    const [ask = '', see = '', ...more] = readGuide('docs/guides/flux.md').get('Look now') ?? [];
    expect(more).toEqual([]);
    const follow = (command: string) =>
      shell(cluster.address, command.replace('NAMESPACE', namespace).replace('NAME', name));
    await follow(ask);
    const isAsked = ({ metadata }: Workteam) => metadata.annotations?.[REQUESTED_AT_ANNOTATION] !== undefined;
    const value = (await stage.workteams.until(name, isAsked)).metadata.annotations?.[REQUESTED_AT_ANNOTATION];
    const echoed = `--for=jsonpath={.status.lastHandledReconcileAt}=${value}`;
    expect(await kubectl('wait', echoed, `workteam/${name}`, '--timeout=60s')).toMatchObject({ code: 0 });
    expect(await follow(see)).toBe(value);
    expect(scene.aws.team(name).workteam.Description).toBe('Labels street scenes');
    expect(kstatusOf(stage.workteams.get(name))).toBe('Current');
  });

  test('is echoed after a failure too, and cuts the wait for the next try short', async () => {
    const scene = stage.newScene();
    const name = newName();
    const match = { region: scene.region, operation: 'CreateWorkteam' };
    const fault = scene.control.addFault({ match, fault: { kind: 'accessDenied' } });
    await scene.create(name, specWith());
    await until(name, ...denied);
    const tries = () => operations(scene.aws.calls(name)).filter((operation) => operation === 'CreateWorkteam').length;
    const before = tries();
    await requestNow(name, 'again');
    await stage.workteams.until(name, ({ status }) => status?.lastHandledReconcileAt === 'again');
    await eventually(() => tries() > before, { what: 'another try' });
    scene.control.removeFault(fault);
    await requestNow(name, 'and again');
    await until(name, ...SYNCED);
  });
});
