import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { start } from '../../dev/control-plane/start.ts';
import { systemClock } from '../../src/controller/clock.ts';
import { isGone } from '../../src/kubernetes/errors.ts';
import { loadKubeConfig } from '../../src/kubernetes/kubeconfig.ts';
import { Reflector, type ReflectorTiming } from '../../src/kubernetes/reflector.ts';
import { type Change, type KubernetesObject, ObjectStore } from '../../src/kubernetes/store.ts';
import { Transport } from '../../src/kubernetes/transport.ts';
import { watchEvents } from '../../src/kubernetes/watch-stream.ts';
import { type ApiProxy, apiProxy, type Fault, type Seen } from '../support/api-proxy.ts';
import { controlPlane } from '../support/control-plane.ts';
import { expectSoon } from '../support/expect-soon.ts';

type ConfigMap = KubernetesObject & { readonly data?: Readonly<Record<string, string>> };

const plane = controlPlane();
const cleanUps: (() => Promise<unknown> | unknown)[] = [];
let namespace: string;
let maps: ReturnType<typeof configMaps>;
let proxy: ApiProxy;

beforeEach(async () => {
  namespace = await plane.createNamespace('reflector');
  maps = configMaps(direct(plane.address.kubeconfig), namespace);
  proxy = await apiProxy(plane.address);
  cleanUps.push(() => proxy.close());
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

function direct(kubeconfig: string): Transport {
  const kubeConfig = loadKubeConfig({ path: kubeconfig, env: {} });
  const transport = new Transport({ kubeConfig, version: 'test', clock: systemClock });
  cleanUps.push(() => transport.close());
  return transport;
}

/** What other users of the cluster do. */
function configMaps(transport: Transport, namespace: string) {
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  return {
    create: (name: string, data = {}, annotations = {}) =>
      transport.request<ConfigMap>({ method: 'POST', path, body: { json: { metadata: { name, annotations }, data } } }),
    edit: (name: string, data: object) =>
      transport.request<ConfigMap>({ method: 'PATCH', path: `${path}/${name}`, body: { mergePatch: { data } } }),
    remove: (name: string) => transport.request({ method: 'DELETE', path: `${path}/${name}` }),
  };
}

/** Times that let a test see everything within a second or two. */
const quick = { backoffBaseMs: 20, backoffCapMs: 100, silenceMs: 60_000, settledMs: 1_000 };

type Setup = {
  onChange?: () => void;
  timing?: Partial<ReflectorTiming>;
  allNamespaces?: boolean;
  kubeConfig?: Transport | undefined;
};

/** A reflector of this test's namespace through the proxy, started, and what it says. */
function reflect({ onChange = () => {}, timing = {}, allNamespaces = false, kubeConfig }: Setup = {}) {
  const changes: Change<ConfigMap>[] = [];
  const errors: unknown[] = [];
  const pauses: number[] = [];
  const store = new ObjectStore<ConfigMap>((change) => {
    if (!change.key.startsWith(`${namespace}/`)) return;
    changes.push(change);
    onChange();
  });
  const transport = kubeConfig ?? new Transport({ kubeConfig: proxy.kubeConfig, version: 'test', clock: systemClock });
  const reflector = new Reflector<ConfigMap>({
    transport,
    resource: { root: '/api/v1', plural: 'configmaps', namespace: allNamespaces ? undefined : namespace },
    store,
    clock: systemClock,
    random: Math.random,
    onError: (error, pause) => {
      errors.push(error);
      pauses.push(pause);
    },
    timing: { ...quick, ...timing },
  });
  cleanUps.push(async () => {
    await reflector.stop();
    transport.close();
  });
  reflector.start();
  const names = () =>
    store
      .list()
      .flatMap((map) => (map.metadata.namespace === namespace ? map.metadata.name : []))
      .sort();
  return {
    reflector,
    store,
    changes,
    errors,
    pauses,
    names,
    last: () => changes.map(({ type, key }) => [type, key.split('/')[1]]),
  };
}

const isWatch = ({ query }: Seen) => query.get('watch') === 'true';
const isList = (seen: Seen) => seen.method === 'GET' && !isWatch(seen);
const lists = () => proxy.requests.filter((seen) => isList(seen) && !seen.query.has('continue')).length;
const watching = () => expectSoon(() => proxy.watches.length).toBe(1);

/** Misbehaves towards the first `times` requests that match, then lets everything through. */
function failFirst(times: number, matches: (seen: Seen) => boolean, fault: Fault): void {
  let left = times;
  proxy.fault = (seen) => (matches(seen) && left-- > 0 ? fault : undefined);
}

describe('list and watch', () => {
  test('a list in many pages is one list, and what follows is news', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await maps.create(name, { n: name });
    const { reflector, store, changes, errors, last } = reflect({ timing: { pageSize: 2 } });
    expect(reflector.hasSynced).toBe(false);
    await reflector.synced;
    expect(reflector.hasSynced).toBe(true);
    expect(last()).toEqual(['a', 'b', 'c', 'd', 'e'].map((name) => ['added', name]));
    expect(changes.every(({ initial }) => initial)).toBe(true);
    expect(proxy.requests.filter(isList)).toHaveLength(3);

    changes.splice(0);
    await watching();
    await maps.create('f');
    await maps.edit('a', { n: 'A' });
    await maps.remove('b');
    await expectSoon(last).toEqual([
      ['added', 'f'],
      ['updated', 'a'],
      ['deleted', 'b'],
    ]);
    expect(changes.some(({ initial }) => initial)).toBe(false);
    expect(changes[1]).toMatchObject({ object: { data: { n: 'A' } }, previous: { data: { n: 'a' } } });
    expect(store.get(`${namespace}/a`)?.data).toEqual({ n: 'A' });
    expect([errors, lists()]).toEqual([[], 1]);
  });

  test('all namespaces at once', async () => {
    await maps.create('a');
    const { reflector, names } = reflect({ allNamespaces: true });
    await reflector.synced;
    await maps.create('b');
    await expectSoon(names).toEqual(['a', 'b']);
  });

  test('nothing is kept that nobody reads', async () => {
    const note = 'kubectl.kubernetes.io/last-applied-configuration';
    await maps.create('listed', {}, { [note]: '{}', kept: 'yes' });
    const { reflector, store, names } = reflect();
    await reflector.synced;
    await watching();
    await maps.create('watched', {}, { [note]: '{}', kept: 'yes' });
    await expectSoon(names).toEqual(['listed', 'watched']);
    for (const { metadata } of store.list()) {
      expect(metadata.managedFields).toBeUndefined();
      expect(metadata.annotations).toEqual({ kept: 'yes' });
    }
  });

  test('the answer to our own write is seen at once, and its event is no news', async () => {
    await maps.create('a', { n: '0' });
    const { reflector, store, changes } = reflect();
    await reflector.synced;
    await watching();
    changes.splice(0);
    // The event of a write can come before its answer: hold it back.
    proxy.watches[0]?.mute();
    store.observe(await maps.edit('a', { n: '1' }));
    expect(store.get(`${namespace}/a`)?.data).toEqual({ n: '1' });
    proxy.watches[0]?.end();
    await maps.edit('a', { n: '2' });
    await expectSoon(() => changes.length).toBeGreaterThan(0);
    expect(changes).toMatchObject([{ type: 'updated', previous: { data: { n: '1' } }, object: { data: { n: '2' } } }]);
  });
});

describe('changes that happen while nobody watches', () => {
  /** Lets nothing through until `allow`. */
  async function gap(changesMeanwhile: () => Promise<unknown>): Promise<void> {
    proxy.fault = () => 'reset';
    for (const watch of proxy.watches) watch.reset();
    await changesMeanwhile();
    proxy.fault = () => undefined;
  }

  test('a deleted and recreated object is another object', async () => {
    const old = await maps.create('a', { n: 'same' });
    const { reflector, changes } = reflect();
    await reflector.synced;
    await watching();
    changes.splice(0);
    await gap(async () => {
      await maps.remove('a');
      await maps.create('a', { n: 'same' });
    });
    await expectSoon(() => changes.length).toBe(2);
    expect(changes.map(({ type }) => type)).toEqual(['deleted', 'added']);
    expect(changes[0]?.object.metadata.uid).toBe(old.metadata.uid);
    expect(changes[1]?.object.metadata.uid).not.toBe(old.metadata.uid);
  });

  test('created, deleted and edited objects are found, also one that was edited back', async () => {
    for (const name of ['edited', 'back', 'gone', 'same']) await maps.create(name, { n: '1' });
    const { reflector, changes, last, names } = reflect();
    await reflector.synced;
    await watching();
    changes.splice(0);
    await gap(async () => {
      await maps.edit('edited', { n: '2' });
      await maps.edit('back', { n: '2' });
      await maps.edit('back', { n: '1' });
      await maps.remove('gone');
      await maps.create('new');
    });
    await expectSoon(names).toEqual(['back', 'edited', 'new', 'same']);
    expect(last().sort()).toEqual([
      ['added', 'new'],
      ['deleted', 'gone'],
      ['updated', 'back'],
      ['updated', 'edited'],
    ]);
  });
});

describe('trouble', () => {
  const expired = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };

  /** Whatever happened before: what changes now is seen. */
  async function stillHears({ names }: Pick<ReturnType<typeof reflect>, 'names'>): Promise<void> {
    await maps.create('afterwards');
    await expectSoon(names).toContain('afterwards');
  }

  test.each<[string, (seen: Seen) => boolean, Fault]>([
    ['410 when the watch begins', isWatch, { status: 410, body: expired }],
    ['500 when the watch begins', isWatch, { status: 500 }],
    ['500 for the list', isList, { status: 500 }],
    ['a continue token that has expired', ({ query }) => query.has('continue'), { status: 410, body: expired }],
  ])('%s: a new list, three times if need be', async (_, matches, fault) => {
    for (const name of ['a', 'b', 'c']) await maps.create(name);
    failFirst(3, matches, fault);
    const reflected = reflect({ timing: { pageSize: 2 } });
    await reflected.reflector.synced;
    await watching();
    expect(reflected.errors).toHaveLength(3);
    expect(lists()).toBe(4);
    await stillHears(reflected);
  });

  test('connections that are cut before there is an answer', async () => {
    failFirst(5, () => true, 'reset');
    const reflected = reflect();
    await reflected.reflector.synced;
    await stillHears(reflected);
  });

  test('pauses grow, to a cap, and shrink again once a watch has lasted', async () => {
    failFirst(6, isWatch, { status: 500 });
    const { pauses, reflector } = reflect({ timing: { backoffBaseMs: 10, backoffCapMs: 80, settledMs: 100 } });
    await reflector.synced;
    await expectSoon(() => pauses.length).toBe(6);
    for (const [index, floor] of [10, 20, 40, 80, 80, 80].entries()) {
      expect(pauses[index]).toBeGreaterThanOrEqual(floor);
      expect(pauses[index]).toBeLessThanOrEqual(80);
    }
    await watching();
    const since = systemClock.now();
    await expectSoon(() => systemClock.now() - since).toBeGreaterThan(100);
    proxy.watches[0]?.reset();
    await expectSoon(() => pauses.length).toBe(7);
    expect(pauses[6]).toBeLessThanOrEqual(20);
  });

  test.each<[string, (seen: Seen) => boolean, number]>([
    ['a list', isList, 2],
    ['a watch, which goes on where it was', isWatch, 1],
  ])('429 with Retry-After for %s is respected', async (_, matches, listed) => {
    failFirst(1, matches, { status: 429, headers: { 'Retry-After': '1' } });
    const began = systemClock.now();
    const reflected = reflect();
    await reflected.reflector.synced;
    await watching();
    expect(systemClock.now() - began).toBeGreaterThanOrEqual(1_000);
    expect(reflected.pauses).toEqual([1_000]);
    expect(lists()).toBe(listed);
    await stillHears(reflected);
  });

  test('410 in the middle of the stream', async () => {
    const reflected = reflect();
    await watching();
    proxy.watches[0]?.write(`${JSON.stringify({ type: 'ERROR', object: expired })}\n`);
    await expectSoon(lists).toBe(2);
    expect(reflected.errors.map(isGone)).toEqual([true]);
    await stillHears(reflected);
  });

  test.each([
    ['half an event and the end of the connection', '{"type":"ADDED","object":{"metadata":{"na', 'reset'],
    ['half an event and the next one', '{"type":"ADDED","object":{"metadata":{"na\n', undefined],
    ['an endless event', 'x'.repeat(17 * 1024 * 1024), undefined],
  ] as const)('%s', async (_, text, end) => {
    const reflected = reflect();
    await watching();
    const [watch] = proxy.watches;
    watch?.write(text);
    if (end !== undefined) watch?.[end]();
    await expectSoon(lists).toBe(2);
    expect(reflected.errors).toHaveLength(1);
    await stillHears(reflected);
  });

  test('half an event before a regular end comes again', async () => {
    const reflected = reflect();
    await watching();
    proxy.watches[0]?.mute();
    await maps.create('half');
    proxy.watches[0]?.write('{"type":"ADDED","object":{"metadata":{"na');
    proxy.watches[0]?.end();
    await expectSoon(reflected.names).toContain('half');
    expect([reflected.errors, lists()]).toEqual([[], 1]);
  });

  test('watches that end after a moment, again and again, lose nothing and need no list', async () => {
    const reflected = reflect();
    await reflected.reflector.synced;
    const wanted: string[] = [];
    for (let i = 0; i < 10; i++) {
      for (const watch of proxy.watches) watch.end();
      wanted.push(`map-${i}`);
      await maps.create(`map-${i}`);
    }
    await expectSoon(reflected.names).toEqual(wanted);
    expect([reflected.errors, lists()]).toEqual([[], 1]);
  });

  test('watches that end at once are not asked for faster than the shortest pause', async () => {
    failFirst(3, isWatch, { status: 200 });
    const began = systemClock.now();
    const reflected = reflect({ timing: { backoffBaseMs: 200, backoffCapMs: 10_000 } });
    await watching();
    expect(systemClock.now() - began).toBeGreaterThan(3 * 200);
    expect([reflected.errors, lists()]).toEqual([[], 1]);
    await stillHears(reflected);
  });

  test('a watch that ends is gone on with where the last bookmark was', async () => {
    reflect();
    await watching();
    const { metadata } = await maps.create('elsewhere');
    await maps.remove('elsewhere');
    const bookmark = { type: 'BOOKMARK', object: { metadata: { resourceVersion: metadata.resourceVersion } } };
    proxy.watches[0]?.mute();
    proxy.watches[0]?.write(`${JSON.stringify(bookmark)}\n`);
    proxy.watches[0]?.end();
    await expectSoon(() => proxy.requests.filter(isWatch).length).toBe(2);
    expect(proxy.requests.findLast(isWatch)?.query.get('resourceVersion')).toBe(metadata.resourceVersion);
  });

  test('a watch asks for bookmarks and for an end between 5 and 10 minutes', async () => {
    reflect();
    await watching();
    const { query } = proxy.requests.find(isWatch) ?? {};
    expect(query?.get('allowWatchBookmarks')).toBe('true');
    expect(Number(query?.get('timeoutSeconds'))).toBeGreaterThanOrEqual(300);
    expect(Number(query?.get('timeoutSeconds'))).toBeLessThanOrEqual(600);
  });

  test('silence on an open connection: a new list', async () => {
    const reflected = reflect({ timing: { silenceMs: 300 } });
    await watching();
    proxy.watches[0]?.mute();
    await maps.create('unheard');
    await expectSoon(reflected.names).toEqual(['unheard']);
    expect(reflected.errors).toMatchObject([{ code: 'ETIMEDOUT' }]);
    expect(lists()).toBe(2);
  });
});

