// The scores and their weights. upstream: pkg/scheduler/apis/config/v1/default_plugins.go
import { matchesTerm } from "#api/core/v1/node-affinity.ts";
import { tolerates } from "#api/core/v1/taint.ts";
import { toPercent, type Candidate, type ScorePlugin } from "./plugin.ts";
import type { PodInfo } from "../pod-info.ts";

const share = (used: number, all: number): number => (all <= 0 ? 1 : Math.min(1, used / all));

/** How full cpu and memory would be with the pod. */
const fullness = ({ assumed }: PodInfo, { info }: Candidate): readonly [number, number] => [
  share(info.assumed.cpu + assumed.cpu, info.allocatable("cpu")),
  share(info.assumed.memory + assumed.memory, info.allocatable("memory")),
];

const leastAllocated: ScorePlugin = {
  name: "NodeResourcesFit",
  weight: 1,
  score: (pod, candidate) => {
    const [cpu, memory] = fullness(pod, candidate);
    return Math.floor(((1 - cpu + (1 - memory)) / 2) * 100);
  },
};

const balancedAllocation: ScorePlugin = {
  name: "NodeResourcesBalancedAllocation",
  weight: 1,
  score: (pod, candidate) => {
    const [cpu, memory] = fullness(pod, candidate);
    return Math.floor((1 - Math.abs(cpu - memory) / 2) * 100);
  },
};

const taintToleration: ScorePlugin = {
  name: "TaintToleration",
  weight: 3,
  score: ({ pod }, { node }) =>
    (node.spec?.taints ?? []).filter(
      (taint) => taint.effect === "PreferNoSchedule" && !(pod.spec?.tolerations ?? []).some((toleration) => tolerates(toleration, taint)),
    ).length,
  normalise: toPercent(true),
};

const nodeAffinity: ScorePlugin = {
  name: "NodeAffinity",
  weight: 2,
  score: ({ pod }, { node }) =>
    (pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).reduce(
      (sum, { weight, preference }) => (matchesTerm(preference, node) ? sum + weight : sum),
      0,
    ),
  normalise: toPercent(false),
};

/** Replicas of one owner go to different nodes, as upstream's default topology constraint by host name has it. */
const podTopologySpread: ScorePlugin = {
  name: "PodTopologySpread",
  weight: 2,
  score: ({ owner }, { info }) => (owner === undefined ? 0 : info.owned(owner)),
  normalise: toPercent(true),
};

export const scores: readonly ScorePlugin[] = [taintToleration, nodeAffinity, leastAllocated, podTopologySpread, balancedAllocation];
