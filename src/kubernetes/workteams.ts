import { legible } from '../workteam/legible.ts';
import { API_VERSION, GROUP, PLURAL, type Workteam, type WorkteamStatus } from '../workteam/schema.ts';
import { withoutBallast } from './ballast.ts';
import { isForbidden, isNotFound } from './errors.ts';
import { mergePatch } from './merge-patch.ts';
import type { Resource } from './reflector.ts';
import type { Transport } from './transport.ts';

const ROOT = `/apis/${API_VERSION}`;
const CRD = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${PLURAL}.${GROUP}`;

/** Workteams as something to list and watch: of one namespace, or of all; with labels that a selector asks for, or with any. */
export function workteamsIn(namespace?: string, labelSelector?: string): Resource {
  return { root: ROOT, plural: PLURAL, namespace, labelSelector };
}

/** The part of any object that is asked about here. */
interface Existing {
  readonly metadata: { readonly uid: string; readonly deletionTimestamp?: string };
}

/**
 * Typed calls on Workteams; each is one request, straight to the API server, never from a cache. All throw
 * KubernetesError; all take a signal and throw its reason when it aborts.
 */
export class Workteams {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The object as the API server has it at this moment (a quorum read); undefined when there is none. */
  async readLive(key: string, signal?: AbortSignal): Promise<Workteam | undefined> {
    const [namespace = '', name = ''] = key.split('/');
    const workteam = await this.#read<Workteam>(pathOf(namespace, name), signal);
    return workteam && legible(withoutBallast(workteam));
  }

  /**
   * Replaces the list of finalizers if the object is still the one that was looked at, to the resourceVersion; else
   * isConflict. Returns the new object. After the last finalizer of an object that is being deleted, it is gone.
   */
  async patchFinalizers(workteam: Workteam, finalizers: readonly string[], signal?: AbortSignal): Promise<Workteam> {
    return this.#patch(workteam, '', { metadata: { ...guard(workteam), finalizers } }, signal);
  }

  /**
   * Makes the status equal to `status` if the object is still the one that was looked at, to the resourceVersion; else
   * isConflict. Returns the new object; without a request, the given one where nothing differs.
   */
  async patchStatus(workteam: Workteam, status: WorkteamStatus, signal?: AbortSignal): Promise<Workteam> {
    const difference = mergePatch(workteam.status ?? {}, status);
    if (difference === undefined) return workteam;
    return this.#patch(workteam, '/status', { metadata: guard(workteam), status: difference }, signal);
  }

  /** Whether there is a Workteam of that name; true when we may not know (403). */
  async exists(namespace: string, name: string, signal?: AbortSignal): Promise<boolean> {
    try {
      return (await this.#read<Workteam>(pathOf(namespace, name), signal)) !== undefined;
    } catch (error) {
      if (isForbidden(error)) return true;
      throw error;
    }
  }

  /** Whether the definition of Workteams itself is being deleted (or gone), which deletes every Workteam with it. */
  async crdIsTerminating(signal?: AbortSignal): Promise<boolean> {
    const crd = await this.#read<Existing>(CRD, signal);
    return crd?.metadata.deletionTimestamp !== undefined || crd === undefined;
  }

  /** What tells this cluster from every other: the UID of its kube-system namespace. */
  async clusterUid(signal?: AbortSignal): Promise<string> {
    const namespace = await this.#transport.request<Existing>({ path: '/api/v1/namespaces/kube-system', signal });
    return namespace.metadata.uid;
  }

  async #read<T extends object>(path: string, signal: AbortSignal | undefined): Promise<T | undefined> {
    try {
      return await this.#transport.request<T>({ path, signal });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async #patch(
    { metadata }: Workteam,
    subresource: '' | '/status',
    patch: object,
    signal: AbortSignal | undefined,
  ): Promise<Workteam> {
    const path = pathOf(metadata.namespace, metadata.name) + subresource;
    const body = { mergePatch: patch };
    return legible(withoutBallast(await this.#transport.request<Workteam>({ method: 'PATCH', path, body, signal })));
  }
}

const pathOf = (namespace: string, name: string) =>
  `${ROOT}/namespaces/${encodeURIComponent(namespace)}/${PLURAL}/${encodeURIComponent(name)}`;

/**
 * In a patch, makes the API server refuse it (409) unless the object is still this one, unchanged. The resourceVersion
 * does that; the UID is for the object itself only (422), the API server does not look at it in a patch of the status.
 */
const guard = ({ metadata: { uid, resourceVersion } }: Workteam) => ({ uid, resourceVersion });
