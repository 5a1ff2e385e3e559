/** What `plan` reads from the cluster, when there is one. It never writes. */
import type { Clock } from '../controller/clock.ts';
import { isForbidden, isNotFound, isTooManyRequests, KubernetesError, retryAfterMs } from '../kubernetes/errors.ts';
import { loadKubeConfig } from '../kubernetes/kubeconfig.ts';
import { Transport } from '../kubernetes/transport.ts';
import { Workteams, workteamsIn } from '../kubernetes/workteams.ts';
import { within } from '../sagemaker/within.ts';
import type { Workteam } from '../workteam/schema.ts';
import { CannotStart } from './cannot-start.ts';
import type { PlanOptions } from './plan-options.ts';

/** For how long a cluster that nobody named may keep us waiting, in milliseconds. */
const ANSWERS_WITHIN_MS = 10_000;

/** A cluster as far as a plan depends on it. */
export interface KnownCluster {
  /** `undefined`: not known. */
  readonly clusterId: string | undefined;
  /** The Workteams that could be read, by `namespace/name`; `undefined` when none could. */
  readonly workteams: ReadonlyMap<string, Workteam> | undefined;
  /** Whether there is such a Workteam; true when that is not known. */
  readonly exists: (namespace: string, name: string) => boolean;
  readonly notes: readonly string[];
}

interface Asked {
  readonly options: PlanOptions;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly namespaces: readonly string[];
}

const NO_CLUSTER =
  'No cluster was asked and no --cluster-id given: an owner tag that names the same namespace and name in any cluster counts as ours.';

const NOT_LISTED = 'The Workteams of the cluster may not be listed: what is only there was not taken into account.';

/**
 * Asks the cluster of the kubeconfig for its id and its Workteams. With --cluster-id and no --kubeconfig nobody is asked.
 * A cluster that was named by --kubeconfig must answer: else CannotStart; any other may be missing, and a note says so.
 */
export async function knownCluster(asked: Asked): Promise<KnownCluster> {
  const { clusterId, kubeconfig } = asked.options;
  if (clusterId !== undefined && kubeconfig === undefined) return unlisted(clusterId, []);
  try {
    return await ask(asked);
  } catch (error) {
    asked.signal.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    if (kubeconfig !== undefined) throw new CannotStart(`The cluster cannot be asked: ${why}`, { cause: error });
    const reason =
      error instanceof KubernetesError && /^No Kubernetes cluster/.test(why)
        ? []
        : [`The cluster did not answer (${why}).`];
    return unlisted(undefined, [...reason, NO_CLUSTER]);
  }
}

async function ask({ options, env, version, clock, signal, namespaces }: Asked): Promise<KnownCluster> {
  const kubeConfig = loadKubeConfig({ path: options.kubeconfig, env });
  const transport = new Transport({ kubeConfig, version, clock });
  try {
    return await within(ANSWERS_WITHIN_MS, clock, signal, async (either) => {
      const clusterId = options.clusterId ?? (await new Workteams(transport).clusterUid(either));
      const reach = { transport, clock, signal: either };
      const everywhere = await list(reach, undefined);
      const read = everywhere ?? (await listEach(reach, namespaces));
      if (read === undefined) return unlisted(clusterId, [NOT_LISTED]);
      const workteams = new Map(read.map((item) => [`${item.metadata.namespace}/${item.metadata.name}`, item]));
      const exists = (namespace: string, name: string): boolean =>
        workteams.has(`${namespace}/${name}`) || (everywhere === undefined && !namespaces.includes(namespace));
      return { clusterId, workteams, exists, notes: [] };
    });
  } finally {
    transport.close();
  }
}

function unlisted(clusterId: string | undefined, notes: readonly string[]): KnownCluster {
  return { clusterId, workteams: undefined, exists: () => true, notes };
}

/** A server, and how patient to be with it. */
interface Reach {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

async function listEach(reach: Reach, namespaces: readonly string[]): Promise<Workteam[] | undefined> {
  const lists = await Promise.all(namespaces.map((namespace) => list(reach, namespace)));
  const allowed = lists.filter((items) => items !== undefined);
  return allowed.length < lists.length ? undefined : allowed.flat();
}

/** The Workteams of a namespace, or of all; none where the CRD is not installed, `undefined` where they may not be listed. */
async function list(
  { transport, clock, signal }: Reach,
  namespace: string | undefined,
): Promise<Workteam[] | undefined> {
  const { root, plural } = workteamsIn(namespace);
  const path =
    namespace === undefined ? `${root}/${plural}` : `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
  for (;;) {
    try {
      return (await transport.request<{ items: Workteam[] }>({ path, signal })).items;
    } catch (error) {
      if (isNotFound(error)) return [];
      if (isForbidden(error)) return undefined;
      // The CRD is so new that its storage is not ready, or the server is busy.
      if (!isTooManyRequests(error)) throw error;
      await clock.sleep(retryAfterMs(error) ?? 1_000, signal);
    }
  }
}
