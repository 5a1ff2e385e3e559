/**
 * The API server is gone for minutes while AWS is up, and work teams drift meanwhile. Nothing is written to AWS: whoever cannot ask
 * whether a Workteam still wants its team leaves the team alone. The pods do not crash one after the other: a leader ends once,
 * because it lost its lease, and what starts then waits. When the API server is back, everything that was to be done is done.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as after } from 'node:timers/promises';
import { expect, vi } from 'vitest';
import type { Fault } from '../support/api-proxy.ts';
import { kubeconfigThrough } from '../support/api-proxy-kubeconfig.ts';
import { controlPlane } from '../support/control-plane.ts';
import { allowLeaseIn } from '../support/deployment.ts';
import { eventually } from '../support/eventually.ts';
import { oidcMembers, specWith } from '../support/specs.ts';
import { type Ending, endingOf, judgeEnding, judgeQuiet, lookOnceMore } from './harness/judges.ts';
import { Kubelet } from './harness/kubelet.ts';
import { faultPoints, type Note, type Point } from './harness/points.ts';
import { isLeading, LEASE_MS, LOST, openReplicas, untilEnded, untilTakenOver } from './harness/replicas.ts';
import { type OwnSetting, QUICK, useSettings } from './harness/setting.ts';
import { CREATE, DONE_WITHIN_MS } from './harness/works.ts';

// They wait, mostly.
vi.setConfig({ maxConcurrency: 10, testTimeout: 480_000 });

const MINUTES = 60_000;
const settings = useSettings();

/** How the API server is gone. */
const KINDS: Readonly<Record<string, Fault>> = {
  'its connections are cut': 'reset',
  'it does not answer': 'silence',
  'something else answers 503 for it': { status: 503 },
};

interface Outage {
  readonly how: string;
  readonly ms: number;
  /** Two replicas of which one leads; else one without leader election. */
  readonly elected: boolean;
}

const NAMES = ['drifted', 'vanished', 'edited', 'deleted', 'left-alone'];

/** What people do while the API server is away, to AWS and (it is away for the operator only) to the Workteams. */
async function disturb({ aws, workteams }: OwnSetting): Promise<void> {
  aws.console('UpdateWorkteam', { WorkteamName: 'drifted', Description: 'Changed by hand' });
  aws.console('DeleteWorkteam', { WorkteamName: 'vanished' });
  await workteams.edit('edited', { memberDefinitions: oidcMembers('new') });
  await workteams.delete('deleted');
}

/** A watch that is silent is given up after 150 s; whoever has just come to lead may have been deaf for as long. */
const HEARD_WITHIN_MS = 150_000 + DONE_WITHIN_MS;

async function untilDone({ aws, workteams }: OwnSetting): Promise<void> {
  await workteams.untilGone('deleted', HEARD_WITHIN_MS);
  await workteams.untilReady('edited', HEARD_WITHIN_MS);
  const repaired = () =>
    aws.has('vanished') && aws.team('drifted').workteam.Description === specWith().description && !aws.has('deleted');
  await eventually(repaired, { what: 'drift to be repaired', within: HEARD_WITHIN_MS });
  for (const name of ['drifted', 'vanished']) await workteams.untilReady(name, HEARD_WITHIN_MS);
}

let undisturbed: Promise<Ending> | undefined;

/** The same without an outage. */
function reference(): Promise<Ending> {
  undisturbed ??= (async () => {
    await using setting = await settings.open();
    await setting.start();
    await createAll(setting);
    await disturb(setting);
    await untilDone(setting);
    await lookOnceMore(setting);
    return endingOf(setting);
  })();
  return undisturbed;
}

async function createAll({ workteams }: OwnSetting): Promise<void> {
  for (const name of NAMES) await workteams.create(name, specWith());
  for (const name of NAMES) await workteams.untilReady(name, DONE_WITHIN_MS);
}

