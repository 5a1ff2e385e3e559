import { randomBytes } from 'node:crypto';
import type { AuditedWrite, TestControlPlane } from './control-plane.ts';
import { OPERATOR_USER } from './deployment.ts';
import { eventually } from './eventually.ts';

/**
 * What operators wrote in a namespace so far, refused writes included: complete up to the moment of the call, because a
 * later write of our own is waited for.
 */
export async function operatorWrites(cluster: TestControlPlane, namespace: string): Promise<AuditedWrite[]> {
  const marker = `marker-${randomBytes(4).toString('hex')}`;
  await cluster.run(['create', 'configmap', marker, '--namespace', namespace]);
  const all = await eventually(
    async () => {
      const writes = (await cluster.auditedWrites()).filter((write) => write.namespace === namespace);
      return writes.some(({ name }) => name === marker) && writes;
    },
    { what: 'the audit log to be complete' },
  );
  return all.filter(({ user }) => user === OPERATOR_USER);
}
