// What `orrery up` was asked to run, as cluster.json holds it: written once, read by every process of the cluster. Pure.

/** The layout version of a data directory. A directory of another version is refused, never converted silently. */
export const DATA_VERSION = 1;

export type NetworkMode = "route" | "loopback";

export type Definition = {
  readonly dataVersion: number;
  readonly id: string;
  readonly createdAt: string;
  readonly apiPort: number;
  readonly natsPort: number;
  readonly network: NetworkMode;
  readonly nodes: readonly string[];
};

/** The address ranges of a network mode. Loopback addresses need no privilege; routed ones look like any cluster's. */
export const RANGES = {
  route: { pods: "10.64.0.0/12", services: "10.96.0.0/16", dns: "10.96.0.10", kubernetes: "10.96.0.1" },
  loopback: { pods: "127.64.0.0/12", services: "127.96.0.0/16", dns: "127.96.0.10", kubernetes: "127.96.0.1" },
} as const satisfies Record<NetworkMode, { pods: string; services: string; dns: string; kubernetes: string }>;

/** Node names for `--nodes N`: the control plane's and N-1 workers'. */
export const nodeNames = (count: number): readonly string[] => [
  "control-plane",
  ...Array.from({ length: count - 1 }, (_, index) => `worker-${index + 1}`),
];

/** A refusal that the user can mend; the command prints `message` and ends with exit code 1. */
export class ClusterError extends Error {
  override readonly name = "ClusterError";
}

/** The definition that a cluster.json holds. Throws: ClusterError when it is damaged or of another version. */
export const readDefinition = (text: string, path: string): Definition => {
  const value = parse(text, path);
  if (value.dataVersion !== DATA_VERSION) {
    throw new ClusterError(
      `${path}: this data directory has layout version ${String(value.dataVersion)}, this orrery reads version ${DATA_VERSION}; give another directory with --data`,
    );
  }
  return value;
};

const parse = (text: string, path: string): Definition => {
  try {
    return JSON.parse(text) as Definition;
  } catch (cause) {
    throw new ClusterError(`${path}: not readable as JSON; restore it, or give another directory with --data`, { cause });
  }
};
