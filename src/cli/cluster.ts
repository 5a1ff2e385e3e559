import { isForbidden } from '../kubernetes/errors.ts';
import type { ObjectStore } from '../kubernetes/store.ts';
import { Turns } from '../kubernetes/turns.ts';
import type { Workteams } from '../kubernetes/workteams.ts';
import { type LabelSelector, selects } from '../label-selector.ts';
import type { Cluster } from '../ports.ts';
import { FencedError } from '../workteam/aws-error.ts';
import type { Workteam } from '../workteam/schema.ts';

/** What `clusterOf` needs to know. */
export interface ClusterOptions {
  /** Whether the operator was given a list of namespaces. */
  readonly namespaced: boolean;
  /** Which Workteams are ours, by their labels; all of them when left out. */
  readonly selector?: LabelSelector | undefined;
  /** Whether this process may write now: it leads, or no other could be leading. */
  readonly mayWrite: () => boolean;
}

/** Requests of passes at a time; a region has four workers (`--concurrency`), so that only those of many regions wait. */
const REQUESTS_AT_A_TIME = 64;

/**
 * The reconciler's view of the cluster: reads from the store, writes to the API server, and puts each answer to our own
 * write back into the store, so that the next pass does not begin with the state before it. The writes throw FencedError
 * when this process may not write: what a leader that overslept its lease has to say of a Workteam is out of date. An object
 * that a live read shows with labels that are not ours any more is gone for us, whatever the store still says. Whether another
 * Workteam exists is asked of the API server, never of the store, which knows only our part of them.
 */
export function clusterOf(
  store: ObjectStore<Workteam>,
  api: Workteams,
  { namespaced, selector = [], mayWrite }: ClusterOptions,
): Cluster {
  const turns = new Turns(REQUESTS_AT_A_TIME);
  const written = (write: () => Promise<Workteam>, signal: AbortSignal): Promise<Workteam> =>
    turns.take(async () => {
      if (!mayWrite()) throw new FencedError('this process may not write: its lease was not renewed in time');
      const workteam = await write();
      store.observe(workteam);
      return workteam;
    }, signal);
  return {
    get: (key) => store.get(key),
    list: () => store.list(),
    readLive: async (key, signal) => {
      const live = await turns.take(() => api.readLive(key, signal), signal);
      return live !== undefined && selects(selector, live.metadata.labels) ? live : undefined;
    },
    writeFinalizers: (workteam, finalizers, signal) =>
      written(() => api.patchFinalizers(workteam, finalizers, signal), signal),
    writeStatus: (workteam, status, signal) => written(() => api.patchStatus(workteam, status, signal), signal),
    exists: (namespace, name, signal) => turns.take(() => api.exists(namespace, name, signal), signal),
    crdIsTerminating: (signal) => turns.take(() => crdIsTerminating(api, namespaced, signal), signal),
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
