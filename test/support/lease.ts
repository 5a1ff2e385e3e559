import type { LeaseSpec } from '../../src/kubernetes/lease.ts';
import type { TestControlPlane } from './control-plane.ts';
import { OPERATOR } from './deployment.ts';

/** What the operator's Lease in a namespace says. */
export async function leaseIn(cluster: TestControlPlane, namespace: string): Promise<LeaseSpec> {
  const lease = await cluster.run(['get', 'lease', OPERATOR, '--namespace', namespace, '-o', 'json']);
  return JSON.parse(lease).spec;
}
