// What a node process and its worker threads tell each other.
import type { MountSpec } from "#runtime/wasi/filesystem/mount-tree.ts";
import type { PodNetworkView } from "#runtime/network/reach.ts";
import type { RootFile } from "#runtime/pod-files.ts";
import type { Exit } from "#runtime/engine.ts";

/** A mount whose part `subPath` is meant: looked up without leaving the mount, and made when it is not there. */
export type GuestMount = MountSpec & { readonly subPath?: string | undefined };

/** A core module made ready to run. */
export type PreparedModule = {
  readonly kind: "module";
  readonly module: WebAssembly.Module;
  /** It takes turns with others on its thread. */
  readonly takesTurns: boolean;
};

/** A component made ready to run. */
export type PreparedComponent = {
  readonly kind: "component";
  /** What it says, in the binary format without core modules: far cheaper to pass than what it is decoded to. */
  readonly definitions: Uint8Array;
  /** Which component it is: the same for the same definitions. */
  readonly key: string;
  /** The core modules in it, by their numbers. */
  readonly modules: readonly WebAssembly.Module[];
  /** The numbers of the modules that have memories of their own. */
  readonly withMemory: readonly number[];
  /** The modules export their state, so that an instance can be put back as it was at first. */
  readonly canBeRestored: boolean;
  /** It takes turns with others on its thread. */
  readonly takesTurns: boolean;
};

/** A program made ready to run. */
export type Prepared = PreparedModule | PreparedComponent;

/** A guest to run. */
export type GuestSpec = {
  readonly id: string;
  readonly program: Prepared;
  /** Wasmer answers it what it can. */
  readonly wasmer: boolean;
  readonly args: readonly string[];
  /** `NAME=value` each. */
  readonly env: readonly string[];
  /** The directory that is the guest's own root; made when the guest first looks at it. */
  readonly rootPath: string;
  readonly readOnlyRoot: boolean;
  readonly mounts: readonly GuestMount[];
  /** Files to be in the root directory. */
  readonly files: readonly RootFile[];
  readonly logPath: string;
  readonly cpuLimitMilli: number | undefined;
  readonly network: PodNetworkView;
  /** TCP ports that the guest listens on. */
  readonly ports: readonly number[];
  /** The pod's annotations, by which a server may be tuned. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Bytes that its memories may have together. */
  readonly memoryLimitBytes: number;
  /** A Float64Array that the thread keeps: nanoseconds of CPU, bytes of memory. */
  readonly usage: SharedArrayBuffer;
};

export type ToThread =
  | { readonly do: "start"; readonly guest: GuestSpec }
  | { readonly do: "stop"; readonly id: string }
  | { readonly do: "kill"; readonly id: string };

export type FromThread =
  | { readonly did: "start"; readonly id: string }
  | { readonly did: "fail"; readonly id: string; readonly message: string }
  | { readonly did: "exit"; readonly id: string; readonly exit: Exit };

/** An order to make a program ready. */
export type ToForge = {
  readonly id: number;
  readonly path: string;
  readonly takesTurns: boolean;
  readonly memoryLimitBytes: number;
};

export type FromForge =
  | { readonly id: number; readonly program: Prepared }
  | { readonly id: number; readonly message: string; readonly isMemory: boolean };