describe('what the API server itself does', () => {
  test('a resourceVersion that it has never reached is silence, not an error: hence a list after silence', async () => {
    const transport = direct(plane.address.kubeconfig);
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const { metadata } = await maps.create('a');
    const future = String(BigInt(metadata.resourceVersion) + 1_000_000_000n);
    const query = { watch: true, resourceVersion: future };
    const pieces = await transport.stream({ path, query, timeouts: { silenceMs: 500 } });
    await maps.create('b');
    const reading = (async () => {
      for await (const _ of watchEvents('watch', pieces)) throw new Error('it spoke');
    })();
    await expect(reading).rejects.toMatchObject({ code: 'ETIMEDOUT' });
  });

  test('goes away and comes back: the store catches up', async () => {
    const own = await start({ onProgress: () => {} });
    cleanUps.push(() => own.stop());
    namespace = 'default';
    const there = configMaps(direct(own.address.kubeconfig), namespace);
    const { reflector, names, errors } = reflect({ kubeConfig: direct(own.address.kubeconfig) });
    await reflector.synced;
    await there.create('before');
    await expectSoon(names).toContain('before');
    await own.stopApiServer();
    await expectSoon(() => errors.length).toBeGreaterThan(2);
    expect(reflector.hasSynced).toBe(true);
    await own.restartApiServer();
    await there.create('after');
    await expectSoon(names).toContain('after');
  });
});

