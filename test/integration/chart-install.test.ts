/**
 * The chart on clusters of its own: installed, upgraded over an earlier one, uninstalled; with the program running as the
 * pod would, with the ServiceAccount that the chart made and the flags that it was given.
 */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { type Container, DEFAULT_ARGS } from '../support/chart.ts';
import { earlierChart } from '../support/earlier-chart.ts';
import { useEmulator } from '../support/emulator.ts';
import { eventually } from '../support/eventually.ts';
import { CHART, useHelm } from '../support/helm.ts';
import { awsAt, operations } from '../support/ledger.ts';
import { type Operator, useOperators } from '../support/operator.ts';
import { useOwnControlPlane } from '../support/own-control-plane.ts';
import { manifestsOf, namedSpecs } from '../support/specs.ts';

// Helm, several operators after one another and their Leases, on a machine that may be busy.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const NAMESPACE = 'workteam-operator';
const CRD = 'workteams.workteams.dev';
const region = 'eu-chart-1';

const plane = useOwnControlPlane({ apply: 'nothing' });
const helm = useHelm(() => plane.address.kubeconfig);
const emulator = useEmulator();
const operators = useOperators(emulator);
const aws = awsAt(emulator, { region });

/** Work is not waited for. */
const VALUES = { aws: { region, requestsPerSecond: 1000, burst: 1000 }, resyncInterval: '1s' };

interface Stored {
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string };
  readonly spec: object;
  readonly status?: object;
}

const get = async (...args: string[]) => JSON.parse(await plane.run(['get', ...args, '-o', 'json']));
const workteams = async (): Promise<Stored[]> => (await get('workteams', '--all-namespaces')).items;
const crd = () => get('crd', CRD);
const deployed = async (): Promise<Container> =>
  (await get('deployment', 'workteam-operator', '--namespace', NAMESPACE)).spec.template.spec.containers[0];

/** Calls that would change something in AWS, if it let them. */
const attempts = (before: number) =>
  operations(
    aws
      .calls()
      .slice(before)
      .filter(({ write }) => write),
  );

/** Runs what the Deployment in the cluster runs, but for the ports, which other tests have. */
async function startAsDeployed(): Promise<Operator> {
  const { args = DEFAULT_ARGS } = await deployed();
  const kubeconfig = await plane.writeKubeconfig({ token: await plane.tokenFor(NAMESPACE, 'workteam-operator') });
  const mayList = ['get', 'workteams', '--all-namespaces'];
  await eventually(async () => (await plane.kubectl(mayList, { kubeconfig })).code === 0, { what: 'the roles' });
  const flags = args.slice(DEFAULT_ARGS.length).filter((flag) => !flag.includes('-bind-address='));
  return operators.start({ namespaces: [], place: { region }, leaseNamespace: NAMESPACE, kubeconfig, flags });
}

/** When it has looked at everything twice, what the first look led to is over. */
async function untilSettled(): Promise<void> {
  const sweeps = () => operations(aws.calls()).filter((operation) => operation === 'ListWorkteams').length;
  const before = sweeps();
  await eventually(() => sweeps() >= before + 3, { what: 'two resyncs' });
}

let earlier = '';
beforeAll(async () => {
  earlier = await earlierChart(helm);
});

const NAMES = ['birds', 'cats', 'dogs'];
const MANIFESTS = manifestsOf(namedSpecs(NAMES));

