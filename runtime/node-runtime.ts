// The runtime of a node: images and addresses by its ports, guests on worker threads. Containers live in this process and
// end with it; after a restart there are none, and the kubelet makes them anew.
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/log.ts";
import type { Random } from "#lib/random.ts";
import { NodeContainer } from "./node-container.ts";
import type { NodeImages, PodAddresses, Program } from "./node-ports.ts";
import { argsOf, envOf, HANDLERS, sharingOf } from "./placement.ts";
import { podFiles } from "./pod-files.ts";
import { ContainerError, type Container, type ContainerConfig, type Runtime, type Sandbox, type SandboxConfig } from "./port.ts";
import { Forge, ForgeError } from "./worker/forge.ts";
import { Pool, type PoolOptions } from "./worker/pool.ts";
import type { GuestSpec, Prepared } from "./worker/protocol.ts";

export type NodeRuntimeOptions = {
  readonly images: NodeImages;
  readonly network: PodAddresses;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Where containers have their root directories, and compiled code is kept. */
  readonly dataDir: string;
  /** The address of pods that use the node's network. */
  readonly nodeAddress: string;
  /** Bytes of memory that a guest without a limit may have. */
  readonly memoryCapBytes?: number | undefined;
  readonly threads?: Omit<PoolOptions, "cacheDir"> | undefined;
};

const VERSION = "0.1.0";
const DEFAULT_MEMORY_CAP_BYTES = 1024 ** 3;

// What a failed start exits with. upstream: containerd's unknown exit status is 255, a start that failed 128
const START_FAILED = 128;

type PodSandbox = { readonly sandbox: Sandbox; readonly config: SandboxConfig };
type Made = { readonly container: NodeContainer; readonly program: Program; readonly pod: PodSandbox };

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

class NodeRuntime implements Runtime {
  readonly name = "orrery";
  readonly version = VERSION;
  readonly #options: NodeRuntimeOptions;
  readonly #forge: Forge;
  readonly #pool: Pool;
  readonly #root: string;
  readonly #pods = new Map<string, PodSandbox>();
  readonly #containers = new Map<string, Made>();
  readonly #listeners = new Set<(container: Container) => void>();

  constructor(options: NodeRuntimeOptions) {
    this.#options = options;
    const cacheDir = join(options.dataDir, "compiled");
    this.#forge = new Forge(cacheDir);
    this.#pool = new Pool({ ...options.threads, cacheDir });
    this.#root = join(options.dataDir, "containers");
  }

