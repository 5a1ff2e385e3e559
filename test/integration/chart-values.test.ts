/** What single values make of the chart, as Helm renders it; no cluster is asked. */
import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { goTool } from '../../dev/tools/go-tool.ts';
import { nested } from '../support/chart.ts';
import { run } from '../support/execute.ts';
import { containerOf, type Manifest, manifestsIn, podTemplateOf, theOne, useHelm } from '../support/helm.ts';

const helm = useHelm();

const CONFIRM = 'argocd.argoproj.io/sync-options';

/** What Argo CD asks a person before it deletes, when the whole Application is deleted: it leaves CRDs out. */
const askedFor = (manifests: readonly Manifest[]): string[] =>
  manifests
    .filter(({ kind }) => kind !== 'CustomResourceDefinition')
    .filter(({ metadata }) => metadata.annotations?.[CONFIRM]?.split(',').includes('Delete=confirm'))
    .map(({ kind }) => kind);

test('Argo CD asks before it deletes the operator, and before it prunes the CRD', async () => {
  const chart = await helm.template();
  const kustomize = manifestsIn(await run(await goTool('kustomize'), ['build', 'deploy/kustomize']));
  expect(askedFor(chart)).toEqual(['Deployment']);
  expect(askedFor(kustomize)).toEqual(['Namespace', 'Deployment']);
  for (const manifests of [chart, kustomize]) {
    const { annotations } = theOne(manifests, 'CustomResourceDefinition').metadata;
    expect(annotations?.[CONFIRM]).toBe('Prune=confirm,Delete=confirm');
  }
});

test('the roles are for the ServiceAccount that is named, and never for that of everybody', async () => {
  const values = { serviceAccount: { create: false, name: 'mine' } };
  const manifests = await helm.template({ values });
  const subjects = manifests.flatMap((manifest) => (manifest.subjects ?? []) as object[]);
  expect(subjects).toEqual(Array(2).fill({ kind: 'ServiceAccount', name: 'mine', namespace: 'workteam-operator' }));
  const nobody = helm.template({ values: { serviceAccount: { create: false } } });
  await expect(nobody).rejects.toThrow("at '/serviceAccount/name': minLength: got 0, want 1");
});

describe('no key is written twice', () => {
  const NAME = 'app.kubernetes.io/name';

  test.each([
    ['commonLabels', NAME],
    ['podLabels', 'app.kubernetes.io/instance'],
    ['serviceMonitor.labels', 'helm.sh/chart'],
    ['prometheusRule.labels', 'app.kubernetes.io/version'],
    ['dashboard.labels', 'app.kubernetes.io/managed-by'],
  ])("the chart's own labels cannot be set by %s", async (path, label) => {
    const at = `at '/${path.replace('.', '/')}/${label.replace('/', '~1')}'`;
    await expect(helm.template({ values: nested(path, { [label]: 'x' }) })).rejects.toThrow(at);
  });

  test('labels of one kind of object go before those of all', async () => {
    const labels = { team: 'this' };
    const values = {
      commonLabels: { team: 'all', cost: 'low' },
      serviceMonitor: { enabled: true, labels },
      prometheusRule: { enabled: true, labels },
      dashboard: { enabled: true, labels },
    };
    const manifests = await helm.template({ values });
    for (const kind of ['ServiceMonitor', 'PrometheusRule', 'ConfigMap']) {
      expect(theOne(manifests, kind).metadata.labels).toMatchObject({
        team: 'this',
        cost: 'low',
        [NAME]: 'workteam-operator',
      });
    }
    expect(theOne(manifests, 'Deployment').metadata.labels).toMatchObject({ team: 'all' });
    expect(theOne(manifests, 'ConfigMap').metadata.labels).toMatchObject({ grafana_dashboard: '1' });
  });

  test('an annotation of the pods goes before the one of the chart', async () => {
    const key = 'kubectl.kubernetes.io/default-container';
    const annotations = async (values: object) => podTemplateOf(await helm.template({ values })).metadata;
    expect(await annotations({})).toMatchObject({ annotations: { [key]: 'operator' } });
    expect(await annotations({ podAnnotations: { [key]: 'proxy', note: 'a: b' } })).toMatchObject({
      annotations: { [key]: 'proxy', note: 'a: b' },
    });
  });

  test('the namespace of the Lease cannot be set by extraEnv', async () => {
    const env = (name: string) => helm.template({ values: { extraEnv: [{ name, value: 'x' }] } });
    expect(containerOf(await env('OTHER')).env).toContainEqual({ name: 'OTHER', value: 'x' });
    await expect(env('POD_NAMESPACE')).rejects.toThrow("at '/extraEnv/0/name': 'not' failed");
  });
});

