/** What `kubectl apply` makes of deploy/: accepted as it stands, and with exactly the rights that are needed. */
import { beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { controlPlane } from '../support/control-plane.ts';

const cluster = controlPlane();
const NAMESPACE = 'workteam-operator';
const OPERATOR = `system:serviceaccount:${NAMESPACE}:workteam-operator`;

beforeAll(async () => {
  await cluster.run(['apply', '--server-side', '-k', 'deploy/kustomize']);
});

/** The applied Deployment's pod template, as a pod. */
async function operatorPod() {
  const manifests = parseAllDocuments(await cluster.run(['kustomize', 'deploy/kustomize'])).map((it) => it.toJS());
  const deployment = manifests.find(({ kind }) => kind === 'Deployment');
  const { metadata, spec } = deployment.spec.template;
  return { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name: 'probe', namespace: NAMESPACE }, spec };
}

describe('deploy/kustomize', () => {
  test('is accepted by the API server without a warning', async () => {
    const { stdout, stderr, code } = await cluster.kubectl([
      'apply',
      '--server-side',
      '--dry-run=server',
      '-k',
      'deploy/kustomize',
    ]);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    for (const object of [
      'namespace/workteam-operator',
      'customresourcedefinition.apiextensions.k8s.io/workteams.workteams.dev',
      'serviceaccount/workteam-operator',
      'clusterrole.rbac.authorization.k8s.io/workteam-operator',
      'clusterrolebinding.rbac.authorization.k8s.io/workteam-operator',
      'role.rbac.authorization.k8s.io/workteam-operator-leader-election',
      'rolebinding.rbac.authorization.k8s.io/workteam-operator-leader-election',
      'deployment.apps/workteam-operator',
    ]) {
      expect(stdout).toContain(`${object} serverside-applied (server dry run)\n`);
    }
  });

  test("runs a pod that the namespace's restricted Pod Security lets in", async () => {
    const pod = await operatorPod();
    const create = ['create', '--dry-run=server', '-f', '-'];
    expect(await cluster.kubectl(create, { input: JSON.stringify(pod) })).toMatchObject({ code: 0, stderr: '' });

    const [container] = pod.spec.containers;
    container.securityContext.allowPrivilegeEscalation = true;
    const refused = await cluster.kubectl(create, { input: JSON.stringify(pod) });
    expect(refused.stderr).toContain('violates PodSecurity "restricted:latest"');
  });

  test.each([
    ['yes', 'list', 'workteams.workteams.dev', '--all-namespaces'],
    ['yes', 'patch', 'workteams.workteams.dev', '--all-namespaces'],
    ['yes', 'patch', 'workteams.workteams.dev', '--subresource=status', '--all-namespaces'],
    ['yes', 'get', 'customresourcedefinitions/workteams.workteams.dev'],
    ['yes', 'get', 'namespaces/kube-system'],
    ['yes', 'create', 'leases.coordination.k8s.io', `--namespace=${NAMESPACE}`],
    ['yes', 'update', 'leases.coordination.k8s.io/workteam-operator', `--namespace=${NAMESPACE}`],
    ['no', 'update', 'workteams.workteams.dev', '--all-namespaces'],
    ['no', 'create', 'workteams.workteams.dev', '--all-namespaces'],
    ['no', 'delete', 'workteams.workteams.dev', '--all-namespaces'],
    ['no', 'update', 'workteams.workteams.dev', '--subresource=status', '--all-namespaces'],
    ['no', 'get', 'customresourcedefinitions/others.example.com'],
    ['no', 'get', 'namespaces/default'],
    ['no', 'get', 'secrets', `--namespace=${NAMESPACE}`],
    ['no', 'update', 'leases.coordination.k8s.io/another', `--namespace=${NAMESPACE}`],
    ['no', 'create', 'leases.coordination.k8s.io', '--namespace=default'],
  ])('lets the operator: %s, %s %s', async (answer, verb, resource, ...scope) => {
    const { stdout } = await cluster.kubectl(['auth', 'can-i', verb, resource, ...scope, `--as=${OPERATOR}`]);
    expect(stdout.trim()).toBe(answer);
  });
});

describe('deploy/examples', () => {
  test('are all accepted', async () => {
    const namespace = await cluster.createNamespace('examples');
    const { stdout, stderr, code } = await cluster.kubectl([
      'apply',
      '--dry-run=server',
      '--namespace',
      namespace,
      '-f',
      'deploy/examples/',
    ]);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(stdout.trim().split('\n')).toHaveLength(3);
  });
});

describe('crds/', () => {
  test('can be applied on its own', async () => {
    const { stderr, code } = await cluster.kubectl(['apply', '--server-side', '--dry-run=server', '-f', 'crds/']);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  });
});
