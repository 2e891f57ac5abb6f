// The custom resource that crd.yaml defines.
import type { V1ObjectMeta } from "../../api/generated/types.ts";
import type { Resource } from "../../api/meta/resource.ts";

/** A program that answers HTTP, in as many copies as are wanted. */
export type Website = {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: V1ObjectMeta;
  readonly spec: { readonly image: string; readonly replicas: number };
  readonly status?: Status;
};

/** What the operator says of it. `state` is the statechart's. */
export type Status = { readonly state: string; readonly readyReplicas: number };

export const websites: Resource<Website> = {
  group: "operator.orrery.dev",
  version: "v1",
  resource: "websites",
  kind: "Website",
  namespaced: true,
};
