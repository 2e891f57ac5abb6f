// What the scheduler writes: a binding, or why there is none.
import type { V1Binding } from "#api/generated/types.ts";
import { pods, type Pod } from "#api/core/v1/pod.ts";
import type { Stored } from "#api/meta/object.ts";
import type { Client } from "#lib/client.ts";
import { toTime } from "#lib/clock.ts";

/** Binds the pod to the node. Throws: ApiError. */
export const bind = async (client: Client, pod: Stored<Pod>, node: string, signal: AbortSignal): Promise<void> => {
  const { namespace, name, uid } = pod.metadata;
  const binding: V1Binding = {
    apiVersion: "v1",
    kind: "Binding",
    metadata: { namespace, name, uid },
    target: { apiVersion: "v1", kind: "Node", name: node },
  };
  await client.create(pods, binding, { subresource: "binding" }, signal);
};

/** True when the pod's status does not say this yet. */
export const needsCondition = ({ status }: Pod, message: string): boolean =>
  !(status?.conditions ?? []).some(
    (condition) => condition.type === "PodScheduled" && condition.status === "False" && condition.message === message,
  );

/** Writes the condition PodScheduled=False. Throws: ApiError. */
export const reportUnschedulable = async (
  client: Client,
  pod: Stored<Pod>,
  message: string,
  { nowMs, signal }: { readonly nowMs: number; readonly signal: AbortSignal },
): Promise<void> => {
  const condition = {
    type: "PodScheduled",
    status: "False",
    reason: "Unschedulable",
    message,
    lastProbeTime: null,
    lastTransitionTime: toTime(nowMs),
  };
  const body = { metadata: { uid: pod.metadata.uid }, status: { conditions: [condition] } };
  await client.patch(pods, pod.metadata, { type: "application/strategic-merge-patch+json", body, subresource: "status" }, signal);
};
