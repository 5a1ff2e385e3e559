import { readFile, writeFile } from 'node:fs/promises';
import type { ApiProxy } from './api-proxy.ts';

/** Writes a kubeconfig next to the given one: the same user, but through the proxy. */
export async function kubeconfigThrough({ kubeConfig }: ApiProxy, kubeconfig: string): Promise<string> {
  const server = kubeConfig.getCurrentCluster()?.server ?? '';
  const config = JSON.parse(await readFile(kubeconfig, 'utf8'));
  for (const { cluster } of config.clusters) {
    cluster.server = server;
    cluster['insecure-skip-tls-verify'] = true;
    delete cluster['certificate-authority-data'];
  }
  const path = `${kubeconfig}-through-${new URL(server).port}`;
  await writeFile(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}
