import { readFile, writeFile } from 'node:fs/promises';
import type { ApiProxy } from './api-proxy.ts';

/** Writes a kubeconfig next to the given one: the same user, but through the proxy. */
export async function kubeconfigThrough({ kubeConfig }: ApiProxy, kubeconfig: string): Promise<string> {
  const server = kubeConfig.getCurrentCluster()?.server ?? '';
  return changedKubeconfig(kubeconfig, `through-${new URL(server).port}`, (cluster) => {
    cluster.server = server;
    cluster['insecure-skip-tls-verify'] = true;
    delete cluster['certificate-authority-data'];
  });
}

/** Writes a kubeconfig next to the given one, in which the way to each cluster is changed. */
export async function changedKubeconfig(
  kubeconfig: string,
  suffix: string,
  change: (cluster: Record<string, unknown>) => void,
): Promise<string> {
  const config = JSON.parse(await readFile(kubeconfig, 'utf8'));
  for (const { cluster } of config.clusters) change(cluster);
  const path = `${kubeconfig}-${suffix}`;
  await writeFile(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}
