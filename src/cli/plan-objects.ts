/** From manifests to the objects that the API server would have after they are applied. Pure. */
import { canonicalJson } from '../workteam/json.ts';
import { parseOwnerTag } from '../workteam/owner.ts';
import type { TeamState } from '../workteam/preview.ts';
import { API_VERSION, KIND, OWNER_TAG_KEY, type Workteam } from '../workteam/schema.ts';
import type { Manifest } from './manifests.ts';

/** Stands for a cluster id that is not known, in owner tags that would be written. No cluster can have it. */
export const UNKNOWN_CLUSTER = '<cluster-id>';

/** The object of a manifest; `live` is the one that the cluster has already, `at` the time of day. */
export function objectOf(
  { namespace, name, annotations, spec }: Manifest,
  live: Workteam | undefined,
  at: string,
): Workteam {
  if (live === undefined) {
    const metadata = {
      name,
      namespace,
      uid: 'new',
      generation: 1,
      resourceVersion: '',
      creationTimestamp: at,
      annotations,
    };
    return { apiVersion: API_VERSION, kind: KIND, metadata: { ...metadata }, spec };
  }
  const isEdited = canonicalJson(live.spec) !== canonicalJson(spec);
  const metadata = {
    ...live.metadata,
    generation: live.metadata.generation + (isEdited ? 1 : 0),
    annotations: { ...live.metadata.annotations, ...annotations },
  };
  return { ...live, metadata, spec };
}

/**
 * The cluster id by which to judge a team. Where it is not known, it is the one that an owner tag with this very namespace
 * and name has: the tag counts as ours.
 */
export function clusterIdFor({ metadata }: Workteam, known: string | undefined, { tags }: TeamState): string {
  if (known !== undefined) return known;
  const owner = parseOwnerTag(tags[OWNER_TAG_KEY] ?? '');
  const isOurs = owner?.namespace === metadata.namespace && owner.name === metadata.name;
  return isOurs ? owner.clusterId : UNKNOWN_CLUSTER;
}
