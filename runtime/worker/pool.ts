// The worker threads of a node: few that many guests share by turns, and one each for guests that cannot share.
//
// P1 a guest that takes turns shares a thread with others that do. P2 trusted guests, which do not but only wait, share
// threads among themselves. P3 any other has a thread of its own, and ending it ends the thread if need be. P4 the thread
// of one whose host leaves something behind ends with it.
import { availableParallelism } from "node:os";
import type { Running, Watcher } from "#runtime/engine.ts";
import { Carrier } from "./carrier.ts";
import type { GuestSpec } from "./protocol.ts";

/** Which thread a guest gets. */
export type Sharing = "turns" | "trusted" | Own;

/** A thread of its own, which another may have after it or not. */
export type Own = "alone" | "once";

export type PoolOptions = {
  /** Where Node keeps what it compiled. */
  readonly cacheDir: string;
  /** Threads for guests that share; as many as there are processors by default. */
  readonly threads?: number | undefined;
  /** Threads that are kept ready for guests that cannot share. */
  readonly spare?: number | undefined;
};

// More suspended guests in one process abort it: each has a stack that is mapped.
const MOST_SHARING = 8000;

// How long a guest may take to end on a thread that it shares before the thread is given up.
const KILL_MS = 2000;

/** The threads. */
export class Pool {
  readonly #cacheDir: string;
  readonly #threads: number;
  readonly #spareCount: number;
  readonly #shared: Readonly<Record<"turns" | "trusted", Set<Carrier>>> = { turns: new Set(), trusted: new Set() };
  readonly #spare = new Set<Carrier>();
  readonly #alone = new Set<Carrier>();
  readonly #ending = new Set<Promise<void>>();
  #isClosed = false;

  constructor({ cacheDir, threads = availableParallelism(), spare = 1 }: PoolOptions) {
    this.#cacheDir = cacheDir;
    this.#threads = threads;
    this.#spareCount = spare;
  }

  /** Starts a guest. */
  start(guest: GuestSpec, sharing: Sharing, watcher: Watcher): Running {
    if (sharing === "alone" || sharing === "once") return this.#startAlone(guest, sharing, watcher);
    return this.#sharing >= MOST_SHARING ? this.#startAlone(guest, "alone", watcher) : this.#share(guest, sharing, watcher);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const all = [...this.#shared.turns, ...this.#shared.trusted, ...this.#spare, ...this.#alone];
    await Promise.all([...this.#ending, ...all.map((carrier) => carrier.terminate())]);
  }

  get #sharing(): number {
    return [...this.#shared.turns, ...this.#shared.trusted].reduce((sum, { guestCount }) => sum + guestCount, 0);
  }

  #share(guest: GuestSpec, sharing: "turns" | "trusted", watcher: Watcher): Running {
    const carrier = this.#leastLoaded(this.#shared[sharing]);
    carrier.start(guest, watcher);
    const kill = (): void => {
      carrier.kill(guest.id);
      setTimeout(() => this.#giveUp(carrier, guest.id), KILL_MS).unref();
    };
    return { stop: () => carrier.stop(guest.id), kill, cpuNanos: async () => undefined };
  }

  // A thread on which a guest cannot be ended is stuck, and so are all others on it.
  #giveUp(carrier: Carrier, id: string): void {
    if (carrier.has(id)) this.#end(carrier);
  }

  #leastLoaded(carriers: Set<Carrier>): Carrier {
    const least = [...carriers].toSorted((a, b) => a.guestCount - b.guestCount)[0];
    if (least !== undefined && (least.guestCount === 0 || carriers.size >= this.#threads)) return least;
    return this.#spawn(carriers);
  }

  #startAlone(guest: GuestSpec, own: Own, watcher: Watcher): Running {
    const carrier = this.#takeSpare();
    const done =
      <Args extends readonly unknown[]>(tell: (...args: Args) => void) =>
      (...args: Args): void => {
        this.#letGo(carrier, own);
        tell(...args);
      };
    const freeing: Watcher = {
      started: () => watcher.started(),
      failed: done((message: string) => watcher.failed(message)),
      exited: done((exit) => watcher.exited(exit)),
    };
    const before = carrier.cpuNanos();
    carrier.start(guest, freeing);
    // A guest that takes turns is timed at each; of any other the thread knows.
    const cpuNanos = async (): Promise<number | undefined> =>
      guest.program.takesTurns ? undefined : (await carrier.cpuNanos()) - (await before);
    return { stop: () => carrier.stop(guest.id), kill: () => this.#end(carrier), cpuNanos };
  }

  #takeSpare(): Carrier {
    const [spare] = this.#spare;
    const carrier = spare ?? this.#spawn(this.#alone);
    this.#spare.delete(carrier);
    this.#alone.add(carrier);
    setImmediate(() => this.#keepSpare());
    return carrier;
  }

  #keepSpare(): void {
    if (!this.#isClosed && this.#spare.size < this.#spareCount) this.#spawn(this.#spare);
  }

  // Most guests leave nothing on their thread, so the next can have it.
  #letGo(carrier: Carrier, own: Own): void {
    this.#alone.delete(carrier);
    if (!carrier.isAlive) return;
    if (own === "alone" && this.#spare.size < this.#spareCount) this.#spare.add(carrier);
    else this.#end(carrier);
  }

  #end(carrier: Carrier): void {
    const ended = carrier.terminate().finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }

  #spawn(into: Set<Carrier>): Carrier {
    const carrier = new Carrier(this.#cacheDir, () => {
      for (const set of [this.#shared.turns, this.#shared.trusted, this.#spare, this.#alone]) set.delete(carrier);
    });
    into.add(carrier);
    return carrier;
  }
}
