/** What every object has. */
export interface KubernetesObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly managedFields?: unknown;
  };
}

export interface Change<T> {
  readonly type: 'added' | 'updated' | 'deleted';
  /** `namespace/name`. */
  readonly key: string;
  /** The object now; for `deleted`, as it was last seen. */
  readonly object: T;
  /** For `updated`: what it was before. */
  readonly previous?: T;
  /** Part of the first full list, and so no news; false for everything that happened since. */
  readonly initial: boolean;
}

export const keyOf = ({ metadata }: KubernetesObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;

/**
 * The newest known state of each object, and who is told when it changes. An object is its UID: when another one has
 * taken its name, that is a `deleted` and an `added`, however the news came.
 */
export class ObjectStore<T extends KubernetesObject> {
  readonly #objects = new Map<string, T>();
  readonly #onChange: (change: Change<T>) => void;

  /** `onChange` is called synchronously, after the store has changed. Must not throw. */
  constructor(onChange: (change: Change<T>) => void) {
    this.#onChange = onChange;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  list(): T[] {
    return [...this.#objects.values()];
  }

  /**
   * Takes over a full list (of one namespace, where that is given): what it says is so, also where it is older than
   * what was known, as after a restored backup. Only differences are announced.
   */
  replace(
    objects: Iterable<T>,
    { namespace, initial }: { readonly namespace?: string | undefined; initial: boolean },
  ): void {
    const gone = new Set<string>();
    for (const [key, object] of this.#objects) {
      if (namespace === undefined || object.metadata.namespace === namespace) gone.add(key);
    }
    for (const object of objects) {
      gone.delete(keyOf(object));
      this.#put(object, initial);
    }
    for (const key of gone) this.#delete(key, initial);
  }

  /** Whether just this is known of the object: news of it would be none, such as of our own write. */
  knows(object: KubernetesObject): boolean {
    const known = this.#objects.get(keyOf(object))?.metadata;
    return known?.uid === object.metadata.uid && known.resourceVersion === object.metadata.resourceVersion;
  }

  /** Takes over a watch event's object, unless something newer is known. */
  set(object: T): void {
    const known = this.#objects.get(keyOf(object));
    if (known === undefined || isNewer(object, known) !== false) this.#put(object, false);
  }

  /** Takes over that this very object is gone. */
  delete(object: T): void {
    const key = keyOf(object);
    if (this.#objects.get(key)?.metadata.uid === object.metadata.uid) this.#delete(key, false, object);
  }

  /**
   * Takes over the answer to our own write, so that the next look does not see the state before it. Announces nothing,
   * and the watch event of the same write will find nothing new (unless it overtook the answer). Ignored where the
   * object is no longer there, has been replaced, or something newer (or something that cannot be compared) is known.
   */
  observe(object: T): void {
    const key = keyOf(object);
    const known = this.#objects.get(key);
    if (known?.metadata.uid === object.metadata.uid && isNewer(object, known) === true) this.#objects.set(key, object);
  }

  #put(object: T, initial: boolean): void {
    const key = keyOf(object);
    const previous = this.#objects.get(key);
    if (previous?.metadata.uid !== object.metadata.uid) {
      if (previous !== undefined) this.#delete(key, initial);
      this.#objects.set(key, object);
      this.#onChange({ type: 'added', key, object, initial });
    } else if (previous.metadata.resourceVersion !== object.metadata.resourceVersion) {
      this.#objects.set(key, object);
      this.#onChange({ type: 'updated', key, object, previous, initial });
    }
  }

  #delete(key: string, initial: boolean, last = this.#objects.get(key)): void {
    if (last === undefined) return;
    this.#objects.delete(key);
    this.#onChange({ type: 'deleted', key, object: last, initial });
  }
}

/**
 * Whether `a` is newer than `b`; undefined where that cannot be said. Kubernetes documents resourceVersions of one
 * resource as integers that grow since 1.35, and they have always been so with etcd.
 */
function isNewer(a: KubernetesObject, b: KubernetesObject): boolean | undefined {
  const [one, other] = [a.metadata.resourceVersion, b.metadata.resourceVersion];
  if (!/^[0-9]+$/.test(one) || !/^[0-9]+$/.test(other)) return undefined;
  return BigInt(one) > BigInt(other);
}
