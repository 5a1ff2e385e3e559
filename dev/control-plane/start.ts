import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Access, type Address, accessTo, kubeconfigFor } from './access.ts';
import {
  AUDIT_POLICY,
  adminTokenLine,
  apiServerFlags,
  controllerManagerFlags,
  etcdFlags,
  type Files,
  filesIn,
} from './flags.ts';
import { type Ending, type Guarded, type Guardian, openGuardian } from './guarded.ts';
import { freePort } from './ports.ts';
import { type OnProgress, terminalProgress } from './progress.ts';
import { waitForApiServer, waitForSocket } from './readiness.ts';
import { resolveBinaries } from './resolve.ts';
import { OPTIONAL_TOOLS, TOOLS } from './versions.ts';

export type StartOptions = {
  /** Log every write to Kubernetes and every read of a ServiceAccount, one JSON object a line, into `auditLog`. */
  readonly audit?: boolean;
  /**
   * Also run kube-controller-manager, with the two controllers that end deletions: of namespaces, and in the foreground
   * (garbage collection). Building it takes two minutes once.
   */
  readonly controllerManager?: boolean;
  /** Told what is going on; unless given, a person on standard error is. */
  readonly onProgress?: OnProgress;
  /** Names a port for the API server; another one is asked for when it turns out to be taken. */
  readonly findPort?: () => Promise<number>;
};

/** A running etcd and kube-apiserver of one's own. */
export type ControlPlane = Access & {
  /** Plain data, for other processes: `accessTo(address)` gives them the same access. */
  readonly address: Address;
  /** Resolves if etcd or kube-apiserver ends without being told to. */
  readonly died: Promise<Error>;
  /** Kills the API server, as a crash would; its port stays its own. */
  stopApiServer(): Promise<void>;
  /** Starts it again (after killing it, if it runs): same address, certificate, tokens and data. Resolves when ready. */
  restartApiServer(): Promise<void>;
  /** Ends everything and removes the scratch folder. May be called twice. */
  stop(): Promise<void>;
};

/**
 * Starts a Kubernetes control plane: etcd and kube-apiserver, empty, on loopback, with real RBAC. A new
 * namespace gets no ServiceAccount, and the aggregated roles (`admin`, `edit`, `view`) are empty. Unless
 * `controllerManager` is asked for, a deleted namespace never goes and nothing is garbage-collected.
 *
 * Takes 3 to 5 s once the binaries are there; see `resolveBinaries` for the first time. Everything is
 * gone after `stop`, and also when this process ends without it, even by SIGKILL.
 *
 * @throws Error for a person to read; nothing is left running then.
 */
export async function start(options: StartOptions = {}): Promise<ControlPlane> {
  const { audit = false, controllerManager = false, findPort = freePort } = options;
  const { onProgress = terminalProgress(process.stderr) } = options;
  const tools = controllerManager ? [...TOOLS, ...OPTIONAL_TOOLS] : TOOLS;
  const { folder: binaries } = await resolveBinaries({ onProgress, tools });
  const guardian = await openGuardian(scratchFolder());
  try {
    const files = filesIn(guardian.folder);
    return await startIn({ guardian, binaries, files, audit, controllerManager }, findPort);
  } catch (error) {
    await guardian.close();
    throw error;
  }
}

/** What the kernel allows for the path of a socket: 103 bytes on macOS, 107 on Linux. */
const LONGEST_SOCKET_PATH = 103;

function scratchFolder(): string {
  const folder = join(tmpdir(), `workteam-control-plane-${randomBytes(4).toString('hex')}`);
  if (Buffer.byteLength(filesIn(folder).etcdSocket) > LONGEST_SOCKET_PATH) {
    throw new Error(
      `The path of the folder for temporary files is too long for a socket: set TMPDIR to a shorter one.`,
    );
  }
  return folder;
}

type Site = {
  readonly guardian: Guardian;
  readonly binaries: string;
  readonly files: Files;
  readonly audit: boolean;
  readonly controllerManager: boolean;
};

