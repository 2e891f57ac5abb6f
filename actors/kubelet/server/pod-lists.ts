// /pods and /runningpods/: the pods of the node, and those of them that run. Pure.
// upstream: pkg/kubelet/server/server.go getPods, getRunningPods
import type { Pod } from "#api/core/v1/pod.ts";
import type { KubeletView } from "./view.ts";

const listOf = (items: readonly Pod[]) => ({ kind: "PodList", apiVersion: "v1", metadata: {}, items });

/** Every pod that is bound to the node. */
export const boundPods = (view: Pick<KubeletView, "pods">) => listOf(view.pods());

/** What runs, without what only the API knows. */
export const runningPods = (view: Pick<KubeletView, "workers">) =>
  listOf(
    Array.from(view.workers()).flatMap(({ pod, containers }) => {
      const running = containers.filter(([, { state }]) => state === "running");
      if (running.length === 0) return [];
      const { namespace, name, uid } = pod.metadata;
      const images = running.map(([container, { image = "" }]) => ({ name: container, image, resources: {} }));
      return [{ metadata: { name, namespace, uid, creationTimestamp: undefined }, spec: { containers: images }, status: {} }];
    }),
  );
