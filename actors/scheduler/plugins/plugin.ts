// The two kinds of scheduler plugin. Both are pure.
import type { Node } from "#api/core/v1/node.ts";
import type { Stored } from "#api/meta/object.ts";
import type { NodeInfo } from "../node-info.ts";
import type { PodInfo } from "../pod-info.ts";

/** A node that exists, and what is left of it. */
export type Candidate = { readonly info: NodeInfo; readonly node: Stored<Node> };

/** Says why a node cannot take a pod, in upstream's words; empty when it can. */
export type FilterPlugin = { readonly name: string; readonly filter: (pod: PodInfo, candidate: Candidate) => readonly string[] };

/** Rates a node for a pod, 0 to 100 after `normalise`. */
export type ScorePlugin = {
  readonly name: string;
  readonly weight: number;
  readonly score: (pod: PodInfo, candidate: Candidate) => number;
  /** Brings raw scores of all candidates to 0…100; absent when they are so already. */
  readonly normalise?: ((scores: readonly number[]) => readonly number[]) | undefined;
};

/** Highest becomes 100; with `reverse` the highest becomes 0. upstream: helper.DefaultNormalizeScore */
export const toPercent =
  (reverse: boolean) =>
  (scores: readonly number[]): readonly number[] => {
    const highest = Math.max(0, ...scores);
    if (highest === 0) return scores.map(() => (reverse ? 100 : 0));
    return scores.map((score) => (reverse ? 100 - Math.floor((100 * score) / highest) : Math.floor((100 * score) / highest)));
  };
