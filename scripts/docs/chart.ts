import { readFileSync } from 'node:fs';
import { isMap, isScalar, type Pair, parseDocument, type YAMLMap } from 'yaml';
import { code, page, table } from './markdown.ts';

/** One value of the chart that a user may set. */
export interface ChartValue {
  readonly path: string;
  readonly fallback: unknown;
  readonly help: string;
}

/** Every value of values.yaml, in its order. @throws Error that names a value which no comment explains */
export function chartValues(text = readFileSync('deploy/chart/values.yaml', 'utf8')): ChartValue[] {
  const { contents } = parseDocument(text);
  if (!isMap(contents)) throw new Error('values.yaml is not a map');
  return valuesIn(contents, '', contents.commentBefore);
}

/** The comment before the first key belongs to the map, the way the parser sees it. */
function valuesIn(map: YAMLMap, prefix: string, first: string | null | undefined): ChartValue[] {
  return map.items.flatMap((pair, index) => {
    const path = `${prefix}${keyOf(pair)}`;
    const help = (isScalar(pair.key) ? pair.key.commentBefore : undefined) ?? (index === 0 ? first : undefined);
    if (help) return [{ path, fallback: jsonOf(pair.value), help: oneLine(help) }];
    if (isMap(pair.value)) return valuesIn(pair.value, `${path}.`, pair.value.commentBefore);
    throw new Error(`values.yaml: ${path} has no comment`);
  });
}

function keyOf({ key }: Pair): string {
  return isScalar(key) ? String(key.value) : String(key);
}

function jsonOf(value: unknown): unknown {
  return isScalar(value)
    ? value.value
    : isMap(value) || value !== null
      ? (value as { toJSON(): unknown }).toJSON()
      : null;
}

function oneLine(comment: string): string {
  return comment
    .split('\n')
    .map((line) => line.trim())
    .join(' ');
}

function valuesTable(): string {
  const rows = chartValues().map(({ path, fallback, help }) => [code(path), code(JSON.stringify(fallback)), help]);
  return table(['value', 'default', 'what it does'], rows);
}

const ABOUT_NAMESPACES = `\`namespaces: [a, b]\` gives the operator a Role in each of these namespaces and no right in the whole cluster. That costs:

- \`clusterId\` is required, because the UID of kube-system, the default, may not be read. Choose it once: it is in the owner tag of
  every work team. **A release that watched all namespaces before, without a \`clusterId\`, needs that UID**
  (\`kubectl get namespace kube-system -o jsonpath={.metadata.uid}\`): under any other id every work team it made is \`NotOwned\`.
- It cannot see when the CRD is being deleted. **Deleting the CRD then deletes the work teams in AWS too**, where otherwise they
  stay; the operator warns of that at start. Where that must not be, set \`crdDeletionBrake: true\`, which gives it a ClusterRole to
  read this one CRD and nothing else, or \`spec.deletionPolicy: Retain\`.
- The namespaces must exist before the release is installed, and a namespace that is added later needs an upgrade.`;

/** deploy/chart/README.md. */
export function chartReadme(): string {
  return page(
    'workteam-operator',
    'Work teams of Amazon SageMaker as Kubernetes resources. Kubernetes 1.30 or newer. One release serves one AWS account, in any number of regions.',
    `    helm install workteam-operator deploy/chart --namespace workteam-operator --create-namespace \\
      --set image.repository=REGISTRY/workteam-operator --set aws.region=eu-west-1`,
    'docs/guides/install.md has the whole way, from the IAM role to the first roll-out.',
    '## A list of namespaces',
    ABOUT_NAMESPACES,
    '## The CRD',
    `It is installed and upgraded with the release, and stays when the release goes or \`crds.install\` becomes false, so that no
Workteam is lost. Where it is in the cluster already (from kustomize, or \`workteam-operator crd\`), Helm refuses to touch it: take it
over once with \`helm install --take-ownership\`, or leave it to its owner with \`--set crds.install=false\`.`,
    '## Values',
    valuesTable(),
  );
}

/** docs/reference/chart.md. */
export function chartPage(): string {
  return page(
    'Values of the Helm chart',
    'Of deploy/chart. A value that the chart does not know, or that cannot be used, is refused by `helm install` itself. Each flag of `workteam-operator run` has a value; see [the command line](command-line.md).',
    valuesTable(),
    '## A list of namespaces',
    ABOUT_NAMESPACES,
  );
}
