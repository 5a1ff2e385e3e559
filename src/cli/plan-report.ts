/** From what was read to the report: pure. */
import { regionOf, type Settings } from '../workteam/facts.ts';
import type { TeamState } from '../workteam/preview.ts';
import { tell } from '../workteam/preview-entry.ts';
import type { PlanEntry, PlanReport } from '../workteam/preview-schema.ts';
import { effectiveName, type Workteam } from '../workteam/schema.ts';
import type { Manifest } from './manifests.ts';
import type { Teams, Wanted } from './plan-aws.ts';
import type { KnownCluster } from './plan-cluster.ts';
import { clusterIdFor } from './plan-objects.ts';

/** A Workteam of the manifests, as the API server would have it. */
export interface Planned {
  readonly manifest: Manifest;
  readonly workteam: Workteam;
}

/** What is known of the world. */
export interface Known {
  readonly settings: Settings;
  readonly cluster: KnownCluster;
  /** By region; one that could not be read is missing. */
  readonly teams: ReadonlyMap<string, Teams>;
  /** The time of day, as Kubernetes writes it. */
  readonly at: string;
}

/** `namespace/name`. */
export function keyOf({ namespace, name }: Pick<Manifest, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}

/** The work teams to read for these objects, region by region; `all` of each region, or only those that they name. */
export function wantedOf(objects: readonly Workteam[], settings: Settings, all: boolean): Wanted[] {
  const names = new Map<string, Set<string>>();
  for (const workteam of objects) {
    const region = regionOf(workteam, settings);
    names.set(region, (names.get(region) ?? new Set()).add(effectiveName(workteam)));
  }
  if (all && settings.region !== '' && !names.has(settings.region)) names.set(settings.region, new Set());
  return [...names].map(([region, wanted]) => ({ region, names: [...wanted], all }));
}

/** One entry for each Workteam whose region could be read. Each sees what those before it did: two may want one team. */
export function entriesOf(planned: readonly Planned[], { settings, cluster, teams, at }: Known): PlanEntry[] {
  const states = new Map([...teams].map(([region, read]) => [region, new Map(read)]));
  const keys = new Set(planned.map(({ manifest }) => keyOf(manifest)));
  const exists = (owner: { namespace: string; name: string }): boolean =>
    keys.has(keyOf(owner)) || cluster.exists(owner.namespace, owner.name);
  return planned.flatMap(({ manifest, workteam }) => {
    const region = regionOf(workteam, settings);
    const inRegion = states.get(region);
    if (inRegion === undefined) return [];
    const seen: TeamState = inRegion.get(effectiveName(workteam)) ?? { team: 'absent', tags: {} };
    const clusterId = clusterIdFor(workteam, cluster.clusterId, seen);
    const { told, after } = tell({ workteam, settings: { ...settings, clusterId }, seen, exists }, at);
    inRegion.set(effectiveName(workteam), after);
    return [{ ...told, region, file: manifest.file, line: manifest.line }];
  });
}

/** The report with the verdict that its parts come to. */
export function verdict(parts: Omit<PlanReport, 'version' | 'result'>): PlanReport {
  const { workteams, prune = [], problems } = parts;
  const isRefused = problems.length > 0 || workteams.some(({ result }) => result === 'refused');
  const isChange =
    workteams.some(({ actions }) => actions.length > 0) || prune.some(({ result }) => result !== 'nothing');
  return { version: 1, result: isRefused ? 'error' : isChange ? 'changes' : 'nothing', ...parts };
}
