// The engine on worker threads: makes programs ready, decides how a guest shares a thread, and gives it to one.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { ClusterNetwork } from "#lib/cluster-network.ts";
import type { Engine, Guest, Running, Watcher } from "#runtime/engine.ts";
import { argsOf, envOf } from "#runtime/guest.ts";
import { podFiles } from "#runtime/pod-files.ts";
import { Forge, ForgeError } from "./forge.ts";
import { Pool, type PoolOptions, type Sharing } from "./pool.ts";
import type { GuestSpec, Prepared } from "./protocol.ts";

export type ThreadEngineOptions = {
  /** Where guests have their root directories. */
  readonly rootsDir: string;
  /** Where compiled code is kept. */
  readonly cacheDir: string;
  /** Bytes of memory that a guest without a limit may have. */
  readonly memoryCapBytes: number;
  /** The network that guests are in; without one, a loopback address is a guest's own pod, and every port is as it is. */
  readonly network?: ClusterNetwork | undefined;
  readonly threads?: Omit<PoolOptions, "cacheDir"> | undefined;
};

const ALONE: ClusterNetwork = { ranges: [], mayBindLow: true };

const WASMER = "wasmer";

// By runtime handler: the default, trusted guests that share threads without metering, a thread for each, Wasmer's host, which
// keeps what it held of a guest.
const SHARING: Readonly<Record<string, Sharing>> = { "": "turns", shared: "trusted", dedicated: "alone", [WASMER]: "once" };

// A guest has one thread at most. One that may use all of it anyway does not share it, and needs no metering.
const WHOLE_CPU_MILLI = 1000;

/** How a guest is to share its thread. */
export const sharingOf = ({ pod, config }: Pick<Guest, "pod" | "config">): Sharing => {
  const sharing = SHARING[pod.handler] ?? "turns";
  return sharing === "turns" && (config.cpuLimitMilli ?? 0) >= WHOLE_CPU_MILLI ? "alone" : sharing;
};

// Metering is for turns, and for limits that nothing else would hold.
const isMetered = (guest: Guest): boolean => {
  const { cpuLimitMilli = 0 } = guest.config;
  const sharing = sharingOf(guest);
  return sharing === "turns" || (sharing !== "trusted" && cpuLimitMilli > 0 && cpuLimitMilli < WHOLE_CPU_MILLI);
};

/** Runs guests on worker threads. */
export class ThreadEngine implements Engine {
  readonly #options: ThreadEngineOptions;
  readonly #forge: Forge;
  readonly #pool: Pool;

  constructor(options: ThreadEngineOptions) {
    this.#options = options;
    this.#forge = new Forge(options.cacheDir);
    this.#pool = new Pool({ ...options.threads, cacheDir: options.cacheDir });
  }

  handles(handler: string): boolean {
    return Object.hasOwn(SHARING, handler);
  }

  async prepare(guest: Guest): Promise<void> {
    await this.#forgeFor(guest);
  }

  async start(guest: Guest, watcher: Watcher): Promise<Running> {
    try {
      const prepared = await this.#forgeFor(guest);
      if (guest.pod.handler === WASMER && prepared.kind === "component")
        throw new Error(`the runtime "${WASMER}" runs modules, not components`);
      const wanted = sharingOf(guest);
      const sharing = wanted === "turns" && !prepared.takesTurns ? "alone" : wanted;
      return this.#pool.start(this.#specOf(guest, prepared), sharing, watcher);
    } catch (error) {
      if (!(error instanceof ForgeError) || !error.isMemory) throw error;
      return diesForMemory(watcher, error.message);
    }
  }

  async forget(id: string): Promise<void> {
    await rm(this.#rootOf(id), { recursive: true, force: true });
  }

  async close(): Promise<void> {
    await Promise.all([this.#pool.close(), this.#forge.close()]);
  }

  #rootOf(id: string): string {
    return join(this.#options.rootsDir, id);
  }

  #forgeFor(guest: Guest): Promise<Prepared> {
    const { digest, path } = guest.program;
    return this.#forge.prepare({ digest, path, memoryLimitBytes: this.#limitOf(guest), takesTurns: isMetered(guest) });
  }

  #limitOf({ config }: Guest): number {
    return config.memoryLimitBytes ?? this.#options.memoryCapBytes;
  }

  #specOf(guest: Guest, prepared: Prepared): GuestSpec {
    const { id, program, config, pod, ip, usage } = guest;
    const { network = ALONE } = this.#options;
    const { mounts, logPath, cpuLimitMilli = 0 } = config;
    return {
      id,
      usage,
      mounts,
      logPath,
      program: prepared,
      wasmer: pod.handler === WASMER,
      args: argsOf(config, program),
      env: envOf(config, program, pod),
      rootPath: this.#rootOf(id),
      readOnlyRoot: config.readOnlyRootFilesystem ?? false,
      files: podFiles(pod, ip),
      cpuLimitMilli: cpuLimitMilli === 0 ? undefined : cpuLimitMilli,
      network: { ...network, address: ip, isHost: pod.hostNetwork },
      annotations: config.annotations,
      memoryLimitBytes: this.#limitOf(guest),
      ports: config.ports.filter(({ protocol }) => protocol === "TCP").map(({ containerPort }) => containerPort),
    };
  }
}

// Upstream starts such a container too, and the kernel kills it.
const diesForMemory = (watcher: Watcher, message: string): Running => {
  watcher.started();
  watcher.exited({ code: 137, reason: "OOMKilled", message });
  return { stop: () => undefined, kill: () => undefined, cpuNanos: async () => undefined };
};
