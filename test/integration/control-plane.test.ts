import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { freePort } from '../../dev/control-plane/ports.ts';
import { type ControlPlane, start } from '../../dev/control-plane/start.ts';
import { KUBERNETES_VERSION, platformOf, TOOLS } from '../../dev/control-plane/versions.ts';
import { processesWith, running } from '../dev/control-plane/processes.ts';
import { controlPlane } from '../support/control-plane.ts';
import { expectSoon } from '../support/expect-soon.ts';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const MAIN = path('../../dev/control-plane/main.ts');
const FIXTURES = path('../dev/control-plane/fixtures');

describe('the control plane of the test run', () => {
  const shared = controlPlane();

  test('it serves the CRD', async () => {
    const crd = await shared.run(['get', 'crd', 'workteams.workteams.dev', '-o', 'jsonpath={.spec.names.kind}']);
    expect(crd).toBe('Workteam');
  });

  test('a ServiceAccount may do nothing until a role says so', async () => {
    const namespace = await shared.createNamespace('rbac');
    const inNamespace = ['--namespace', namespace];
    await shared.run(['create', 'serviceaccount', 'reader', ...inNamespace]);
    const kubeconfig = await shared.writeKubeconfig({ token: await shared.tokenFor(namespace, 'reader') });
    const user = `system:serviceaccount:${namespace}:reader`;

    const refused = await shared.kubectl(['get', 'configmaps', ...inNamespace], { kubeconfig });
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain(`User "${user}" cannot list resource "configmaps"`);

    await shared.run(['create', 'role', 'reader', '--verb=list', '--resource=configmaps', ...inNamespace]);
    const binding = ['create', 'rolebinding', 'reader', '--role=reader', `--serviceaccount=${namespace}:reader`];
    await shared.run([...binding, ...inNamespace]);
    const read = () => shared.kubectl(['get', 'configmaps', ...inNamespace], { kubeconfig });
    await expectSoon(read).toMatchObject({ code: 0 });
    const written = await shared.kubectl(['create', 'configmap', 'mine', ...inNamespace], { kubeconfig });
    expect(written.stderr).toContain('cannot create resource "configmaps"');
  });

  test('a token of a ServiceAccount that does not exist is refused with the reason', async () => {
    await expect(shared.tokenFor('default', 'nobody')).rejects.toThrow('serviceaccounts "nobody" not found');
  });

  test('the audit log has every write, whose it was and how it ended, and no read', async () => {
    const namespace = await shared.createNamespace('audit');
    const kubeconfig = await shared.writeKubeconfig({ user: 'mallory' });
    const configMap = ['create', '--namespace', namespace, 'configmap'];
    await shared.run([...configMap, 'one']);
    await shared.run(['get', 'configmap', 'one', '--namespace', namespace]);
    await shared.kubectl([...configMap, 'two'], { kubeconfig });
    await shared.run(['delete', 'configmap', 'one', '--namespace', namespace]);

    const writes = async () => (await shared.auditedWrites()).filter((write) => write.namespace === namespace);
    const one = { resource: 'configmaps', subresource: undefined, namespace, name: 'one' };
    await expectSoon(writes).toEqual([
      { ...one, user: 'admin', verb: 'create', code: 201 },
      { ...one, user: 'mallory', verb: 'create', name: undefined, code: 403 },
      { ...one, user: 'admin', verb: 'delete', code: 200 },
    ]);
  });

  test('kubectl reads its input, and nothing of the user', async () => {
    const namespace = await shared.createNamespace('input');
    const manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'given' }, data: { key: 'ü' } };
    await shared.run(['apply', '--namespace', namespace, '-f', '-'], { input: JSON.stringify(manifest) });
    const got = await shared.run(['get', 'configmap', 'given', '--namespace', namespace, '-o', 'jsonpath={.data.key}']);
    expect(got).toBe('ü');
    expect(existsSync(join(shared.address.folder, 'kubectl-cache'))).toBe(true);
  });
});

