// The runtime over its ports: keeps the books of sandboxes and containers. They live in this process and end with it; after
// a restart there are none, and the kubelet makes them anew.
import type { Clock } from "#lib/clock.ts";
import type { Random } from "#lib/random.ts";
import { RunOnce } from "./container.ts";
import type { Engine, Guest } from "./engine.ts";
import type { NodeImages, PodAddresses } from "./node-ports.ts";
import { ContainerError, type Container, type ContainerConfig, type Runtime, type Sandbox, type SandboxConfig } from "./port.ts";

export type ContainersOptions = {
  readonly engine: Engine;
  readonly images: NodeImages;
  readonly network: PodAddresses;
  /** The address of pods that use the node's network. */
  readonly nodeAddress: string;
  readonly clock: Clock;
  readonly random: Random;
};

const VERSION = "0.1.0";

// upstream: containerd gives a container whose start failed this exit code.
const START_FAILED = 128;

type Pod = { readonly sandbox: Sandbox; readonly config: SandboxConfig };
type Entry = { readonly container: RunOnce; readonly guest: Guest };

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const notFound = (what: string, id: string): string => `${what} "${id}": not found`;

class Containers implements Runtime {
  readonly name = "orrery";
  readonly version = VERSION;
  readonly pull: Runtime["pull"];
  readonly image: Runtime["image"];
  readonly images: Runtime["images"];
  readonly removeImage: Runtime["removeImage"];
  readonly #options: ContainersOptions;
  readonly #pods = new Map<string, Pod>();
  readonly #entries = new Map<string, Entry>();
  readonly #listeners = new Set<(container: Container) => void>();

  constructor(options: ContainersOptions) {
    const { images } = options;
    this.#options = options;
    this.pull = (reference, auth, signal) => images.pull(reference, auth, signal);
    this.image = (reference) => images.find(reference);
    this.images = () => images.list();
    this.removeImage = (id) => images.remove(id);
  }

  async runSandbox(config: SandboxConfig): Promise<Sandbox> {
    const { uid, namespace, name, handler, hostNetwork } = config;
    const { engine, nodeAddress, clock } = this.#options;
    if (!engine.handles(handler)) throw new ContainerError("CreateContainerError", `no runtime for "${handler}" is configured`);
    const ip = hostNetwork ? nodeAddress : this.#allocate(uid);
    const sandbox = { id: this.#newId(), uid, namespace, name, ip, createdAt: clock.now() };
    this.#pods.set(sandbox.id, { sandbox, config });
    return sandbox;
  }

  async removeSandbox(id: string): Promise<void> {
    const pod = this.#pods.get(id);
    if (pod === undefined) return;
    const own = [...this.#entries.values()].filter(({ container }) => container.config.sandboxId === id);
    await Promise.all(own.map(({ container }) => this.remove(container.id)));
    if (this.#pods.delete(id) && !pod.config.hostNetwork) this.#options.network.release(pod.sandbox.uid);
  }

  async sandboxes(): Promise<readonly Sandbox[]> {
    return Array.from(this.#pods.values(), ({ sandbox }) => sandbox);
  }

  async create(config: ContainerConfig): Promise<string> {
    const pod = this.#pods.get(config.sandboxId);
    if (pod === undefined) throw new ContainerError("CreateContainerError", notFound("sandbox", config.sandboxId));
    const { clock, engine } = this.#options;
    const program = await this.#program(config.imageId);
    const container = new RunOnce(this.#newId(), config, clock, (changed) => this.#announce(changed));
    const guest: Guest = { id: container.id, program, config, pod: pod.config, ip: pod.sandbox.ip, usage: container.usageBuffer };
    this.#entries.set(container.id, { container, guest });
    engine.prepare(guest).catch(() => undefined); // begins here; the start says what went wrong
    return container.id;
  }

  async start(id: string): Promise<void> {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new ContainerError("StartError", notFound("container", id));
    if (!entry.container.claim()) throw new ContainerError("StartError", `container "${id}": was started before`);
    try {
      await this.#run(entry);
    } catch (cause) {
      entry.container.end({ code: START_FAILED, reason: "StartError", message: messageOf(cause) });
      throw new ContainerError("StartError", messageOf(cause), { cause });
    }
  }

  async stop(id: string, graceMs: number): Promise<void> {
    await this.#entries.get(id)?.container.stop(graceMs);
  }

  async remove(id: string): Promise<void> {
    await this.stop(id, 0);
    if (this.#entries.delete(id)) await this.#options.engine.forget(id);
  }

  async containers(): Promise<readonly Container[]> {
    return Array.from(this.#entries.values(), ({ container }) => container.snapshot);
  }

  async usage(): ReturnType<Runtime["usage"]> {
    const used = await Promise.all(Array.from(this.#entries.values(), ({ container }) => container.usage()));
    return used.filter((each) => each !== undefined);
  }

  subscribe(listener: (container: Container) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  close(): Promise<void> {
    return this.#options.engine.close();
  }

  #newId(): string {
    return Buffer.from(this.#options.random.bytes(32)).toString("hex");
  }

  #allocate(uid: string): string {
    try {
      return this.#options.network.allocate(uid);
    } catch (cause) {
      throw new ContainerError("CreateContainerError", messageOf(cause), { cause });
    }
  }

  async #program(imageId: string): Promise<Guest["program"]> {
    try {
      return await this.#options.images.program(imageId);
    } catch (cause) {
      throw new ContainerError("CreateContainerError", messageOf(cause), { cause });
    }
  }

  // Resolves when the guest has started. Rejects: when it has not.
  async #run({ container, guest }: Entry): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const running = await this.#options.engine.start(guest, {
      started: () => {
        container.begin();
        resolve();
      },
      failed: (message) => reject(new Error(message)),
      exited: (exit) => {
        container.end(exit);
        resolve();
      },
    });
    container.hold(running);
    await promise;
  }

  #announce(container: Container): void {
    for (const listener of this.#listeners) listener(container);
  }
}

/** A runtime whose guests run on `engine`. */
export const createContainers = (options: ContainersOptions): Runtime => new Containers(options);
