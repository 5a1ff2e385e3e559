/** What must hold for every role, whatever the table of permissions says one day. */
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { PERMISSIONS, type Permission } from '../../scripts/deploy/permissions.ts';
import { rbacManifest, rulesTemplate } from '../../scripts/deploy/rbac.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** The rules of the roles of deploy/kustomize, in their order. */
function kustomizeRules(kind: 'ClusterRole' | 'Role', permissions?: readonly Permission[]): readonly Rule[] {
  const documents = parseAllDocuments(rbacManifest(permissions)).map((document) => document.toJS());
  return documents.find((document) => document.kind === kind).rules;
}

/** The rules of a named template of the chart, with the default name of the Lease. */
function chartRules(name: string): readonly Rule[] {
  const [, body = ''] =
    new RegExp(`define "workteam-operator\\.${name}" -}}\n(.*?){{- end }}`, 's').exec(rulesTemplate()) ?? [];
  return parse(body.replace('{{ .Values.leaderElection.id | quote }}', '"workteam-operator"'));
}

const ALL = [...kustomizeRules('ClusterRole'), ...kustomizeRules('Role')];

test.each<readonly [string, (rule: Rule) => boolean]>([
  ['has a wildcard', (rule) => JSON.stringify(rule).includes('*')],
  ['reads or writes Secrets', ({ resources }) => resources.some((resource) => resource.startsWith('secrets'))],
  [
    'creates or deletes Workteams, or replaces them as a whole',
    ({ apiGroups, verbs }) =>
      apiGroups.includes('workteams.dev') &&
      verbs.some((verb) => ['create', 'update', 'delete', 'deletecollection'].includes(verb)),
  ],
  [
    'is about another definition than ours, or changes one',
    ({ apiGroups, resourceNames, verbs }) =>
      apiGroups.includes('apiextensions.k8s.io') &&
      (resourceNames?.join() !== 'workteams.workteams.dev' || verbs.join() !== 'get'),
  ],
  [
    'gives rights to others',
    ({ apiGroups, resources }) =>
      apiGroups.includes('rbac.authorization.k8s.io') || resources.includes('serviceaccounts/token'),
  ],
])('no rule %s', (_, isSo) => {
  expect(ALL.filter(isSo)).toEqual([]);
});

test('each rule is of one group and one resource', () => {
  for (const { apiGroups, resources } of ALL) expect([apiGroups.length, resources.length]).toEqual([1, 1]);
});

describe('the chart', () => {
  test('has the rules of deploy/kustomize', () => {
    expect([...chartRules('workteamRules'), ...chartRules('clusterRules')]).toEqual(kustomizeRules('ClusterRole'));
    expect(chartRules('leaderElectionRules')).toEqual(kustomizeRules('Role'));
  });

  test('needs nothing that is not namespaced where Workteams are watched', () => {
    const groups = chartRules('workteamRules').flatMap(({ apiGroups }) => apiGroups);
    expect(new Set(groups)).toEqual(new Set(['workteams.dev', 'events.k8s.io']));
  });
});

test('a permission that is not in the table is in no role', () => {
  const fewer = PERMISSIONS.filter(({ verb }) => verb !== 'watch');
  expect(kustomizeRules('ClusterRole', fewer).flatMap(({ verbs }) => verbs)).not.toContain('watch');
  expect(ALL.flatMap(({ verbs }) => verbs)).toContain('watch');
});
