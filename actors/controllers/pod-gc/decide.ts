// Which pods nobody will ever end or delete but this controller. Pure. upstream: pkg/controller/podgc/gc_controller.go
import type { Pod } from "#api/core/v1/pod.ts";
import type { Stored } from "#api/meta/object.ts";

/** How long a node may be missing before its pods go, milliseconds. upstream: quarantineTime */
export const QUARANTINE_MS = 40_000;
/** Ended pods beyond these are deleted. upstream: --terminated-pod-gc-threshold */
export const MOST_ENDED = 12_500;

/** `missingSince`: since when the pod's node is not there, milliseconds since the epoch; undefined: it is, or there is none. */
export type Observed =
  | { readonly of: "pod"; readonly pod: Stored<Pod>; readonly missingSince: number | undefined }
  | { readonly of: "ended"; readonly pods: readonly Stored<Pod>[] };
export type Action =
  | { readonly do: "delete"; readonly pod: Stored<Pod>; readonly orphaned: boolean }
  | { readonly do: "requeue"; readonly afterMs: number };

const remove = (pod: Stored<Pod>, orphaned: boolean): Action => ({ do: "delete", pod, orphaned });

const ofPod = (pod: Stored<Pod>, missingSince: number | undefined, nowMs: number): readonly Action[] => {
  if ((pod.spec?.nodeName ?? "") === "") return pod.metadata.deletionTimestamp === undefined ? [] : [remove(pod, false)];
  if (missingSince === undefined) return [];
  const left = missingSince + QUARANTINE_MS - nowMs;
  return left > 0 ? [{ do: "requeue", afterMs: left }] : [remove(pod, true)];
};

const isEvicted = ({ status }: Pod): boolean => status?.phase === "Failed" && status.reason === "Evicted";

/** Evicted pods first, then old ones. */
const rank = (pod: Stored<Pod>): string => [isEvicted(pod) ? 0 : 1, pod.metadata.creationTimestamp, pod.metadata.name].join(" ");

const ofEnded = (pods: readonly Stored<Pod>[]): readonly Action[] => {
  if (pods.length <= MOST_ENDED) return [];
  const ranked = pods.map((pod) => ({ pod, rank: rank(pod) })).toSorted((a, b) => (a.rank < b.rank ? -1 : 1));
  return ranked.slice(0, pods.length - MOST_ENDED).map(({ pod }) => remove(pod, false));
};

/** What is to be deleted, now or after a while. */
export const decide = (observed: Observed, nowMs: number): readonly Action[] =>
  observed.of === "ended" ? ofEnded(observed.pods) : ofPod(observed.pod, observed.missingSince, nowMs);
