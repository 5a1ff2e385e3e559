/** What Helm makes of the chart, and what the API server says to it; nothing is installed but roles, for a question about them. */
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { goTool } from '../../dev/tools/go-tool.ts';
import { OPTIONS, optionKey } from '../../src/config.ts';
import { configOf, FLAG_VALUES, nested } from '../support/chart.ts';
import { eventually } from '../support/eventually.ts';
import { run as runProgram } from '../support/execute.ts';
import { CHART, containerOf, type Manifest, manifestsIn, podTemplateOf, theOne, useHelm } from '../support/helm.ts';
import { useOwnControlPlane } from '../support/own-control-plane.ts';

const NAMESPACE = 'workteam-operator';

const plane = useOwnControlPlane({ apply: 'nothing' });
const helm = useHelm();

beforeAll(async () => {
  await plane.run(['create', '-f', 'test/support/monitoring-crds.yaml']);
  for (const namespace of [NAMESPACE, 'one', 'two']) await plane.run(['create', 'namespace', namespace]);
  // Whatever is not restricted is refused, and a Deployment of such pods warned of.
  const restricted = ['enforce', 'warn'].map((mode) => `pod-security.kubernetes.io/${mode}=restricted`);
  await plane.run(['label', 'namespace', NAMESPACE, ...restricted]);
  await plane.run(['wait', '--for=condition=Established', 'crds', '--all', '--timeout=30s']);
});

/** A pod as the Deployment would make it. */
function podOf(manifests: readonly Manifest[]): object {
  const { metadata, spec } = podTemplateOf(manifests);
  return { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name: 'probe', namespace: NAMESPACE }, spec };
}

const list = (items: readonly object[]) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });

test('helm lint finds nothing, strictly', async () => {
  const { stdout, stderr, code } = await helm.call(['lint', '--strict', CHART]);
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  expect(stdout.match(/\[(WARNING|ERROR)\].*/g) ?? []).toEqual([]);
});

describe('every rendered object is accepted by the API server without a warning', () => {
  /** What is installed when nothing is set. */
  const BASE = ['CustomResourceDefinition', 'Deployment', 'Service', 'ServiceAccount', 'Role', 'RoleBinding'];
  const MODES: Readonly<Record<string, { readonly values: object; readonly kinds: readonly string[] }>> = {
    'the whole cluster': { values: {}, kinds: [...BASE, 'ClusterRole', 'ClusterRoleBinding'] },
    'a list of namespaces': {
      values: { namespaces: ['one', 'two'], clusterId: 'blue' },
      kinds: [...BASE, 'Role', 'Role', 'RoleBinding', 'RoleBinding'],
    },
  };
  interface Part {
    readonly values: object;
    readonly adds?: readonly string[];
    readonly leavesOut?: readonly string[];
  }
  const PARTS: Readonly<Record<string, Part>> = {
    'nothing set': { values: {} },
    'no CRD': { values: { crds: { install: false } }, leavesOut: ['CustomResourceDefinition'] },
    'two replicas': {
      values: {
        replicas: 2,
        topologySpreadConstraints: [
          { maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway' },
        ],
      },
      adds: ['PodDisruptionBudget'],
    },
    'two replicas without a budget': { values: { replicas: 2, podDisruptionBudget: { enabled: false } } },
    'no leader election': {
      values: { leaderElection: { enabled: false } },
      leavesOut: ['Role', 'RoleBinding'],
    },
    'a Lease elsewhere': { values: { leaderElection: { id: 'another', namespace: 'default' } } },
    'no metrics': { values: { metrics: { enabled: false } }, leavesOut: ['Service'] },
    'no metrics Service': { values: { metrics: { service: { enabled: false } } }, leavesOut: ['Service'] },
    'a ServiceMonitor': {
      values: { serviceMonitor: { enabled: true, labels: { release: 'prometheus' } } },
      adds: ['ServiceMonitor'],
    },
    'a PrometheusRule': {
      values: { prometheusRule: { enabled: true, labels: { release: 'prometheus' } } },
      adds: ['PrometheusRule'],
    },
    'a dashboard': {
      values: { dashboard: { enabled: true, annotations: { grafana_folder: 'AWS' } } },
      adds: ['ConfigMap'],
    },
    'a NetworkPolicy': {
      values: {
        networkPolicy: {
          enabled: true,
          metricsFrom: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
          extraEgress: [{ ports: [{ port: 3128 }] }],
        },
      },
      adds: ['NetworkPolicy'],
    },
    'a NetworkPolicy without metrics': {
      values: { networkPolicy: { enabled: true }, metrics: { enabled: false } },
      adds: ['NetworkPolicy'],
      leavesOut: ['Service'],
    },
    "somebody else's ServiceAccount": {
      values: { serviceAccount: { create: false, name: 'mine' } },
      leavesOut: ['ServiceAccount'],
    },
    IRSA: {
      values: {
        serviceAccount: { annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/operator' } },
      },
    },
    'a place to run': {
      values: {
        priorityClassName: 'system-cluster-critical',
        nodeSelector: { 'kubernetes.io/os': 'linux' },
        tolerations: [{ key: 'dedicated', operator: 'Exists', effect: 'NoSchedule' }],
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [
                { matchExpressions: [{ key: 'kubernetes.io/arch', operator: 'In', values: ['arm64'] }] },
              ],
            },
          },
        },
        podLabels: { team: 'platform' },
        podAnnotations: { note: 'a: b' },
        commonLabels: { 'cost-centre': '42' },
      },
    },
    extras: {
      values: {
        image: { repository: 'registry.example/operator', digest: `sha256:${'0'.repeat(64)}`, pullPolicy: 'Always' },
        imagePullSecrets: [{ name: 'registry' }],
        extraEnv: [{ name: 'HTTPS_PROXY', value: 'http://proxy.example:3128' }],
        extraVolumes: [{ name: 'ca', configMap: { name: 'ca' } }],
        extraVolumeMounts: [{ name: 'ca', mountPath: '/ca', readOnly: true }],
        livenessProbe: { failureThreshold: 5 },
        fullnameOverride: 'teams',
      },
    },
  };
  const matrix = Object.keys(MODES).flatMap((mode) => Object.keys(PARTS).map((part) => [mode, part] as const));

  test.each(matrix)('for %s, with %s', async (mode, part) => {
    const { values: scope = {}, kinds = [] } = MODES[mode] ?? {};
    const { values = {}, adds = [], leavesOut = [] } = PARTS[part] ?? {};
    const manifests = await helm.template({ values: { ...scope, ...values } });
    const expected = [...kinds, ...adds];
    for (const kind of leavesOut) expected.splice(expected.indexOf(kind), 1);
    expect(manifests.map(({ kind }) => kind).toSorted()).toEqual(expected.toSorted());

    // The pods, too: what the Pod Security level of a namespace refuses is only warned of in a Deployment.
    const apply = ['apply', '--server-side', '--dry-run=server', '-f', '-'];
    const input = list([...manifests, podOf(manifests)]);
    const { stdout, stderr, code } = await plane.kubectl(apply, { input });
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(stdout.match(/serverside-applied \(server dry run\)/g)).toHaveLength(expected.length + 1);
  });

  test('what is not restricted is refused, so that the above means something', async () => {
    const securityContext = { allowPrivilegeEscalation: true };
    const input = list([podOf(await helm.template({ values: { securityContext } }))]);
    const { stderr } = await plane.kubectl(['create', '--dry-run=server', '-f', '-'], { input });
    expect(stderr).toContain('violates PodSecurity "restricted:latest"');
  });
});

