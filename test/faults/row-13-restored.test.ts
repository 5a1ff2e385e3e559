/**
 * etcd comes back from a backup, or empty, and the same manifests are applied: the Workteams have other UIDs, and their teams are
 * found again by the owner tag. That tag begins with the cluster's id, which is the UID of the namespace kube-system unless
 * `--cluster-id` says otherwise: a restored cluster keeps it, one that was built anew has another one.
 */
import { beforeAll, expect } from 'vitest';
import { OWNER_TAG_KEY } from '../../src/workteam/schema.ts';
import { useEmulator } from '../support/emulator.ts';
import { workteamsInEtcd } from '../support/etcd.ts';
import { eventually } from '../support/eventually.ts';
import { awsAt } from '../support/ledger.ts';
import { type Operator, useOperators } from '../support/operator.ts';
import { type OwnControlPlane, useOwnControlPlane } from '../support/own-control-plane.ts';
import { manifestsOf, namedSpecs } from '../support/specs.ts';
import { faultPoints, type Note, type Point } from './harness/points.ts';

const NAMES = ['birds', 'cats', 'dogs'];

const old = useOwnControlPlane();
const rebuilt = useOwnControlPlane();
const emulator = useEmulator();
const operators = useOperators(emulator);
let oldId = '';

beforeAll(async () => {
  oldId = await old.run(['get', 'namespace', 'kube-system', '-o', 'jsonpath={.metadata.uid}']);
});

async function apply(plane: OwnControlPlane, verb?: string): Promise<void> {
  await plane.run(['apply', '-f', '-'], { input: manifestsOf(namedSpecs(NAMES, verb)) });
}

const untilReady = (plane: OwnControlPlane) =>
  plane.run(['wait', '--for=condition=Ready', 'workteams', '--all', '--timeout=90s']);

async function uidsOf(plane: OwnControlPlane): Promise<string[]> {
  return (await plane.run(['get', 'workteams', '-o', 'jsonpath={.items[*].metadata.uid}'])).split(' ');
}

/** Resync every second, all namespaces, as in an installation as it comes. */
function start(plane: OwnControlPlane, region: string, flags: readonly string[] = []): Promise<Operator> {
  return operators.start({
    namespaces: [],
    place: { region },
    kubeconfig: plane.operatorKubeconfig,
    within: 90_000,
    flags: ['--resync-interval', '1s', '--aws-requests-per-second', '1000', '--aws-burst', '1000', ...flags],
  });
}

/** A region in which the teams are made, from the old cluster; what is tried there from then on. */
async function settled(flags: readonly string[] = []) {
  const region = emulator.newRegion();
  const aws = awsAt(emulator, { region });
  // The objects of an earlier point are not to be told apart from those of this one: they go, and no operator knows.
  await workteamsInEtcd(old.address).restore([]);
  const operator = await start(old, region, flags);
  await apply(old);
  await untilReady(old);
  const teams = emulator.control.teams({ region });
  expect(teams.map(({ workteam }) => workteam.WorkteamName)).toEqual(NAMES);
  const before = aws.calls().length;
  const attempts = () =>
    aws
      .calls()
      .slice(before)
      .flatMap(({ write, operation, outcome }) => (write ? [`${operation} ${outcome}`] : []))
      .filter((attempt) => attempt !== 'CreateWorkteam ResourceInUse');
  const untouched = () => {
    expect(emulator.control.teams({ region })).toEqual(teams);
    expect(attempts()).toEqual([]);
  };
  const swept = async () => {
    const sweeps = () => aws.calls().filter(({ operation }) => operation === 'ListWorkteams').length;
    const begun = sweeps();
    await eventually(() => sweeps() >= begun + 4, { what: 'three resyncs', within: 60_000 });
  };
  return { region, operator, aws, attempts, untouched, swept };
}

const points: readonly Point[] = [
  {
    title: 'built anew under the same --cluster-id',
    sampled: true,
    async play(note: Note) {
      const id = ['--cluster-id', 'production'];
      const { region, operator, untouched, swept } = await settled(id);
      await operator.kill();
      await workteamsInEtcd(rebuilt.address).restore([]);
      await using _successor = await start(rebuilt, region, id);
      const began = performance.now();
      await apply(rebuilt);
      await untilReady(rebuilt);
      note.settled(performance.now() - began);
      await swept();
      untouched();
    },
  },
  {
    title: 'built anew with another id: not owned, until it is told the old one',
    async play(note: Note) {
      const { region, operator, untouched, swept, aws } = await settled();
      await operator.kill();
      await workteamsInEtcd(rebuilt.address).restore([]);
      await using stranger = await start(rebuilt, region);
      await apply(rebuilt);
      const refused = ['wait', '--for=jsonpath={.status.conditions[?(@.type=="Ready")].reason}=NotOwned'];
      await rebuilt.run([...refused, 'workteams', '--all', '--timeout=90s']);
      await swept();
      untouched();
      await stranger.kill();
      const began = performance.now();
      await using _successor = await start(rebuilt, region, ['--cluster-id', oldId]);
      await untilReady(rebuilt);
      note.settled(performance.now() - began);
      await swept();
      untouched();
      expect(aws.team('cats').tags[OWNER_TAG_KEY]).toBe(`${oldId}/default/cats`);
    },
  },
  {
    title: 'wiped while the operator runs: the Workteams vanish without a deletion, and come back with other UIDs',
    async play(note: Note) {
      const { operator, untouched, swept } = await settled();
      await using _running = operator;
      const before = await uidsOf(old);
      await workteamsInEtcd(old.address).restore([]);
      const began = performance.now();
      await apply(old);
      await untilReady(old);
      note.settled(performance.now() - began);
      expect((await uidsOf(old)).filter((uid) => before.includes(uid))).toEqual([]);
      await swept();
      untouched();
    },
  },
  {
    title: 'restored, while the operator runs, to specs of before',
    async play(note: Note) {
      const { operator, attempts, aws, swept } = await settled();
      await using _running = operator;
      const backup = await workteamsInEtcd(old.address).backUp();
      expect(backup).toHaveLength(NAMES.length);
      const says = (text: string) => () =>
        NAMES.every((name) => aws.team(name).workteam.Description === `${text} ${name}`);
      await apply(old, 'Finds');
      await eventually(says('Finds'), { what: 'the edit to arrive', within: 90_000 });
      await workteamsInEtcd(old.address).restore(backup);
      await eventually(says('Labels'), { what: 'the specs of before to hold again', within: 90_000 });
      const began = performance.now();
      await apply(old, 'Finds');
      await eventually(says('Finds'), { what: 'the manifests to hold again', within: 90_000 });
      note.settled(performance.now() - began);
      await swept();
      expect(attempts()).toEqual(Array(3 * NAMES.length).fill('UpdateWorkteam ok'));
    },
  },
];

faultPoints(
  13,
  points.map((point) => ({ ...point, timeout: 300_000 })),
);
