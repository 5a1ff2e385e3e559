/** The reconciler's view of the cluster, over HTTP to a server that stands in for the API server. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { clusterOf } from '../../src/cli/cluster.ts';
import { systemClock } from '../../src/controller/clock.ts';
import { isConflict, isForbidden } from '../../src/kubernetes/errors.ts';
import { type Change, ObjectStore } from '../../src/kubernetes/store.ts';
import { Transport } from '../../src/kubernetes/transport.ts';
import { Workteams } from '../../src/kubernetes/workteams.ts';
import type { Cluster } from '../../src/ports.ts';
import { FencedError } from '../../src/workteam/aws-error.ts';
import { FINALIZER, type Workteam } from '../../src/workteam/schema.ts';

const CRD = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/workteams.workteams.dev';
const BLUE = '/apis/workteams.dev/v1alpha1/namespaces/ns/workteams/blue';

function workteam(resourceVersion: string, rest: Partial<Workteam> = {}): Workteam {
  const creationTimestamp = '2030-01-01T00:00:00Z';
  return {
    apiVersion: 'workteams.dev/v1alpha1',
    kind: 'Workteam',
    metadata: { name: 'blue', namespace: 'ns', uid: 'u1', generation: 1, resourceVersion, creationTimestamp },
    spec: { description: 'A team', memberDefinitions: [{ oidcMemberDefinition: { groups: ['a'] } }] },
    ...rest,
  };
}

let server: Server;
let transport: Transport;
/** What is answered, by method and path; anything else is not found. */
let answers: Record<string, { status?: number; body: unknown }>;
let requests: string[];
let changes: Change<Workteam>[];
let store: ObjectStore<Workteam>;
let cluster: Cluster;
let mayWrite: boolean;
const { signal } = new AbortController();

