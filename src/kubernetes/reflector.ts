import { withoutBallast } from './ballast.ts';
import type { Clock } from './clock.ts';
import { isTooManyRequests, retryAfterMs } from './errors.ts';
import type { KubernetesObject, ObjectStore } from './store.ts';
import type { Transport } from './transport.ts';
import { watchEvents } from './watch-stream.ts';

/** A collection that can be listed and watched. */
export interface Resource {
  /** The API group's root: `/api/v1`, `/apis/workteams.dev/v1alpha1`. */
  readonly root: string;
  readonly plural: string;
  /** One namespace; all of them when left out. */
  readonly namespace?: string | undefined;
  /** Only objects whose labels match; all of them when left out. One that stops to match is as good as deleted to the server. */
  readonly labelSelector?: string | undefined;
}

/** All in milliseconds but `pageSize`. */
export interface ReflectorTiming {
  /** How many objects a page of a list has; client-go's number. */
  readonly pageSize: number;
  /** After how long the server ends a watch: drawn evenly from this range, as client-go does, so that servers are rebalanced. */
  readonly watchFromMs: number;
  readonly watchToMs: number;
  /**
   * How long a watch may be silent. The API server sends a bookmark about every minute, so two and a half minutes
   * without a byte mean that nobody is there, or that the server does not know our resourceVersion yet and holds
   * everything back (etcd restored from a backup). Either way the answer is a new list.
   */
  readonly silenceMs: number;
  /** The first pause after trouble: this to twice this. It doubles with each failure in a row; client-go's numbers. */
  readonly backoffBaseMs: number;
  /** The longest pause. */
  readonly backoffCapMs: number;
  /** A watch that lasted this long was a success: the next failure is the first again. */
  readonly settledMs: number;
  /**
   * How old a list may be when a watch ends before the next one takes its place. A server that keeps an event back and
   * then says that there was none (a bookmark, a later event) breaks its word, and nothing but a list can tell.
   */
  readonly relistMs: number;
}

const TIMING: ReflectorTiming = {
  pageSize: 500,
  watchFromMs: 300_000,
  watchToMs: 600_000,
  silenceMs: 150_000,
  backoffBaseMs: 800,
  backoffCapMs: 30_000,
  settledMs: 10_000,
  relistMs: 3_600_000,
};

export interface ReflectorOptions<T extends KubernetesObject> {
  readonly transport: Pick<Transport, 'request' | 'stream'>;
  readonly resource: Resource;
  /** Kept equal to the API server; several reflectors, each of its own namespace, may share one. */
  readonly store: ObjectStore<T>;
  /** Makes of each object what goes into the store, and keeps its metadata; the object itself, when left out. */
  readonly read?: (object: T) => T;
  /** Told of all trouble, including the harmless (410); the reflector carries on by itself. Must not throw. */
  readonly onError: (error: unknown, retryInMs: number) => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly timing?: Partial<ReflectorTiming>;
}

export type ReflectorState = 'idle' | 'listing' | 'watching' | 'pausing' | 'stopped';

interface List<T> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly T[];
}

/**
 * Keeps a store equal to a collection in the API server, for ever.
 *
 *     listing ──full list──▶ watching ──server ends the watch──▶ watching (from the last resourceVersion)
 *        ▲                      │
 *        └── pausing ◀──any trouble, in either state
 *
 * Trouble is a refused connection, an HTTP error, 410 (at connect or in the stream), a line that is no event, silence.
 * All of it leads to a pause and a new full list, because that is always right; only "too many requests" resumes the
 * watch, because a list would be more of the same to a busy server. A pause is jittered, doubles with each failure in
 * a row, and is never shorter than a Retry-After. A server that ends its watches too soon gets the shortest pause. Where
 * there is no trouble, a list follows the first watch that ends an hour after the last.
 */
