import { parseAllDocuments } from 'yaml';
import type { Access, KubectlOptions } from '../../dev/control-plane/access.ts';
import { PERMISSIONS, type Permission } from '../../scripts/deploy/permissions.ts';
import { rbacManifest } from '../../scripts/deploy/rbac.ts';
import { eventually } from './eventually.ts';

/** A cluster in which roles can be made. */
type Cluster = Access & { run(args: readonly string[], options?: KubectlOptions): Promise<string> };

/** An installation besides the one that deploy/kustomize makes. */
export interface Installation {
  /** Its namespace: of its ServiceAccount and of its Lease. */
  readonly home: string;
  /** All of them, when left out. */
  readonly permissions?: readonly Permission[];
  /** Only a Role in each of these, and nothing in the cluster as a whole; a ClusterRole, when left out. */
  readonly namespaces?: readonly string[];
}

/** The ServiceAccount of every installation, in its own namespace. */
export const ACCOUNT = 'operator';

/** As the API server's audit log calls it. */
export const userOf = (home: string): string => `system:serviceaccount:${home}:${ACCOUNT}`;

/**
 * Makes a ServiceAccount with the roles that deploy/kustomize would have with these permissions, and returns its
 * kubeconfig when the roles have taken effect.
 */
export async function accountWith(
  cluster: Cluster,
  { home, permissions = PERMISSIONS, namespaces }: Installation,
): Promise<string> {
  const granted = permissions.filter(({ scope }) => scope !== 'cluster' || namespaces === undefined);
  const [wide, election] = parseAllDocuments(rbacManifest(granted)).flatMap((document) => {
    const { rules } = document.toJS();
    return rules === undefined ? [] : [rules];
  });
  const items = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: ACCOUNT, namespace: home } },
    ...(namespaces?.flatMap((namespace) => role(home, 'workteams', wide, namespace)) ?? role(home, home, wide)),
    ...role(home, 'leader-election', election, home),
  ];
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  await cluster.run(['create', '-f', '-'], { input });
  // The API server learns of new roles a moment after it has stored them: the last permission of each is asked for.
  for (const [scope, namespace] of [
    ['workteams', namespaces?.at(-1) ?? home],
    ['leaderElection', home],
  ] as const) {
    const last = granted.findLast((permission) => permission.scope === scope);
    const allowed = async () => last === undefined || (await may(cluster, home, last, namespace));
    await eventually(allowed, { what: 'the roles to take effect' });
  }
  return cluster.writeKubeconfig({ token: await cluster.tokenFor(home, ACCOUNT) });
}

/** A role and who has it: in a namespace, or in the whole cluster. */
function role(home: string, name: string, rules: unknown, namespace?: string): object[] {
  const kind = namespace === undefined ? 'ClusterRole' : 'Role';
  const metadata = { name, ...(namespace !== undefined && { namespace }) };
  const subjects = [{ kind: 'ServiceAccount', name: ACCOUNT, namespace: home }];
  const apiGroup = 'rbac.authorization.k8s.io';
  const apiVersion = `${apiGroup}/v1`;
  return [
    { apiVersion, kind, metadata, rules },
    { apiVersion, kind: `${kind}Binding`, metadata, roleRef: { apiGroup, kind, name }, subjects },
  ];
}

async function may(cluster: Cluster, home: string, permission: Permission, namespace: string): Promise<boolean> {
  const { verb, resource, apiGroup, resourceName } = permission;
  const [kind, subresource] = resource.split('/');
  const object = `${kind}.${apiGroup}${resourceName === undefined ? '' : `/${resourceName}`}`;
  const where = ['--namespace', namespace, ...(subresource === undefined ? [] : [`--subresource=${subresource}`])];
  const { code } = await cluster.kubectl(['auth', 'can-i', verb, object, ...where, '--as', userOf(home)]);
  return code === 0;
}
