/** A chunk that grows beyond this is cut in two: adding a key moves no more than this many others. */
const MAX_CHUNK = 512;

/** How many members of an ordered list come before `key`, as `before` says. */
const countBefore = <T>(list: readonly T[], before: (item: T) => boolean): number => {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (before(list[middle] as T)) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** A map whose keys are read in order. Adding and removing cost two binary searches and one small move of memory; replacing, a lookup. */
export class SortedMap<V> {
  readonly #values = new Map<string, V>();
  /** The keys in order, in chunks that are never empty but for the only one. */
  readonly #chunks: string[][] = [[]];

  get size(): number {
    return this.#values.size;
  }

  get(key: string): V | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: V): void {
    if (!this.#values.has(key)) this.#insert(key);
    this.#values.set(key, value);
  }

  delete(key: string): void {
    if (!this.#values.delete(key)) return;
    const at = this.#chunkOf(key);
    const chunk = this.#chunks[at] as string[];
    chunk.splice(placeIn(chunk, key), 1);
    if (chunk.length === 0 && this.#chunks.length > 1) this.#chunks.splice(at, 1);
  }

  /** The keys from `start` on, in order. */
  *keys(start = ""): Generator<string> {
    let at = this.#chunkOf(start);
    const first = this.#chunks[at] as string[];
    yield* first.slice(placeIn(first, start));
    for (at++; at < this.#chunks.length; at++) yield* this.#chunks[at] as string[];
  }

  /** The values in the order of their keys. */
  *values(): Generator<V> {
    for (const key of this.keys()) yield this.#values.get(key) as V;
  }

  #insert(key: string): void {
    const at = this.#chunkOf(key);
    const chunk = this.#chunks[at] as string[];
    chunk.splice(placeIn(chunk, key), 0, key);
    if (chunk.length > MAX_CHUNK) this.#chunks.splice(at + 1, 0, chunk.splice(MAX_CHUNK / 2));
  }

  /** The last chunk that begins at or before `key`, or the first one. */
  #chunkOf(key: string): number {
    return Math.max(0, countBefore(this.#chunks, ([first = ""]) => first <= key) - 1);
  }
}

const placeIn = (chunk: readonly string[], key: string): number => countBefore(chunk, (present) => present < key);