async function play({ how, ms, elected }: Outage, note: Note): Promise<void> {
  const expected = await reference();
  await using setting = await settings.open();
  const run = await containerIn(setting, elected);
  await using one = new Kubelet(run);
  await using other = elected ? new Kubelet(run) : undefined;
  const pods = other === undefined ? [one] : [one, other];
  await createAll(setting);
  const attempts = () => setting.aws.calls().filter(({ write }) => write).length;
  const sweeps = () => setting.aws.calls().filter(({ operation }) => operation === 'ListWorkteams').length;

  const { proxy } = setting;
  const [passOn, fault] = [proxy.fault, KINDS[how]];
  proxy.fault = () => fault;
  for (const watch of proxy.watches) how === 'it does not answer' ? watch.mute() : watch.reset();
  const gone = after(ms);
  const written = attempts();
  await disturb(setting);
  const before = sweeps();
  if (!elected) await eventually(() => sweeps() > before, { what: 'a sweep that sees the drift' });
  await gone;
  expect(attempts(), 'writes to AWS while the API server was away').toBe(written);
  const exits = pods.flatMap((pod) => pod.exits);
  expect(exits, 'what the kubelets saw').toEqual(elected && ms > LEASE_MS ? ['exit 1'] : []);

  proxy.fault = passOn;
  const began = performance.now();
  await untilDone(setting);
  note.settled(performance.now() - began);
  await lookOnceMore(setting);
  judgeEnding(setting, expected);
  await judgeQuiet(setting);
  expect(
    pods.flatMap((pod) => pod.exits),
    'what the kubelets saw later',
  ).toEqual(exits);
}

/** Starts the operator as in a pod: it waits for an API server that does not answer, which it does in no other place. */
async function containerIn(setting: OwnSetting, elected: boolean) {
  const { operators } = settings;
  const { namespace } = setting.workteams;
  if (elected) await allowLeaseIn(controlPlane(), namespace);
  const kubeconfig = await kubeconfigThrough(setting.proxy, operators.kubeconfig);
  const config = JSON.parse(await readFile(kubeconfig, 'utf8'));
  const current = config.contexts.find(({ name }: { name: string }) => name === config['current-context']);
  current.name = IN_POD;
  config['current-context'] = IN_POD;
  await writeFile(kubeconfig, JSON.stringify(config));
  return () =>
    operators.start({
      namespaces: [namespace],
      place: { region: setting.region },
      ...(elected && { leaseNamespace: namespace }),
      kubeconfig,
      flags: QUICK,
      until: 'started',
    });
}

/** What the context of a pod's own credentials is called. */
const IN_POD = 'in-cluster';

/** Only the leader is cut off: another one takes over. */
async function playCutOff(how: string, note: Note): Promise<void> {
  const work = { ...CREATE, prepare: createAll };
  await using replicas = await openReplicas(settings, work, { standbys: 1, flags: QUICK });
  const { setting, first, proxy, standbys } = replicas;
  const fault = KINDS[how];
  const written = replicas.writes();
  proxy.fault = () => fault;
  for (const watch of proxy.watches) how === 'it does not answer' ? watch.mute() : watch.reset();
  await disturb(setting);
  expect(await untilEnded(first, LEASE_MS)).toMatchObject(LOST.ending);
  expect(standbys.filter(isLeading), 'who led before the first had left').toEqual([]);
  expect(replicas.writes(), 'what the first one sent').toEqual(written);
  await untilTakenOver(standbys);
  const began = performance.now();
  await untilDone(setting);
  note.settled(performance.now() - began);
  await lookOnceMore(setting);
  judgeEnding(setting, await reference());
  await judgeQuiet(setting);
}

const hows = Object.keys(KINDS);
const outages: readonly Outage[] = hows.flatMap((how) => [
  { how, ms: 8_000, elected: false },
  { how, ms: 30_000, elected: true },
  ...[true, false].map((elected) => ({ how, ms: 5 * MINUTES, elected })),
]);

const points: readonly Point[] = outages.map((outage) => {
  const { how, ms, elected } = outage;
  return {
    title: `${how}, for ${ms / 1_000} s, ${elected ? 'two replicas' : 'one without leader election'}`,
    sampled: ms < MINUTES && how === 'its connections are cut',
    timeout: ms + 8 * MINUTES,
    play: (note) => play(outage, note),
  };
});

const cutOff: readonly Point[] = hows.map((how) => ({
  title: `${how}, for the leader only, until another has taken over`,
  play: (note) => playCutOff(how, note),
}));

faultPoints(12, [...points, ...cutOff], { concurrent: true });
