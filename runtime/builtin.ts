// Containers that are not guests: trusted actors of ours, run in the node's own process under `runtimeClassName: orrery`. To a
// kubelet they are containers like any other; everything else goes to the runtime of guests.
import { appendFileSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { Clock } from "#lib/clock.ts";
import { uuid, type Random } from "#lib/random.ts";
import { formatLine, logTime } from "./logs/line.ts";
import {
  ContainerError,
  type Container,
  type ContainerConfig,
  type Image,
  type Runtime,
  type Sandbox,
  type SandboxConfig,
} from "./port.ts";

/** What a built-in actor is given. */
export type BuiltinContext = {
  readonly ip: string;
  readonly namespace: string;
  readonly pod: string;
  readonly env: { readonly [name: string]: string };
  /** Writes a line to the container's log. */
  readonly log: (line: string) => void;
  /** Aborted when it is to end. */
  readonly signal: AbortSignal;
};

/** Starts a built-in actor. `done` resolves when it has ended. Throws: when it cannot start. */
export type Builtin = (context: BuiltinContext) => Promise<{ readonly done: Promise<void> }>;

/** Built-in actors by the name of their image. */
export type Builtins = { readonly [image: string]: Builtin };

export type BuiltinPorts = {
  readonly clock: Clock;
  readonly random: Random;
  readonly allocate: (uid: string) => string;
  readonly release: (uid: string) => void;
  readonly nodeAddress: string;
};

const HANDLER = "orrery";

type Running = {
  container: Container;
  readonly config: ContainerConfig;
  readonly sandbox: Sandbox;
  readonly ending: AbortController;
  done: Promise<void>;
};

const imageOf = (name: string): Image => ({ id: `builtin:${name}`, tags: [name], digests: [], sizeBytes: 0 });

class BuiltinRuntime implements Runtime {
  readonly name: string;
  readonly version: string;
  readonly #guests: Runtime;
  readonly #builtins: Builtins;
  readonly #ports: BuiltinPorts;
  readonly #sandboxes = new Map<string, Sandbox>();
  readonly #containers = new Map<string, Running>();
  readonly #listeners = new Set<(container: Container) => void>();

  constructor(guests: Runtime, builtins: Builtins, ports: BuiltinPorts) {
    this.name = guests.name;
    this.version = guests.version;
    this.#guests = guests;
    this.#builtins = builtins;
    this.#ports = ports;
  }

  pull: Runtime["pull"] = async (reference, auth, signal) =>
    (await this.#builtinImage(reference)) ?? this.#guests.pull(reference, auth, signal);
  image: Runtime["image"] = async (reference) => (await this.#builtinImage(reference)) ?? this.#guests.image(reference);
  images: Runtime["images"] = () => this.#guests.images();
  removeImage: Runtime["removeImage"] = (id) => this.#guests.removeImage(id);

  async runSandbox(config: SandboxConfig, signal: AbortSignal): Promise<Sandbox> {
    if (config.handler !== HANDLER) return this.#guests.runSandbox(config, signal);
    const { uid, namespace, name, hostNetwork } = config;
    const { clock, random, allocate, nodeAddress } = this.#ports;
    const sandbox = { id: uuid(random), uid, namespace, name, ip: hostNetwork ? nodeAddress : allocate(uid), createdAt: clock.now() };
    this.#sandboxes.set(sandbox.id, sandbox);
    return sandbox;
  }

  async removeSandbox(id: string): Promise<void> {
    const sandbox = this.#sandboxes.get(id);
    if (sandbox === undefined) return this.#guests.removeSandbox(id);
    const own = [...this.#containers.values()].filter(({ config }) => config.sandboxId === id);
    await Promise.all(own.map(({ container }) => this.stop(container.id, 0)));
    for (const { container } of own) this.#containers.delete(container.id);
    this.#sandboxes.delete(id);
    this.#ports.release(sandbox.uid);
  }

  async sandboxes(): Promise<readonly Sandbox[]> {
    return [...this.#sandboxes.values(), ...(await this.#guests.sandboxes())];
  }

  async create(config: ContainerConfig, signal: AbortSignal): Promise<string> {
    const sandbox = this.#sandboxes.get(config.sandboxId);
    if (sandbox === undefined) return this.#guests.create(config, signal);
    const { clock, random } = this.#ports;
    const { sandboxId, name, attempt, imageId, logPath } = config;
    const container: Container = { id: uuid(random), sandboxId, name, attempt, imageId, state: "created", createdAt: clock.now(), logPath };
    this.#containers.set(container.id, { container, config, sandbox, ending: new AbortController(), done: Promise.resolve() });
    return container.id;
  }

  async start(id: string, signal: AbortSignal): Promise<void> {
    const running = this.#containers.get(id);
    if (running === undefined) return this.#guests.start(id, signal);
    const builtin = this.#builtins[running.config.imageId.replace(/^builtin:/, "")];
    if (builtin === undefined) throw new ContainerError("RunContainerError", `${running.config.imageId} is not a built-in actor`);
    try {
      const { done } = await builtin(this.#contextOf(running));
      running.done = done.then(
        () => this.#ended(running, 0, "Completed"),
        (error: unknown) => this.#ended(running, 1, "Error", error),
      );
    } catch (error) {
      throw new ContainerError("RunContainerError", error instanceof Error ? error.message : String(error), { cause: error });
    }
    this.#change(running, { state: "running", startedAt: this.#ports.clock.now() });
  }

  async stop(id: string, graceMs: number): Promise<void> {
    const running = this.#containers.get(id);
    if (running === undefined) return this.#guests.stop(id, graceMs);
    running.ending.abort();
    await running.done;
  }

  async remove(id: string): Promise<void> {
    if (!this.#containers.delete(id)) await this.#guests.remove(id);
  }

  async containers(): Promise<readonly Container[]> {
    return [...[...this.#containers.values()].map(({ container }) => container), ...(await this.#guests.containers())];
  }

  usage: Runtime["usage"] = () => this.#guests.usage();

  subscribe(listener: (container: Container) => void): () => void {
    this.#listeners.add(listener);
    const unsubscribe = this.#guests.subscribe(listener);
    return () => {
      this.#listeners.delete(listener);
      unsubscribe();
    };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#containers.keys()].map((id) => this.stop(id, 0)));
    await this.#guests.close();
  }

  #builtinImage(reference: string): Promise<Image | undefined> {
    const name = reference.replace(/^builtin:/, "");
    return Promise.resolve(this.#builtins[name] === undefined ? undefined : imageOf(name));
  }

  #contextOf({ config, sandbox, ending }: Running): BuiltinContext {
    mkdirSync(dirname(config.logPath), { recursive: true });
    return {
      ip: sandbox.ip,
      namespace: sandbox.namespace,
      pod: sandbox.name,
      env: Object.fromEntries(config.env.map(({ name, value }) => [name, value])),
      log: (line) => appendFileSync(config.logPath, formatLine(logTime(this.#ports.clock.now()), "stdout", line, true)),
      signal: ending.signal,
    };
  }

  #ended(running: Running, exitCode: number, reason: string, error?: unknown): void {
    const message = error instanceof Error ? error.message : undefined;
    this.#change(running, { state: "exited", finishedAt: this.#ports.clock.now(), exitCode, reason, message });
  }

  #change(running: Running, change: Partial<Container>): void {
    running.container = { ...running.container, ...change };
    for (const listener of this.#listeners) listener(running.container);
  }
}

/** Lets built-in actors run beside the guests of a runtime. */
export const withBuiltins = (guests: Runtime, builtins: Builtins, ports: BuiltinPorts): Runtime =>
  new BuiltinRuntime(guests, builtins, ports);
