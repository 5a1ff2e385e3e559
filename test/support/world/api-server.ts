import { KubernetesError } from '../../../src/kubernetes/errors.ts';
import { timestamp } from '../../../src/workteam/conditions.ts';
import { canonicalJson } from '../../../src/workteam/json.ts';
import {
  API_VERSION,
  KIND,
  parseSpec,
  type Workteam,
  type WorkteamSpec,
  type WorkteamStatus,
} from '../../../src/workteam/schema.ts';

/** One change of one object. */
export interface Written {
  readonly key: string;
  /** Whose doing, and to what. */
  readonly what: 'created' | 'spec' | 'metadata' | 'deletion' | 'finalizers' | 'status';
  readonly before: Workteam | undefined;
  /** `undefined`: the object is gone. */
  readonly after: Workteam | undefined;
}

/**
 * Workteams as an API server keeps them, where that matters to a controller: an object is its UID; each change has a new
 * resourceVersion and a write that changes nothing has none; the generation counts changes of the spec and the deletion,
 * not those of the status; a finalizer holds a deletion up, and none can be added by then; a write for another
 * resourceVersion than the present one is refused. Objects are frozen: whoever changes one throws.
 */
export class ApiServer {
  readonly #now: () => Date;
  readonly #objects = new Map<string, Workteam>();
  readonly #listeners = new Set<(written: Written) => void>();
  #version = 0;
  #uids = 0;

  constructor(now: () => Date) {
    this.#now = now;
  }

  get(key: string): Workteam | undefined {
    return this.#objects.get(key);
  }

  list(): Workteam[] {
    return [...this.#objects.values()];
  }

  /** Tells of every further change, until the returned function is called. */
  watch(listener: (written: Written) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  // What users do. What is not possible, as an edit of an object that is not there, does nothing.

  /** @throws Error when the spec breaks the schema */
  create(key: string, spec: WorkteamSpec): void {
    const [namespace = '', name = ''] = key.split('/');
    if (this.#objects.has(key)) return;
    checkSpec(spec, name);
    this.#uids += 1;
    const metadata = {
      name,
      namespace,
      uid: `uid-${this.#uids}`,
      generation: 1,
      resourceVersion: '',
      creationTimestamp: timestamp(this.#now()),
    };
    this.#put('created', key, {
      apiVersion: API_VERSION,
      kind: KIND,
      metadata,
      spec,
      status: { observedGeneration: -1 },
    });
  }

  /** @throws Error when the spec breaks the schema */
  edit(key: string, change: (spec: WorkteamSpec) => WorkteamSpec): void {
    const object = this.#objects.get(key);
    if (object === undefined) return;
    const spec = change(object.spec);
    checkSpec(spec, object.metadata.name);
    if (canonicalJson(spec) === canonicalJson(object.spec)) return;
    const { metadata } = object;
    this.#put('spec', key, { ...object, spec, metadata: { ...metadata, generation: metadata.generation + 1 } });
  }

  annotate(key: string, annotations: Readonly<Record<string, string>>): void {
    const object = this.#objects.get(key);
    if (object === undefined) return;
    const { metadata } = object;
    const merged = { ...metadata.annotations, ...annotations };
    if (canonicalJson(merged) === canonicalJson(metadata.annotations)) return;
    this.#put('metadata', key, { ...object, metadata: { ...metadata, annotations: merged } });
  }

  delete(key: string): void {
    const object = this.#objects.get(key);
    if (object === undefined) return;
    const { metadata } = object;
    if (metadata.deletionTimestamp !== undefined) return;
    if ((metadata.finalizers ?? []).length === 0) {
      this.#remove('deletion', key);
      return;
    }
    const going = { generation: metadata.generation + 1, deletionTimestamp: timestamp(this.#now()) };
    this.#put('deletion', key, { ...object, metadata: { ...metadata, ...going } });
  }

  /** Adds a finalizer, which is not possible any more while the object is being deleted, or takes it off. */
  setFinalizer(key: string, finalizer: string, present: boolean): void {
    const object = this.#objects.get(key);
    if (object === undefined) return;
    const { metadata } = object;
    const { finalizers = [], deletionTimestamp } = metadata;
    if (finalizers.includes(finalizer) === present || (present && deletionTimestamp !== undefined)) return;
    const after = present ? [...finalizers, finalizer] : finalizers.filter((other) => other !== finalizer);
    if (deletionTimestamp !== undefined && after.length === 0) this.#remove('metadata', key);
    else this.#put('metadata', key, { ...object, metadata: { ...metadata, finalizers: after } });
  }

  // What a controller does.

  /** @throws KubernetesError 404, 409, or 422 for a finalizer that is added to an object that is being deleted */
  putFinalizers(given: Workteam, finalizers: readonly string[]): Workteam {
    const { key, object } = this.#current(given);
    const { metadata } = object;
    const before = metadata.finalizers ?? [];
    const going = metadata.deletionTimestamp !== undefined;
    if (going && finalizers.some((finalizer) => !before.includes(finalizer))) throw refused(422, 'Invalid');
    if (canonicalJson(before) === canonicalJson([...finalizers])) return object;
    const after = { ...object, metadata: { ...metadata, finalizers: [...finalizers] } };
    if (!going || finalizers.length > 0) return this.#put('finalizers', key, after);
    this.#remove('finalizers', key);
    return frozen(after);
  }

  /** @throws KubernetesError 404 or 409 */
  putStatus(given: Workteam, status: WorkteamStatus): Workteam {
    const { key, object } = this.#current(given);
    const stored: WorkteamStatus = JSON.parse(JSON.stringify(status));
    if (canonicalJson(stored) === canonicalJson(object.status)) return object;
    return this.#put('status', key, { ...object, status: stored });
  }

  #current({ metadata }: Workteam): { key: string; object: Workteam } {
    const key = `${metadata.namespace}/${metadata.name}`;
    const object = this.#objects.get(key);
    if (object === undefined) throw refused(404, 'NotFound');
    if (object.metadata.resourceVersion !== metadata.resourceVersion) throw refused(409, 'Conflict');
    return { key, object };
  }

  #put(what: Written['what'], key: string, object: Workteam): Workteam {
    const before = this.#objects.get(key);
    const after = frozen({ ...object, metadata: { ...object.metadata, resourceVersion: this.#nextVersion() } });
    this.#objects.set(key, after);
    this.#tell({ key, what, before, after });
    return after;
  }

  #remove(what: Written['what'], key: string): void {
    const before = this.#objects.get(key);
    this.#objects.delete(key);
    this.#nextVersion();
    this.#tell({ key, what, before, after: undefined });
  }

  #tell(written: Written): void {
    for (const listener of this.#listeners) listener(written);
  }

  #nextVersion(): string {
    this.#version += 1;
    return String(this.#version);
  }
}

function checkSpec(spec: WorkteamSpec, name: string): void {
  const parsed = parseSpec(spec, name);
  if (!parsed.ok) throw new Error(`the API server would refuse this spec: ${parsed.problems.join('; ')}`);
}

function refused(status: number, reason: string): KubernetesError {
  return new KubernetesError(`${status} ${reason}`, { status, reason });
}

/** A copy that nobody can change. */
function frozen<T extends object>(value: T): T {
  const copy = structuredClone(value);
  const freeze = (part: unknown): void => {
    if (typeof part !== 'object' || part === null) return;
    for (const member of Object.values(part)) freeze(member);
    Object.freeze(part);
  };
  freeze(copy);
  return copy;
}