test('alerts and dashboard arrive as they are', async () => {
  const values = { prometheusRule: { enabled: true }, dashboard: { enabled: true } };
  const manifests = await helm.template({ values });
  const { data } = theOne(manifests, 'ConfigMap') as unknown as { data: Record<string, string> };
  const read = (name: string) => readFile(`deploy/observability/${name}`, 'utf8');
  expect(JSON.parse(data['workteam-operator.json'] ?? '')).toEqual(JSON.parse(await read('dashboard.json')));
  expect(theOne(manifests, 'PrometheusRule').spec).toEqual(parse(await read('alerts.yaml')));
});

describe('the flag', () => {
  test.each(Object.entries(FLAG_VALUES))('--%s is set by its value, and by nothing else', async (name, value) => {
    const key = optionKey({ name });
    const before = await configOf(containerOf(await helm.template()));
    const { values, config } = value.needs ?? { values: {}, config: {} };
    const set = await configOf(
      containerOf(await helm.template({ values: { ...nested(value.path, value.other), ...values } })),
    );
    const expected = name.endsWith('bind-address') ? { host: undefined, port: value.other } : value.other;
    expect(set).toEqual({ ...before, ...config, [key]: value.means ?? expected });
    expect(before).not.toEqual(set);
  });

  test.each(Object.entries(FLAG_VALUES))('--%s cannot be given what the program refuses', async (name, value) => {
    const option = OPTIONS.find((candidate) => candidate.name === name);
    if (option?.value !== undefined && !name.endsWith('bind-address')) {
      const args = [value.bad].flat().map((bad) => `--${name}=${bad}`);
      await expect(configOf({ args: ['', 'run', ...args] })).rejects.toThrow(`--${name} is`);
    }
    await expect(helm.template({ values: nested(value.path, value.bad) })).rejects.toThrow(
      `at '/${value.path.replace('.', '/')}`,
    );
  });

  test('of extraArgs comes last', async () => {
    const manifests = await helm.template({ values: { extraArgs: ['--log-level=trace'] } });
    expect((await configOf(containerOf(manifests))).logLevel).toBe('trace');
  });

  test('for metrics is 0 where they are switched off', async () => {
    const manifests = await helm.template({ values: { metrics: { enabled: false } } });
    expect((await configOf(containerOf(manifests))).metricsBindAddress).toBeUndefined();
  });
});

