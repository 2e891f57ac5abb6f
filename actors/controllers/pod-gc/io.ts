// Reads and writes of the pod garbage collector. A node that the informer does not show is asked for once more before its
// pods go: an informer may be late, and what is deleted here does not come back.
import { nodes } from "#api/core/v1/node.ts";
import { pods, type Pod } from "#api/core/v1/pod.ts";
import type { Stored } from "#api/meta/object.ts";
import { ignoreNotFound, isReason } from "#api/meta/status.ts";
import { toTime, type Clock } from "#lib/clock.ts";
import { changesOf, defineController, ownKey, type ControllerDefinition, type Reach } from "#lib/controller.ts";
import { gathered } from "../pods/gathered.ts";
import { hasEnded, nodeNameOf } from "../pods/pod-state.ts";
import { decide, QUARANTINE_MS, type Action, type Observed } from "./decide.ts";

/** The key of all ended pods; keys of pods have a slash. */
const ENDED = "ended";
/** How long ended pods gather before they are counted. upstream: gcCheckPeriod */
const COUNT_EVERY_MS = 20_000;

type Deletion = Extract<Action, { readonly do: "delete" }>;

const isThere = async (name: string, { client, signal }: Reach): Promise<boolean> =>
  client.get(nodes, { name }, signal).then(
    () => true,
    (error: unknown) => {
      if (isReason(error, "NotFound")) return false;
      throw error;
    },
  );

const fail = async (pod: Stored<Pod>, conditions: readonly object[], { client, signal }: Reach): Promise<void> => {
  const body = { metadata: { uid: pod.metadata.uid }, status: { phase: "Failed", conditions } };
  await client.patch(pods, pod.metadata, { type: "application/strategic-merge-patch+json", subresource: "status", body }, signal);
};

const remove = async ({ pod, orphaned }: Deletion, clock: Clock, reach: Reach): Promise<void> => {
  const disruption = {
    type: "DisruptionTarget",
    status: "True",
    reason: "DeletionByPodGC",
    message: "PodGC: node no longer exists",
    lastTransitionTime: toTime(clock.now()),
  };
  const preconditions = { uid: pod.metadata.uid };
  try {
    if (!hasEnded(pod)) await fail(pod, orphaned ? [disruption] : [], reach);
    await reach.client.delete(pods, pod.metadata, { gracePeriodSeconds: 0, preconditions }, reach.signal);
  } catch (error) {
    ignoreNotFound(error);
  }
};

/** Deletes pods of nodes that are gone, pods that end on no node, and ended pods when there are too many. */
export const podGarbageCollector: ControllerDefinition = defineController<Observed, Deletion>(
  "pod-garbage-collector",
  ({ informers, clock }) => {
    const allNodes = informers.of(nodes);
    const all = informers.of(pods, {
      indexers: { node: (pod) => [nodeNameOf(pod)], ended: (pod) => (hasEnded(pod) ? [ENDED] : []) },
    });
    const missingSince = new Map<string, number>();
    const missing = (name: string): number | undefined => {
      if (name === "" || allNodes.get(name) !== undefined) missingSince.delete(name);
      else if (!missingSince.has(name)) missingSince.set(name, clock.now());
      return missingSince.get(name);
    };
    return {
      watches: [
        changesOf(all, ownKey, ({ object }) => allNodes.get(nodeNameOf(object)) === undefined),
        changesOf(
          allNodes,
          ({ metadata }) => all.byIndex("node", metadata.name).flatMap(ownKey),
          ({ type }) => type !== "updated",
        ),
        gathered(
          changesOf(
            all,
            () => [ENDED],
            ({ object }) => hasEnded(object),
          ),
          clock,
          COUNT_EVERY_MS,
        ),
      ],
      observe: async (key, reach) => {
        if (key === ENDED) return { of: "ended", pods: all.byIndex("ended", ENDED) };
        const pod = all.get(key);
        if (pod === undefined) return undefined;
        const since = missing(nodeNameOf(pod));
        const isOver = since !== undefined && since + QUARANTINE_MS <= clock.now();
        return { of: "pod", pod, missingSince: isOver && (await isThere(nodeNameOf(pod), reach)) ? undefined : since };
      },
      decide,
      act: (action, reach) => remove(action, clock, reach),
      actsAtOnce: 20,
    };
  },
);
