import { randomBytes } from 'node:crypto';
import { afterAll } from 'vitest';
import { systemClock } from '../../src/controller/clock.ts';
import { isNotFound } from '../../src/kubernetes/errors.ts';
import { loadKubeConfig } from '../../src/kubernetes/kubeconfig.ts';
import { Transport } from '../../src/kubernetes/transport.ts';
import { watchEvents } from '../../src/kubernetes/watch-stream.ts';
import {
  API_VERSION,
  type Condition,
  KIND,
  PLURAL,
  type Workteam,
  type WorkteamSpec,
} from '../../src/workteam/schema.ts';
import { controlPlane } from './control-plane.ts';
import { inTime } from './eventually.ts';

/** What a watch told, and when. */
export interface Sight {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly workteam: Workteam;
  /** Monotonic milliseconds. */
  readonly at: number;
}

/** JSON merge patch. */
type Patch = Readonly<Record<string, unknown>>;

type Labels = Readonly<Record<string, string>>;

/** The Workteams of one namespace, written by the administrator and watched all the time. */
export interface Workteams {
  readonly namespace: string;
  create(name: string, spec: WorkteamSpec, labels?: Labels): Promise<Workteam>;
  /** Merges a patch into the spec. */
  edit(name: string, spec: Patch): Promise<Workteam>;
  annotate(name: string, annotations: Patch): Promise<Workteam>;
  label(name: string, labels: Patch): Promise<Workteam>;
  /** Asks for its deletion; it goes when its finalizers do. */
  delete(name: string): Promise<void>;
  /** As last seen. @throws Error when there is none */
  get(name: string): Workteam;
  /** As the API server has it at this moment; undefined when there is none. */
  readLive(name: string): Promise<Workteam | undefined>;
  /** Those that were seen and are not gone. */
  names(): readonly string[];
  /** Everything that was seen of it, oldest first. */
  history(name: string): readonly Sight[];
  /** Waits until it is so. @throws Error with what was seen last */
  until(name: string, condition: (workteam: Workteam) => boolean, wanted?: Wanted): Promise<Workteam>;
  /** Waits until Ready is True for its present generation. */
  untilReady(name: string, within?: number): Promise<Workteam>;
  /** Waits until Ready is False for that reason, for its present generation. */
  untilFailed(name: string, reason: string, within?: number): Promise<Workteam>;
  untilGone(name: string, within?: number): Promise<void>;
}

interface Wanted {
  readonly what?: string;
  readonly within?: number;
}

/** To be called at the top of a test file: makes namespaces, each for one test. */
export function useWorkteams(): {
  /** `common`: what every spec has that does not say otherwise. */
  newNamespace(prefix: string, common?: Partial<WorkteamSpec>): Promise<Workteams>;
} {
  const { address } = controlPlane();
  const transport = new Transport({
    kubeConfig: loadKubeConfig({ path: address.kubeconfig, env: {} }),
    version: 'test',
    clock: systemClock,
  });
  const stop = new AbortController();
  const watches: Promise<void>[] = [];
  afterAll(async () => {
    stop.abort();
    await Promise.all(watches);
    transport.close();
  });
  return {
    async newNamespace(prefix, common = {}) {
      const name = `${prefix}-${randomBytes(4).toString('hex')}`;
      const json = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
      await transport.request({ method: 'POST', path: '/api/v1/namespaces', body: { json } });
      const workteams = new Namespace(transport, name, common);
      watches.push(workteams.watch(stop.signal));
      await workteams.watched;
      return workteams;
    },
  };
}

/** A condition of its status. */
export function conditionOf({ status }: Workteam, type: string): Condition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

/** Whether Ready is True for the present generation. */
export function isReady(workteam: Workteam): boolean {
  const { generation } = workteam.metadata;
  const ready = conditionOf(workteam, 'Ready');
  return ready?.status === 'True' && ready.observedGeneration === generation && isObserved(workteam);
}

/** Whether the status has been brought up to the present generation. */
export function isObserved({ metadata, status }: Workteam): boolean {
  return status?.observedGeneration === metadata.generation;
}

class Namespace implements Workteams {
  readonly namespace: string;
  readonly #transport: Transport;
  readonly #common: Partial<WorkteamSpec>;
  readonly #newest = new Map<string, Workteam | 'gone'>();
  readonly #sights: Sight[] = [];
  readonly #listeners = new Set<() => void>();
  readonly #watched = Promise.withResolvers<void>();

  constructor(transport: Transport, namespace: string, common: Partial<WorkteamSpec>) {
    this.#transport = transport;
    this.#common = common;
    this.namespace = namespace;
  }

  /** Resolves when nothing can happen unseen any more. */
  get watched(): Promise<void> {
    return this.#watched.promise;
  }

