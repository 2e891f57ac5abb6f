// What every cluster has before anybody writes to it. Writing it again is safe: what is there stays as it is.
import type { V1Namespace } from "#api/generated/types.ts";
import { namespaces } from "#api/core/v1/namespace.ts";
import type { KubeObject } from "#api/meta/object.ts";
import type { Resource } from "#api/meta/resource.ts";
import { isReason } from "#api/meta/status.ts";
import type { Client } from "#lib/client.ts";
import type { ApiServerConfig } from "../ports.ts";

/** upstream: pkg/controlplane/controller/systemnamespaces */
const NAMESPACES = ["default", "kube-system", "kube-public", "kube-node-lease"];

const namespaceNamed = (name: string): V1Namespace => ({ metadata: { name } });

/** Creates the object unless it is there. Throws: ApiError. */
export const ensure = async <T extends KubeObject>(
  client: Client,
  resource: Resource<T>,
  object: T,
  signal: AbortSignal,
): Promise<void> => {
  try {
    await client.create(resource, object, {}, signal);
  } catch (error) {
    if (!isReason(error, "AlreadyExists")) throw error;
  }
};

/** Writes the cluster's first objects. Throws: ApiError. */
export const bootstrap = async (client: Client, _config: ApiServerConfig, signal: AbortSignal): Promise<void> => {
  await Promise.all(NAMESPACES.map((name) => ensure(client, namespaces, namespaceNamed(name), signal)));
};