describe('Helm refuses, with a message that names the value', () => {
  test.each([
    [{ namespaces: ['one'] }, "at '/clusterId': minLength: got 0, want 1"],
    [{ aws: { regoin: 'eu-west-1' } }, "at '/aws': additional properties 'regoin' not allowed"],
    [{ aws: { accountId: 111122223333 } }, "at '/aws/accountId': got number, want string"],
    [{ replicas: 2, leaderElection: { enabled: false } }, "at '/replicas': maximum: got 2, want 1"],
    [{ serviceMonitor: { enabled: true }, metrics: { enabled: false } }, "at '/metrics/enabled': value must be true"],
    [{ image: { digest: 'latest' } }, "at '/image/digest': 'latest' does not match pattern"],
  ])('%j', async (values, message) => {
    await expect(helm.template({ values })).rejects.toThrow(message);
  });

  test('a cluster that is too old', async () => {
    await expect(helm.template({ flags: ['--kube-version', '1.29.9'] })).rejects.toThrow('>=1.30.0-0');
    await helm.template({ flags: ['--kube-version', '1.30.0-eks-0123abc'] });
  });
});

describe('in a list of namespaces', () => {
  test('there is a Role in each, no right in the whole cluster, and NOTES.txt says what that costs', async () => {
    const release = { values: { namespaces: ['one', 'two'], clusterId: 'blue' } };
    const manifests = await helm.template(release);
    expect(manifests.filter(({ kind }) => /^Cluster/.test(kind))).toEqual([]);
    const roles = manifests.filter(({ kind }) => kind === 'Role').map(({ metadata }) => metadata.namespace);
    expect(roles).toEqual(['one', 'two', NAMESPACE]);
    const notes = await helm.release('install', { ...release, flags: ['--dry-run=client'] });
    expect(notes).toContain('deleting the CRD then deletes the work teams in AWS too');
    const elsewhere = await helm.release('install', { flags: ['--dry-run=client'] });
    expect(elsewhere).not.toContain('deleting the CRD');
  });

  test('with crdDeletionBrake it may read the CRD of Workteams, and nothing else of the cluster', async () => {
    const values = { namespaces: ['one'], clusterId: 'blue', crdDeletionBrake: true, fullnameOverride: 'braked' };
    const manifests = await helm.template({ values });
    const roles = manifests.filter(({ kind }) => /Role|ServiceAccount/.test(kind));
    await plane.run(['create', '-f', '-'], { input: list(roles) });
    const may = async (...words: string[]) => {
      const as = `--as=system:serviceaccount:${NAMESPACE}:braked`;
      return (await plane.kubectl(['auth', 'can-i', '-A', as, ...words])).stdout.trim() === 'yes';
    };
    const crd = 'customresourcedefinitions.apiextensions.k8s.io';
    await eventually(() => may('get', `${crd}/workteams.workteams.dev`), { what: 'the right to read the CRD' });
    for (const others of [
      ['get', crd],
      ['list', crd],
      ['patch', `${crd}/workteams.workteams.dev`],
      ['get', 'namespaces/kube-system'],
      ['list', 'workteams.workteams.dev'],
    ]) {
      expect([others, await may(...others)]).toEqual([others, false]);
    }
    const notes = await helm.release('install', { values, flags: ['--dry-run=client'] });
    expect(notes).not.toContain('deleting the CRD');
    expect(manifests.filter(({ kind }) => /^Cluster/.test(kind)).map(({ metadata }) => metadata.name)).toEqual(
      Array(2).fill(`${NAMESPACE}-braked-crd`),
    );
  });

  test('crdDeletionBrake adds nothing where all namespaces are watched', async () => {
    expect(await helm.template({ values: { crdDeletionBrake: true } })).toEqual(await helm.template());
  });
});

describe('the chart and kustomize', () => {
  test('install the same objects', async () => {
    const build = await runProgram(await goTool('kustomize'), ['build', 'deploy/kustomize']);
    const fromKustomize = manifestsIn(build);
    expect(theOne(fromKustomize, 'Namespace').metadata.name).toBe(NAMESPACE);
    const others = fromKustomize.filter(({ kind }) => kind !== 'Namespace');
    expect(await comparable(await helm.template())).toEqual(await comparable(others));
  });

  test('kustomize on its own and in kubectl agree', async () => {
    const alone = await runProgram(await goTool('kustomize'), ['build', 'deploy/kustomize']);
    expect(await plane.run(['kustomize', 'deploy/kustomize'])).toBe(alone);
  });
});

/** Labels and annotations that say who installed it. */
const OF_HELM = [
  'helm.sh/chart',
  'helm.sh/resource-policy',
  'app.kubernetes.io/instance',
  'app.kubernetes.io/version',
  'app.kubernetes.io/managed-by',
];

/** Objects by what they are, without what is Helm's own, and with what the program makes of its flags instead of the flags. */
async function comparable(manifests: readonly Manifest[]): Promise<Record<string, unknown>> {
  const entries = manifests.map(async (manifest) => {
    const { kind, metadata } = manifest;
    const copy = structuredClone(manifest);
    if (kind === 'Deployment') {
      const container = containerOf([copy]);
      Object.assign(container, { args: await configOf(container) });
    }
    return [`${kind} ${metadata.namespace ?? ''}/${metadata.name}`, withoutHelm(copy)] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

function withoutHelm(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutHelm);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => !OF_HELM.includes(key));
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutHelm(inner)]));
}
