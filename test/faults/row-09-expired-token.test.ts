/**
 * A list of 5,000 Workteams in pages of 500, whose continue token expires: the operator begins the list anew, until it has all of
 * it, and keeps no more in memory than one list takes. It waits to lead meanwhile, so that nothing but the list is at work.
 */
import { readFile } from 'node:fs/promises';
import { beforeAll, expect } from 'vitest';
import { systemClock } from '../../src/controller/clock.ts';
import { loadKubeConfig } from '../../src/kubernetes/kubeconfig.ts';
import { Transport } from '../../src/kubernetes/transport.ts';
import { apiProxy } from '../support/api-proxy.ts';
import { kubeconfigThrough } from '../support/api-proxy-kubeconfig.ts';
import { controlPlane } from '../support/control-plane.ts';
import { allowLeaseIn, OPERATOR } from '../support/deployment.ts';
import { useEmulator } from '../support/emulator.ts';
import { type Operator, useOperators } from '../support/operator.ts';
import { inPool } from '../support/pool.ts';
import { specWith } from '../support/specs.ts';
import { EVERY_POINT, faultPoints, type Note, type Point } from './harness/points.ts';
import { EXPIRED } from './harness/watch-faults.ts';

const cluster = controlPlane();
const emulator = useEmulator();
const operators = useOperators(emulator);

const PAGE = 500;
const PAGES = 10;
/** The sample makes do with three pages. */
const COUNT = EVERY_POINT ? PAGES * PAGE : 1_100;

/** What a busy garbage collector may add to the peak of a list, in MiB; a list of 5,000 that is kept once more takes about 15. */
const SLACK_MIB = 60;

const MINUTE = 60_000;
let namespace = '';
let undisturbed: Promise<number> | undefined;

beforeAll(async () => {
  namespace = await cluster.createNamespace('many');
  const kubeConfig = loadKubeConfig({ path: cluster.address.kubeconfig, env: {} });
  const transport = new Transport({ kubeConfig, version: 'test', clock: systemClock });
  const path = `/apis/workteams.dev/v1alpha1/namespaces/${namespace}/workteams`;
  const spec = { ...specWith(), suspend: true };
  const began = performance.now();
  await inPool([...Array(COUNT).keys()], 16, (index) => {
    const metadata = { name: `team-${index}` };
    const json = { apiVersion: 'workteams.dev/v1alpha1', kind: 'Workteam', metadata, spec };
    return transport.request({ method: 'POST', path, body: { json } });
  });
  transport.close();
  console.log(`${COUNT} Workteams created in ${Math.round((performance.now() - began) / 1_000)} s`);
}, 5 * MINUTE);

/** Somebody else leads, for an hour. */
async function heldLease(): Promise<string> {
  const home = await cluster.createNamespace('lease');
  await allowLeaseIn(cluster, home);
  const time = `${new Date().toISOString().slice(0, -1)}000Z`;
  const lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: OPERATOR, namespace: home },
    spec: { holderIdentity: 'somebody', leaseDurationSeconds: 3_600, acquireTime: time, renewTime: time },
  };
  await cluster.run(['create', '-f', '-'], { input: JSON.stringify(lease) });
  return home;
}

/** The most memory that a process ever had, in MiB. */
async function peakOf({ pid }: Operator): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1_024;
}

interface Listed {
  readonly lists: number;
  readonly peakMiB: number;
  readonly tookMs: number;
}

/**
 * Starts an operator whose lists break at that page, so many of them.
 * @returns what it did until it had all of the Workteams, as it says itself when it may lead
 */
async function listing(brokenAt: number, times: number): Promise<Listed> {
  const proxy = await apiProxy(cluster.address);
  const collection = `/namespaces/${namespace}/workteams`;
  let [lists, page, left] = [0, 0, times];
  proxy.fault = ({ method, path, query }) => {
    if (method !== 'GET' || !path.endsWith(collection) || query.get('limit') !== String(PAGE)) return undefined;
    page = query.has('continue') ? page + 1 : 1;
    if (page === 1) lists += 1;
    if (page !== brokenAt || left === 0) return undefined;
    left -= 1;
    return { status: 410, body: { ...EXPIRED, message: 'The provided continue parameter is too old' } };
  };
  try {
    const home = await heldLease();
    const began = performance.now();
    await using operator = await operators.start({
      namespaces: [namespace],
      place: { region: emulator.newRegion() },
      leaseNamespace: home,
      kubeconfig: await kubeconfigThrough(proxy, operators.kubeconfig),
      within: 4 * MINUTE,
    });
    const tookMs = performance.now() - began;
    const peakMiB = await peakOf(operator);
    await cluster.run(['delete', 'lease', OPERATOR, '--namespace', home]);
    const leading = await operator.logged('that it leads', ({ msg }) => msg === 'reconciling');
    expect(leading.workteams).toBe(COUNT);
    return { lists, peakMiB, tookMs };
  } finally {
    await proxy.close();
  }
}

/** The peak of a list that nothing disturbs, in MiB. */
function reference(): Promise<number> {
  undisturbed ??= listing(0, 0).then(({ lists, peakMiB }) => {
    expect(lists).toBe(1);
    return peakMiB;
  });
  return undisturbed;
}

function expires(title: string, brokenAt: number, times: number, sampled = false): Point {
  const play = async (note: Note) => {
    const peak = await reference();
    const { lists, peakMiB, tookMs } = await listing(brokenAt, times);
    note.settled(tookMs);
    note.plan({ undisturbedMiB: Math.round(peak), peakMiB: Math.round(peakMiB) });
    console.log(`${title}: ${Math.round(peakMiB)} MiB at most, ${Math.round(peak)} MiB undisturbed`);
    expect(lists).toBe(times + 1);
    expect(peakMiB).toBeLessThan(peak + SLACK_MIB);
  };
  return { title, sampled, timeout: 6 * MINUTE, play };
}

faultPoints(
  9,
  [
    ...Array.from({ length: PAGES - 1 }, (_, index) =>
      expires(`the token for page ${index + 2} expires`, index + 2, 1, index === 0),
    ),
    expires('the token for the last page expires, in five lists in a row', PAGES, 5),
  ],
  { concurrent: true },
);
