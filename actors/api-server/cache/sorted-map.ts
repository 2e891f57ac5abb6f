/** A map whose keys are read in order. Adding and removing cost a binary search and one move of memory; replacing, a lookup. */
export class SortedMap<V> {
  readonly #values = new Map<string, V>();
  readonly #keys: string[] = [];

  get size(): number {
    return this.#keys.length;
  }

  get(key: string): V | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: V): void {
    if (!this.#values.has(key)) this.#keys.splice(this.#place(key), 0, key);
    this.#values.set(key, value);
  }

  delete(key: string): void {
    if (this.#values.delete(key)) this.#keys.splice(this.#place(key), 1);
  }

  /** The keys from `start` on, in order. */
  keys(start = ""): readonly string[] {
    return start === "" ? this.#keys : this.#keys.slice(this.#place(start));
  }

  /** The values in the order of their keys. */
  *values(): Generator<V> {
    for (const key of this.#keys) yield this.#values.get(key) as V;
  }

  /** How many keys are smaller. */
  #place(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#keys[middle] as string) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
