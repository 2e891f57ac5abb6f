import type { Kind, Subresource } from "#api/kind.ts";
import { eviction } from "#api/policy/v1/eviction.ts";

const ofPod = (verbs: Subresource["verbs"]): Subresource => ({ verbs, group: "", version: "v1", kind: "Pod", model: "V1Pod" });
const connect = (verbs: Subresource["verbs"], kind: string): Subresource => ({ verbs, group: "", version: "v1", kind, connects: true });

/** What a pod has beside its spec and status. upstream: pkg/registry/core/rest/storage_core.go */
export const podSubresources: Kind["subresources"] = {
  attach: connect(["create", "get"], "PodAttachOptions"),
  binding: { verbs: ["create"], group: "", version: "v1", kind: "Binding", model: "V1Binding" },
  ephemeralcontainers: ofPod(["get", "patch", "update"]),
  eviction,
  exec: connect(["create", "get"], "PodExecOptions"),
  log: ofPod(["get"]),
  portforward: connect(["create", "get"], "PodPortForwardOptions"),
  proxy: connect(["create", "delete", "get", "patch", "update"], "PodProxyOptions"),
  resize: ofPod(["get", "patch", "update"]),
};
