import { isForbidden } from '../kubernetes/errors.ts';
import type { ObjectStore } from '../kubernetes/store.ts';
import type { Workteams } from '../kubernetes/workteams.ts';
import type { Cluster } from '../ports.ts';
import type { Workteam } from '../workteam/schema.ts';

/**
 * The reconciler's view of the cluster: reads from the store, writes to the API server, and puts each answer to our own
 * write back into the store, so that the next pass does not begin with the state before it.
 */
export function clusterOf(store: ObjectStore<Workteam>, api: Workteams, namespaced: boolean): Cluster {
  const observed = (workteam: Workteam): Workteam => {
    store.observe(workteam);
    return workteam;
  };
  return {
    get: (key) => store.get(key),
    list: () => store.list(),
    readLive: (key, signal) => api.readLive(key, signal),
    writeFinalizers: async (workteam, finalizers, signal) =>
      observed(await api.patchFinalizers(workteam, finalizers, signal)),
    writeStatus: async (workteam, status, signal) => observed(await api.patchStatus(workteam, status, signal)),
    exists: (namespace, name, signal) => api.exists(namespace, name, signal),
    crdIsTerminating: (signal) => crdIsTerminating(api, namespaced, signal),
  };
}

/**
 * An operator that was given a list of namespaces may run without any cluster-wide right, and then nobody can tell it that
 * the CRD is being deleted. Anywhere else a refusal is a broken installation, and nothing is deleted on its account.
 */
async function crdIsTerminating(api: Workteams, namespaced: boolean, signal: AbortSignal): Promise<boolean> {
  try {
    return await api.crdIsTerminating(signal);
  } catch (error) {
    if (namespaced && isForbidden(error)) return false;
    throw error;
  }
}