beforeAll(async () => {
  server = createServer((request, response) => {
    const asked = `${request.method} ${request.url?.split('?')[0]}`;
    requests.push(asked);
    const { status = 200, body } = answers[asked] ?? { status: 404, body: { kind: 'Status', code: 404 } };
    request.resume().once('end', () => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const kubeConfig = new KubeConfig();
  const { port } = server.address() as AddressInfo;
  kubeConfig.loadFromClusterAndUser(
    { name: 'c', server: `http://127.0.0.1:${port}`, skipTLSVerify: true },
    { name: 'u' },
  );
  transport = new Transport({ kubeConfig, version: 'test', clock: systemClock });
});

afterAll(async () => {
  transport.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

beforeEach(() => {
  answers = {};
  requests = [];
  changes = [];
  store = new ObjectStore<Workteam>((change) => changes.push(change));
  store.set(workteam('5'));
  changes.length = 0;
  mayWrite = true;
  cluster = clusterOf(store, new Workteams(transport), { namespaced: false, mayWrite: () => mayWrite });
});

describe('reads', () => {
  test('what was last seen costs no request', () => {
    expect(cluster.get('ns/blue')?.metadata.resourceVersion).toBe('5');
    expect(cluster.get('ns/green')).toBeUndefined();
    expect(cluster.list()).toEqual([cluster.get('ns/blue')]);
    expect(requests).toEqual([]);
  });

  test('what is there now comes from the API server, and leaves what was seen alone', async () => {
    answers[`GET ${BLUE}`] = { body: workteam('9') };
    expect((await cluster.readLive('ns/blue', signal))?.metadata.resourceVersion).toBe('9');
    expect(cluster.get('ns/blue')?.metadata.resourceVersion).toBe('5');
    expect(await cluster.readLive('ns/green', signal)).toBeUndefined();
  });

  test("an object that is another operator's by its labels is not there", async () => {
    const selector = [{ key: 'shard', operator: 'in', values: ['a'] }] as const;
    const sharded = clusterOf(store, new Workteams(transport), { namespaced: false, selector, mayWrite: () => true });
    for (const [labels, version] of [
      [{ shard: 'a' }, '9'],
      [{ shard: 'b' }, undefined],
      [undefined, undefined],
    ] as const) {
      const { metadata, ...rest } = workteam('9');
      answers[`GET ${BLUE}`] = { body: { ...rest, metadata: { ...metadata, labels } } };
      expect((await sharded.readLive('ns/blue', signal))?.metadata.resourceVersion).toBe(version);
      // As somebody who holds a work team it is.
      expect(await sharded.exists('ns', 'blue', signal)).toBe(true);
    }
  });

  test('whether another exists; what may not be read counts as there', async () => {
    answers[`GET ${BLUE}`] = { body: workteam('9') };
    answers[`GET ${BLUE.replace('blue', 'red')}`] = { status: 403, body: { kind: 'Status', code: 403 } };
    expect(await cluster.exists('ns', 'blue', signal)).toBe(true);
    expect(await cluster.exists('ns', 'green', signal)).toBe(false);
    expect(await cluster.exists('ns', 'red', signal)).toBe(true);
  });
});

describe('writes', () => {
  const status = { observedGeneration: 1 };
  const write = {
    status: () => cluster.writeStatus(workteam('5'), status, signal),
    finalizers: () => cluster.writeFinalizers(workteam('5'), [FINALIZER], signal),
  };
  const path = { status: `PATCH ${BLUE}/status`, finalizers: `PATCH ${BLUE}` };

  test.each(['status', 'finalizers'] as const)(
    '%s: the answer is what is seen from then on, and no news',
    async (what) => {
      answers[path[what]] = { body: workteam('6', { status }) };
      expect((await write[what]())?.metadata.resourceVersion).toBe('6');
      expect(cluster.get('ns/blue')?.metadata.resourceVersion).toBe('6');
      expect(changes).toEqual([]);
      store.set(workteam('6', { status }));
      expect(changes).toEqual([]);
    },
  );

  test.each(['status', 'finalizers'] as const)(
    '%s: an answer that is older than a watch event is not',
    async (what) => {
      answers[path[what]] = { body: workteam('6', { status }) };
      store.set(workteam('7'));
      await write[what]();
      expect(cluster.get('ns/blue')?.metadata.resourceVersion).toBe('7');
    },
  );

  test.each(['status', 'finalizers'] as const)('%s: a conflict is thrown, and nothing is seen', async (what) => {
    answers[path[what]] = { status: 409, body: { kind: 'Status', code: 409 } };
    await expect(write[what]()).rejects.toSatisfy(isConflict);
    expect(cluster.get('ns/blue')?.metadata.resourceVersion).toBe('5');
  });

  test.each(['status', 'finalizers'] as const)('%s: whoever may not write sends nothing', async (what) => {
    answers[path[what]] = { body: workteam('6', { status }) };
    mayWrite = false;
    await expect(write[what]()).rejects.toBeInstanceOf(FencedError);
    expect(requests).toEqual([]);
    expect(cluster.get('ns/blue')?.metadata.resourceVersion).toBe('5');
  });

  test('the finalizer of an object that is gone by then does not bring it back', async () => {
    answers[path.finalizers] = { body: workteam('6') };
    store.delete(workteam('5'));
    await write.finalizers();
    expect(cluster.get('ns/blue')).toBeUndefined();
  });
});

describe('whether the CRD is being deleted', () => {
  const forbidden = { status: 403, body: { kind: 'Status', code: 403 } };
  const crd = (metadata: object) => ({ body: { metadata: { uid: 'u', ...metadata } } });

  test.each<[string, { status?: number; body: unknown } | undefined, boolean]>([
    ['it is there', crd({}), false],
    ['it is going', crd({ deletionTimestamp: '2030-01-01T00:00:00Z' }), true],
    ['it is gone', undefined, true],
  ])('%s', async (_, answer, expected) => {
    if (answer) answers[`GET ${CRD}`] = answer;
    expect(await cluster.crdIsTerminating(signal)).toBe(expected);
  });

  test('who may not know cannot go on', async () => {
    answers[`GET ${CRD}`] = forbidden;
    await expect(cluster.crdIsTerminating(signal)).rejects.toSatisfy(isForbidden);
  });

  test('but who was given namespaces may lack every right outside of them', async () => {
    const namespaced = clusterOf(store, new Workteams(transport), { namespaced: true, mayWrite: () => true });
    answers[`GET ${CRD}`] = forbidden;
    expect(await namespaced.crdIsTerminating(signal)).toBe(false);
    answers[`GET ${CRD}`] = crd({ deletionTimestamp: '2030-01-01T00:00:00Z' });
    expect(await namespaced.crdIsTerminating(signal)).toBe(true);
    answers[`GET ${CRD}`] = { status: 500, body: {} };
    await expect(namespaced.crdIsTerminating(signal)).rejects.toThrow('500');
  });
});
