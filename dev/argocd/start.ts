import { randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Access, Address } from '../control-plane/access.ts';
import { type Ending, type Guarded, type Guardian, openGuardian } from '../control-plane/guarded.ts';
import { freePort } from '../control-plane/ports.ts';
import { type OnProgress, terminalProgress } from '../control-plane/progress.ts';
import { goTool } from '../tools/go-tool.ts';
import { type Component, components, type Ports, type Site } from './components.ts';
import { objects, PROJECT } from './objects.ts';
import { findRedis } from './redis.ts';
import { sourceOf } from './source.ts';

export type ArgoCdOptions = {
  /** Told what is going on; unless given, a person on standard error is. */
  readonly onProgress?: OnProgress;
};

/** Where a running Argo CD is found: plain data, so that it can be handed to another process. */
export type ArgoCdAddress = {
  /** Argo CD's program; as it is, it is its command line. */
  readonly program: string;
  /** `127.0.0.1:<port>`: its API, without TLS and without a login. */
  readonly server: string;
  /** What the application controller logs: one JSON object a line. */
  readonly controllerLog: string;
  /** The scratch folder, removed with Argo CD. */
  readonly folder: string;
};

export type ArgoCd = {
  readonly address: ArgoCdAddress;
  /** Resolves if one of its processes ends without being told to. */
  readonly died: Promise<Error>;
  /** Ends everything and removes the scratch folder. May be called twice. */
  stop(): Promise<void>;
};

/** In milliseconds; it takes 3 to 5 s. */
const PATIENCE = 90_000;
const BETWEEN_LOOKS = 100;
const PORTS_TO_TRY = 3;

/**
 * Starts Argo CD against a control plane: its CRDs, its settings and the project `default`, then Redis, the repo server, the
 * application controller and the API server as processes on loopback. The program is built the first time (see `goTool`).
 * Everything is gone after `stop`, and also when this process ends without it, even by SIGKILL. What it made in the control
 * plane stays there.
 *
 * @throws Error for a person to read; nothing is left running then.
 */
export async function startArgoCd(
  plane: Access & { readonly address: Address },
  { onProgress = terminalProgress(process.stderr) }: ArgoCdOptions = {},
): Promise<ArgoCd> {
  const redisServer = await findRedis(process.env.PATH ?? '');
  const program = await goTool('argocd', { onProgress });
  onProgress({ kind: 'began', task: 'Starting Argo CD', hint: undefined });
  try {
    const { crds, scripts } = await sourceOf(program);
    await prepare(plane, crds);
    const site = { program, scripts, redisServer, kubeconfig: plane.address.kubeconfig };
    for (let attempt = 1; ; attempt++) {
      try {
        return await startSomewhere(site);
      } catch (error) {
        // Another process may take a port between our finding it free and its being bound.
        const taken = error instanceof Error && error.message.includes('address already in use');
        if (!taken || attempt === PORTS_TO_TRY) throw error;
      }
    }
  } finally {
    onProgress({ kind: 'ended' });
  }
}

/** Everything that Argo CD expects to find in its cluster. */
async function prepare({ kubectl }: Access, crds: string): Promise<void> {
  const apply = async (what: readonly string[], manifests: readonly object[] = []): Promise<string> => {
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests });
    const { code, stderr } = await kubectl(['apply', '--server-side', ...what], { input });
    return code === 0 ? '' : `kubectl apply ${what.join(' ')}: ${stderr}`;
  };
  const problem = (await apply(['-k', crds])) || (await apply(['-f', '-'], objects()));
  if (problem !== '') throw new Error(problem);
  // Not before the CRD is served.
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    const notYet = await apply(['-f', '-'], [PROJECT]);
    if (notYet === '') return;
    if (performance.now() > deadline) throw new Error(notYet);
    await setTimeout(BETWEEN_LOOKS);
  }
}

async function startSomewhere(site: Omit<Site, 'folder' | 'ports'>): Promise<ArgoCd> {
  const guardian = await openGuardian(join(tmpdir(), `workteam-argocd-${randomBytes(4).toString('hex')}`));
  const { folder } = guardian;
  const ports = await freePorts();
  const died = Promise.withResolvers<Error>();
  let stopping = false;
  try {
    for (const name of ['tls', 'ssh', 'gpg', 'plugins']) await mkdir(join(folder, name));
    const parts = components({ ...site, folder, ports });
    const started = await Promise.all(parts.map((part) => startComponent(guardian, part)));
    for (const [index, { ended }] of started.entries()) {
      void ended.then((ending) => {
        if (!stopping) died.resolve(new Error(`${parts[index]?.name} ended by itself (${describe(ending)}).`));
      });
    }
  } catch (error) {
    await guardian.close();
    throw error;
  }
  return {
    address: {
      program: site.program,
      server: `127.0.0.1:${ports.server}`,
      controllerLog: join(folder, 'argocd-application-controller.log'),
      folder,
    },
    died: died.promise,
    async stop() {
      stopping = true;
      await guardian.close();
    },
  };
}

async function freePorts(): Promise<Ports> {
  const taken = new Set<number>();
  const next = async (): Promise<number> => {
    const port = await freePort();
    if (taken.has(port)) return next();
    taken.add(port);
    return port;
  };
  return {
    redis: await next(),
    repoServer: await next(),
    repoServerMetrics: await next(),
    controllerMetrics: await next(),
    server: await next(),
    serverMetrics: await next(),
  };
}

/** Resolves when it does its work. @throws Error with the end of its log when it ends instead, or takes too long. */
async function startComponent(guardian: Guardian, { name, command, ready }: Component): Promise<Guarded> {
  const process_ = await guardian.run(command);
  let ending: Ending | undefined;
  void process_.ended.then((how) => {
    ending = how;
  });
  const deadline = performance.now() + PATIENCE;
  while (!(await isReady(ready))) {
    const trouble = ending === undefined ? 'is not ready in time' : `ended by itself (${describe(ending)})`;
    if (ending !== undefined || performance.now() > deadline) {
      throw new Error(`${name} ${trouble}. The end of its log:\n${await tail(command.log)}`);
    }
    await setTimeout(BETWEEN_LOOKS);
  }
  return process_;
}

async function isReady(ready: Component['ready']): Promise<boolean> {
  if ('port' in ready) return accepts(ready.port);
  return fetch(ready.url, { signal: AbortSignal.timeout(5_000) }).then(
    ({ status }) => status === 200,
    () => false,
  );
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

function describe({ code, signal, problem }: Ending): string {
  return problem ?? (signal === null ? `exit code ${code}` : signal);
}

async function tail(log: string): Promise<string> {
  return (await readFile(log, 'utf8')).trimEnd().split('\n').slice(-5).join('\n');
}