describe('on an empty cluster', () => {
  test('helm install puts everything there, and says what to do next', async () => {
    const said = await helm.release('install', {
      values: { ...VALUES, readOnly: true },
      flags: ['--create-namespace'],
    });
    expect(said).toContain(`kubectl --namespace ${NAMESPACE} rollout status deployment/workteam-operator`);
    expect(said).toContain('It is read-only: nothing is written to AWS.');
    await plane.run(['wait', '--for=condition=Established', `crd/${CRD}`, '--timeout=30s']);
    expect((await crd()).spec.versions).toEqual(parse(await readFile(`crds/${CRD}.yaml`, 'utf8')).spec.versions);
    expect((await deployed()).args).toContain('--read-only');
  });

  test('the second time, it changes nothing', async () => {
    const before = await crd();
    const generation = ['deployment', 'workteam-operator', '--namespace', NAMESPACE] as const;
    const { metadata } = await get(...generation);
    await helm.release('upgrade', { values: { ...VALUES, readOnly: true } });
    expect((await get(...generation)).metadata.generation).toBe(metadata.generation);
    expect((await crd()).metadata.generation).toBe(before.metadata.generation);
  });

  test('helm uninstall leaves the CRD, which then can be deleted', async () => {
    const said = await helm.run(['uninstall', 'workteam-operator', '--namespace', NAMESPACE]);
    expect(said).toContain(CRD);
    const left = await plane.run([
      'get',
      'all,serviceaccounts,roles,rolebindings,leases',
      '-n',
      NAMESPACE,
      '-o',
      'name',
    ]);
    expect(left).toBe('');
    const cluster = await plane.run(['get', 'clusterroles,clusterrolebindings', '-o', 'name']);
    expect(cluster).not.toContain('workteam-operator');
    expect((await crd()).metadata.annotations['helm.sh/resource-policy']).toBe('keep');
    await plane.run(['delete', 'crd', CRD, '--timeout=60s']);
  });

  test('helm upgrade goes over the chart of an earlier commit', async () => {
    await helm.release('install', { chart: earlier, values: VALUES });
    const { uid } = (await crd()).metadata;
    await helm.release('upgrade', { values: VALUES });
    expect((await crd()).metadata.uid).toBe(uid);
    expect((await crd()).spec.versions).toEqual(parse(await readFile(`crds/${CRD}.yaml`, 'utf8')).spec.versions);
    const [{ revision, status }] = JSON.parse(await helm.run(['list', '--namespace', NAMESPACE, '-o', 'json']));
    expect({ revision, status }).toEqual({ revision: '2', status: 'deployed' });
    await helm.run(['uninstall', 'workteam-operator', '--namespace', NAMESPACE]);
  });
});

describe('with work teams', () => {
  let operator: Operator;

  test('helm upgrade over an earlier chart loses nothing, and writes nothing to AWS', async () => {
    await helm.release('install', { chart: earlier, values: VALUES });
    operator = await startAsDeployed();
    await plane.run(['apply', '-f', '-'], { input: MANIFESTS });
    await plane.run(['wait', '--for=condition=Ready', 'workteams', '--all', '--timeout=60s']);
    await untilSettled();
    const before = {
      workteams: await workteams(),
      teams: emulator.control.teams({ region }),
      calls: aws.calls().length,
    };
    expect(before.teams.map(({ workteam }) => workteam.WorkteamName)).toEqual(NAMES);

    await helm.release('upgrade', { values: { ...VALUES, concurrency: 7 } });
    // The Deployment's new pod is ready before the old one goes.
    const next = await startAsDeployed();
    expect(await operator.stop()).toMatchObject({ code: 0 });
    operator = next;
    await operator.logged('that it leads', ({ msg }) => msg === 'reconciling');
    await untilSettled();

    expect(await workteams()).toEqual(before.workteams);
    expect(emulator.control.teams({ region })).toEqual(before.teams);
    expect(attempts(before.calls)).toEqual([]);
  });

  test('a CRD that has more arrives by an upgrade, and every Workteam stays', async () => {
    const before = { workteams: await workteams(), calls: aws.calls().length, uid: (await crd()).metadata.uid };
    const chart = join(helm.folder, 'next');
    await cp(CHART, chart, { recursive: true });
    const template = join(chart, 'templates/crd.yaml');
    const column = '        - { name: Region, type: string, jsonPath: .status.region }\n';
    const columns = '      additionalPrinterColumns:\n';
    await writeFile(template, (await readFile(template, 'utf8')).replace(columns, columns + column));
    await helm.release('upgrade', { chart, values: VALUES });
    expect((await crd()).metadata.uid).toBe(before.uid);
    const shown = async () => (await plane.run(['get', 'workteams', 'cats'])).includes(region);
    await eventually(shown, { what: 'the new column' });
    expect(await workteams()).toEqual(before.workteams);
    await untilSettled();
    expect(attempts(before.calls)).toEqual([]);
    await helm.release('upgrade', { values: VALUES });
  });

  test('helm uninstall keeps the CRD and every Workteam, and the work teams; a new release takes them up again', async () => {
    const before = {
      workteams: await workteams(),
      teams: emulator.control.teams({ region }),
      calls: aws.calls().length,
    };
    await operator.stop();
    await helm.run(['uninstall', 'workteam-operator', '--namespace', NAMESPACE]);
    expect((await crd()).metadata).not.toHaveProperty('deletionTimestamp');
    expect(await workteams()).toEqual(before.workteams);

    await helm.release('install', { values: VALUES });
    operator = await startAsDeployed();
    await untilSettled();
    expect(await workteams()).toEqual(before.workteams);
    expect(emulator.control.teams({ region })).toEqual(before.teams);
    expect(attempts(before.calls)).toEqual([]);

    await plane.run(['delete', 'workteam', 'cats', '--timeout=60s']);
    expect(attempts(before.calls)).toEqual(['DeleteWorkteam']);
    expect(aws.has('cats')).toBe(false);
  });

  test('crds.install=false lets go of the CRD and leaves it, and true takes it back', async () => {
    const before = { workteams: await workteams(), calls: aws.calls().length, uid: (await crd()).metadata.uid };
    await helm.release('upgrade', { values: { ...VALUES, crds: { install: false } } });
    expect((await crd()).metadata.uid).toBe(before.uid);
    await helm.release('upgrade', { values: VALUES });
    expect((await crd()).metadata.uid).toBe(before.uid);
    expect(await workteams()).toEqual(before.workteams);
    await untilSettled();
    expect(attempts(before.calls)).toEqual([]);
    await operator.stop();
  });
});

