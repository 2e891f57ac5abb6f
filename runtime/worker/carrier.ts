// One worker thread and the guests on it.
import type { Worker } from "node:worker_threads";
import type { Watcher } from "#runtime/engine.ts";
import { killed } from "./exit.ts";
import type { FromThread, GuestSpec, ToThread } from "./protocol.ts";
import { spawn } from "./spawn.ts";

// V8's heap holds what hosts know of guests, not their memories; a small young generation keeps a thread small.
const RESOURCES = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 4, stackSizeMb: 4 };

/** A worker thread. */
export class Carrier {
  readonly #worker: Worker;
  readonly #guests = new Map<string, Watcher>();
  readonly #onEnd: () => void;
  #isAlive = true;

  /** `onEnd` is called when the thread is gone. */
  constructor(cacheDir: string, onEnd: () => void) {
    this.#onEnd = onEnd;
    this.#worker = spawn(new URL("./thread.ts", import.meta.url), cacheDir, { resourceLimits: RESOURCES });
    this.#worker.on("message", (message: FromThread) => this.#take(message));
    this.#worker.on("error", (error) => this.#lose(String(error)));
    this.#worker.on("exit", () => this.#lose("the thread of the container has ended"));
  }

  get guestCount(): number {
    return this.#guests.size;
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  has(id: string): boolean {
    return this.#guests.has(id);
  }

  start(guest: GuestSpec, watcher: Watcher): void {
    this.#guests.set(guest.id, watcher);
    this.#tell({ do: "start", guest });
  }

  stop(id: string): void {
    this.#tell({ do: "stop", id });
  }

  kill(id: string): void {
    this.#tell({ do: "kill", id });
  }

  /** The CPU that the thread has used; 0 when it is gone. */
  async cpuNanos(): Promise<number> {
    const { user, system } = await this.#worker.cpuUsage().catch(() => ({ user: 0, system: 0 }));
    return (user + system) * 1000;
  }

  /** Ends the thread and whatever is on it. */
  async terminate(): Promise<void> {
    this.#lose(undefined);
    await this.#worker.terminate();
  }

  #tell(message: ToThread): void {
    this.#worker.postMessage(message);
  }

  #take(message: FromThread): void {
    const watcher = this.#guests.get(message.id);
    if (message.did !== "start") this.#guests.delete(message.id);
    if (message.did === "start") watcher?.started();
    else if (message.did === "fail") watcher?.failed(message.message);
    else watcher?.exited(message.exit);
  }

  #lose(message: string | undefined): void {
    if (!this.#isAlive) return;
    this.#isAlive = false;
    const guests = [...this.#guests.values()];
    this.#guests.clear();
    this.#onEnd();
    for (const watcher of guests) watcher.exited(killed(message));
  }
}
