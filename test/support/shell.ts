import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Address } from '../../dev/control-plane/access.ts';

/**
 * Runs a command as a reader of a guide would, in a shell with kubectl on its path and the control plane as its cluster.
 * Returns what it printed. @throws Error with its message when it fails, or takes two minutes
 */
export async function shell({ binaries, kubeconfig, folder }: Address, command: string): Promise<string> {
  const env = {
    PATH: `${dirname(binaries.kubectl)}:${process.env.PATH}`,
    KUBECONFIG: kubeconfig,
    KUBECACHEDIR: join(folder, 'kubectl-cache'),
    KUBERC: 'off',
  };
  return (await promisify(execFile)('sh', ['-c', command], { env, timeout: 120_000 })).stdout;
}
