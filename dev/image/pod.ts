import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageConfig } from './workshop.ts';

/** Where the kubelet puts a pod's credentials. */
export const CREDENTIALS = '/var/run/secrets/kubernetes.io/serviceaccount';

export interface Pod {
  /** A folder with the files of the image, for this pod alone. */
  readonly root: string;
  readonly config: ImageConfig;
  /** A folder with `token`, `ca.crt` and `namespace`. */
  readonly credentials: string;
  /** Added to the image's own. */
  readonly environment: Readonly<Record<string, string>>;
  /** Instead of the image's own. */
  readonly args?: readonly string[];
}

/**
 * The command that runs an image as deploy/kustomize has it run: as the image's user and group and in no other group,
 * with no way to more rights, with nothing to write to, and with the credentials of a ServiceAccount where a pod has
 * them. The process that it starts becomes the image's own, so a signal to it is a signal to that. The network is this
 * machine's. Needs root.
 */
export async function podCommand(pod: Pod): Promise<{ program: string; args: string[] }> {
  const { root, config, credentials, environment } = pod;
  for (const mounted of ['proc', CREDENTIALS]) await mkdir(join(root, mounted), { recursive: true });
  const [user = '', group = ''] = (config.User ?? '').split(':');
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const confined = [
    ...['/usr/bin/setpriv', '--no-new-privs', '/usr/bin/unshare'],
    ...[`--root=${root}`, `--wd=${config.WorkingDir}`, `--setgid=${group}`, `--setuid=${user}`],
  ];
  const command = [...(config.Entrypoint ?? []), ...(pod.args ?? config.Cmd ?? [])];
  return {
    program: 'unshare',
    args: [
      ...['--mount', '--propagation', 'private', '/bin/sh', '-euc', SCRIPT, 'sh', root, credentials],
      ...['/usr/bin/env', '-i', ...(config.Env ?? []), ...variables, ...confined, ...command],
    ],
  };
}

const SCRIPT = `
mount --bind "$1" "$1"
mount -t proc proc "$1/proc"
mount --bind "$2" "$1${CREDENTIALS}"
mount -o remount,bind,ro "$1${CREDENTIALS}"
mount -o remount,bind,ro "$1"
shift 2
exec "$@"`;
