/** What deleting from Git would do: the work teams of this cluster whose Workteams no manifest names. Pure. */
import type { Settings } from '../workteam/facts.ts';
import { parseOwnerTag } from '../workteam/owner.ts';
import { previewDeletion, type TeamState } from '../workteam/preview.ts';
import { fate } from '../workteam/preview-entry.ts';
import type { PlanEntry, PrunedEntry } from '../workteam/preview-schema.ts';
import { effectiveName, OWNER_TAG_KEY, type Workteam } from '../workteam/schema.ts';
import type { Teams } from './plan-aws.ts';
import type { KnownCluster } from './plan-cluster.ts';

/** What there is to know. */
export interface PruneInput {
  readonly settings: Settings;
  readonly cluster: KnownCluster;
  /** In these namespaces whatever is in no manifest is to go. */
  readonly namespaces: ReadonlySet<string>;
  /** `namespace/name` of every manifest. */
  readonly kept: ReadonlySet<string>;
  /** By region. */
  readonly teams: ReadonlyMap<string, Teams>;
  readonly regionOf: (workteam: Workteam) => string;
  readonly at: string;
}

/** What each fate is called, and what is said of it. */
const FATES: Readonly<Record<PlanEntry['onDelete'], { result: PrunedEntry['result']; message: string }>> = {
  deleted: { result: 'delete', message: 'The work team would be deleted, irrevocably (deletionPolicy: Delete).' },
  retained: { result: 'release', message: 'The work team would stay without its owner tag (deletionPolicy: Retain).' },
  untouched: { result: 'nothing', message: 'The work team would stay as it is.' },
  held: { result: 'nothing', message: 'The Workteam is suspended: it and the work team would stay until it is not.' },
};

const NOT_KNOWN =
  'The work team would be deleted, irrevocably, unless the spec of its Workteam has deletionPolicy: Retain, managementPolicy: Observe or suspend: true. Its owner tag does not tell; the cluster does, with --kubeconfig.';
const ORPHAN = 'Its Workteam does not exist any more, so nobody deletes the work team.';

/** All that would be pruned, in the order of region and work team. */
export function prune(input: PruneInput): PrunedEntry[] {
  const living = [...(input.cluster.workteams?.values() ?? [])].filter(
    ({ metadata: { namespace, name } }) => input.namespaces.has(namespace) && !input.kept.has(`${namespace}/${name}`),
  );
  const entries = [...living.map((workteam) => ofWorkteam(workteam, input)), ...ofTags(input)];
  const key = ({ region, workteamName, namespace, name }: PrunedEntry): string =>
    [region, workteamName, namespace, name].join('\n');
  return entries.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

function ofWorkteam(workteam: Workteam, { settings, cluster, teams, regionOf, at }: PruneInput): PrunedEntry {
  const { namespace, name } = workteam.metadata;
  const region = regionOf(workteam);
  const workteamName = effectiveName(workteam);
  const seen: TeamState = teams.get(region)?.get(workteamName) ?? { team: 'absent', tags: {} };
  const exists = (owner: { namespace: string; name: string }) => cluster.exists(owner.namespace, owner.name);
  return {
    namespace,
    name,
    region,
    workteamName,
    ...FATES[fate(previewDeletion({ workteam, settings, seen, exists }, at))],
  };
}

/** Those that only an owner tag tells of. */
function ofTags({ settings, cluster, namespaces, kept, teams }: PruneInput): PrunedEntry[] {
  return [...teams].flatMap(([region, states]) =>
    [...states].flatMap(([workteamName, { tags }]) => {
      const owner = parseOwnerTag(tags[OWNER_TAG_KEY] ?? '');
      if (owner?.clusterId !== settings.clusterId || !namespaces.has(owner.namespace)) return [];
      const { namespace, name } = owner;
      const key = `${namespace}/${name}`;
      if (kept.has(key) || cluster.workteams?.has(key) === true) return [];
      const known = cluster.workteams !== undefined;
      const verdict = known
        ? ({ result: 'nothing', message: ORPHAN } as const)
        : ({ result: 'unknown', message: NOT_KNOWN } as const);
      return [{ namespace, name, region, workteamName, ...verdict }];
    }),
  );
}
