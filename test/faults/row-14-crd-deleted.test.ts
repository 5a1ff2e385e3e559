/**
 * Deleting the CRD deletes every Workteam, and no work team: those keep their owner tags, and the same manifests find them
 * again. On a control plane of its own, because the CRD is everybody's.
 */
import { beforeAll, expect } from 'vitest';
import type { TeamSnapshot } from '../../dev/sagemaker/control.ts';
import { OWNER_TAG_KEY } from '../../src/workteam/schema.ts';
import { useEmulator } from '../support/emulator.ts';
import { inTime } from '../support/eventually.ts';
import { awsAt } from '../support/ledger.ts';
import { type Operator, useOperators } from '../support/operator.ts';
import { useOwnControlPlane } from '../support/own-control-plane.ts';
import { manifestsOf, namedSpecs } from '../support/specs.ts';
import { faultPoints, type Note, type Point } from './harness/points.ts';

const CRD = 'crds/workteams.workteams.dev.yaml';
const NAMES = ['birds', 'cats', 'dogs'];

const plane = useOwnControlPlane();
const emulator = useEmulator();
const operators = useOperators(emulator);

const region = 'eu-crd-1';
const aws = awsAt(emulator, { region });
let operator: Operator;
let teams: readonly TeamSnapshot[];

const MANIFESTS = manifestsOf(namedSpecs(NAMES));

/** All namespaces, as in an installation as it comes. */
const start = () =>
  operators.start({
    namespaces: [],
    place: { region },
    kubeconfig: plane.operatorKubeconfig,
    flags: ['--resync-interval', '1s', '--aws-requests-per-second', '1000', '--aws-burst', '1000'],
  });

async function applyManifests(): Promise<void> {
  await plane.run(['apply', '-f', '-'], { input: MANIFESTS });
  await plane.run(['wait', '--for=condition=Ready', 'workteams', '--all', '--timeout=60s']);
}

const uids = async () => (await plane.run(['get', 'workteams', '-o', 'jsonpath={.items[*].metadata.uid}'])).split(' ');

/** The calls that would change something, if AWS let them, since the first `before` calls. */
const attempts = (before: number) =>
  aws
    .calls()
    .slice(before)
    .filter(({ write }) => write)
    .map(({ operation, outcome }) => `${operation} ${outcome}`);

/** Deletes the CRD, and every Workteam with it. */
async function deleteCrd(): Promise<void> {
  await plane.run(['delete', 'crd', 'workteams.workteams.dev', '--timeout=60s']);
  await expect(plane.run(['get', 'crd', 'workteams.workteams.dev'])).rejects.toThrow('not found');
}

/** Brings the CRD and the same manifests back. @returns how long it took until all were Ready again, in milliseconds */
async function comeBack(): Promise<number> {
  await plane.run(['apply', '--server-side', '-f', CRD]);
  await plane.run(['wait', '--for=condition=Established', '-f', CRD, '--timeout=30s']);
  const began = performance.now();
  await applyManifests();
  return performance.now() - began;
}

/** The teams are as they were, and nothing was tried besides the creates that found them. */
function expectUntouched(before: number): void {
  expect(emulator.control.teams({ region })).toEqual(teams);
  expect(teams.map(({ tags }) => tags[OWNER_TAG_KEY]?.split('/').slice(1).join('/'))).toEqual(
    NAMES.map((name) => `default/${name}`),
  );
  expect(attempts(before).filter((attempt) => attempt !== 'CreateWorkteam ResourceInUse')).toEqual([]);
}

beforeAll(async () => {
  operator = await start();
  await applyManifests();
  teams = emulator.control.teams({ region });
  expect(teams.map(({ workteam }) => workteam.WorkteamName)).toEqual(NAMES);
});

/** Each leaves things as it found them, so that one alone can be played. */
const points: readonly Point[] = [
  {
    title: 'the CRD goes and comes back, with the same manifests',
    sampled: true,
    async play(note: Note) {
      const before = aws.calls().length;
      await deleteCrd();
      expect(emulator.control.teams({ region })).toEqual(teams);
      expect(attempts(before)).toEqual([]);
      const released = await plane.run(['get', 'events', '--field-selector', 'reason=Released', '-o', 'json']);
      const notes = JSON.parse(released).items.map(({ message }: { message: string }) => message);
      expect(notes).toHaveLength(NAMES.length);
      for (const name of NAMES) {
        expect(notes).toContainEqual(expect.stringMatching(`Work team "${name}" was not deleted: the Workteam CRD`));
      }
      note.settled(await comeBack());
      expectUntouched(before);
      expect((await operator.get('/readyz')).status).toBe(200);
      expect(operator.log().filter(({ level }) => level === 'error')).toEqual([]);
    },
  },
  {
    title: 'the CRD goes while the operator is away',
    async play(note: Note) {
      await operator.stop();
      const before = { calls: aws.calls().length, uids: await uids() };
      await plane.run(['delete', 'crd', 'workteams.workteams.dev', '--wait=false']);
      operator = await start();
      await plane.run(['wait', '--for=delete', 'crd/workteams.workteams.dev', '--timeout=60s']);
      expect(emulator.control.teams({ region })).toEqual(teams);
      note.settled(await comeBack());
      expect((await uids()).filter((uid) => before.uids.includes(uid))).toEqual([]);
      expectUntouched(before.calls);
    },
  },
  {
    title: 'the operator is killed while the CRD goes',
    async play(note: Note) {
      const before = aws.calls().length;
      const look = { region, operation: 'DescribeWorkteam', nth: 1 };
      const killed = new Promise<void>((resolve) => {
        emulator.control.beforeAnswering(look, async () => {
          await operator.kill();
          resolve();
          return 'drop';
        });
      });
      await plane.run(['delete', 'crd', 'workteams.workteams.dev', '--wait=false']);
      await inTime(killed, { what: 'the operator to be killed at its look at a team' });
      operator = await start();
      await plane.run(['wait', '--for=delete', 'crd/workteams.workteams.dev', '--timeout=60s']);
      note.settled(await comeBack());
      expectUntouched(before);
    },
  },
  {
    title: 'a Workteam that is deleted after all that takes its work team with it again',
    async play() {
      await deleteCrd();
      await comeBack();
      await plane.run(['delete', 'workteam', 'cats', '--timeout=60s']);
      expect([aws.has('cats'), aws.has('dogs')]).toEqual([false, true]);
    },
  },
];

faultPoints(14, points);
