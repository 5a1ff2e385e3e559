/** The image, built from the Dockerfile on local bases, looked into, and run as a pod against the control plane. */
import { copyFile, lstat, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { imageNodeOptions, imageVariables } from '../../dev/image/node-options.ts';
import { CREDENTIALS, podCommand } from '../../dev/image/pod.ts';
import { type ImageConfig, openWorkshop, type Workshop } from '../../dev/image/workshop.ts';
import { builtBundle } from '../support/bundle.ts';
import { controlPlane } from '../support/control-plane.ts';
import { installOperator, OPERATOR } from '../support/deployment.ts';
import { useEmulator } from '../support/emulator.ts';
import { inTime } from '../support/eventually.ts';
import { leaseIn } from '../support/lease.ts';
import { awsAt, operations } from '../support/ledger.ts';
import { type Operator, Running } from '../support/operator.ts';
import { specWith } from '../support/specs.ts';
import { useWorkteams } from '../support/workteams.ts';

const IMAGE = 'localhost/workteam-operator:test';
const MIB = 1024 * 1024;
/** Of what we add to the base: the bundle has 2.2 MiB, its licences 0.1. */
const OWN_BUDGET = 3 * MIB;
/** Of all its files. Node alone has 117 MiB; a distroless base has some 20 MiB besides, ours 5. */
const WHOLE_BUDGET = 150 * MIB;

const cluster = controlPlane();
const emulator = useEmulator();
const { newNamespace } = useWorkteams();
let workshop: Workshop;
let digest = '';
let config: ImageConfig = {};
let root = '';

beforeAll(async () => {
  workshop = await openWorkshop();
  digest = await workshop.build(IMAGE);
  config = await workshop.configOf(IMAGE);
  root = await workshop.unpack(IMAGE);
});
afterAll(() => workshop?.close());

interface File {
  readonly path: string;
  readonly kind: 'folder' | 'file' | 'other';
  readonly mode: number;
  readonly owner: string;
  readonly size: number;
}

/** Everything below a folder, sorted. */
async function filesIn(folder: string): Promise<File[]> {
  const paths = await readdir(folder, { recursive: true });
  const files = paths.toSorted().map(async (path): Promise<File> => {
    const found = await lstat(join(folder, path));
    const kind = found.isDirectory() ? 'folder' : found.isFile() ? 'file' : 'other';
    return { path, kind, mode: found.mode & 0o7777, owner: `${found.uid}:${found.gid}`, size: found.size };
  });
  return Promise.all(files);
}

/** In bytes. */
function sizeOf(files: readonly File[]): number {
  return files.reduce((sum, { kind, size }) => sum + (kind === 'file' ? size : 0), 0);
}

describe('in the image', () => {
  test('there is the program with the licences, and nothing else that is not in its base', async () => {
    const inherited = new Set((await filesIn(workshop.base)).map(({ path }) => path));
    const own = (await filesIn(root)).filter(({ path }) => !inherited.has(path));
    expect(own.map(({ path, kind, owner, mode }) => `${kind} ${path} ${owner} ${mode.toString(8)}`)).toEqual([
      'folder app 0:0 755',
      'file app/LICENSE 0:0 644',
      'file app/THIRD-PARTY-LICENSES.txt 0:0 644',
      'file app/workteam-operator.js 0:0 644',
    ]);
  });

  test('the program is byte for byte the one that is built outside of it, and so are the licences', async () => {
    const built = builtBundle();
    for (const [inside, outside] of [
      ['workteam-operator.js', built],
      ['THIRD-PARTY-LICENSES.txt', join(built, '..', 'THIRD-PARTY-LICENSES.txt')],
      ['LICENSE', 'LICENSE'],
    ] as const) {
      expect((await readFile(join(root, 'app', inside))).equals(await readFile(outside)), inside).toBe(true);
    }
  });

  test('nothing can be run but Node: no shell, no package manager', async () => {
    const programs = (await filesIn(root)).filter(({ kind, mode }) => kind !== 'folder' && (mode & 0o111) !== 0);
    const names = programs.map(({ path }) => basename(path)).filter((name) => !/\.so(?:\.\d+)*$/.test(name));
    expect(names).toEqual(['node']);
  });

  test('nothing is left of how it was built, and it says how it is run', async () => {
    expect(config).toEqual({
      User: '65532:65532',
      Entrypoint: ['/nodejs/bin/node'],
      Cmd: ['/app/workteam-operator.js', 'run'],
      WorkingDir: '/app',
      ExposedPorts: { '8080/tcp': {}, '8081/tcp': {} },
      Env: [expect.stringMatching(/^PATH=/), `NODE_OPTIONS=${imageNodeOptions().join(' ')}`, ...imageVariables()],
      Labels: {
        'org.opencontainers.image.title': OPERATOR,
        'org.opencontainers.image.description': expect.any(String),
        'org.opencontainers.image.licenses': 'Apache-2.0',
        'io.buildah.version': expect.any(String),
      },
    });
    const { spec } = parse(await readFile('deploy/kustomize/deployment.yaml', 'utf8'));
    const { runAsUser, runAsGroup } = spec.template.spec.securityContext;
    expect(config.User, 'as whom deploy/kustomize runs it').toBe(`${runAsUser}:${runAsGroup}`);
  });

  test('there is little', async () => {
    const files = await filesIn(root);
    const own = sizeOf(files.filter(({ path }) => path.startsWith('app/')));
    const whole = sizeOf(files);
    const mib = (bytes: number) => `${(bytes / MIB).toFixed(1)} MiB`;
    console.log(`The image has ${mib(whole)} on the local base; ${mib(own)} of that is the program and its licences.`);
    expect(own).toBeLessThan(OWN_BUDGET);
    expect(whole).toBeLessThan(WHOLE_BUDGET);
  });

  test('a second build gives the same image, bit for bit', async () => {
    expect(await workshop.build('localhost/workteam-operator:again')).toBe(digest);
  }, 600_000);
});

describe('run as a pod', () => {
  let pods = 0;

  /** The command for a new container of the image, as a ServiceAccount that deploy/kustomize makes. */
  async function pod(region: string, args?: readonly string[]) {
    await installOperator(cluster);
    const { guardian } = workshop;
    const credentials = join(guardian.folder, `credentials-${pods++}`);
    await mkdir(credentials);
    await copyFile(cluster.address.certificateAuthority, join(credentials, 'ca.crt'));
    await writeFile(join(credentials, 'token'), await cluster.tokenFor(OPERATOR, OPERATOR));
    await writeFile(join(credentials, 'namespace'), OPERATOR);
    const server = new URL(cluster.address.server);
    const environment = {
      ...emulator.environment({ region }),
      KUBERNETES_SERVICE_HOST: server.hostname,
      KUBERNETES_SERVICE_PORT: server.port,
      POD_NAMESPACE: OPERATOR,
      // The pod shares this machine's network, where others may have the usual ports.
      WORKTEAM_OPERATOR_METRICS_BIND_ADDRESS: '127.0.0.1:0',
      WORKTEAM_OPERATOR_HEALTH_PROBE_BIND_ADDRESS: '127.0.0.1:0',
    };
    const files = { root: await workshop.unpack(IMAGE), config, credentials };
    const command = await podCommand({ ...files, environment, ...(args !== undefined && { args }) });
    const log = join(guardian.folder, `pod-${pods}.log`);
    return { process: await guardian.run({ ...command, log }), log };
  }

  /** Starts the operator; ready when it is handed out. */
  async function start(region: string): Promise<Operator> {
    const { process, log } = await pod(region);
    const operator = new Running(process, log);
    await operator.reaches('ready');
    return operator;
  }

  test('it becomes ready, converges a Workteam, and ends soon after SIGTERM, with its lease given back', async () => {
    const workteams = await newNamespace('image');
    const region = emulator.newRegion();
    const aws = awsAt(emulator, { region });
    await using operator = await start(region);
    await workteams.create('labelers', specWith());
    await workteams.untilReady('labelers');
    expect(aws.has('labelers')).toBe(true);
    await workteams.edit('labelers', { description: 'Labels other scenes' });
    await workteams.untilReady('labelers');
    expect(aws.team('labelers').workteam.Description).toBe('Labels other scenes');
    await workteams.delete('labelers');
    await workteams.untilGone('labelers');
    expect(operations(aws.writes())).toEqual(['CreateWorkteam', 'UpdateWorkteam', 'DeleteWorkteam']);
    expect((await operator.get('/metrics')).status).toBe(200);

    const began = performance.now();
    expect(await operator.stop()).toMatchObject({ code: 0, signal: null });
    const took = performance.now() - began;
    console.log(`It ended ${took.toFixed(0)} ms after SIGTERM.`);
    expect(took).toBeLessThan(10_000);
    expect((await leaseIn(cluster, OPERATOR)).holderIdentity ?? '').toBe('');
  });

  test('it is user 65532 in no other group, without any capability and with no way to one', async () => {
    await using operator = await start(emulator.newRegion());
    const status = await readFile(`/proc/${operator.pid}/status`, 'utf8');
    const of = (field: string) => status.match(new RegExp(`^${field}:[ \\t]*(.*?)[ \\t]*$`, 'm'))?.[1];
    expect(
      Object.fromEntries(['Uid', 'Gid', 'Groups', 'CapPrm', 'CapEff', 'NoNewPrivs'].map((it) => [it, of(it)])),
    ).toEqual({
      Uid: '65532\t65532\t65532\t65532',
      Gid: '65532\t65532\t65532\t65532',
      Groups: '',
      CapPrm: '0000000000000000',
      CapEff: '0000000000000000',
      NoNewPrivs: '1',
    });
  });

  /** What a script prints that runs in the image instead of the program. */
  async function said(script: string): Promise<string> {
    const { process, log } = await pod(emulator.newRegion(), ['--eval', script]);
    const { code } = await inTime(process.ended, { what: 'the script to end' });
    const printed = (await readFile(log, 'utf8')).trim();
    expect(code, printed).toBe(0);
    return printed;
  }

  test('it has nothing to write to', async () => {
    const paths = ['/x', '/app/x', '/app/workteam-operator.js', '/tmp/x', `${CREDENTIALS}/token`];
    const tries = `for (const path of ${JSON.stringify(paths)}) {
      try { fs.writeFileSync(path, 'x'); console.log(path, 'written'); } catch ({ code }) { console.log(path, code); }
    }`;
    expect((await said(tries)).split('\n')).toEqual([
      '/x EROFS',
      '/app/x EROFS',
      '/app/workteam-operator.js EROFS',
      '/tmp/x ENOENT',
      `${CREDENTIALS}/token EROFS`,
    ]);
  });

  test('it finds no shell', async () => {
    const shells = ['/bin/sh', '/bin/bash', '/bin/busybox', 'sh', 'bash'];
    const tries = `for (const shell of ${JSON.stringify(shells)}) {
      console.log(shell, child_process.spawnSync(shell, ['-c', 'true']).error?.code);
    }`;
    expect((await said(tries)).split('\n')).toEqual(shells.map((shell) => `${shell} ENOENT`));
  });
});
