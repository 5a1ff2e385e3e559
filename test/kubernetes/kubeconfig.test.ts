import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { KubernetesError } from '../../src/kubernetes/errors.ts';
import { loadKubeConfig } from '../../src/kubernetes/kubeconfig.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Writes a kubeconfig with one cluster, user and context of that name. */
async function file(
  name: string,
  { server = `https://${name}:6443`, cluster = {}, current = name } = {},
): Promise<string> {
  const path = join(folder, name);
  await mkdir(join(path, '..'), { recursive: true });
  const content = {
    clusters: [{ name, cluster: { server, ...cluster } }],
    users: [{ name, user: { token: `${name}-token` } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: `${name}-ns` } }],
    'current-context': current,
  };
  await writeFile(path, stringify(content));
  return path;
}

async function serviceAccount(): Promise<string> {
  const path = join(folder, 'serviceaccount');
  await mkdir(path);
  for (const [name, text] of Object.entries({ token: 't', namespace: 'operators\n', 'ca.crt': '' })) {
    await writeFile(join(path, name), text);
  }
  return path;
}

const inPod = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };

function namespaceOf(config: ReturnType<typeof loadKubeConfig>): string | undefined {
  return config.getContextObject(config.getCurrentContext())?.namespace;
}

describe('which one', () => {
  test('a file named by the user counts before everything else', async () => {
    const [path, other] = [await file('named'), await file('other')];
    const env = { KUBECONFIG: other, ...inPod };
    const config = loadKubeConfig({ path, env, serviceAccount: await serviceAccount() });
    expect(config.getCurrentCluster()?.server).toBe('https://named:6443');
    expect(namespaceOf(config)).toBe('named-ns');
  });

  test('then KUBECONFIG, also in a pod', async () => {
    const env = { KUBECONFIG: await file('env'), HOME: folder, ...inPod };
    const config = loadKubeConfig({ env, serviceAccount: await serviceAccount() });
    expect(config.getCurrentUser()?.token).toBe('env-token');
  });

  test('then the ServiceAccount of the pod', async () => {
    await file('.kube/config');
    const config = loadKubeConfig({ env: { HOME: folder, ...inPod }, serviceAccount: await serviceAccount() });
    expect(config.getCurrentCluster()).toMatchObject({ server: 'https://10.0.0.1:443', skipTLSVerify: false });
    expect(namespaceOf(config)).toBe('operators');
  });

  test('an IPv6 service address goes into brackets', async () => {
    const env = { ...inPod, KUBERNETES_SERVICE_HOST: 'fd00::1' };
    const config = loadKubeConfig({ env, serviceAccount: await serviceAccount() });
    expect(config.getCurrentCluster()?.server).toBe('https://[fd00::1]:443');
  });

  test('then ~/.kube/config', async () => {
    await file('.kube/config', { server: 'https://home:6443' });
    const config = loadKubeConfig({ env: { HOME: folder }, serviceAccount: join(folder, 'none') });
    expect(config.getCurrentCluster()?.server).toBe('https://home:6443');
  });

  test('several files in KUBECONFIG are merged as kubectl does: the first wins, missing ones do not count', async () => {
    const [one, two] = [await file('one'), await file('two')];
    await mkdir(join(folder, 'again'));
    const again = await file('again/one', { server: 'https://wrong:1' });
    const env = { KUBECONFIG: [join(folder, 'missing'), one, two, again].join(delimiter) };
    const config = loadKubeConfig({ env });
    expect(config.getClusters().map(({ name }) => name)).toEqual(['one', 'two', 'again/one']);
    expect(config.getCurrentContext()).toBe('one');
  });

  test('of the same name in two files the first one counts', async () => {
    const first = await file('same');
    const second = join(folder, 'second');
    await writeFile(second, stringify({ clusters: [{ name: 'same', cluster: { server: 'https://wrong:1' } }] }));
    const config = loadKubeConfig({ env: { KUBECONFIG: `${first}${delimiter}${second}` } });
    expect(config.getCurrentCluster()?.server).toBe('https://same:6443');
  });
});

describe('what cannot be used is refused with one sentence that says what to do', () => {
  function sentence(load: () => unknown): string {
    try {
      load();
    } catch (error) {
      if (!(error instanceof KubernetesError)) throw error;
      expect(error.message).toMatch(/^[^\n]+\.$/);
      return error.message;
    }
    throw new Error('it was not refused');
  }

  test('nothing configured', () => {
    expect(sentence(() => loadKubeConfig({ env: {} }))).toMatch(/pass --kubeconfig FILE/);
  });

  test('a missing file', () => {
    const path = join(folder, 'missing');
    expect(sentence(() => loadKubeConfig({ path, env: {} }))).toContain(`The kubeconfig ${path} cannot be used`);
  });

  test.each([
    ['an empty file', ''],
    ['not YAML', '{{{'],
    ['not a kubeconfig', 'clusters: [{}]'],
  ])('%s', async (_, content) => {
    const path = join(folder, 'bad');
    await writeFile(path, content);
    expect(sentence(() => loadKubeConfig({ path, env: {} }))).toContain(path);
  });

  test('no current context', async () => {
    const path = await file('a', { current: 'nowhere' });
    expect(sentence(() => loadKubeConfig({ path, env: {} }))).toContain('kubectl config use-context');
  });

  test('a server that is no URL', async () => {
    const path = await file('a', { server: 'localhost:6443' });
    expect(sentence(() => loadKubeConfig({ path, env: {} }))).toContain('write a URL');
  });

  test('a server without TLS, unless it was asked for', async () => {
    const path = await file('a', { server: 'http://localhost:8001' });
    expect(sentence(() => loadKubeConfig({ path, env: {} }))).toContain('insecure-skip-tls-verify');
    const asked = await file('b', { server: 'http://localhost:8001', cluster: { 'insecure-skip-tls-verify': true } });
    expect(loadKubeConfig({ path: asked, env: {} }).getCurrentCluster()?.server).toBe('http://localhost:8001');
  });
});
