import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ApiProxy, apiProxy } from '../../test/support/api-proxy.ts';
import { kubeconfigThrough } from '../../test/support/api-proxy-kubeconfig.ts';
import { awsEnvironment } from '../../test/support/emulator.ts';
import { eventually } from '../../test/support/eventually.ts';
import type { Address } from '../control-plane/access.ts';
import { type Ending, openGuardian } from '../control-plane/guarded.ts';
import { freePort } from '../control-plane/ports.ts';
import { imageNodeOptions, imageVariables } from '../image/node-options.ts';
import { RemoteAws } from './aws.ts';
import { TEAMS_A_REGION } from './population.ts';

const EMULATOR = fileURLToPath(new URL('../sagemaker/main.ts', import.meta.url));

/** Where an operator is to run, in a cluster that has been prepared for it. */
export interface Ground {
  readonly address: Address;
  /** The ServiceAccount's. */
  readonly kubeconfig: string;
  /** Of the Workteams; there is nothing else in it. */
  readonly namespace: string;
  readonly leaseNamespace: string;
  readonly bundle: string;
}

/** The emulator and the operator, each a process of its own, and the proxy between the operator and the API server. */
export interface Site {
  readonly aws: RemoteAws;
  readonly proxy: ApiProxy;
  readonly operator: { readonly pid: number; readonly metrics: string; readonly ended: Promise<Ending> };
  /** A file with all that the operator printed; gone when the site is closed. */
  readonly log: string;
  /** Ends everything. */
  close(): Promise<void>;
}

/** @throws Error when something does not start; nothing is left running then */
export async function openSite(ground: Ground, flags: readonly string[]): Promise<Site> {
  const guardian = await openGuardian(join(tmpdir(), `workteam-soak-${randomBytes(4).toString('hex')}`));
  const proxy = await apiProxy(ground.address);
  const close = async () => {
    await guardian.close();
    await proxy.close();
  };
  try {
    const port = await freePort();
    // Room for what somebody else has beside ours.
    const quota = String(TEAMS_A_REGION + 5);
    const log = join(guardian.folder, 'operator.log');
    await guardian.run({
      program: process.execPath,
      args: [EMULATOR, '--quiet', '--port', String(port), '--quota', quota],
      log: join(guardian.folder, 'emulator.log'),
    });
    const aws = new RemoteAws(`http://127.0.0.1:${port}`);
    await eventually(() => aws.answers(), { what: 'the emulator', within: STARTS_WITHIN_MS });
    const metrics = `127.0.0.1:${await freePort()}`;
    const health = `127.0.0.1:${await freePort()}`;
    const environment = awsEnvironment(aws.endpoint, { region: 'eu-soak-1' }, guardian.folder);
    const variables = [...imageVariables(), ...Object.entries(environment).map(([name, value]) => `${name}=${value}`)];
    const settings = {
      kubeconfig: await kubeconfigThrough(proxy, ground.kubeconfig),
      namespace: ground.namespace,
      'leader-election-namespace': ground.leaseNamespace,
      'metrics-bind-address': metrics,
      'health-probe-bind-address': health,
    };
    const args = Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
    const { pid, ended } = await guardian.run({
      program: '/usr/bin/env',
      args: ['-i', ...variables, process.execPath, ...imageNodeOptions(), ground.bundle, 'run', ...args, ...flags],
      log,
    });
    let over = false;
    void ended.then(() => {
      over = true;
    });
    const ready = async () => {
      if (over) throw new Error('the operator ended at once');
      return await fetch(`http://${health}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      );
    };
    await eventually(ready, { what: 'the operator to be ready', within: STARTS_WITHIN_MS });
    return { aws, proxy, operator: { pid, metrics: `http://${metrics}/metrics`, ended }, log, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const STARTS_WITHIN_MS = 60_000;
