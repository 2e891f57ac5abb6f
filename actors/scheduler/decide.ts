// Which node a pod goes to. Pure: equal nodes are told apart by `pick`.
import { filters } from "./plugins/filters.ts";
import type { Candidate, ScorePlugin } from "./plugins/plugin.ts";
import { scores } from "./plugins/scores.ts";
import type { PodInfo } from "./pod-info.ts";

/** `reasons` is the text of the FailedScheduling event. */
export type Decision = { readonly do: "bind"; readonly node: string } | { readonly do: "unschedulable"; readonly reasons: string };

const refusals = (pod: PodInfo, candidate: Candidate): readonly string[] => {
  for (const { filter } of filters) {
    const reasons = filter(pod, candidate);
    if (reasons.length > 0) return reasons;
  }
  return [];
};

const rate = (pod: PodInfo, candidates: readonly Candidate[], { score, normalise, weight }: ScorePlugin): readonly number[] => {
  const raw = candidates.map((candidate) => score(pod, candidate));
  return (normalise?.(raw) ?? raw).map((value) => value * weight);
};

const best = (pod: PodInfo, candidates: readonly Candidate[], pick: (count: number) => number): Candidate | undefined => {
  if (candidates.length < 2) return candidates[0];
  const totals = scores
    .map((plugin) => rate(pod, candidates, plugin))
    .reduce((sums, rates) => sums.map((sum, index) => sum + (rates[index] ?? 0)));
  const highest = Math.max(...totals);
  const equal = candidates.filter((_, index) => totals[index] === highest);
  return equal[pick(equal.length)];
};

/** `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) …. preemption: …` upstream: FitError.Error */
export const explain = (reasons: readonly (readonly string[])[]): string => {
  const count = reasons.length;
  if (count === 0) return "no nodes available to schedule pods";
  const counts = new Map<string, number>();
  for (const reason of reasons.flat()) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const texts = [...counts].map(([reason, times]) => `${times} ${reason}`).toSorted();
  const helpless = `preemption: 0/${count} nodes are available: ${count} Preemption is not helpful for scheduling.`;
  return `0/${count} nodes are available: ${texts.join(", ")}. ${helpless}`;
};

/** @param pick chooses one of `count` equal nodes */
export const schedule = (pod: PodInfo, candidates: readonly Candidate[], pick: (count: number) => number): Decision => {
  const refused = candidates.map((candidate) => ({ candidate, reasons: refusals(pod, candidate) }));
  const feasible = refused.filter(({ reasons }) => reasons.length === 0).map(({ candidate }) => candidate);
  const chosen = best(pod, feasible, pick);
  return chosen === undefined
    ? { do: "unschedulable", reasons: explain(refused.map(({ reasons }) => reasons)) }
    : { do: "bind", node: chosen.info.name };
};
