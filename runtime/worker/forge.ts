// Programs made ready, each once: by its digest, its memory limit and whether it takes turns. V8 shares the compiled code
// between all threads of the process, so a node has one copy of each.
import type { Worker } from "node:worker_threads";
import type { FromForge, Prepared, ToForge } from "./protocol.ts";
import { spawn } from "./spawn.ts";

/** A program that cannot be made ready. */
export class ForgeError extends Error {
  override readonly name = "ForgeError";
  /** Its memories start above their limit. */
  readonly isMemory: boolean;
  constructor(message: string, isMemory: boolean) {
    super(message);
    this.isMemory = isMemory;
  }
}

/** What is to be made ready. */
export type Order = Omit<ToForge, "id"> & { readonly digest: string };

type Waiting = { readonly resolve: (program: Prepared) => void; readonly reject: (error: Error) => void };

// Ready programs that are kept for the next container.
const MOST_KEPT = 256;

/** Makes programs ready on a thread of its own, which starts with the first order. */
export class Forge {
  readonly #cacheDir: string;
  #worker: Worker | undefined;
  #orders = 0;
  readonly #waiting = new Map<number, Waiting>();
  readonly #made = new Map<string, Promise<Prepared>>();

  /** `cacheDir` is where Node keeps what it compiled. */
  constructor(cacheDir: string) {
    this.#cacheDir = cacheDir;
  }

  /** Rejects: ForgeError. */
  prepare(order: Order): Promise<Prepared> {
    const key = `${order.digest} ${order.memoryLimitBytes} ${order.takesTurns}`;
    const made = this.#made.get(key) ?? this.#order(order);
    this.#made.delete(key);
    this.#made.set(key, made); // the last of the map is the one used last
    made.catch(() => this.#made.delete(key));
    const oldest = this.#made.keys().next();
    if (this.#made.size > MOST_KEPT && oldest.done === false) this.#made.delete(oldest.value);
    return made;
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #order({ path, takesTurns, memoryLimitBytes }: Order): Promise<Prepared> {
    const id = this.#orders++;
    const { promise, resolve, reject } = Promise.withResolvers<Prepared>();
    this.#waiting.set(id, { resolve, reject });
    this.#thread().postMessage({ id, path, takesTurns, memoryLimitBytes } satisfies ToForge);
    return promise;
  }

  #thread(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = spawn(new URL("./forge-thread.ts", import.meta.url), this.#cacheDir);
    worker.on("message", (made: FromForge) => {
      const waiting = this.#waiting.get(made.id);
      this.#waiting.delete(made.id);
      if ("program" in made) waiting?.resolve(made.program);
      else waiting?.reject(new ForgeError(made.message, made.isMemory));
    });
    worker.on("error", (error) => this.#fail(String(error)));
    worker.on("exit", () => this.#fail("the forge was closed"));
    this.#worker = worker;
    return worker;
  }

  #fail(message: string): void {
    this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) reject(new ForgeError(message, false));
    this.#waiting.clear();
  }
}
