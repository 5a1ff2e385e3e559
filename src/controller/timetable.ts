interface Entry<K> {
  readonly key: K;
  readonly due: number;
}

/**
 * Keys by the time they are due; each key at most once. A sorted array: finding a place is a binary search, and moving
 * a few thousand references costs about a microsecond, so that a heap would only be longer to read.
 */
export class Timetable<K> {
  readonly #dueOf = new Map<K, number>();
  /** The latest first, so that the next one due is popped from the end. */
  readonly #entries: Entry<K>[] = [];

  /** Puts the key at `due`, wherever it was before. */
  set(key: K, due: number): void {
    this.delete(key);
    this.#dueOf.set(key, due);
    this.#entries.splice(this.#firstNotAfter(due), 0, { key, due });
  }

  delete(key: K): void {
    const due = this.#dueOf.get(key);
    if (due === undefined) return;
    this.#dueOf.delete(key);
    let index = this.#firstNotAfter(due);
    while (this.#entries[index]?.key !== key) index++;
    this.#entries.splice(index, 1);
  }

  /** When the next key is due; undefined when there is none. */
  nextDue(): number | undefined {
    return this.#entries.at(-1)?.due;
  }

  /** Removes and returns the next key if it is due at `now`. Of two due at the same time, the one set first. */
  takeDue(now: number): K | undefined {
    const last = this.#entries.at(-1);
    if (last === undefined || last.due > now) return undefined;
    this.#entries.pop();
    this.#dueOf.delete(last.key);
    return last.key;
  }

  clear(): void {
    this.#dueOf.clear();
    this.#entries.length = 0;
  }

  /** The index of the first entry whose due time is not after `due`. */
  #firstNotAfter(due: number): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = this.#entries[middle];
      if (entry !== undefined && entry.due > due) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
