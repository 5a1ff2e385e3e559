import { type ExecFileException, execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where a running control plane is found: plain data, so that it can be handed to another process. */
export type Address = {
  /** `https://127.0.0.1:<port>` */
  readonly server: string;
  /** The administrator's kubeconfig (group system:masters). */
  readonly kubeconfig: string;
  readonly adminToken: string;
  /** A PEM file with the authority that signed the server's certificate. */
  readonly certificateAuthority: string;
  /** One JSON object per Kubernetes write; undefined unless started with `audit`. */
  readonly auditLog: string | undefined;
  readonly binaries: { readonly kubectl: string };
  /** The scratch folder, removed with the control plane. */
  readonly folder: string;
};

/** What a finished program left behind. */
export type Output = { readonly stdout: string; readonly stderr: string; readonly code: number };

export type KubectlOptions = {
  /** Given on standard input (`-f -`). */
  readonly input?: string;
  /** Another identity than the administrator's: a file of `writeKubeconfig`. */
  readonly kubeconfig?: string;
};

/** Who a kubeconfig speaks for: the holder of a token, or a user (with groups) whom the administrator impersonates. */
export type Identity = { readonly token: string } | { readonly user: string; readonly groups?: readonly string[] };

/** What one does with a control plane that runs somewhere. */
export type Access = {
  /** Runs kubectl to its end, whatever its exit code. @throws Error only when it cannot be run at all. */
  kubectl(args: readonly string[], options?: KubectlOptions): Promise<Output>;
  /** A token of that ServiceAccount, valid for an hour (TokenRequest). @throws Error with kubectl's message. */
  tokenFor(namespace: string, serviceAccount: string): Promise<string>;
  /** Writes a self-contained kubeconfig into the scratch folder and returns its path. */
  writeKubeconfig(identity: Identity): Promise<string>;
};

export function accessTo(address: Address): Access {
  const kubectl: Access['kubectl'] = (args, options = {}) => runKubectl(address, args, options);
  return {
    kubectl,
    async tokenFor(namespace, serviceAccount) {
      const { stdout, stderr, code } = await kubectl(['create', 'token', serviceAccount, '--namespace', namespace]);
      if (code !== 0) throw new Error(stderr.trim());
      return stdout.trim();
    },
    async writeKubeconfig(identity) {
      const path = join(address.folder, `kubeconfig-${randomBytes(4).toString('hex')}`);
      await writeFile(path, kubeconfigFor(address, await readFile(address.certificateAuthority), identity), {
        mode: 0o600,
      });
      return path;
    },
  };
}

/** A kubeconfig as JSON, which is YAML; the certificate authority is embedded. */
export function kubeconfigFor(
  { server, adminToken }: Pick<Address, 'server' | 'adminToken'>,
  certificateAuthority: Buffer,
  identity: Identity,
): string {
  const name = 'workteam-operator-dev';
  const user =
    'token' in identity
      ? { token: identity.token }
      : { token: adminToken, as: identity.user, 'as-groups': identity.groups ?? [] };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': certificateAuthority.toString('base64') } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: 'default' } }],
    'current-context': name,
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}

function runKubectl(address: Address, args: readonly string[], options: KubectlOptions): Promise<Output> {
  // Nothing of the user's own: not the cluster, not the preferences, not the discovery cache.
  const env = {
    ...process.env,
    KUBECONFIG: options.kubeconfig ?? address.kubeconfig,
    KUBECACHEDIR: join(address.folder, 'kubectl-cache'),
    KUBERC: 'off',
  };
  return new Promise((resolve, reject) => {
    const maxBuffer = 64 * 1024 * 1024;
    const child = execFile(address.binaries.kubectl, args, { env, maxBuffer }, (error, stdout, stderr) => {
      const code = exitCode(error);
      if (code === undefined) reject(error);
      else resolve({ stdout, stderr, code });
    });
    // kubectl may end without reading its input.
    child.stdin?.on('error', () => {});
    child.stdin?.end(options.input ?? '');
  });
}

function exitCode(error: ExecFileException | null): number | undefined {
  if (error === null) return 0;
  return typeof error.code === 'number' ? error.code : undefined;
}
