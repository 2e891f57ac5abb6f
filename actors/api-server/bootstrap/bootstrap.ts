// What every cluster has before anybody writes to it. Writing it again is safe: what an administrator changed stays.
import type { V1Namespace, V1PriorityClass } from "#api/generated/types.ts";
import { namespaces } from "#api/core/v1/namespace.ts";
import type { KubeObject } from "#api/meta/object.ts";
import type { Resource } from "#api/meta/resource.ts";
import { isReason } from "#api/meta/status.ts";
import { priorityClasses } from "#api/scheduling/v1/priority-class.ts";
import type { Client } from "#lib/client.ts";
import { ensurePolicy } from "../authz/policy/reconcile.ts";
import type { ApiServerConfig } from "../ports.ts";
import { ensureApiService } from "./api-service.ts";
import { ensureServiceCidr } from "./service-cidr.ts";

/** upstream: pkg/controlplane/controller/systemnamespaces */
const NAMESPACES: readonly V1Namespace[] = ["default", "kube-system", "kube-public", "kube-node-lease"].map((name) => ({
  metadata: { name },
}));

/** upstream: pkg/apis/scheduling/v1/helpers.go */
const PRIORITY_CLASSES: readonly V1PriorityClass[] = [
  {
    metadata: { name: "system-node-critical" },
    value: 2_000_001_000,
    description: "Used for system critical pods that must not be moved from their current node.",
  },
  {
    metadata: { name: "system-cluster-critical" },
    value: 2_000_000_000,
    description: "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
  },
];

/** Creates the object unless it is there. Throws: ApiError. */
const ensure = async <T extends KubeObject>(client: Client, resource: Resource<T>, object: T, signal: AbortSignal): Promise<void> => {
  try {
    await client.create(resource, object, {}, signal);
  } catch (error) {
    if (!isReason(error, "AlreadyExists")) throw error;
  }
};

/** Writes the cluster's first objects. Throws: ApiError. */
export const bootstrap = async (client: Client, config: ApiServerConfig & { readonly now: string }, signal: AbortSignal): Promise<void> => {
  await Promise.all(NAMESPACES.map((namespace) => ensure(client, namespaces, namespace, signal)));
  await Promise.all(PRIORITY_CLASSES.map((one) => ensure(client, priorityClasses, one, signal)));
  await ensurePolicy(client, signal);
  await ensureServiceCidr(client, config, signal);
  await ensureApiService(client, config, signal);
};