describe('the alerts', () => {
  interface Alert {
    readonly alert: string;
    readonly expr: string;
    readonly annotations: Readonly<Record<string, string>>;
  }
  const alertsIn = ({ groups }: { groups: { rules: Alert[] }[] }) => groups.flatMap(({ rules }) => rules);
  const plain = async () => alertsIn(parse(await readFile('deploy/observability/alerts.yaml', 'utf8')));
  const rendered = async (prometheusRule: object, namespace?: string) => {
    const values = { prometheusRule: { enabled: true, ...prometheusRule } };
    const rule = theOne(
      await helm.template({ values, ...(namespace !== undefined && { namespace }) }),
      'PrometheusRule',
    );
    return alertsIn(rule.spec as Parameters<typeof alertsIn>[0]);
  };
  /** The names of those that are other than they come. */
  const changed = async (alerts: readonly Alert[]) => {
    const before = new Map((await plain()).map((alert) => [alert.alert, alert]));
    return alerts.filter((alert) => !isDeepStrictEqual(alert, before.get(alert.alert))).map(({ alert }) => alert);
  };

  test('that are disabled are left out', async () => {
    const names = (await plain()).map(({ alert }) => alert);
    const left = (await rendered({ disabled: ['WorkteamsDeleted'] })).map(({ alert }) => alert);
    expect(left).toEqual(names.filter((name) => name !== 'WorkteamsDeleted'));
    await expect(rendered({ disabled: ['WorkteamsDelete'] })).rejects.toThrow("at '/prometheusRule/disabled/0'");
  });

  test('know the quota', async () => {
    const alerts = await rendered({ teamQuota: 100 });
    expect(await changed(alerts)).toEqual(['WorkteamQuotaNearlyUsed']);
    expect(alerts.find(({ alert }) => alert === 'WorkteamQuotaNearlyUsed')).toMatchObject({
      expr: 'max by (account, region) (workteam_quota_used) > 0.8 * 100',
      annotations: { description: expect.stringContaining('The quota is taken to be 100.') },
    });
  });

  test('name a URL of their runbook where there is one, and a path elsewhere', async () => {
    for (const runbookBaseUrl of ['https://git.example/x', 'https://git.example/x/']) {
      for (const { alert, annotations } of await rendered({ runbookBaseUrl })) {
        const url = `https://git.example/x/docs/guides/alerts.md#${alert.toLowerCase()}`;
        expect([annotations.runbook, annotations.runbook_url]).toEqual([undefined, url]);
      }
    }
    expect((await rendered({})).filter(({ annotations }) => 'runbook_url' in annotations)).toEqual([]);
  });

  test('can look for the processes of one release only', async () => {
    const alerts = await rendered({ ownNamespaceOnly: true }, 'blue');
    expect(await changed(alerts)).toEqual(['WorkteamOperatorDown']);
    expect(alerts[0]?.expr).toContain('absent(workteam_resources{condition="Ready", namespace="blue"})');
  });
});

describe('what a user reads after the installation', () => {
  const notes = async (values: object) => {
    const text = await helm.release('install', { values, flags: ['--dry-run=client'] });
    return text.slice(text.indexOf('NOTES:'));
  };
  const LIST = { namespaces: ['one', 'two'], clusterId: 'blue' };
  const MINE = { serviceAccount: { create: false, name: 'mine' } };

  test.each([
    ['image.repository is not set', {}, { image: { repository: 'registry.example/workteam-operator' } }],
    ['It is read-only', { readOnly: true }, {}],
    ['kubectl get namespace kube-system -o jsonpath={.metadata.uid}', LIST, {}],
    ['It has no right in the whole cluster', LIST, { ...LIST, crdDeletionBrake: true }],
    ['set serviceAccount.annotations for IRSA', {}, MINE],
    ['annotate it for IRSA', MINE, {}],
    ['AWS credentials', MINE, { serviceAccount: { annotations: { role: 'x' } } }],
    ['leaves the CRD and every Workteam', {}, { crds: { install: false } }],
  ])('has "%s" for %j, and not for %j', async (sentence, values, otherwise) => {
    expect(await notes(values)).toContain(sentence);
    expect(await notes(otherwise)).not.toContain(sentence);
  });

  test('is not wider than a terminal, and has no gaps', async () => {
    for (const values of [{}, { ...LIST, ...MINE, readOnly: true }, { crds: { install: false } }]) {
      const text = await notes(values);
      expect(text.split('\n').filter((line) => line.length > 100)).toEqual([]);
      expect(text).not.toMatch(/\n\n\n/);
    }
  });
});

test('the dashboard goes where Grafana looks for it', async () => {
  const place = async (dashboard: object) =>
    theOne(await helm.template({ values: { dashboard: { enabled: true, ...dashboard } } }), 'ConfigMap').metadata
      .namespace;
  expect(await place({})).toBe('workteam-operator');
  expect(await place({ namespace: 'monitoring' })).toBe('monitoring');
  await expect(place({ namespace: 'Not a namespace' })).rejects.toThrow("at '/dashboard/namespace'");
});
