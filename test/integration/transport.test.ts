import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { KubeConfig } from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/controller/clock.ts';
import { isConflict, isForbidden, isInvalid, isNotFound, isUnauthorized } from '../../src/kubernetes/errors.ts';
import { loadKubeConfig } from '../../src/kubernetes/kubeconfig.ts';
import { Transport } from '../../src/kubernetes/transport.ts';
import { watchEvents } from '../../src/kubernetes/watch-stream.ts';
import { type ConnectionCounter, connectionCounter } from '../support/api-proxy.ts';
import { controlPlane } from '../support/control-plane.ts';
import { expectSoon } from '../support/expect-soon.ts';

type ConfigMap = {
  readonly metadata: {
    readonly uid: string;
    readonly resourceVersion: string;
    readonly managedFields: readonly { readonly manager: string }[];
  };
  readonly data?: Readonly<Record<string, string>>;
};

const plane = controlPlane();
const cleanUps: (() => Promise<unknown> | unknown)[] = [];
let counter: ConnectionCounter;
let namespace: string;
let maps: string;

beforeEach(async () => {
  counter = await connectionCounter(plane.address);
  cleanUps.push(() => counter.close());
  namespace = await plane.createNamespace('transport');
  maps = `/api/v1/namespaces/${namespace}/configmaps`;
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A transport to the API server whose connections are counted. */
function transport({ token = plane.address.adminToken, caFile = plane.address.certificateAuthority } = {}): Transport {
  const kubeConfig = new KubeConfig();
  const server = `https://127.0.0.1:${counter.port}`;
  kubeConfig.loadFromClusterAndUser({ name: 'c', server, caFile, skipTLSVerify: false }, { name: 'u', token });
  const transport = new Transport({ kubeConfig, version: 'test', clock: systemClock });
  cleanUps.push(() => transport.close());
  return transport;
}

async function scratchFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'transport-'));
  cleanUps.push(() => rm(folder, { recursive: true }));
  return folder;
}

describe('connections', () => {
  test('200 reads and writes in a row are one TLS connection', async () => {
    const api = transport();
    await api.request({ method: 'POST', path: maps, body: { json: { metadata: { name: 'a' } } } });
    for (let i = 0; i < 100; i++) {
      await api.request({ path: `${maps}/a` });
      await api.request({ method: 'PATCH', path: `${maps}/a`, body: { mergePatch: { data: { i: String(i) } } } });
    }
    expect(counter.made).toBe(1);
  });

  test('a refused request does not cost its connection', async () => {
    const api = transport();
    for (let i = 0; i < 5; i++) expect(await api.request({ path: `${maps}/none` }).catch(isNotFound)).toBe(true);
    expect(counter.made).toBe(1);
  });

  test('a rotated authority takes a new connection; what runs on the old one ends in peace, and it with that', async () => {
    const caFile = join(await scratchFolder(), 'ca.crt');
    await copyFile(plane.address.certificateAuthority, caFile);
    const api = transport({ caFile });
    await Promise.all([api.request({ path: '/version' }), api.request({ path: '/version' })]);
    const watch = await api.stream({ path: maps, query: { watch: true, timeoutSeconds: 2 } });
    expect(counter.open).toBe(2);

    const pem = await readFile(caFile, 'utf8');
    await writeFile(caFile, `${pem}\n${pem}`);
    await api.request({ path: '/version' });
    await api.request({ method: 'POST', path: maps, body: { json: { metadata: { name: 'seen' } } } });
    expect(counter.made).toBe(3);
    // The watch on an old one, and the new one; the other old one had nothing to do.
    await expectSoon(() => counter.open).toBe(2);

    const names: unknown[] = [];
    for await (const { object } of watchEvents<{ metadata: { name: string } }>('watch', watch)) {
      if ('name' in object.metadata) names.push(object.metadata.name);
    }
    expect(names).toContain('seen');
    await expectSoon(() => counter.open).toBe(1);
  });

  test('an authority that did not sign the server is refused', async () => {
    const caFile = join(await scratchFolder(), 'ca.crt');
    await writeFile(caFile, rootCertificates[0] ?? '');
    const refused = transport({ caFile }).request({ path: '/version' });
    await expect(refused).rejects.toMatchObject({
      name: 'KubernetesError',
      status: undefined,
      code: expect.stringMatching(/SELF_SIGNED|UNABLE_TO_/),
    });
  });
});

describe('what the API server says', () => {
  test('a write over a changed object is a conflict', async () => {
    const api = transport();
    const json = { metadata: { name: 'a' }, data: { n: '1' } };
    const { metadata } = await api.request<ConfigMap>({ method: 'POST', path: maps, body: { json } });
    const guarded = (n: string) => ({ metadata: { resourceVersion: metadata.resourceVersion }, data: { n } });
    const patch = (n: string) =>
      api.request<ConfigMap>({ method: 'PATCH', path: `${maps}/a`, body: { mergePatch: guarded(n) } });
    expect((await patch('2')).data).toEqual({ n: '2' });
    const error = await patch('3').catch((thrown) => thrown);
    expect(isConflict(error)).toBe(true);
    expect(error).toMatchObject({ status: 409, reason: 'Conflict' });
    expect(error.message).toMatch(/^PATCH .*\/configmaps\/a: 409 Operation cannot be fulfilled/);
    expect(await api.request({ method: 'POST', path: maps, body: { json } }).catch(isConflict)).toBe(true);
  });

  test('our writes carry our name', async () => {
    const json = { metadata: { name: 'a' }, data: { n: '1' } };
    const { metadata } = await transport().request<ConfigMap>({ method: 'POST', path: maps, body: { json } });
    expect(metadata.managedFields.map(({ manager }) => manager)).toEqual(['workteam-operator']);
  });

  test('each refusal is known for what it is', async () => {
    const admin = transport();
    expect(await admin.request({ path: '/apis/nowhere/v1/things' }).catch(isNotFound)).toBe(true);
    const invalid = { json: { metadata: { name: 'Not A Name' } } };
    expect(await admin.request({ method: 'POST', path: maps, body: invalid }).catch(isInvalid)).toBe(true);
    expect(await transport({ token: 'wrong' }).request({ path: maps }).catch(isUnauthorized)).toBe(true);
    await plane.run(['create', 'serviceaccount', 'nobody', '-n', namespace]);
    const token = await plane.tokenFor(namespace, 'nobody');
    expect(await transport({ token }).request({ path: maps }).catch(isForbidden)).toBe(true);
  });
});

test('the kubeconfig of the control plane is understood as it is', async () => {
  const kubeConfig = loadKubeConfig({ path: plane.address.kubeconfig, env: {} });
  const api = new Transport({ kubeConfig, version: 'test', clock: systemClock });
  cleanUps.push(() => api.close());
  expect(api.server).toBe(plane.address.server);
  expect(await api.request<{ major: string }>({ path: '/version' })).toMatchObject({ major: '1' });
});

test('an API server that is not there is unreachable, with its address in the message', async () => {
  await counter.close();
  await expect(transport().request({ path: '/version' })).rejects.toMatchObject({
    code: 'ECONNREFUSED',
    status: undefined,
    message: expect.stringContaining(`127.0.0.1:${counter.port}`),
  });
});
