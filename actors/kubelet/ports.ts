// What a kubelet is given by its process: its world, and how its node is set up.
import type { V1Pod, V1Taint } from "#api/generated/types.ts";
import type { ComponentPorts } from "#lib/component.ts";
import type { Runtime } from "#runtime/port.ts";
import type { ProbeIo } from "./probe/io.ts";
import type { Resolver } from "./sandbox-config.ts";
import type { Logs, Volumes } from "./volumes/volumes.ts";

/** The machine that the node is, as it is now. */
export type Machine = {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly memoryAvailableBytes: number;
  readonly diskBytes: number;
  readonly diskAvailableBytes: number;
  /** What all its processors have done since it started; undefined: it is not known. */
  readonly cpuNanos?: number | undefined;
};

/** A process that others supervise, shown as a static pod. Instants in milliseconds since the epoch. */
export type StaticStatus = {
  readonly running: boolean;
  readonly startedAt?: number | undefined;
  readonly restartCount: number;
  readonly exitCode?: number | undefined;
  readonly finishedAt?: number | undefined;
  /** Its log, in the CRI format. */
  readonly logPath?: string | undefined;
};

export type KubeletPorts = ComponentPorts & {
  readonly runtime: Runtime;
  readonly disk: Volumes;
  readonly logs: Logs;
  readonly probes: ProbeIo;
  readonly machine: () => Promise<Machine>;
  /** Told the node's pod CIDR once it is known. */
  readonly usePodCidr: (cidr: string) => void;
  /** How the process behind a static pod fares; undefined: nobody knows it. */
  readonly staticStatus: (podName: string) => StaticStatus | undefined;
};

/** What does not change about the machine. */
export type System = {
  /** As Go names it: amd64, arm64. */
  readonly architecture: string;
  readonly machineId: string;
  readonly systemUuid: string;
  readonly bootId: string;
  readonly kernelVersion: string;
  readonly osImage: string;
};

export type KubeletConfig = {
  readonly nodeName: string;
  readonly addresses: readonly string[];
  /** Beyond those that every kubelet sets. */
  readonly labels: { readonly [key: string]: string };
  /** Set when the node is created. */
  readonly taints: readonly V1Taint[];
  readonly maxPods: number;
  /** Kept back from allocatable. */
  readonly reserved: { readonly cpuMilli: number; readonly memoryBytes: number };
  /** Below so many available bytes the node is under pressure. */
  readonly pressure: { readonly memoryBytes: number; readonly diskBytes: number };
  readonly kubeletVersion: string;
  readonly system: System;
  readonly clusterDns: readonly string[];
  readonly clusterDomain: string;
  readonly hostDns: Resolver;
  /** Pods get their addresses from the node's pod CIDR: no pod starts before it is there. */
  readonly needsPodCidr: boolean;
  readonly logsDir: string;
  readonly staticPods: readonly V1Pod[];
  /** How long pods have to end when the kubelet stops. */
  readonly shutdownGraceMs: number;
};

/** Upstream's defaults, for what an owner of a kubelet seldom wants otherwise. */
export const DEFAULTS = {
  labels: {},
  taints: [],
  maxPods: 4000,
  reserved: { cpuMilli: 0, memoryBytes: 0 },
  pressure: { memoryBytes: 100 * 1024 ** 2, diskBytes: 0 },
  clusterDomain: "cluster.local",
  needsPodCidr: true,
  staticPods: [],
  shutdownGraceMs: 2_000,
} as const satisfies Partial<KubeletConfig>;
