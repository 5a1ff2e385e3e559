import { delimiter, join } from 'node:path';
import type { Command } from '../control-plane/guarded.ts';

/** The namespace of Argo CD, and the only one that it looks for Applications in. */
export const NAMESPACE = 'argocd';

/**
 * How long Argo CD leaves an Application alone that nobody changes or asks about, in seconds; by itself it takes two to
 * three minutes.
 */
export const RESYNC_S = 60;

/** Where everything listens, on loopback. */
export type Ports = {
  readonly redis: number;
  readonly repoServer: number;
  readonly repoServerMetrics: number;
  readonly controllerMetrics: number;
  readonly server: number;
  readonly serverMetrics: number;
};

/** What the parts are started with. */
export type Site = {
  /** Argo CD's one program, which is each of its parts by name. */
  readonly program: string;
  /** A folder with Argo CD's own scripts. */
  readonly scripts: string;
  readonly redisServer: string;
  /** Of an administrator; Argo CD takes the cluster that it names for the one that it runs in. */
  readonly kubeconfig: string;
  /** The scratch folder. */
  readonly folder: string;
  readonly ports: Ports;
};

/** A process to run, and how to see that it does its work. */
export type Component = {
  readonly name: string;
  readonly command: Command;
  /** A URL that answers 200 then, or a port that takes connections. */
  readonly ready: { readonly url: string } | { readonly port: number };
};

/** The parts of an Argo CD that sync Applications and answer its command line: no user interface, no login, no TLS. */
export function components({ program, scripts, redisServer, kubeconfig, folder, ports }: Site): Component[] {
  const at = (port: number) => `127.0.0.1:${port}`;
  const redis = ['--redis', at(ports.redis)];
  const shared = [...redis, '--repo-server', at(ports.repoServer), '--repo-server-plaintext', '--namespace', NAMESPACE];
  const argo = (name: string, args: readonly string[]): Pick<Component, 'name' | 'command'> => {
    const path = [scripts, process.env.PATH ?? ''].join(delimiter);
    const env = { PATH: path, ...environment(folder), KUBECONFIG: kubeconfig, ARGOCD_BINARY_NAME: name };
    return { name, command: { ...isolated(env, program, args), log: join(folder, `${name}.log`) } };
  };
  return [
    {
      name: 'redis-server',
      command: {
        ...isolated({}, redisServer, [
          ...['--port', String(ports.redis), '--bind', '127.0.0.1'],
          // Nothing is kept.
          ...['--save', '', '--appendonly', 'no', '--dir', folder],
        ]),
        log: join(folder, 'redis.log'),
      },
      ready: { port: ports.redis },
    },
    {
      ...argo('argocd-repo-server', [
        ...['--address', '127.0.0.1', '--port', String(ports.repoServer), '--disable-tls', '--client-ca-path', ''],
        ...['--metrics-address', '127.0.0.1', '--metrics-port', String(ports.repoServerMetrics)],
        ...redis,
      ]),
      ready: { port: ports.repoServer },
    },
    {
      ...argo('argocd-application-controller', [
        ...shared,
        ...['--app-resync', String(RESYNC_S), '--app-resync-jitter', '0'],
        ...['--metrics-port', String(ports.controllerMetrics)],
      ]),
      ready: { url: `http://${at(ports.controllerMetrics)}/healthz` },
    },
    {
      ...argo('argocd-server', [
        ...shared,
        ...['--address', '127.0.0.1', '--port', String(ports.server), '--insecure', '--disable-auth'],
        ...['--metrics-port', String(ports.serverMetrics)],
      ]),
      ready: { url: `http://${at(ports.server)}/healthz` },
    },
  ];
}

/** What Argo CD would otherwise look for in folders of its image. */
function environment(folder: string): Record<string, string> {
  return {
    ARGOCD_FAKE_IN_CLUSTER: 'true',
    ARGOCD_GPG_ENABLED: 'false',
    ARGOCD_GNUPGHOME: join(folder, 'gpg'),
    ARGOCD_TLS_DATA_PATH: join(folder, 'tls'),
    ARGOCD_SSH_DATA_PATH: join(folder, 'ssh'),
    ARGOCD_PLUGINSOCKFILEPATH: join(folder, 'plugins'),
    ARGOCD_ASK_PASS_SOCK: join(folder, 'ask-pass.sock'),
    HOME: folder,
    TMPDIR: folder,
  };
}

/** A program with nothing of the user's own environment. */
function isolated(
  env: Readonly<Record<string, string>>,
  program: string,
  args: readonly string[],
): Pick<Command, 'program' | 'args'> {
  const assignments = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return { program: '/usr/bin/env', args: ['-i', ...assignments, program, ...args] };
}
