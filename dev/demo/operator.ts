import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ending, Guardian } from '../control-plane/guarded.ts';
import { freePort } from '../control-plane/ports.ts';
import type { ControlPlane } from '../control-plane/start.ts';
import type { Emulator } from '../sagemaker/emulator.ts';
import { accessKeyOf, DEFAULT_ACCOUNT } from '../sagemaker/identity.ts';

/** Short, so that a person need not wait for the repair. */
export const RESYNC_INTERVAL = '2s';

/** The operator, running in a process of its own. */
export interface Operator {
  readonly pid: number;
  /** What it may do in the cluster is what this allows. */
  readonly kubeconfig: string;
  /** A file with all that it printed. */
  readonly log: string;
  readonly metrics: string;
  readonly readyz: string;
  readonly ended: Promise<Ending>;
  /** Asks it to stop, as a kubelet would, and kills it if it takes too long. */
  stop(): Promise<Ending>;
}

/** Longer than a person would wait; passes under way may take 20 s in the worst case. */
const PATIENCE_MS = 10_000;

/**
 * Starts a bundle with a token of the ServiceAccount of deploy/kustomize. It sees nothing of this process's environment,
 * and so of the user's AWS settings.
 * @throws Error when the token is refused or the program cannot be started
 */
export async function startOperator(
  bundle: string,
  { plane, emulator, guardian }: { plane: ControlPlane; emulator: Emulator; guardian: Guardian },
): Promise<Operator> {
  const kubeconfig = await plane.writeKubeconfig({ token: await token(plane) });
  const log = join(guardian.folder, 'operator.log');
  const metrics = `127.0.0.1:${await freePort()}`;
  const health = `127.0.0.1:${await freePort()}`;
  const flags = {
    kubeconfig,
    'leader-election-namespace': 'workteam-operator',
    'resync-interval': RESYNC_INTERVAL,
    'metrics-bind-address': metrics,
    'health-probe-bind-address': health,
  };
  const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  const run = [process.execPath, bundle, 'run', ...args];
  const variables = Object.entries(environment(emulator, guardian)).map(([name, value]) => `${name}=${value}`);
  const { pid, ended, kill } = await guardian.run({ program: 'env', args: ['-i', ...variables, ...run], log });
  return {
    pid,
    kubeconfig,
    log,
    metrics: `http://${metrics}/metrics`,
    readyz: `http://${health}/readyz`,
    ended,
    async stop() {
      const over = new AbortController();
      void ended.then(() => over.abort());
      signal(pid);
      await sleep(PATIENCE_MS, undefined, { signal: over.signal }).then(kill, () => {});
      return ended;
    },
  };
}

/** For a day: with `--keep` somebody may come back to it after lunch. */
async function token({ kubectl }: ControlPlane): Promise<string> {
  const account = ['workteam-operator', '--namespace', 'workteam-operator'];
  const { stdout, stderr, code } = await kubectl(['create', 'token', ...account, '--duration', '24h']);
  if (code !== 0) throw new Error(stderr.trim());
  return stdout.trim();
}

function environment({ endpoint }: Emulator, { folder }: Guardian): Record<string, string> {
  return {
    AWS_ENDPOINT_URL_SAGEMAKER: endpoint,
    AWS_ENDPOINT_URL_STS: endpoint,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: accessKeyOf(DEFAULT_ACCOUNT),
    AWS_SECRET_ACCESS_KEY: 'emulator',
    AWS_EC2_METADATA_DISABLED: 'true',
    HOME: folder,
  };
}

function signal(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    // It has just ended.
  }
}
