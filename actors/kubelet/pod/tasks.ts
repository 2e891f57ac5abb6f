// What is under way for a pod, so that its end can wait for all of it.

/** Promises that have not settled. */
export class Tasks {
  readonly #running = new Set<Promise<unknown>>();
  readonly #onFailure: (error: unknown) => void;

  constructor(onFailure: (error: unknown) => void) {
    this.#onFailure = onFailure;
  }

  /** Keeps the task until it has settled; a failure is told, and is the caller's too. */
  track<T>(task: Promise<T>): Promise<T> {
    this.#running.add(task);
    void task.catch(this.#onFailure).finally(() => this.#running.delete(task));
    return task;
  }

  /** The same, for a task that nobody waits for. */
  run(task: Promise<unknown>): void {
    this.track(task).catch(() => undefined);
  }

  /** Resolves when what runs now has settled, well or not. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#running);
  }
}