export class Reflector<T extends KubernetesObject> {
  readonly #options: ReflectorOptions<T>;
  readonly #timing: ReflectorTiming;
  readonly #path: string;
  readonly #stop = new AbortController();
  readonly #synced = Promise.withResolvers<void>();
  #run: Promise<void> | undefined;
  #state: ReflectorState = 'idle';
  #hasSynced = false;
  /** Failures in a row. */
  #failures = 0;
  /** When the last full list began. */
  #listed = 0;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#timing = { ...TIMING, ...options.timing };
    const { root, plural, namespace } = options.resource;
    this.#path = namespace === undefined ? `${root}/${plural}` : `${root}/namespaces/${namespace}/${plural}`;
  }

  get state(): ReflectorState {
    return this.#state;
  }

  /** Whether the store has had a full list; it stays so. */
  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** Resolves with the first full list; never, when stopped before. */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  start(): void {
    this.#run ??= this.#loop();
  }

  /** Ends whatever is under way. Nothing is announced after the call; resolves when no request or timer is left. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#run;
    this.#state = 'stopped';
  }

  async #loop(): Promise<void> {
    const { signal } = this.#stop;
    /** The resourceVersion to watch from; undefined when only a full list can say. */
    let version: string | undefined;
    while (!signal.aborted) {
      try {
        version ??= await this.#list(signal);
        version = await this.#watch(version, signal);
        if (this.#options.clock.now() - this.#listed >= this.#timing.relistMs) version = undefined;
      } catch (error) {
        if (signal.aborted) return;
        if (!isTooManyRequests(error)) version = undefined;
        const pause = Math.max(this.#backoff(this.#failures++), retryAfterMs(error) ?? 0);
        this.#options.onError(error, pause);
        await this.#pause(pause, signal);
      }
    }
  }

  #taken(object: T): T {
    const { read } = this.#options;
    const taken = withoutBallast(object);
    return read === undefined ? taken : read(taken);
  }

  /** Lists everything, page by page, from the newest state; returns the resourceVersion that the list shows. */
  async #list(signal: AbortSignal): Promise<string> {
    this.#state = 'listing';
    const { transport, store, resource, clock } = this.#options;
    const { labelSelector } = resource;
    const began = clock.now();
    const objects: T[] = [];
    let cursor: string | undefined;
    let version: string;
    do {
      const query = { labelSelector, limit: this.#timing.pageSize, continue: cursor };
      const page = await transport.request<List<T>>({ path: this.#path, query, signal });
      for (const item of page.items) objects.push(this.#taken(item));
      version = page.metadata.resourceVersion;
      cursor = page.metadata.continue || undefined;
    } while (cursor !== undefined);
    signal.throwIfAborted();
    store.replace(objects, { namespace: resource.namespace, initial: !this.#hasSynced });
    this.#hasSynced = true;
    this.#synced.resolve();
    this.#listed = began;
    return version;
  }

  /** Watches from a resourceVersion until the server ends it; returns the one to go on from. */
  async #watch(from: string, signal: AbortSignal): Promise<string> {
    this.#state = 'watching';
    const { clock, random } = this.#options;
    const { watchFromMs, watchToMs, settledMs } = this.#timing;
    const timeoutSeconds = Math.ceil((watchFromMs + random() * (watchToMs - watchFromMs)) / 1_000);
    const started = clock.now();
    const settled = () => clock.now() - started >= settledMs;
    try {
      const version = await this.#follow(from, timeoutSeconds, signal);
      if (!settled()) await this.#pause(this.#backoff(0), signal);
      return version;
    } finally {
      if (settled()) this.#failures = 0;
    }
  }

  async #follow(from: string, timeoutSeconds: number, signal: AbortSignal): Promise<string> {
    const { transport, store, resource } = this.#options;
    const { labelSelector } = resource;
    const query = { labelSelector, watch: true, allowWatchBookmarks: true, resourceVersion: from, timeoutSeconds };
    const timeouts = { silenceMs: this.#timing.silenceMs };
    const pieces = await transport.stream({ path: this.#path, query, signal, timeouts });
    let version = from;
    for await (const { type, object } of watchEvents<T>(`watch ${this.#path}`, pieces)) {
      signal.throwIfAborted();
      if (type === 'DELETED') store.delete(this.#taken(object));
      else if (type !== 'BOOKMARK' && !store.knows(object)) store.set(this.#taken(object));
      version = object.metadata.resourceVersion;
    }
    return version;
  }

  /** Resolves early, without a word, when stopped. */
  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    this.#state = 'pausing';
    await this.#options.clock.sleep(ms, signal).catch(() => {});
  }

  #backoff(failures: number): number {
    const { backoffBaseMs, backoffCapMs } = this.#timing;
    return Math.min(backoffCapMs, backoffBaseMs * 2 ** failures * (1 + this.#options.random()));
  }
}
