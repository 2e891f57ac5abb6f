import type { Watch } from "./life.ts";

/** Something that announces when it may have become ready. */
export class Signal implements Watch {
  readonly #waiting = new Set<() => void>();

  watch(fn: () => void): () => void {
    this.#waiting.add(fn);
    return () => void this.#waiting.delete(fn);
  }

  announce(): void {
    for (const fn of Array.from(this.#waiting)) fn();
  }
}
