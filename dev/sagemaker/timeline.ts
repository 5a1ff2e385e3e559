/** A value as seen from some point: `stale` is one version further back than what is visible by now. */
export interface View {
  readonly now: number;
  readonly stale: boolean;
}

interface Version<T, R extends string> {
  readonly value: T;
  /** From when on each reader sees it (ms, the emulator's clock). */
  readonly visibleFrom: Readonly<Record<R, number>>;
}

/**
 * The versions of one thing, of which different readers see different ones, because a service does
 * not show a write everywhere at once. No reader sees an older version after a newer one.
 */
export class Timeline<T, R extends string> {
  readonly #first: T;
  #versions: Version<T, R>[] = [];

  constructor(first: T) {
    this.#first = first;
  }

  /** The true value, whoever sees it by now. */
  get latest(): T {
    return this.#valueAt(this.#versions.length - 1);
  }

  seenBy(reader: R, { now, stale }: View): T {
    const newest = this.#versions.findLastIndex(({ visibleFrom }) => visibleFrom[reader] <= now);
    const behind = stale && newest === this.#versions.length - 1 ? 1 : 0;
    return this.#valueAt(newest - behind);
  }

  /** Adds a version; all that are older than the last one that every reader sees are forgotten. */
  push(value: T, visibleFrom: Readonly<Record<R, number>>, now: number): void {
    const seenByAll = this.#versions.findLastIndex((version) => latestOf(version.visibleFrom) <= now);
    const kept = this.#versions.slice(Math.max(0, seenByAll));
    const before = this.#versions.at(-1);
    this.#versions = [
      ...kept,
      { value, visibleFrom: before ? notBefore(visibleFrom, before.visibleFrom) : visibleFrom },
    ];
  }

  #valueAt(index: number): T {
    const version = this.#versions[index];
    return version ? version.value : this.#first;
  }
}

function latestOf(visibleFrom: Readonly<Record<string, number>>): number {
  return Math.max(...Object.values(visibleFrom));
}

function notBefore<R extends string>(times: Readonly<Record<R, number>>, earliest: Readonly<Record<R, number>>) {
  const entries = Object.entries<number>(times).map(([reader, time]) => [
    reader,
    Math.max(time, earliest[reader as R]),
  ]);
  return Object.fromEntries(entries) as Record<R, number>; // the same readers
}