describe('stop', () => {
  test.each<[string, (seen: Seen) => boolean]>([
    ['a list', isList],
    ['a watch that has not been answered', isWatch],
  ])('while %s is under way: at once, and nothing is left', async (_, matches) => {
    await maps.create('a');
    proxy.fault = (seen) => (matches(seen) ? 'silence' : undefined);
    const { reflector, errors } = reflect();
    await expectSoon(() => proxy.requests.filter(matches).length).toBe(1);
    await reflector.stop();
    expect([errors, reflector.state]).toEqual([[], 'stopped']);
    await expectSoon(() => proxy.connections).toBeLessThanOrEqual(matches === isList ? 0 : 1);
  });

  test('while watching: what happens afterwards is not announced', async () => {
    const { reflector, changes } = reflect();
    await watching();
    const stopped = reflector.stop();
    await maps.create('late');
    await stopped;
    await expectSoon(() => proxy.watches.length).toBe(0);
    expect(changes).toEqual([]);
  });

  test('in the middle of several events that came together: the rest is not announced', async () => {
    let stopped: Promise<void> | undefined;
    const onChange = () => {
      stopped = reflected.reflector.stop();
    };
    const reflected = reflect({ onChange });
    await watching();
    const event = (name: string) => {
      const metadata = { name, namespace, uid: name, resourceVersion: '1' };
      return `${JSON.stringify({ type: 'ADDED', object: { metadata } })}\n`;
    };
    proxy.watches[0]?.write(['a', 'b', 'c'].map(event).join(''));
    await expectSoon(() => stopped !== undefined).toBe(true);
    await stopped;
    expect(reflected.names()).toEqual(['a']);
  });

  test('during a pause', async () => {
    proxy.fault = () => ({ status: 500 });
    const { reflector, errors } = reflect({ timing: { backoffBaseMs: 60_000, backoffCapMs: 60_000 } });
    await expectSoon(() => errors.length).toBe(1);
    expect(reflector.state).toBe('pausing');
    await reflector.stop();
    expect(reflector.state).toBe('stopped');
  });

  test('before start, and twice', async () => {
    const transport = direct(plane.address.kubeconfig);
    const store = new ObjectStore<ConfigMap>(() => {});
    const resource = { root: '/api/v1', plural: 'configmaps' };
    const reflector = new Reflector({
      transport,
      resource,
      store,
      clock: systemClock,
      random: Math.random,
      onError: () => {},
    });
    await reflector.stop();
    await reflector.stop();
    reflector.start();
    expect(reflector.state).toBe('stopped');
  });
});
