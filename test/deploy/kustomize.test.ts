import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { parseSpec } from '../../src/workteam/schema.ts';

interface Manifest {
  kind: string;
  metadata: { name: string };
  [field: string]: unknown;
}

/** The documents of one file. */
async function manifests(path: string): Promise<Manifest[]> {
  return parseAllDocuments(await readFile(path, 'utf8')).map((document) => document.toJS());
}

interface Rule {
  apiGroups: string[];
  resources: string[];
  resourceNames?: string[];
  verbs: string[];
}

/** `verb group/resource [names]`, one line for each permission. */
function permissions(rules: Rule[]): string[] {
  return rules.flatMap(({ apiGroups, resources, resourceNames, verbs }) =>
    verbs.flatMap((verb) =>
      apiGroups.flatMap((group) =>
        resources.map((resource) => `${verb} ${group}/${resource}${resourceNames ? ` [${resourceNames}]` : ''}`),
      ),
    ),
  );
}

async function rulesOf(kind: string): Promise<Rule[]> {
  const found = (await manifests('deploy/kustomize/rbac.yaml')).find((manifest) => manifest.kind === kind);
  return (found?.rules ?? []) as Rule[];
}

describe('the operator may', () => {
  test('do this and nothing else in the cluster', async () => {
    expect(permissions(await rulesOf('ClusterRole'))).toEqual([
      'get workteams.dev/workteams',
      'list workteams.dev/workteams',
      'watch workteams.dev/workteams',
      'patch workteams.dev/workteams',
      'patch workteams.dev/workteams/status',
      'create events.k8s.io/events',
      'patch events.k8s.io/events',
      'get apiextensions.k8s.io/customresourcedefinitions [workteams.workteams.dev]',
      'get /namespaces [kube-system]',
    ]);
  });

  test('do this and nothing else in its own namespace', async () => {
    expect(permissions(await rulesOf('Role'))).toEqual([
      'create coordination.k8s.io/leases',
      'get coordination.k8s.io/leases [workteam-operator]',
      'update coordination.k8s.io/leases [workteam-operator]',
    ]);
  });
});

describe('the operator runs', () => {
  test('without root, without capabilities and with nothing to write to', async () => {
    const [deployment] = await manifests('deploy/kustomize/deployment.yaml');
    expect(deployment).toMatchObject({
      spec: {
        template: {
          spec: {
            securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
            containers: [
              {
                securityContext: {
                  allowPrivilegeEscalation: false,
                  readOnlyRootFilesystem: true,
                  capabilities: { drop: ['ALL'] },
                },
              },
            ],
          },
        },
      },
    });
  });

  test('with probes, and with time to end a pass', async () => {
    const [deployment] = await manifests('deploy/kustomize/deployment.yaml');
    expect(deployment).toMatchObject({
      spec: {
        template: {
          spec: {
            terminationGracePeriodSeconds: 45,
            containers: [
              {
                livenessProbe: { httpGet: { path: '/livez', port: 'health' } },
                readinessProbe: { httpGet: { path: '/readyz', port: 'health' } },
                ports: [
                  { name: 'metrics', containerPort: 8080 },
                  { name: 'health', containerPort: 8081 },
                ],
              },
            ],
          },
        },
      },
    });
  });
});

/** Those in folders are for other programs, and tested with them. */
async function exampleFiles(): Promise<string[]> {
  const found = await readdir('deploy/examples', { withFileTypes: true });
  return found.filter((entry) => entry.isFile()).map(({ name }) => name);
}

describe('the examples', () => {
  test('each hold one valid Workteam that names its region', async () => {
    const files = await exampleFiles();
    expect(files.length).toBeGreaterThanOrEqual(3);
    for (const file of files) {
      const found = await manifests(`deploy/examples/${file}`);
      expect(found).toMatchObject([{ apiVersion: 'workteams.dev/v1alpha1', kind: 'Workteam' }]);
      for (const { metadata, spec } of found) {
        expect(parseSpec(spec, metadata.name)).toMatchObject({ ok: true, spec: { region: expect.any(String) } });
      }
    }
  });

  test("keep to one kind of members in a region, as a region's one private workforce does", async () => {
    const kinds = new Map<string, Set<string>>();
    for (const file of await exampleFiles()) {
      for (const { metadata, spec } of await manifests(`deploy/examples/${file}`)) {
        const parsed = parseSpec(spec, metadata.name);
        if (!parsed.ok) throw new Error(parsed.problems.join('\n'));
        const { region = '', memberDefinitions } = parsed.spec;
        const seen = kinds.get(region) ?? new Set();
        for (const member of memberDefinitions) for (const kind of Object.keys(member)) seen.add(kind);
        kinds.set(region, seen);
      }
    }
    expect([...kinds.values()].map((seen) => seen.size)).toEqual([...kinds].map(() => 1));
    expect(new Set([...kinds.values()].flatMap((seen) => [...seen])).size).toBe(2);
  });
});
