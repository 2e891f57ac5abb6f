// Instances of a component that wait for requests. An instance has one request at a time; whoever comes when all are busy
// waits in line, and beyond a length of the line is turned away.

/** Nobody can wait any more. */
export class PoolFull extends Error {
  override readonly name = "PoolFull";
}

export type PoolOptions<Instance> = {
  readonly make: () => Promise<Instance>;
  /** Lets go of an instance. */
  readonly close: (instance: Instance) => void;
  /** Instances at a time. */
  readonly most: number;
  /** How many of them may wait for work. */
  readonly mostIdle: number;
  /** How many requests may wait for an instance. */
  readonly mostWaiting: number;
};

type Waiting<Instance> = { readonly resolve: (instance: Instance) => void; readonly reject: (error: unknown) => void };

/** The instances. */
export class InstancePool<Instance> {
  readonly #options: PoolOptions<Instance>;
  readonly #idle: Instance[] = [];
  readonly #busy = new Set<Instance>();
  readonly #waiting: Waiting<Instance>[] = [];
  #making = 0;
  #isClosed = false;

  constructor(options: PoolOptions<Instance>) {
    this.#options = options;
  }

  /** Those at work. */
  get busy(): ReadonlySet<Instance> {
    return this.#busy;
  }

  /** An instance to be given back. Rejects: PoolFull, what making one fails with. */
  take(): Instance | Promise<Instance> {
    const idle = this.#idle.pop();
    if (idle !== undefined) {
      this.#busy.add(idle);
      return idle;
    }
    if (this.#waiting.length >= this.#options.mostWaiting) return Promise.reject(new PoolFull("too many requests wait"));
    const { promise, resolve, reject } = Promise.withResolvers<Instance>();
    this.#waiting.push({ resolve, reject });
    this.#makeMore();
    return promise;
  }

  /** Gives an instance back that can have the next request. */
  give(instance: Instance): void {
    this.#busy.delete(instance);
    const next = this.#isClosed ? undefined : this.#waiting.shift();
    if (next !== undefined) {
      this.#busy.add(instance);
      next.resolve(instance);
    } else if (!this.#isClosed && this.#idle.length < this.#options.mostIdle) this.#idle.push(instance);
    else this.#options.close(instance);
  }

  /** Gives an instance back that is of no use any more. */
  drop(instance: Instance): void {
    this.#busy.delete(instance);
    this.#options.close(instance);
    this.#makeMore();
  }

  /** Closes those that wait, and those at work when they are given back. */
  close(): void {
    this.#isClosed = true;
    for (const instance of this.#idle.splice(0)) this.#options.close(instance);
    for (const { reject } of this.#waiting.splice(0)) reject(new PoolFull("the server is closed"));
  }

  // One for each that waits, and one ahead.
  #makeMore(): void {
    const { most } = this.#options;
    const wanted = (): number => Math.max(1, this.#waiting.length) - this.#idle.length - this.#making;
    while (!this.#isClosed && wanted() > 0 && this.#busy.size + this.#idle.length + this.#making < most) {
      this.#making++;
      void this.#make();
    }
  }

  async #make(): Promise<void> {
    try {
      const instance = await this.#options.make();
      this.#making--;
      this.give(instance);
    } catch (error) {
      this.#making--;
      this.#waiting.shift()?.reject(error); // if nobody waits, the next to come will see for itself
      if (this.#waiting.length > 0) this.#makeMore();
    }
  }
}
