// One container: its state, and what the port says of it.
import type { Clock } from "#lib/clock.ts";
import { USAGE, type Exit, type Running } from "./engine.ts";
import type { Container, ContainerConfig, ContainerUsage } from "./port.ts";

const KILLED: Exit = { code: 137, reason: "Error" };

/** A container that is created, runs once and exits. */
export class RunOnce {
  readonly id: string;
  readonly config: ContainerConfig;
  readonly usageBuffer = new SharedArrayBuffer(USAGE.length * Float64Array.BYTES_PER_ELEMENT);
  readonly #clock: Clock;
  readonly #changed: (container: Container) => void;
  readonly #ended = Promise.withResolvers<void>();
  #isClaimed = false;
  #running: Running | undefined;
  #now: Container;

  /** `changed` is called now and after every change of state. */
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

  /** True for the first who asks, and only before it has ended: it is started once. */
  claim(): boolean {
    const isFirst = !this.#isClaimed && this.#now.state === "created";
    this.#isClaimed = true;
    return isFirst;
  }

  /** The guest runs. */
  begin(): void {
    if (this.#now.state === "created") this.#set({ ...this.#now, state: "running", startedAt: this.#clock.now() });
  }

  /** The guest is where it can be ended. */
  hold(running: Running): void {
    this.#running = running;
    if (this.#now.state === "exited") running.kill();
  }

  /** The guest has ended; what comes after the first end is not heard. */
  end({ code, reason, message }: Exit): void {
    if (this.#now.state === "exited") return;
    this.#set({ ...this.#now, state: "exited", finishedAt: this.#clock.now(), exitCode: code, reason, message });
    this.#ended.resolve();
  }

  /** Asks the guest to stop and kills it after `graceMs`. Resolves when it has ended. */
  async stop(graceMs: number): Promise<void> {
    if (this.#now.state === "created") this.end(KILLED);
    if (this.#now.state === "exited") return;
    if (graceMs <= 0) this.#running?.kill();
    else this.#running?.stop();
    const timer = this.#clock.setTimeout(() => this.#running?.kill(), Math.max(0, graceMs));
    await this.#ended.promise;
    this.#clock.clearTimeout(timer);
  }

  /** What it uses; undefined when it does not run. */
  async usage(): Promise<ContainerUsage | undefined> {
    if (this.#now.state !== "running") return undefined;
    const used = new Float64Array(this.usageBuffer);
    const cpuNanos = (await this.#running?.cpuNanos()) ?? used[USAGE.cpuNanos] ?? 0;
    return { id: this.id, cpuNanos, memoryBytes: used[USAGE.memoryBytes] ?? 0 };
  }

  #set(next: Container): void {
    this.#now = next;
    this.#changed(next);
  }
}
