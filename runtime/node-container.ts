// One container of a node: its state, and what the port says of it.
import type { Clock } from "#lib/clock.ts";
import { killed, type Exit } from "./worker/exit.ts";
import { USAGE } from "./worker/protocol.ts";
import type { Placed } from "./worker/pool.ts";
import type { Container, ContainerConfig, ContainerUsage } from "./port.ts";

/** A container; it is created, runs once and exits. */
export class NodeContainer {
  readonly id: string;
  readonly config: ContainerConfig;
  readonly usageBuffer = new SharedArrayBuffer(USAGE.length * Float64Array.BYTES_PER_ELEMENT);
  readonly #clock: Clock;
  readonly #changed: (container: Container) => void;
  readonly #ended = Promise.withResolvers<void>();
  #placed: Placed | undefined;
  #now: Container;

  constructor(id: string, config: ContainerConfig, clock: Clock, changed: (container: Container) => void) {
    this.id = id;
    this.config = config;
    this.#clock = clock;
    this.#changed = changed;
    const { sandboxId, name, attempt, imageId, logPath } = config;
    this.#now = { id, sandboxId, name, attempt, imageId, logPath, state: "created", createdAt: clock.now() };
    changed(this.#now);
  }

  get snapshot(): Container {
    return this.#now;
  }

  /** The guest runs. */
  begin(): void {
    this.#set({ ...this.#now, state: "running", startedAt: this.#clock.now() });
  }

  /** The thread that has the guest. */
  placeOn(placed: Placed): void {
    this.#placed = placed;
  }

  /** The guest has ended; what comes after the first end is not heard. */
  end({ code, reason, message }: Exit): void {
    if (this.#now.state === "exited") return;
    this.#set({ ...this.#now, state: "exited", finishedAt: this.#clock.now(), exitCode: code, reason, message });
    this.#ended.resolve();
  }

  /** Asks the guest to stop and kills it after `graceMs`. Resolves when it has ended. */
  async stop(graceMs: number): Promise<void> {
    if (this.#now.state === "created") this.end(killed());
    if (this.#now.state === "exited") return;
    if (graceMs <= 0) this.#placed?.kill();
    else this.#placed?.stop();
    const timer = this.#clock.setTimeout(() => this.#placed?.kill(), Math.max(0, graceMs));
    await this.#ended.promise;
    this.#clock.clearTimeout(timer);
  }

  /** What it uses; undefined when it does not run. */
  async usage(): Promise<ContainerUsage | undefined> {
    if (this.#now.state !== "running") return undefined;
    const [cpuNanos = 0, memoryBytes = 0] = new Float64Array(this.usageBuffer);
    return { id: this.id, cpuNanos: (await this.#placed?.cpuNanos()) ?? cpuNanos, memoryBytes };
  }

  #set(next: Container): void {
    this.#now = next;
    this.#changed(next);
  }
}
