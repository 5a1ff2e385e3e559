import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { start } from '../../dev/control-plane/start.ts';
import { systemClock } from '../../src/controller/clock.ts';
import { Reflector } from '../../src/kubernetes/reflector.ts';
import { ObjectStore } from '../../src/kubernetes/store.ts';
import { watchEvents } from '../../src/kubernetes/watch-stream.ts';
import type { ApiProxy, Seen } from '../support/api-proxy.ts';
import { controlPlane } from '../support/control-plane.ts';
import { expectSoon } from '../support/expect-soon.ts';
import { type ConfigMap, configMaps, isList, isWatch, ReflectorScene } from '../support/reflected.ts';

const plane = controlPlane();
let scene: ReflectorScene;
let namespace: string;
let maps: ReflectorScene['maps'];
let proxy: ApiProxy;

beforeEach(async () => {
  scene = await ReflectorScene.open(plane);
  ({ namespace, maps, proxy } = scene);
});
afterEach(async () => {
  await scene[Symbol.asyncDispose]();
});

describe('list and watch', () => {
  test('a list in many pages is one list, and what follows is news', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await maps.create(name, { n: name });
    const { reflector, store, changes, errors, last } = scene.reflect({ timing: { pageSize: 2 } });
    expect(reflector.hasSynced).toBe(false);
    await reflector.synced;
    expect(reflector.hasSynced).toBe(true);
    expect(last()).toEqual(['a', 'b', 'c', 'd', 'e'].map((name) => ['added', name]));
    expect(changes.every(({ initial }) => initial)).toBe(true);
    expect(proxy.requests.filter(isList)).toHaveLength(3);

    changes.splice(0);
    await scene.watching();
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
    expect([errors, scene.lists()]).toEqual([[], 1]);
  });

  test('all namespaces at once', async () => {
    await maps.create('a');
    const { reflector, names } = scene.reflect({ allNamespaces: true });
    await reflector.synced;
    await maps.create('b');
    await expectSoon(names).toEqual(['a', 'b']);
  });

  test('nothing is kept that nobody reads', async () => {
    const note = 'kubectl.kubernetes.io/last-applied-configuration';
    await maps.create('listed', {}, { [note]: '{}', kept: 'yes' });
    const { reflector, store, names } = scene.reflect();
    await reflector.synced;
    await scene.watching();
    await maps.create('watched', {}, { [note]: '{}', kept: 'yes' });
    await expectSoon(names).toEqual(['listed', 'watched']);
    for (const { metadata } of store.list()) {
      expect(metadata.managedFields).toBeUndefined();
      expect(metadata.annotations).toEqual({ kept: 'yes' });
    }
  });

  test('the answer to our own write is seen at once, and its event is no news', async () => {
    await maps.create('a', { n: '0' });
    const { reflector, store, changes } = scene.reflect();
    await reflector.synced;
    await scene.watching();
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

  test('a watch that ends is gone on with where the last bookmark was', async () => {
    scene.reflect();
    await scene.watching();
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
    scene.reflect();
    await scene.watching();
    const { query } = proxy.requests.find(isWatch) ?? {};
    expect(query?.get('allowWatchBookmarks')).toBe('true');
    expect(Number(query?.get('timeoutSeconds'))).toBeGreaterThanOrEqual(300);
    expect(Number(query?.get('timeoutSeconds'))).toBeLessThanOrEqual(600);
  });
});

describe('what the API server itself does', () => {
  test('a resourceVersion that it has never reached is silence, not an error: hence a list after silence', async () => {
    const transport = scene.direct();
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
    try {
      const there = configMaps(scene.direct(own.address.kubeconfig), 'default');
      const transport = scene.direct(own.address.kubeconfig);
      const { reflector, names, errors } = scene.reflect({ transport }, 'default');
      await reflector.synced;
      await there.create('before');
      await expectSoon(names).toContain('before');
      await own.stopApiServer();
      await expectSoon(() => errors.length).toBeGreaterThan(2);
      expect(reflector.hasSynced).toBe(true);
      await own.restartApiServer();
      await there.create('after');
      await expectSoon(names).toContain('after');
    } finally {
      await own.stop();
    }
  });
});

describe('stop', () => {
  test.each<[string, (seen: Seen) => boolean]>([
    ['a list', isList],
    ['a watch that has not been answered', isWatch],
  ])('while %s is under way: at once, and nothing is left', async (_, matches) => {
    await maps.create('a');
    proxy.fault = (seen) => (matches(seen) ? 'silence' : undefined);
    const { reflector, errors } = scene.reflect();
    await expectSoon(() => proxy.requests.filter(matches).length).toBe(1);
    await reflector.stop();
    expect([errors, reflector.state]).toEqual([[], 'stopped']);
    await expectSoon(() => proxy.connections).toBeLessThanOrEqual(matches === isList ? 0 : 1);
  });

  test('while watching: what happens afterwards is not announced', async () => {
    const { reflector, changes } = scene.reflect();
    await scene.watching();
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
    const reflected = scene.reflect({ onChange });
    await scene.watching();
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
    const { reflector, errors } = scene.reflect({ timing: { backoffBaseMs: 60_000, backoffCapMs: 60_000 } });
    await expectSoon(() => errors.length).toBe(1);
    expect(reflector.state).toBe('pausing');
    await reflector.stop();
    expect(reflector.state).toBe('stopped');
  });

  test('before start, and twice', async () => {
    const transport = scene.direct();
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
