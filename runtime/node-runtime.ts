// The runtime of a node: WASI guests on the worker threads of this process.
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { createContainers, type ContainersOptions } from "./containers.ts";
import type { ClusterNetwork } from "#lib/cluster-network.ts";
import type { Runtime } from "./port.ts";
import { ThreadEngine, type ThreadEngineOptions } from "./worker/engine.ts";

export type NodeRuntimeOptions = Omit<ContainersOptions, "engine"> & {
  /** Where containers have their root directories, emptied at the start. */
  readonly dataDir: string;
  /** Where Node keeps what it compiled of the threads' own code. Default: beside the containers. */
  readonly cacheDir?: string | undefined;
  /** Bytes of memory that a guest without a limit may have. */
  readonly memoryCapBytes?: number | undefined;
  /** The network of the cluster that the node belongs to. */
  readonly cluster?: ClusterNetwork | undefined;
  readonly threads?: ThreadEngineOptions["threads"];
};

const DEFAULT_MEMORY_CAP_BYTES = 1024 ** 3;

/** The runtime of one node. Containers of an earlier process are gone with it, and so is what they left. */
export const createNodeRuntime = async (options: NodeRuntimeOptions): Promise<Runtime> => {
  const { dataDir, cluster, cacheDir = join(dataDir, "compiled"), threads, memoryCapBytes = DEFAULT_MEMORY_CAP_BYTES, ...rest } = options;
  const rootsDir = join(dataDir, "containers");
  await rm(rootsDir, { recursive: true, force: true });
  await mkdir(rootsDir, { recursive: true });
  const engine = new ThreadEngine({ rootsDir, cacheDir, memoryCapBytes, network: cluster, threads });
  return createContainers({ ...rest, engine });
};
