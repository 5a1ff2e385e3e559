/**
 * Workteams in memory, by the rules of an API server that a reconciler depends on: resource versions, generations, UIDs,
 * finalizers, and a cache that may lag behind. For tests that are about nothing else of Kubernetes.
 */
import { KubernetesError } from '../../src/kubernetes/errors.ts';
import type { Cluster } from '../../src/ports.ts';
import {
  API_VERSION,
  KIND,
  type ObjectMeta,
  REQUESTED_AT_ANNOTATION,
  type Workteam,
  type WorkteamSpec,
  type WorkteamStatus,
} from '../../src/workteam/schema.ts';

/** One write that was accepted. */
export interface ClusterWrite {
  readonly what: 'finalizers' | 'status';
  readonly key: string;
  readonly workteam: Workteam;
}

/**
 * Runs before a call of the reconciler's is served, and once more (as `statusAnswer`) when a status was written and its
 * answer is on the way; what it throws is what the call throws.
 */
export type Obstacle = (
  call: 'readLive' | 'finalizers' | 'status' | 'statusAnswer' | 'crd' | 'exists',
) => void | Promise<void>;

export class MemoryCluster implements Cluster {
  /** The writes of the reconciler that were accepted, in their order. */
  readonly writes: ClusterWrite[] = [];
  /** What stands in the way of the reconciler's calls. */
  obstacle: Obstacle = () => {};
  crdTerminating = false;
  readonly #stored = new Map<string, Workteam>();
  readonly #seen = new Map<string, Workteam>();
  readonly #wall: () => Date;
  #lagging = false;
  #versions = 0;
  #uids = 0;

  constructor(wall: () => Date) {
    this.#wall = wall;
  }

  // What users do.

  /** Creates the object, or replaces its spec. */
  apply(key: string, spec: WorkteamSpec): Workteam {
    const known = this.#stored.get(key);
    if (known === undefined) return this.#store(this.#born(key, spec));
    const generation = known.metadata.generation + 1;
    return this.#store({ ...known, metadata: { ...known.metadata, generation }, spec });
  }

  /** Asks for a pass. */
  request(key: string, requestedAt: string): void {
    const known = this.stored(key);
    const annotations = { ...known.metadata.annotations, [REQUESTED_AT_ANNOTATION]: requestedAt };
    this.#store({ ...known, metadata: { ...known.metadata, annotations } });
  }

  /** Asks for its deletion; without finalizers it is gone. */
  delete(key: string): void {
    const known = this.stored(key);
    const deletionTimestamp = timestamp(this.#wall());
    const generation = known.metadata.generation + 1;
    this.#store({ ...known, metadata: { ...known.metadata, generation, deletionTimestamp } });
  }

  /** Takes the object away, finalizers or not, as a restored backup does. */
  vanish(key: string): void {
    this.#stored.delete(key);
    if (!this.#lagging) this.#seen.delete(key);
  }

  /** From now on the reconciler's cache learns of nothing but its own writes. */
  lag(): void {
    this.#lagging = true;
  }

  /** The cache is up to date again. */
  catchUp(): void {
    this.#lagging = false;
    this.#seen.clear();
    for (const [key, workteam] of this.#stored) this.#seen.set(key, workteam);
  }

  /** As the API server has it. @throws Error when there is none */
  stored(key: string): Workteam {
    const known = this.#stored.get(key);
    if (known === undefined) throw new Error(`there is no Workteam ${key}`);
    return known;
  }

  has(key: string): boolean {
    return this.#stored.has(key);
  }

  // What the reconciler does.

  get(key: string): Workteam | undefined {
    return this.#seen.get(key);
  }

  list(): readonly Workteam[] {
    return [...this.#seen.values()];
  }

  async readLive(key: string, signal: AbortSignal): Promise<Workteam | undefined> {
    await this.#reach('readLive', signal);
    return this.#stored.get(key);
  }

  async writeFinalizers(workteam: Workteam, finalizers: readonly string[], signal: AbortSignal): Promise<Workteam> {
    await this.#reach('finalizers', signal);
    const known = this.#guarded(workteam);
    const metadata: ObjectMeta = { ...known.metadata, finalizers: [...finalizers] };
    return this.#accept('finalizers', { ...known, metadata });
  }

  async writeStatus(workteam: Workteam, status: WorkteamStatus, signal: AbortSignal): Promise<Workteam> {
    await this.#reach('status', signal);
    const written = this.#accept('status', { ...this.#guarded(workteam), status });
    await this.#reach('statusAnswer', signal);
    return written;
  }

  async crdIsTerminating(signal: AbortSignal): Promise<boolean> {
    await this.#reach('crd', signal);
    return this.crdTerminating;
  }

  async exists(namespace: string, name: string, signal: AbortSignal): Promise<boolean> {
    await this.#reach('exists', signal);
    return this.#stored.has(`${namespace}/${name}`);
  }

  async #reach(call: Parameters<Obstacle>[0], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.obstacle(call);
    signal.throwIfAborted();
  }

  /** The stored object, if it is still the one that the writer looked at. */
  #guarded({ metadata }: Workteam): Workteam {
    const known = this.#stored.get(keyOf(metadata));
    if (known === undefined) throw new KubernetesError('not found', { status: 404 });
    const same = known.metadata.uid === metadata.uid && known.metadata.resourceVersion === metadata.resourceVersion;
    if (!same) throw new KubernetesError('the object has been modified', { status: 409, reason: 'Conflict' });
    return known;
  }

  #accept(what: ClusterWrite['what'], changed: Workteam): Workteam {
    const workteam = this.#store(changed);
    const key = keyOf(workteam.metadata);
    if (this.#stored.has(key)) this.#seen.set(key, workteam);
    this.writes.push({ what, key, workteam });
    return workteam;
  }

  #born(key: string, spec: WorkteamSpec): Workteam {
    const [namespace = '', name = ''] = key.split('/');
    this.#uids += 1;
    const metadata: ObjectMeta = {
      name,
      namespace,
      uid: `uid-${this.#uids}`,
      generation: 1,
      resourceVersion: '',
      creationTimestamp: timestamp(this.#wall()),
    };
    return { apiVersion: API_VERSION, kind: KIND, metadata, spec, status: { observedGeneration: -1 } };
  }

  /** Everything that is stored is a new version, frozen, and gone when nothing holds it. */
  #store(changed: Workteam): Workteam {
    this.#versions += 1;
    const workteam = freeze(
      structuredClone({ ...changed, metadata: { ...changed.metadata, resourceVersion: `${this.#versions}` } }),
    );
    const { metadata } = workteam;
    const key = keyOf(metadata);
    const isGone = metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).length === 0;
    for (const objects of this.#lagging ? [this.#stored] : [this.#stored, this.#seen]) {
      if (isGone) objects.delete(key);
      else objects.set(key, workteam);
    }
    return workteam;
  }
}

const keyOf = ({ namespace, name }: ObjectMeta) => `${namespace}/${name}`;

const timestamp = (time: Date) => `${time.toISOString().slice(0, 19)}Z`;

/** Whoever changes what was read fails. */
function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const member of Object.values(value)) freeze(member);
  return Object.freeze(value);
}
