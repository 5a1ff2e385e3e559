import { afterAll } from 'vitest';
import { systemClock } from '../../src/controller/clock.ts';
import type { Clock } from '../../src/kubernetes/clock.ts';
import { loadKubeConfig } from '../../src/kubernetes/kubeconfig.ts';
import { Reflector, type ReflectorTiming } from '../../src/kubernetes/reflector.ts';
import { type Change, type KubernetesObject, ObjectStore } from '../../src/kubernetes/store.ts';
import { Transport } from '../../src/kubernetes/transport.ts';
import { type ApiProxy, apiProxy, type Fault, type Seen } from './api-proxy.ts';
import { controlPlane, type TestControlPlane } from './control-plane.ts';
import { eventually } from './eventually.ts';

/** The simplest thing that can be listed and watched. */
export type ConfigMap = KubernetesObject & { readonly data?: Readonly<Record<string, string>> };

/** Times that let a test see everything within a second or two. */
export const QUICK = { backoffBaseMs: 20, backoffCapMs: 100, silenceMs: 60_000, settledMs: 1_000 };

export interface Setup {
  readonly onChange?: () => void;
  /** `QUICK` for what is left out. */
  readonly timing?: Partial<ReflectorTiming>;
  readonly allNamespaces?: boolean;
  readonly clock?: Clock;
  /** Another way to the API server than through the proxy, which the reflector takes with it when it ends. */
  readonly transport?: Transport | undefined;
}

/** A reflector of ConfigMaps and everything that it said. */
export interface Reflected {
  readonly reflector: Reflector<ConfigMap>;
  readonly store: ObjectStore<ConfigMap>;
  readonly changes: Change<ConfigMap>[];
  readonly errors: unknown[];
  readonly pauses: number[];
  /** Of what it knows in the namespace, sorted. */
  names(): string[];
  /** What was announced so far, in short. */
  last(): (string | undefined)[][];
}

/** What other users of the cluster do. */
export function configMaps(transport: Transport, namespace: string) {
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  return {
    create: (name: string, data = {}, annotations = {}) =>
      transport.request<ConfigMap>({ method: 'POST', path, body: { json: { metadata: { name, annotations }, data } } }),
    edit: (name: string, data: object) =>
      transport.request<ConfigMap>({ method: 'PATCH', path: `${path}/${name}`, body: { mergePatch: { data } } }),
    remove: (name: string) => transport.request({ method: 'DELETE', path: `${path}/${name}` }),
  };
}

export const isWatch = ({ query }: Seen): boolean => query.get('watch') === 'true';
export const isList = (seen: Seen): boolean => seen.method === 'GET' && !isWatch(seen);

/** A namespace of ConfigMaps, a proxy in front of it, and the reflectors that look through the proxy. They end with it. */
export class ReflectorScene implements AsyncDisposable {
  readonly namespace: string;
  readonly proxy: ApiProxy;
  /** Straight at the API server. */
  readonly maps: ReturnType<typeof configMaps>;
  readonly #plane: TestControlPlane;
  readonly #cleanUps: (() => Promise<unknown> | unknown)[] = [];

  private constructor(plane: TestControlPlane, namespace: string, proxy: ApiProxy) {
    this.#plane = plane;
    this.namespace = namespace;
    this.proxy = proxy;
    this.#cleanUps.push(() => proxy.close());
    this.maps = configMaps(this.direct(), namespace);
  }

  static async open(plane: TestControlPlane): Promise<ReflectorScene> {
    const namespace = await plane.createNamespace('reflector');
    return new ReflectorScene(plane, namespace, await apiProxy(plane.address));
  }

  /** A transport that does not go through the proxy. */
  direct(kubeconfig = this.#plane.address.kubeconfig): Transport {
    const kubeConfig = loadKubeConfig({ path: kubeconfig, env: {} });
    const transport = new Transport({ kubeConfig, version: 'test', clock: systemClock });
    this.#cleanUps.push(() => transport.close());
    return transport;
  }

  /** A transport through the proxy. */
  through(clock: Clock = systemClock): Transport {
    return new Transport({ kubeConfig: this.proxy.kubeConfig, version: 'test', clock });
  }

  /** A reflector of `namespace`, this scene's unless said otherwise, started. */
  reflect(setup: Setup = {}, namespace = this.namespace): Reflected {
    const { onChange = () => {}, timing = {}, allNamespaces = false, clock = systemClock } = setup;
    const changes: Change<ConfigMap>[] = [];
    const errors: unknown[] = [];
    const pauses: number[] = [];
    const store = new ObjectStore<ConfigMap>((change) => {
      if (!change.key.startsWith(`${namespace}/`)) return;
      changes.push(change);
      onChange();
    });
    const transport = setup.transport ?? this.through(clock);
    const reflector = new Reflector<ConfigMap>({
      transport,
      resource: { root: '/api/v1', plural: 'configmaps', namespace: allNamespaces ? undefined : namespace },
      store,
      clock,
      random: Math.random,
      onError: (error, pause) => {
        errors.push(error);
        pauses.push(pause);
      },
      timing: { ...QUICK, ...timing },
    });
    this.#cleanUps.push(async () => {
      await reflector.stop();
      transport.close();
    });
    reflector.start();
    const names = () =>
      store
        .list()
        .flatMap((map) => (map.metadata.namespace === namespace ? map.metadata.name : []))
        .sort();
    const last = () => changes.map(({ type, key }) => [type, key.split('/')[1]]);
    return { reflector, store, changes, errors, pauses, names, last };
  }

  /** How many lists were begun. */
  lists(): number {
    return this.proxy.requests.filter((seen) => isList(seen) && !seen.query.has('continue')).length;
  }

  /** Waits until a watch is open. */
  async watching(): Promise<void> {
    await eventually(() => this.proxy.watches.length === 1, { what: 'one watch to be open' });
  }

  /** Misbehaves towards the first `times` requests that match, then lets everything through. */
  failFirst(times: number, matches: (seen: Seen) => boolean, fault: Fault): void {
    let left = times;
    this.proxy.fault = (seen) => (matches(seen) && left-- > 0 ? fault : undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const cleanUp of this.#cleanUps.splice(0).reverse()) await cleanUp();
  }
}

/** To be called at the top of a test file: opens scenes, and sees to it that none outlives the file. */
export function useReflectorScenes(): { open(): Promise<ReflectorScene> } {
  const plane = controlPlane();
  const scenes: ReflectorScene[] = [];
  afterAll(async () => {
    for (const scene of scenes) await scene[Symbol.asyncDispose]();
  });
  return {
    async open() {
      const scene = await ReflectorScene.open(plane);
      scenes.push(scene);
      return scene;
    },
  };
}
