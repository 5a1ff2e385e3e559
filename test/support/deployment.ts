import { readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';
import type { TestControlPlane } from './control-plane.ts';
import { eventually } from './eventually.ts';

/** The namespace and the name of the ServiceAccount that deploy/kustomize creates. */
export const OPERATOR = 'workteam-operator';

/** That ServiceAccount, as the API server's audit log calls it. */
export const OPERATOR_USER = `system:serviceaccount:${OPERATOR}:${OPERATOR}`;

/**
 * Applies deploy/kustomize, unless another test has, and returns a kubeconfig of its ServiceAccount: what runs with it
 * has the rights of a real installation and no others.
 */
export async function installOperator(cluster: TestControlPlane): Promise<string> {
  const account = ['get', 'serviceaccount', OPERATOR, '--namespace', OPERATOR, '--ignore-not-found', '-o', 'name'];
  if ((await cluster.run(account)) === '') {
    // Two files may come here at once: whoever loses the race for a new object tries again.
    const apply = ['apply', '--server-side', '-k', 'deploy/kustomize'];
    await eventually(async () => (await cluster.kubectl(apply)).code === 0, { what: 'deploy/kustomize to be applied' });
  }
  const kubeconfig = await cluster.writeKubeconfig({ token: await cluster.tokenFor(OPERATOR, OPERATOR) });
  const allowed = async () => {
    const { code } = await cluster.kubectl(['get', 'workteams', '--all-namespaces'], { kubeconfig });
    return code === 0;
  };
  // The API server learns of new roles a moment after it has stored them.
  await eventually(allowed, { what: 'the roles to take effect' });
  return kubeconfig;
}

/**
 * Gives the ServiceAccount the leader election role of deploy/kustomize in another namespace too, so that a test has a
 * Lease of its own.
 */
export async function allowLeaseIn(cluster: TestControlPlane, namespace: string): Promise<void> {
  const documents = parseAllDocuments(await readFile('deploy/kustomize/rbac.yaml', 'utf8')).map((it) => it.toJS());
  const roles = documents.filter(({ kind }) => kind === 'Role' || kind === 'RoleBinding');
  if (roles.length !== 2) throw new Error('deploy/kustomize/rbac.yaml has not one Role and one RoleBinding any more');
  const items = roles.map((role) => ({ ...role, metadata: { ...role.metadata, namespace } }));
  await cluster.run(['create', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) });
  const allowed = ['auth', 'can-i', 'update', `leases.coordination.k8s.io/${OPERATOR}`, '--namespace', namespace];
  await eventually(async () => (await cluster.kubectl([...allowed, '--as', OPERATOR_USER])).code === 0, {
    what: 'the role to take effect',
  });
}
