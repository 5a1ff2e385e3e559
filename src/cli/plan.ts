/** `workteam-operator plan`: what the operator would do about manifests. It reads, and never writes. */
import type { Readable } from 'node:stream';
import { systemClock } from '../controller/clock.ts';
import { regionOf } from '../workteam/facts.ts';
import type { PlanReport } from '../workteam/preview-schema.ts';
import { checkEdit, problemText, type Workteam } from '../workteam/schema.ts';
import { CannotStart, NO_REGION } from './cannot-start.ts';
import { type Problem, readSources } from './manifest-files.ts';
import { type Manifests, readManifests } from './manifests.ts';
import { type KnownCluster, knownCluster } from './plan-cluster.ts';
import { objectOf, UNKNOWN_CLUSTER } from './plan-objects.ts';
import type { PlanOptions } from './plan-options.ts';
import { prune } from './plan-prune.ts';
import { entriesOf, keyOf, type Planned, verdict, wantedOf } from './plan-report.ts';
import { type Access, openAccount, readTeams } from './plan-teams.ts';
import { planText } from './plan-text.ts';
import type { Terminal } from './progress.ts';

/** What `plan` takes from the process it runs in. */
export interface PlanSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly signal: AbortSignal;
  /** What `-` stands for. */
  readonly input: Readable;
  readonly print: (text: string) => void;
  /** Whether what is printed may be in colour. */
  readonly colour: boolean;
  /** Shows the progress; `undefined` where nobody looks. */
  readonly terminal: Terminal | undefined;
}

/** The exit codes, for scripts. */
const EXIT_CODES: Readonly<Record<PlanReport['result'], number>> = { nothing: 0, error: 1, changes: 2 };

/**
 * Prints the plan and returns the exit code. Throws CannotStart when something is missing that nothing can be planned
 * without, and the signal's reason when it aborts.
 */
export async function planManifests(options: PlanOptions, surroundings: PlanSurroundings): Promise<number> {
  const { signal, print, colour } = surroundings;
  const { sources, problems } = await readSources(options.filename, surroundings.input, signal);
  const read = readManifests(sources, options.namespace ?? 'default');
  const found = { ...read, problems: [...problems, ...read.problems] };
  const report = await reportOn(options, surroundings, found);
  signal.throwIfAborted();
  print(options.output === 'json' ? `${JSON.stringify(report, undefined, 2)}\n` : planText(report, colour));
  return EXIT_CODES[report.result];
}

async function reportOn(options: PlanOptions, surroundings: PlanSurroundings, found: Manifests): Promise<PlanReport> {
  const { manifests, problems, passedOver } = found;
  // A manifest that cannot be read would look like one that is gone.
  const prunes = options.prune && problems.length === 0;
  const skipped = options.prune && !prunes ? [NOT_PRUNED] : [];
  if (manifests.length === 0 && !prunes)
    return verdict({ clusterId: null, workteams: [], passedOver, problems: [...problems], notes: skipped });
  const namespaces = new Set(manifests.map(({ namespace }) => namespace));
  if (options.namespace !== undefined) namespaces.add(options.namespace);
  if (namespaces.size === 0) throw new CannotStart(NOWHERE_TO_PRUNE);
  const { env, version, signal, terminal } = surroundings;
  const access: Access = { options, version, clock: systemClock, signal, terminal };
  const cluster = await knownCluster({ ...access, env, namespaces: [...namespaces] });
  if (prunes && cluster.clusterId === undefined) throw new CannotStart(NO_CLUSTER_TO_PRUNE);
  const at = systemClock.wall().toISOString();
  const { planned, refused } = plannedOf(found, cluster, at);
  const doomed = prunes ? inNamespaces(cluster, namespaces) : [];
  const known = await look([...planned.map(({ workteam }) => workteam), ...doomed], access, cluster, prunes);
  const kept = new Set(manifests.map(keyOf));
  const { settings, teams } = known;
  const place = (workteam: Workteam): string => regionOf(workteam, settings);
  return verdict({
    clusterId: cluster.clusterId ?? null,
    workteams: entriesOf(planned, { settings, cluster, teams, at }),
    ...(prunes && { prune: prune({ settings, cluster, namespaces, kept, teams, regionOf: place, at }) }),
    passedOver,
    problems: [...problems, ...refused, ...known.problems],
    notes: [...cluster.notes, ...skipped, ...(prunes ? [onlyIn([...teams.keys()], [...namespaces])] : [])],
  });
}

/** Reads the teams of these objects, all others of their regions too where that is asked for. */
async function look(objects: readonly Workteam[], access: Access, { clusterId }: KnownCluster, all: boolean) {
  const { ignoreTagKeys, readOnly, allowTakeover } = access.options;
  const named = objects.map(({ spec, status }) => spec.region ?? status?.region);
  const account = await openAccount(
    access,
    named.find((region) => region !== undefined),
  );
  if (account.defaultRegion === undefined && named.includes(undefined)) throw new CannotStart(NO_REGION);
  const region = account.defaultRegion ?? '';
  const settings = { clusterId: clusterId ?? UNKNOWN_CLUSTER, region, ignoreTagKeys, readOnly, allowTakeover };
  return { settings, ...(await readTeams(access, account, wantedOf(objects, settings, all))) };
}

/** The objects as they would be; what the API server would not let an object become is a problem. */
function plannedOf({ manifests }: Manifests, { workteams }: KnownCluster, at: string) {
  const planned: Planned[] = [];
  const refused: Problem[] = [];
  for (const manifest of manifests.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))) {
    const live = workteams?.get(keyOf(manifest));
    const workteam = objectOf(manifest, live, at);
    const problems = live === undefined ? [] : checkEdit(workteam, live).map(problemText);
    if (problems.length === 0) planned.push({ manifest, workteam });
    const { file, line } = manifest;
    refused.push(...problems.map((message) => ({ file, line, message })));
  }
  return { planned, refused };
}

function inNamespaces({ workteams }: KnownCluster, namespaces: ReadonlySet<string>): Workteam[] {
  return [...(workteams?.values() ?? [])].filter(({ metadata }) => namespaces.has(metadata.namespace));
}

const NOT_PRUNED = 'Nothing was looked for to prune: with problems in the manifests, what they name is not known.';

const NOWHERE_TO_PRUNE =
  'Where to look for what to prune is not known, because there is no Workteam in the manifests: pass --namespace.';

const NO_CLUSTER_TO_PRUNE =
  'Whose work teams to look for is not known: with --prune, pass --cluster-id, or --kubeconfig of a cluster that answers.';

function onlyIn(regions: string[], namespaces: string[]): string {
  return `What to prune was looked for in ${regions.sort().join(', ')}, of Workteams in ${namespaces.sort().join(', ')}; work teams in other regions, and other namespaces, were not looked at.`;
}
