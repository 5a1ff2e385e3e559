import { accessSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { KubernetesError } from './errors.ts';

/** Where the kubelet puts a pod's credentials. */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

export interface KubeConfigSource {
  /** A kubeconfig named by the user; it alone counts then. */
  readonly path?: string | undefined;
  /** The environment: KUBECONFIG (several files, as kubectl merges them), KUBERNETES_SERVICE_HOST and _PORT, HOME. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where to look for a pod's credentials; the usual place when left out. */
  readonly serviceAccount?: string;
}

/**
 * Finds out which API server to talk to, and as whom: the given file, else KUBECONFIG, else the pod's ServiceAccount,
 * else ~/.kube/config. `getContextObject(getCurrentContext())?.namespace` of the result is the namespace we live in,
 * where that is known. Throws a KubernetesError whose message is one sentence that says what to do.
 */
export function loadKubeConfig({ path, env, serviceAccount = SERVICE_ACCOUNT }: KubeConfigSource): KubeConfig {
  const named = path === undefined ? (env.KUBECONFIG ?? '').split(delimiter).filter((file) => file !== '') : [path];
  if (named.length > 0) return checked(fromFiles(named), named.join(delimiter));
  if (env.KUBERNETES_SERVICE_HOST !== undefined && exists(join(serviceAccount, 'token'))) {
    return fromPod(env.KUBERNETES_SERVICE_HOST, env.KUBERNETES_SERVICE_PORT ?? '443', serviceAccount);
  }
  const usual = join(env.HOME ?? '', '.kube', 'config');
  if (env.HOME !== undefined && exists(usual)) return checked(fromFiles([usual]), usual);
  throw new KubernetesError(
    'No Kubernetes cluster is configured: pass --kubeconfig FILE, set KUBECONFIG, create ~/.kube/config, or run in a pod with a ServiceAccount.',
  );
}

/** kubectl's rules: of several files that name the same thing the first wins, and missing ones do not count. */
function fromFiles(files: readonly string[]): KubeConfig {
  const merged = new KubeConfig();
  for (const one of (files.length === 1 ? files : files.filter(exists)).map(fromFile)) {
    for (const cluster of one.clusters) if (merged.getCluster(cluster.name) === null) merged.addCluster(cluster);
    for (const user of one.users) if (merged.getUser(user.name) === null) merged.addUser(user);
    for (const context of one.contexts) if (merged.getContextObject(context.name) === null) merged.addContext(context);
    merged.currentContext ??= one.currentContext;
  }
  return merged;
}

function fromFile(file: string): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromFile(file);
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
    throw new KubernetesError(
      `The kubeconfig ${file} cannot be used (${why}): name another one with --kubeconfig or KUBECONFIG.`,
      { cause: error },
    );
  }
  return config;
}

function fromPod(host: string, port: string, serviceAccount: string): KubeConfig {
  const config = new KubeConfig();
  const namespace = join(serviceAccount, 'namespace');
  config.loadFromOptions({
    clusters: [
      {
        name: 'in-cluster',
        server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
        caFile: join(serviceAccount, 'ca.crt'),
        skipTLSVerify: false,
      },
    ],
    users: [
      {
        name: 'service-account',
        // Read again every minute: the kubelet rotates it.
        authProvider: { name: 'tokenFile', config: { tokenFile: join(serviceAccount, 'token') } },
      },
    ],
    contexts: [
      {
        name: 'in-cluster',
        cluster: 'in-cluster',
        user: 'service-account',
        ...(exists(namespace) ? { namespace: readFileSync(namespace, 'utf8').trim() } : {}),
      },
    ],
    currentContext: 'in-cluster',
  });
  return config;
}

function checked(config: KubeConfig, where: string): KubeConfig {
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    throw new KubernetesError(
      `The kubeconfig ${where} has no usable current context: choose one with "kubectl config use-context NAME".`,
    );
  }
  if (!URL.canParse(cluster.server) || !/^https?:/.test(cluster.server)) {
    throw new KubernetesError(
      `The kubeconfig ${where} names "${cluster.server}" as the server: write a URL, https://HOST:PORT.`,
    );
  }
  if (cluster.server.startsWith('http:') && !cluster.skipTLSVerify) {
    throw new KubernetesError(
      `The kubeconfig ${where} names a server without TLS, ${cluster.server}: use https, or set insecure-skip-tls-verify on the cluster.`,
    );
  }
  return config;
}

function exists(file: string): boolean {
  try {
    accessSync(file);
    return true;
  } catch {
    return false;
  }
}
