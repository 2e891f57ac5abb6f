// What a served resource is. A resource is a value that also carries the type of its objects, so a client call written
// `client.get(pods, ref)` gives a Pod.
import type { KubeObject } from "./object.ts";

export type Verb = "get" | "list" | "watch" | "create" | "update" | "patch" | "delete" | "deletecollection";

/** Names, scope and place of one kind. `T` is the type of its objects; it exists at compile time only. */
export type Resource<T extends KubeObject = KubeObject> = {
  /** "" for the core group. */
  readonly group: string;
  readonly version: string;
  /** Plural, lower case: the path segment and the RBAC name. */
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Never set. Carries `T`. */
  readonly object?: T;
};

/** `v1` or `apps/v1`. */
export const apiVersionOf = (resource: { readonly group: string; readonly version: string }): string =>
  resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;

/** `deployments.apps`, or `pods` in the core group. upstream: schema.GroupResource.String */
export const groupResource = (resource: { readonly group: string; readonly resource: string }): string =>
  resource.group === "" ? resource.resource : `${resource.resource}.${resource.group}`;
