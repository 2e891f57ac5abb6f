// Pods and facts for tests of what is pure.
import type { V1Container, V1PodSpec } from "#api/generated/types.ts";
import type { Pod } from "#api/core/v1/pod.ts";
import type { BoundPod } from "#actors/kubelet/pod/containers.ts";
import { learn, UNKNOWN, type ContainerFacts, type Exit, type Fact } from "#actors/kubelet/pod/facts.ts";

export const aContainer = (extra: Partial<V1Container> = {}): V1Container => ({ name: "main", image: "web:1", ...extra });

export const boundPod = (
  spec: Partial<V1PodSpec> = {},
  { status, metadata }: { readonly status?: Pod["status"]; readonly metadata?: Partial<BoundPod["metadata"]> } = {},
): BoundPod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    namespace: "default",
    name: "web",
    uid: "uid-1",
    resourceVersion: "1",
    creationTimestamp: "2026-01-01T00:00:00Z",
    generation: 1,
    ...metadata,
  },
  spec: { containers: [aContainer()], nodeName: "worker-1", ...spec },
  ...(status === undefined ? {} : { status }),
});

/** What is known after all of that has happened. */
export const after = (...facts: readonly Fact[]): ContainerFacts => facts.reduce(learn, UNKNOWN);

export const exitOf = (containerId: string, exitCode: number, finishedAt = 0): Exit => ({
  containerId,
  exitCode,
  reason: exitCode === 0 ? "Completed" : "Error",
  finishedAt,
});

/** A container that has been started as number `attempt` and runs. */
export const running = (id = "c0", at = 0, probes: Extract<Fact, { fact: "started" }>["probes"] = []): readonly Fact[] => [
  { fact: "starting", image: "web:1", at },
  { fact: "created", id, imageId: "sha256:1" },
  { fact: "started", id, at, probes },
];

export const exited = (id: string, exitCode: number, at = 0): Fact => ({ fact: "exited", exit: exitOf(id, exitCode, at) });
