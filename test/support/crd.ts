import { fileURLToPath } from 'node:url';
import type { Access } from '../../dev/control-plane/access.ts';
import { eventually } from './eventually.ts';

/** Our CRD, as `npm run generate` writes it. */
export const CRD = fileURLToPath(new URL('../../crds/workteams.workteams.dev.yaml', import.meta.url));

/** Creates our CRD and waits until it is served. @throws Error with kubectl's message */
export async function installCrd({ kubectl }: Access): Promise<void> {
  const { code, stderr } = await kubectl(['create', '-f', CRD]);
  if (code !== 0) throw new Error(`kubectl create -f ${CRD}: ${stderr}`);
  // kubectl fails on a definition that is so new that it has no conditions yet.
  const wait = ['wait', '--for=condition=Established', '--timeout=30s', '-f', CRD];
  await eventually(async () => (await kubectl(wait)).code === 0, { what: 'our CRD to be served' });
}
