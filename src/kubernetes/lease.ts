import type { Transport } from './transport.ts';

/** The Lease of coordination.k8s.io/v1, as far as it is read here; what else it holds is written back as it was. */
export interface Lease {
  readonly apiVersion: 'coordination.k8s.io/v1';
  readonly kind: 'Lease';
  readonly metadata: { readonly name: string; readonly namespace: string; readonly resourceVersion?: string };
  readonly spec?: LeaseSpec;
}

export interface LeaseSpec {
  /** Who leads; empty or missing when it was given back. */
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  /** When the holder began to lead; a `microTime`. */
  readonly acquireTime?: string;
  /** For people to read: clocks of two machines cannot be compared, so nothing is decided by it. A `microTime`. */
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

/** Reads and writes one Lease. All throw KubernetesError: 404 on `get`, 409 on the writes that came too late. */
export interface LeaseClient {
  get(signal: AbortSignal): Promise<Lease>;
  create(spec: LeaseSpec, signal: AbortSignal): Promise<Lease>;
  /** Replaces the spec if the Lease is still at `lease`'s resourceVersion. */
  update(lease: Lease, spec: LeaseSpec, signal: AbortSignal): Promise<Lease>;
}

export function leaseClient(transport: Transport, namespace: string, name: string): LeaseClient {
  const collection = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
  const path = `${collection}/${name}`;
  return {
    get: (signal) => transport.request<Lease>({ path, signal }),
    create: (spec, signal) => {
      const json: Lease = {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name, namespace },
        spec,
      };
      return transport.request<Lease>({ method: 'POST', path: collection, body: { json }, signal });
    },
    update: (lease, spec, signal) =>
      transport.request<Lease>({ method: 'PUT', path, body: { json: { ...lease, spec } }, signal }),
  };
}

/** A time as Kubernetes' `microTime` wants it: with six digits after the second. */
export function microTime(date: Date): string {
  return date.toISOString().replace('Z', '000Z');
}