  /** Watches until `signal` aborts. @throws KubernetesError when the API server keeps breaking the watch off */
  async watch(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      try {
        await this.#follow(await this.#list(signal), signal);
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        if (failures === MOST_FAILURES) throw error;
      }
    }
  }

  async create(name: string, spec: WorkteamSpec, labels: Labels = {}): Promise<Workteam> {
    const json = {
      apiVersion: API_VERSION,
      kind: KIND,
      metadata: { name, labels },
      spec: { ...this.#common, ...spec },
    };
    return this.#keep(
      await this.#transport.request({ method: 'POST', path: this.#path(), body: { json }, query: STRICT }),
    );
  }

  edit(name: string, spec: Patch): Promise<Workteam> {
    return this.#patch(name, { spec });
  }

  annotate(name: string, annotations: Patch): Promise<Workteam> {
    return this.#patch(name, { metadata: { annotations } });
  }

  label(name: string, labels: Patch): Promise<Workteam> {
    return this.#patch(name, { metadata: { labels } });
  }

  async delete(name: string): Promise<void> {
    await this.#transport.request({ method: 'DELETE', path: this.#path(name) });
  }

  get(name: string): Workteam {
    const newest = this.#newest.get(name);
    if (newest === undefined || newest === 'gone') throw new Error(`there is no Workteam ${this.namespace}/${name}`);
    return newest;
  }

  async readLive(name: string): Promise<Workteam | undefined> {
    try {
      return await this.#transport.request<Workteam>({ path: this.#path(name) });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  names(): readonly string[] {
    return [...this.#newest].flatMap(([name, newest]) => (newest === 'gone' ? [] : [name]));
  }

  history(name: string): readonly Sight[] {
    return this.#sights.filter(({ workteam }) => workteam.metadata.name === name);
  }

  async until(name: string, condition: (workteam: Workteam) => boolean, wanted: Wanted = {}): Promise<Workteam> {
    const { what = 'a condition', within = 20_000 } = wanted;
    await this.#when(name, (newest) => newest !== undefined && newest !== 'gone' && condition(newest), what, within);
    return this.get(name);
  }

  untilReady(name: string, within?: number): Promise<Workteam> {
    return this.until(name, isReady, { what: 'Ready to be True', ...(within !== undefined && { within }) });
  }

  untilFailed(name: string, reason: string, within?: number): Promise<Workteam> {
    const failed = (workteam: Workteam) => {
      const ready = conditionOf(workteam, 'Ready');
      const isNew = ready?.observedGeneration === workteam.metadata.generation;
      return isNew && ready.status === 'False' && ready.reason === reason;
    };
    return this.until(name, failed, { what: `Ready to be False, ${reason}`, ...(within !== undefined && { within }) });
  }

  async untilGone(name: string, within = 20_000): Promise<void> {
    await this.#when(name, (newest) => newest === undefined || newest === 'gone', 'it to be gone', within);
  }

  async #patch(name: string, patch: Patch): Promise<Workteam> {
    const body = { mergePatch: patch };
    return this.#keep(await this.#transport.request({ method: 'PATCH', path: this.#path(name), body, query: STRICT }));
  }

  #when(
    name: string,
    holds: (newest: Workteam | 'gone' | undefined) => boolean,
    what: string,
    within: number,
  ): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = () => {
      if (holds(this.#newest.get(name))) resolve();
    };
    this.#listeners.add(look);
    look();
    return inTime(promise, { what, within })
      .catch((error: Error) => {
        const seen = this.#newest.get(name);
        const shown = seen === undefined ? 'never seen' : JSON.stringify(seen, undefined, 2);
        throw new Error(`Workteam ${this.namespace}/${name}: ${error.message}; it is ${shown}`);
      })
      .finally(() => this.#listeners.delete(look));
  }

  /** A watch may be behind what an answer has told already. */
  #keep(workteam: Workteam): Workteam {
    const { name } = workteam.metadata;
    const newest = this.#newest.get(name);
    const isNews = newest === undefined || newest === 'gone' || versionOf(newest) < versionOf(workteam);
    if (isNews) this.#newest.set(name, workteam);
    for (const listener of this.#listeners) listener();
    return workteam;
  }

  #see(type: Sight['type'], workteam: Workteam): void {
    this.#sights.push({ type, workteam, at: performance.now() });
    const { name } = workteam.metadata;
    const newest = this.#newest.get(name);
    if (type !== 'DELETED') this.#keep(workteam);
    else if (newest !== undefined && newest !== 'gone' && versionOf(newest) <= versionOf(workteam)) {
      this.#newest.set(name, 'gone');
      for (const listener of this.#listeners) listener();
    }
  }

  /** Takes over all there is; returns the version to watch from. */
  async #list(signal: AbortSignal): Promise<string> {
    const { items, metadata } = await this.#transport.request<{
      items: Workteam[];
      metadata: { resourceVersion: string };
    }>({ path: this.#path(), signal });
    for (const item of items) this.#see('MODIFIED', item);
    const names = new Set(items.map((item) => item.metadata.name));
    for (const [name, newest] of this.#newest) {
      const isOlder = newest !== 'gone' && versionOf(newest) <= BigInt(metadata.resourceVersion);
      if (isOlder && !names.has(name)) this.#see('DELETED', newest);
    }
    return metadata.resourceVersion;
  }

  async #follow(resourceVersion: string, signal: AbortSignal): Promise<void> {
    const query = { watch: true, resourceVersion, timeoutSeconds: 3_000 };
    const timeouts = { silenceMs: 3_000_000 };
    const pieces = await this.#transport.stream({ path: this.#path(), query, signal, timeouts });
    this.#watched.resolve();
    for await (const event of watchEvents<Workteam>('the watch of the tests', pieces)) {
      if (event.type !== 'BOOKMARK') this.#see(event.type, event.object);
    }
  }

  #path(name?: string): string {
    const collection = `/apis/${API_VERSION}/namespaces/${this.namespace}/${PLURAL}`;
    return name === undefined ? collection : `${collection}/${name}`;
  }
}

/** How often a watch may break off before it is given up. */
const MOST_FAILURES = 10;

/** An unknown field in a test is a mistake. */
const STRICT = { fieldValidation: 'Strict' };

/** Resource versions of one kind can be compared as numbers. */
function versionOf({ metadata }: Workteam): bigint {
  return BigInt(metadata.resourceVersion);
}
