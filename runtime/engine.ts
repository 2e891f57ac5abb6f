// The port under a node's runtime: what runs guests. The runtime keeps the books of sandboxes and containers; an engine
// knows of neither a pod's life nor Kubernetes.
import type { Program } from "./node-ports.ts";
import type { ContainerConfig, SandboxConfig } from "./port.ts";

/** A guest: a container as an engine sees it. */
export type Guest = {
  readonly id: string;
  readonly program: Program;
  readonly config: ContainerConfig;
  readonly pod: SandboxConfig;
  /** The pod's address. */
  readonly ip: string;
  /** A Float64Array that the engine keeps: nanoseconds of CPU, bytes of memory. */
  readonly usage: SharedArrayBuffer;
};

/** The places in a guest's usage. */
export const USAGE = { cpuNanos: 0, memoryBytes: 1, length: 2 } as const;

/** How a guest ended, as its container's status has it. */
export type Exit = {
  readonly code: number;
  readonly reason: "Completed" | "Error" | "OOMKilled" | "StartError";
  readonly message?: string;
};

/** What becomes of a guest: `failed`, or `started` and then `exited`, each once. */
export type Watcher = { started(): void; failed(message: string): void; exited(exit: Exit): void };

/** A guest that has been given to an engine. */
export type Running = {
  /** Asks it to stop: it ends where it waits. */
  stop(): void;
  /** Ends it. */
  kill(): void;
  /** The CPU it has used, when that has to be asked for; otherwise its usage says it. */
  cpuNanos(): Promise<number | undefined>;
};

/** What runs guests. */
export interface Engine {
  /** Whether there is such a runtime handler. */
  handles(handler: string): boolean;
  /** Makes a program ready ahead of its start. Rejects: when that fails; a start then says so too. */
  prepare(guest: Guest): Promise<void>;
  /** Starts a guest. Rejects: when it cannot be placed. */
  start(guest: Guest, watcher: Watcher): Promise<Running>;
  /** Removes what an ended guest left on the node. */
  forget(id: string): Promise<void>;
  close(): Promise<void>;
}