describe('a control plane of one’s own', () => {
  let plane: ControlPlane;
  const said: string[] = [];
  beforeAll(async () => {
    // A port that somebody takes between our finding it free and the server's binding it.
    const thief = createServer().listen(0, '127.0.0.1');
    await once(thief, 'listening');
    const address = thief.address();
    const stolen = typeof address === 'object' && address !== null ? address.port : 0;
    const ports = [stolen, await freePort()];
    plane = await start({
      findPort: async () => ports.shift() ?? 0,
      onProgress: (progress) => said.push(progress.kind === 'note' ? progress.text : progress.kind),
    });
    thief.close();
    expect(ports).toEqual([]);
  });
  afterAll(() => plane.stop());

  test('it says where its binaries came from', () => {
    expect(said).toEqual([expect.stringMatching(/^Kubernetes binaries from (the cache|KUBEBUILDER_ASSETS): \//)]);
  });

  test('without audit there is no audit log', async () => {
    expect(plane.address.auditLog).toBeUndefined();
    expect(await readdir(plane.address.folder)).not.toContain('audit.log');
  });

  test('only its owner can look into its folder', async () => {
    expect((await stat(plane.address.folder)).mode & 0o077).toBe(0);
    expect((await stat(plane.address.kubeconfig)).mode & 0o077).toBe(0);
  });

  test('an API server that was away comes back at the same address with the same data and tokens', async () => {
    await plane.kubectl(['create', 'serviceaccount', 'kept']);
    const kubeconfig = await plane.writeKubeconfig({ token: await plane.tokenFor('default', 'kept') });
    await plane.stopApiServer();
    const away = await plane.kubectl(['get', 'serviceaccount', 'kept']);
    expect(away.code).toBe(1);
    expect(away.stderr).toContain('connection refused');

    await plane.restartApiServer();
    expect(await plane.kubectl(['get', 'serviceaccount', 'kept', '-o', 'name'])).toMatchObject({
      code: 0,
      stdout: 'serviceaccount/kept\n',
    });
    const who = await plane.kubectl(['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}'], { kubeconfig });
    expect(who.stdout).toBe('system:serviceaccount:default:kept');
  });

  test('it says when a server ends by itself', async () => {
    const apiServer = processesWith(plane.address.folder).find(({ commandLine }) =>
      commandLine.includes('/kube-apiserver '),
    );
    process.kill(apiServer?.pid ?? 0, 'SIGKILL');
    expect((await plane.died).message).toBe('kube-apiserver ended by itself (SIGKILL).');
  });

  test('stop ends every process and removes the folder, and may be called twice', async () => {
    const { folder } = plane.address;
    expect(processesWith(folder)).not.toEqual([]);
    await plane.stop();
    await plane.stop();
    expect(processesWith(folder)).toEqual([]);
    expect(existsSync(folder)).toBe(false);
  });
});

type Program = ChildProcessByStdio<null, Readable, Readable>;

/** In a process group of its own, as a shell starts the foreground job of a terminal. */
function launch(script: string, env: Record<string, string> = {}): Program {
  const stdio = ['ignore', 'pipe', 'pipe'] as const;
  return spawn(process.execPath, [script], { detached: true, env: { ...process.env, ...env }, stdio: [...stdio] });
}

function signalGroup({ pid }: Program, signal: NodeJS.Signals): void {
  if (pid !== undefined) process.kill(-pid, signal);
}

async function heard(stream: Readable, expected: RegExp): Promise<RegExpExecArray> {
  let all = '';
  for await (const chunk of stream) {
    all += chunk;
    const match = expected.exec(all);
    if (match !== null) return match;
  }
  throw new Error(`heard only: ${all}`);
}

describe('node dev/control-plane/main.ts', () => {
  test.each([
    ['Ctrl-C', 'SIGINT', [0, null]],
    ['SIGKILL', 'SIGKILL', [null, 'SIGKILL']],
  ] as const)('it runs until %s, and leaves nothing', async (_, signal, ending) => {
    const main = launch(MAIN);
    const exit = once(main, 'exit');
    const kubeconfig = (await heard(main.stdout, /^export KUBECONFIG=(.+)\n/))[1] ?? '';
    const folder = dirname(kubeconfig);
    const { stdout } = await controlPlane().kubectl(['get', 'namespaces', '-o', 'name'], { kubeconfig });
    expect(stdout).toContain('namespace/default\n');
    expect(processesWith(folder)).toHaveLength(3);

    signalGroup(main, signal);
    expect(await exit).toEqual(ending);
    await expectSoon(() => processesWith(folder)).toEqual([]);
    await expectSoon(() => existsSync(folder)).toBe(false);
  });
});

/** With a stand-in for Go that builds nothing until it is let. */
describe('the cache, when several processes want it filled', () => {
  const entry = `${KUBERNETES_VERSION}-${platformOf(process.platform, process.arch)}`;
  let base: string;
  let cache: string;
  let fillers: Program[];
  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'fill-'));
    cache = join(base, 'workteam-operator', 'control-plane');
    fillers = [];
  });
  afterEach(async () => {
    await letItBuild();
    for (const filler of fillers) {
      if (filler.exitCode === null && filler.signalCode === null) await once(filler, 'exit');
    }
    await rm(base, { recursive: true });
  });

  const letItBuild = () => writeFile(join(base, 'gate'), '');
  /** One line `<tool> <process id of Go>` for every build that began. */
  const builds = async () => (await readFile(join(base, 'ledger'), 'utf8').catch(() => '')).split('\n').slice(0, -1);

  function fillCache(): Program {
    const filler = launch(join(FIXTURES, 'fill-cache.ts'), {
      KUBEBUILDER_ASSETS: '',
      XDG_CACHE_HOME: base,
      PATH: `${FIXTURES}${delimiter}${process.env.PATH}`,
      GATE: join(base, 'gate'),
      LEDGER: join(base, 'ledger'),
    });
    fillers.push(filler);
    return filler;
  }

  test('one builds; the other waits, says so, and takes the result', async () => {
    const one = fillCache();
    await expectSoon(builds).toEqual([expect.stringMatching(/^etcd /)]);
    const two = fillCache();
    await heard(two.stderr, /Waiting for another process to fill the cache/);
    await letItBuild();
    expect(await text(one.stdout)).toBe('go\n');
    expect(await text(two.stdout)).toBe('cache\n');
    expect(await builds()).toHaveLength(TOOLS.length);
  });

  test.each(['SIGINT', 'SIGKILL'] as const)(
    'a build ended by %s leaves no process and no rest, and the next one begins at once',
    async (signal) => {
      const one = fillCache();
      await expectSoon(builds).toEqual([expect.stringMatching(/^etcd \d+$/)]);
      const go = Number((await builds())[0]?.split(' ')[1]);
      expect(running([go])).toEqual([go]);
      signalGroup(one, signal);
      await expectSoon(() => running([go])).toEqual([]);
      await expectSoon(async () => (await readdir(cache)).filter((name) => name !== 'lock')).toEqual([]);

      await letItBuild();
      const again = fillCache();
      const errors = text(again.stderr);
      expect(await text(again.stdout)).toBe('go\n');
      expect(await errors).not.toContain('Waiting');
      expect(await readdir(cache)).toEqual([entry]);
    },
  );
});
