/** Counts the requests in progress, so that a server that ends can let them finish. */
export class InProgress {
  #count = 0;
  #onIdle: (() => void) | undefined;

  /** A request has come. */
  enter(): void {
    this.#count++;
  }

  /** A request has been answered. */
  leave(): void {
    this.#count--;
    if (this.#count === 0) this.#onIdle?.();
  }

  /** Resolves when nothing is in progress. */
  idle(): Promise<void> {
    return this.#count === 0 ? Promise.resolve() : new Promise((resolve) => (this.#onIdle = resolve));
  }
}
