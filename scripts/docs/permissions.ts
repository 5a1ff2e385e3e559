import { PERMISSIONS, type Permission, type Scope } from '../deploy/permissions.ts';
import { code, page, table } from './markdown.ts';

const TITLES: Readonly<Record<Scope, string>> = {
  workteams: 'Wherever Workteams are watched',
  cluster: 'In the whole cluster',
  leaderElection: "In the operator's own namespace",
};

/** docs/reference/permissions.md: what the operator may do in a cluster, why, and what happens without it. */
export function permissionsPage(): string {
  return page(
    'Permissions in the cluster',
    'All that the operator may do in Kubernetes. It reads no Secret, changes no spec, label or annotation, and touches nothing of other definitions. What it may do in AWS is in `deploy/aws/iam-policy.json`.',
    ...section('workteams', 'Cluster-wide, or, with `--namespace`, in a Role in each of those namespaces.'),
    ...section('cluster', 'A role cannot give more of these than the one object by name.'),
    ...section(
      'leaderElection',
      'The name is that of `--leader-election-id`. Nothing of this is needed with `--no-leader-elect`.',
    ),
    '## Without any cluster-wide right',
    'With `--namespace` (repeated for several) and `--cluster-id` the operator needs nothing but Roles: the first table in each of the namespaces, the third in its own. It touches nothing in any other namespace. Three things are different then:',
    [
      '- It cannot see that the CRD is being deleted. **Deleting the CRD then deletes the work teams in AWS too**, unless `deletionPolicy` is `Retain`. The operator says so at start. To keep the brake, allow the `get` on that one CRD.',
      '- Whether a Workteam in a namespace that it does not watch still exists cannot be known. A work team whose owner tag names one is held for owned (`NameConflict`), also when that Workteam is long gone.',
      '- A namespace that is deleted takes its Role along, and **its Workteams may then never go**. Delete the Workteams first; [deleting](../guides/deleting.md#delete-a-namespace-that-is-on-a-list) says how.',
    ].join('\n'),
  );
}

function section(scope: Scope, text: string): string[] {
  const rows = PERMISSIONS.filter((permission) => permission.scope === scope).map((permission) => [
    code(permission.verb),
    resourceOf(permission),
    permission.why,
    permission.without,
  ]);
  return [`## ${TITLES[scope]}`, text, table(['verb', 'on', 'what for', 'what happens without it'], rows)];
}

function resourceOf({ apiGroup, resource, resourceName }: Permission): string {
  const named = resourceName === undefined ? '' : `, only ${code(resourceName)}`;
  return `${code(resource)}${apiGroup === '' ? '' : ` of ${code(apiGroup)}`}${named}`;
}
