import { fileURLToPath } from 'node:url';
import type { ControlPlane } from '../control-plane/start.ts';
import type { Ground } from './site.ts';

const NAMESPACE = 'soak';
const OPERATOR = 'workteam-operator';
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Installs what deploy/kustomize says, and makes a namespace. @throws Error with kubectl's message */
export async function prepare({ address, kubectl, writeKubeconfig }: ControlPlane, bundle: string): Promise<Ground> {
  const run = async (...args: string[]): Promise<string> => {
    const { stdout, stderr, code } = await kubectl(args);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr.trim()}`);
    return stdout.trim();
  };
  await run('apply', '--server-side', '-k', `${ROOT}deploy/kustomize`);
  await run('wait', '--for=condition=Established', '--timeout=60s', 'crd/workteams.workteams.dev');
  await run('create', 'namespace', NAMESPACE);
  // For longer than any soak: a token that is changed under way would be another fault.
  const token = await run('create', 'token', OPERATOR, '--namespace', OPERATOR, '--duration', '24h');
  return {
    address,
    kubeconfig: await writeKubeconfig({ token }),
    namespace: NAMESPACE,
    leaseNamespace: OPERATOR,
    bundle,
  };
}