  async open(): Promise<this> {
    await rm(this.#root, { recursive: true, force: true });
    await mkdir(this.#root, { recursive: true });
    return this;
  }

  pull: Runtime["pull"] = (reference, auth, signal) => this.#options.images.pull(reference, auth, signal);
  image: Runtime["image"] = (reference) => this.#options.images.find(reference);
  images: Runtime["images"] = () => this.#options.images.list();
  removeImage: Runtime["removeImage"] = (id) => this.#options.images.remove(id);

  async runSandbox(config: SandboxConfig): Promise<Sandbox> {
    const { uid, namespace, name, handler, hostNetwork } = config;
    if (HANDLERS[handler] === undefined) throw new ContainerError("CreateContainerError", `no runtime for "${handler}" is configured`);
    const { network, nodeAddress, clock } = this.#options;
    const ip = hostNetwork ? nodeAddress : this.#allocate(uid, network);
    const sandbox = { id: this.#newId(), uid, namespace, name, ip, createdAt: clock.now() };
    this.#pods.set(sandbox.id, { sandbox, config });
    return sandbox;
  }

  async removeSandbox(id: string): Promise<void> {
    const pod = this.#pods.get(id);
    if (pod === undefined) return;
    const own = [...this.#containers.values()].filter(({ container }) => container.config.sandboxId === id);
    await Promise.all(own.map(({ container }) => this.remove(container.id)));
    this.#pods.delete(id);
    if (!pod.config.hostNetwork) this.#options.network.release(pod.sandbox.uid);
  }

  async sandboxes(): Promise<readonly Sandbox[]> {
    return Array.from(this.#pods.values(), ({ sandbox }) => sandbox);
  }

  async create(config: ContainerConfig): Promise<string> {
    const pod = this.#pods.get(config.sandboxId);
    if (pod === undefined) throw new ContainerError("CreateContainerError", `sandbox "${config.sandboxId}" not found`);
    const program = await this.#programOf(config.imageId);
    const container = new NodeContainer(this.#newId(), config, this.#options.clock, (changed) => this.#announce(changed));
    this.#containers.set(container.id, { container, program, pod });
    this.#prepare(config, program, pod).catch(() => undefined); // begins here; start says what went wrong
    return container.id;
  }

  async start(id: string): Promise<void> {
    const made = this.#containers.get(id);
    if (made === undefined) throw new ContainerError("StartError", `container "${id}" not found`);
    const { container, program, pod } = made;
    try {
      const prepared = await this.#prepare(container.config, program, pod);
      await this.#run(made, prepared);
    } catch (error) {
      if (error instanceof ForgeError && error.isMemory) return this.#outOfMemory(container, error);
      container.end({ code: START_FAILED, reason: "StartError", message: messageOf(error) });
      throw new ContainerError("StartError", messageOf(error), { cause: error });
    }
  }

  async stop(id: string, graceMs: number): Promise<void> {
    await this.#containers.get(id)?.container.stop(graceMs);
  }

  async remove(id: string): Promise<void> {
    await this.stop(id, 0);
    this.#containers.delete(id);
    await rm(join(this.#root, id), { recursive: true, force: true });
  }

  async containers(): Promise<readonly Container[]> {
    return Array.from(this.#containers.values(), ({ container }) => container.snapshot);
  }

  async usage(): ReturnType<Runtime["usage"]> {
    const used = await Promise.all(Array.from(this.#containers.values(), ({ container }) => container.usage()));
    return used.filter((each) => each !== undefined);
  }

  subscribe(listener: (container: Container) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    await Promise.all([this.#pool.close(), this.#forge.close()]);
  }

  #newId(): string {
    return Buffer.from(this.#options.random.bytes(32)).toString("hex");
  }

  #allocate(uid: string, network: PodAddresses): string {
    try {
      return network.allocate(uid);
    } catch (cause) {
      throw new ContainerError("CreateContainerError", messageOf(cause), { cause });
    }
  }

  async #programOf(imageId: string): Promise<Program> {
    try {
      return await this.#options.images.program(imageId);
    } catch (cause) {
      throw new ContainerError("CreateContainerError", messageOf(cause), { cause });
    }
  }

  #prepare(config: ContainerConfig, { digest, path }: Program, pod: PodSandbox): Promise<Prepared> {
    const memoryLimitBytes = config.memoryLimitBytes ?? this.#options.memoryCapBytes ?? DEFAULT_MEMORY_CAP_BYTES;
    return this.#forge.prepare({ digest, path, memoryLimitBytes, takesTurns: sharingOf(pod.config.handler, config) === "turns" });
  }

  #run(made: Made, prepared: Prepared): Promise<void> {
    const { container, pod } = made;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const wanted = sharingOf(pod.config.handler, container.config);
    const sharing = wanted === "turns" && !prepared.takesTurns ? "alone" : wanted;
    const placed = this.#pool.start(this.#specOf(made, prepared), sharing, {
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
    container.placeOn(placed);
    return promise;
  }

  #specOf({ container, program, pod }: Made, prepared: Prepared): GuestSpec {
    const { config } = container;
    return {
      id: container.id,
      program: prepared,
      args: argsOf(config, program),
      env: envOf(config, program, pod.config),
      rootPath: join(this.#root, container.id),
      readOnlyRoot: config.readOnlyRootFilesystem ?? false,
      mounts: config.mounts,
      files: podFiles(pod.config, pod.sandbox.ip),
      logPath: config.logPath,
      cpuLimitMilli: config.cpuLimitMilli === 0 ? undefined : config.cpuLimitMilli,
      address: pod.sandbox.ip,
      ports: config.ports.filter(({ protocol }) => protocol === "TCP").map(({ containerPort }) => containerPort),
      usage: container.usageBuffer,
    };
  }

  // Upstream starts such a container too, and the kernel kills it.
  #outOfMemory(container: NodeContainer, { message }: ForgeError): void {
    container.begin();
    container.end({ code: 137, reason: "OOMKilled", message });
  }

  #announce(container: Container): void {
    for (const listener of this.#listeners) listener(container);
  }
}

/** The runtime of one node. */
export const createNodeRuntime = (options: NodeRuntimeOptions): Promise<Runtime> => new NodeRuntime(options).open();
