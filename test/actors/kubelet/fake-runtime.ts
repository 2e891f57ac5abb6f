// A runtime in memory, whose containers do what the test says: they run until they are told to end.
import { ContainerError, type Container, type ContainerConfig, type ContainerUsage, type Image, type ImageError } from "#runtime/port.ts";
import type { Runtime, Sandbox, SandboxConfig } from "#runtime/port.ts";
import type { Clock } from "#lib/clock.ts";

/** What happens to containers of an image. */
export type Behaviour = {
  readonly pull?: ImageError | undefined;
  /** Ends by itself, at once, with this code. */
  readonly exits?: number | undefined;
  readonly startFails?: string | undefined;
  /** Takes no notice of being asked to end. */
  readonly stubborn?: boolean | undefined;
};

const imageOf = (reference: string): Image => ({
  id: `sha256:${reference}`,
  tags: [reference],
  digests: [`${reference}@sha256:0`],
  sizeBytes: 1000,
});

export class FakeRuntime implements Runtime {
  readonly name = "fake";
  readonly version = "0.1.0";
  readonly clock: Clock;
  readonly behaviours = new Map<string, Behaviour>();
  readonly onNode = new Set<string>();
  readonly pods = new Map<string, Sandbox>();
  readonly all = new Map<string, Container>();
  readonly configs: ContainerConfig[] = [];
  readonly sandboxConfigs: SandboxConfig[] = [];
  /** Bytes that containers use, by name. */
  readonly memory = new Map<string, number>();
  readonly stops: { readonly name: string; readonly graceMs: number }[] = [];
  readonly #listeners = new Set<(container: Container) => void>();
  #next: number;
  readonly #waiting = new Map<string, { resolve: () => void; timer: unknown; endsAt: number }>();

  /** `first`: ids count from here; a runtime that follows another gives none of its ids again. */
  constructor(clock: Clock, first = 0) {
    this.clock = clock;
    this.#next = first;
  }

  /** The running containers' names. */
  get running(): readonly string[] {
    return [...this.all.values()].filter(({ state }) => state === "running").map(({ name }) => name);
  }

  /** The newest container of that name. */
  container(name: string): Container {
    const found = [...this.all.values()].findLast((each) => each.name === name);
    if (found === undefined) throw new Error(`no container ${name}`);
    return found;
  }

  /** Ends a running container by itself. */
  exit(name: string, exitCode: number, reason = exitCode === 0 ? "Completed" : "Error"): void {
    this.#end(this.container(name), exitCode, reason);
  }

  async pull(reference: string): Promise<Image> {
    const failure = this.behaviours.get(reference)?.pull;
    if (failure !== undefined) throw failure;
    this.onNode.add(reference);
    return imageOf(reference);
  }
  async image(reference: string): Promise<Image | undefined> {
    return this.onNode.has(reference) ? imageOf(reference) : undefined;
  }
  async images(): Promise<readonly Image[]> {
    return [...this.onNode].map(imageOf);
  }
  async removeImage(id: string): Promise<void> {
    this.onNode.delete(id.replace(/^sha256:/, ""));
  }
  async runSandbox(config: SandboxConfig): Promise<Sandbox> {
    this.sandboxConfigs.push(config);
    const number = ++this.#next;
    const { uid, namespace, name } = config;
    const sandbox = {
      id: `sandbox-${number}`,
      uid,
      namespace,
      name,
      ip: `10.64.${number >> 8}.${number % 256}`,
      createdAt: this.clock.now(),
    };
    this.pods.set(sandbox.id, sandbox);
    return sandbox;
  }
  async removeSandbox(id: string): Promise<void> {
    for (const container of this.all.values()) {
      if (container.sandboxId !== id) continue;
      this.#end(container, 137, "Error");
      this.all.delete(container.id);
    }
    this.pods.delete(id);
  }
  async sandboxes(): Promise<readonly Sandbox[]> {
    return [...this.pods.values()];
  }
  async create(config: ContainerConfig): Promise<string> {
    if (!this.pods.has(config.sandboxId)) throw new ContainerError("CreateContainerError", "no sandbox");
    this.configs.push(config);
    const id = `container-${++this.#next}`;
    const { sandboxId, name, attempt, imageId, logPath } = config;
    this.all.set(id, { id, sandboxId, name, attempt, imageId, state: "created", createdAt: this.clock.now(), logPath });
    return id;
  }
  async start(id: string): Promise<void> {
    const container = this.all.get(id);
    if (container === undefined) throw new ContainerError("StartError", "no container");
    const { startFails, exits } = this.behaviours.get(container.imageId.replace(/^sha256:/, "")) ?? {};
    if (startFails !== undefined) {
      this.#end(container, 128, "StartError");
      throw new ContainerError("StartError", startFails);
    }
    this.#change({ ...container, state: "running", startedAt: this.clock.now() });
    if (exits !== undefined) this.exit(container.name, exits);
  }
  async stop(id: string, graceMs: number): Promise<void> {
    const container = this.all.get(id);
    if (container === undefined || container.state === "exited") return;
    this.stops.push({ name: container.name, graceMs });
    const { stubborn = false } = this.behaviours.get(container.imageId.replace(/^sha256:/, "")) ?? {};
    if (!stubborn) return this.#end(container, 143, "Error");
    await this.#killAfter(container, graceMs);
  }
  async remove(id: string): Promise<void> {
    this.all.delete(id);
  }
  async containers(): Promise<readonly Container[]> {
    return [...this.all.values()];
  }
  async usage(): Promise<readonly ContainerUsage[]> {
    return [...this.all.values()].map(({ id, name }) => ({ id, cpuNanos: 0, memoryBytes: this.memory.get(name) ?? 0 }));
  }
  subscribe(listener: (container: Container) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  async close(): Promise<void> {}

  /** A later, shorter period counts. */
  #killAfter(container: Container, graceMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const endsAt = this.clock.now() + graceMs;
    const before = this.#waiting.get(container.id);
    const settle = (): void => {
      before?.resolve();
      resolve();
    };
    if (before !== undefined && before.endsAt <= endsAt) {
      this.#waiting.set(container.id, { ...before, resolve: settle });
      return promise;
    }
    if (before !== undefined) this.clock.clearTimeout(before.timer);
    const timer = this.clock.setTimeout(() => this.#end(this.all.get(container.id) ?? container, 137, "Error"), graceMs);
    this.#waiting.set(container.id, { resolve: settle, timer, endsAt });
    return promise;
  }

  #end(container: Container, exitCode: number, reason: string): void {
    if (this.all.get(container.id)?.state === "exited") return;
    this.#change({ ...container, state: "exited", exitCode, reason, finishedAt: this.clock.now() });
    const waiting = this.#waiting.get(container.id);
    if (waiting !== undefined) this.clock.clearTimeout(waiting.timer);
    this.#waiting.delete(container.id);
    waiting?.resolve();
  }

  #change(container: Container): void {
    this.all.set(container.id, container);
    for (const listener of this.#listeners) listener(container);
  }
}