async function startIn(site: Site, findPort: () => Promise<number>): Promise<ControlPlane> {
  const { guardian, files } = site;
  const adminToken = randomBytes(16).toString('hex');
  await writeInputs(files, adminToken);
  const etcd = await startEtcd(site);
  const first = await startApiServerSomewhere(site, adminToken, findPort);
  const { address } = first;
  await writeFile(
    files.kubeconfig,
    kubeconfigFor(address, await readFile(files.certificateAuthority), { token: adminToken }),
    { mode: 0o600 },
  );

  const died = Promise.withResolvers<Error>();
  let stopping = false;
  let apiServer: Guarded | undefined;
  const watch = (name: string, server: Guarded, isMeantToRun: () => boolean) => {
    void server.ended.then((ending) => {
      if (isMeantToRun()) died.resolve(new Error(`${name} ended by itself (${describe(ending)}).`));
    });
  };
  const adopt = (server: Guarded) => {
    apiServer = server;
    watch('kube-apiserver', server, () => !stopping && apiServer === server);
  };
  watch('etcd', etcd, () => !stopping);
  adopt(first.apiServer);
  if (site.controllerManager) {
    watch('kube-controller-manager', await startControllerManager(site), () => !stopping);
  }

  const stopApiServer = async () => {
    const server = apiServer;
    apiServer = undefined;
    await server?.kill();
  };
  return {
    ...accessTo(address),
    address,
    died: died.promise,
    stopApiServer,
    async restartApiServer() {
      await stopApiServer();
      adopt(await startApiServer(site, address));
    },
    async stop() {
      stopping = true;
      await guardian.close();
    },
  };
}

async function writeInputs(files: Files, adminToken: string): Promise<void> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const mode = 0o600;
  await Promise.all([
    writeFile(files.signingKey, privateKey.export({ type: 'sec1', format: 'pem' }), { mode }),
    writeFile(files.tokens, adminTokenLine(adminToken), { mode }),
    writeFile(files.auditPolicy, AUDIT_POLICY, { mode }),
  ]);
}

async function startEtcd({ guardian, binaries, files }: Site): Promise<Guarded> {
  const etcd = await guardian.run({ program: join(binaries, 'etcd'), args: etcdFlags(files), log: files.etcdLog });
  await orEnded('etcd', etcd, files.etcdLog, (signal) => waitForSocket(files.etcdSocket, signal));
  return etcd;
}

/** It serves nothing, so there is nothing to wait for: what it does shows in the API. */
function startControllerManager({ guardian, binaries, files }: Site): Promise<Guarded> {
  const program = join(binaries, 'kube-controller-manager');
  return guardian.run({ program, args: controllerManagerFlags(files), log: files.controllerManagerLog });
}

const PORTS_TO_TRY = 5;

/** Another process may take a port between our finding it free and the server's binding it. */
async function startApiServerSomewhere(
  site: Site,
  adminToken: string,
  findPort: () => Promise<number>,
): Promise<{ address: Address; apiServer: Guarded }> {
  const { files, binaries, guardian, audit } = site;
  for (let attempt = 1; ; attempt++) {
    const address: Address = {
      server: `https://127.0.0.1:${await findPort()}`,
      kubeconfig: files.kubeconfig,
      adminToken,
      certificateAuthority: files.certificateAuthority,
      auditLog: audit ? files.auditLog : undefined,
      binaries: { kubectl: join(binaries, 'kubectl') },
      folder: guardian.folder,
    };
    try {
      return { address, apiServer: await startApiServer(site, address) };
    } catch (error) {
      if (!isPortTaken(error) || attempt === PORTS_TO_TRY) throw error;
    }
  }
}

async function startApiServer(site: Site, address: Address): Promise<Guarded> {
  const { guardian, binaries, files, audit } = site;
  const server = await guardian.run({
    program: join(binaries, 'kube-apiserver'),
    args: apiServerFlags(files, Number(new URL(address.server).port), audit),
    log: files.apiServerLog,
  });
  await orEnded('kube-apiserver', server, files.apiServerLog, (signal) => waitForApiServer(address, signal));
  return server;
}

/** Waits for `ready`, but no longer than the process lives. @throws Error with the end of its log. */
async function orEnded(
  name: string,
  server: Guarded,
  log: string,
  ready: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const over = new AbortController();
  try {
    const ending = await Promise.race([ready(over.signal), server.ended]);
    if (ending === undefined) return;
    throw new Error(`${name} ended by itself (${describe(ending)}). The end of its log:\n${await tail(log)}`);
  } finally {
    over.abort();
  }
}

function isPortTaken(error: unknown): boolean {
  return error instanceof Error && error.message.includes('address already in use');
}

function describe({ code, signal, problem }: Ending): string {
  return problem ?? (signal === null ? `exit code ${code}` : signal);
}

async function tail(log: string): Promise<string> {
  return (await readFile(log, 'utf8')).trimEnd().split('\n').slice(-5).join('\n');
}
