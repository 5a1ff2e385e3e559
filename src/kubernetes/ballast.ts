import type { KubernetesObject } from './store.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * Drops what nobody here reads and what can be most of an object's size: who manages which field, and kubectl's copy
 * of the manifest. Changes the object itself, which must be fresh from the wire. Everything that comes in goes through
 * here, so that no object of ours has either.
 */
export function withoutBallast<T extends KubernetesObject>(object: T): T {
  const metadata: { managedFields?: unknown; annotations?: Record<string, string> } = object.metadata;
  delete metadata.managedFields;
  delete metadata.annotations?.[LAST_APPLIED];
  return object;
}