describe('where somebody else has applied the CRD', () => {
  test('Helm does not touch it, unless it is told to take it over', async () => {
    const before = { workteams: await workteams(), uid: (await crd()).metadata.uid };
    await helm.run(['uninstall', 'workteam-operator', '--namespace', NAMESPACE]);
    const strip = (key: string, name: string) => ['annotate', 'crd', CRD, `${key}/${name}-`];
    for (const name of ['release-name', 'release-namespace']) await plane.run(strip('meta.helm.sh', name));
    await plane.run(['label', 'crd', CRD, 'app.kubernetes.io/managed-by-']);

    await expect(helm.release('install', { values: VALUES })).rejects.toThrow('invalid ownership metadata');
    await helm.release('install', { name: 'beside', values: { ...VALUES, crds: { install: false } } });
    await helm.run(['uninstall', 'beside', '--namespace', NAMESPACE]);
    await helm.release('install', { values: VALUES, flags: ['--take-ownership'] });
    expect((await crd()).metadata.uid).toBe(before.uid);
    expect(await workteams()).toEqual(before.workteams);
  });
});

describe('for a list of namespaces', () => {
  const account = `system:serviceaccount:${NAMESPACE}:narrow-workteam-operator`;
  const can = async (verb: string, resource: string, ...scope: string[]) =>
    (await plane.kubectl(['auth', 'can-i', verb, resource, ...scope, `--as=${account}`])).stdout.trim();

  test('the operator may do its work there, and nothing elsewhere', async () => {
    for (const namespace of ['one', 'two', 'three']) await plane.run(['create', 'namespace', namespace]);
    const values = {
      namespaces: ['one', 'two'],
      clusterId: 'blue',
      crds: { install: false },
      leaderElection: { id: 'narrow' },
    };
    await helm.release('install', { name: 'narrow', values });
    const mayPatch = async () => (await can('patch', CRD, '--namespace=two')) === 'yes';
    await eventually(mayPatch, { what: 'the roles to take effect' });
    expect({
      one: await can('list', CRD, '--namespace=one'),
      two: await can('patch', CRD, '--subresource=status', '--namespace=two'),
      lease: await can('update', 'leases.coordination.k8s.io/narrow', `--namespace=${NAMESPACE}`),
    }).toEqual({ one: 'yes', two: 'yes', lease: 'yes' });
    expect({
      three: await can('list', CRD, '--namespace=three'),
      all: await can('list', CRD, '--all-namespaces'),
      crd: await can('get', `customresourcedefinitions/${CRD}`),
      kubeSystem: await can('get', 'namespaces/kube-system'),
      lease: await can('update', 'leases.coordination.k8s.io/workteam-operator', `--namespace=${NAMESPACE}`),
    }).toEqual({ three: 'no', all: 'no', crd: 'no', kubeSystem: 'no', lease: 'no' });
  });

  test('the operator starts with the flags and the token of that release', async () => {
    const { args = [] } = (await get('deployment', 'narrow-workteam-operator', '-n', NAMESPACE)).spec.template.spec
      .containers[0];
    const kubeconfig = await plane.writeKubeconfig({
      token: await plane.tokenFor(NAMESPACE, 'narrow-workteam-operator'),
    });
    const flags = args.slice(DEFAULT_ARGS.length).filter((flag: string) => !flag.includes('-bind-address='));
    await using operator = await operators.start({
      namespaces: [],
      place: { region },
      leaseNamespace: NAMESPACE,
      kubeconfig,
      flags,
    });
    const { namespaces, clusterId } = await operator.logged('that it started', ({ msg }) => msg === 'started');
    expect({ namespaces, clusterId }).toEqual({ namespaces: ['one', 'two'], clusterId: 'blue' });
    await operator.logged('that it leads', ({ msg }) => msg === 'reconciling');
    expect(operator.log().filter(({ level }) => level === 'error')).toEqual([]);
  });
});
