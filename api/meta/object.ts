// What every Kubernetes object has. Types only, and the few functions that read metadata.
import type { V1ListMeta, V1ObjectMeta, V1OwnerReference } from "#api/generated/types.ts";

export type OwnerReference = V1OwnerReference;
export type ObjectMeta = V1ObjectMeta;

/** Any object as a client may send it: metadata may lack everything the server sets. */
export type KubeObject = {
  readonly apiVersion?: string | undefined;
  readonly kind?: string | undefined;
  readonly metadata?: ObjectMeta | undefined;
};

/** What the server has set on an object that it stored. */
export type StoredMeta = ObjectMeta & {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly creationTimestamp: string;
};

/** An object as the server gives it back: name, uid, resourceVersion and creationTimestamp are there. */
export type Stored<T extends KubeObject = KubeObject> = Omit<T, "apiVersion" | "kind" | "metadata"> & {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: StoredMeta;
};

/** A list as the server answers it. */
export type KubeList<T> = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: V1ListMeta & { readonly resourceVersion: string };
  readonly items: readonly T[];
};

/** A value whose fields may be written: for defaulting and decoding a value that nobody else holds yet. */
export type Draft<T> = T extends (...args: never) => unknown ? T : T extends object ? { -readonly [K in keyof T]: Draft<T[K]> } : T;

/** An object's place: its namespace (absent for cluster-scoped kinds) and name. */
export type ObjectRef = { readonly namespace?: string | undefined; readonly name: string };

/** `namespace/name`, or `name` for a cluster-scoped object: how queues, logs and messages call an object. */
export const objectKey = (object: { readonly metadata?: ObjectMeta | undefined }): string => {
  const { namespace, name = "" } = object.metadata ?? {};
  return namespace === undefined || namespace === "" ? name : `${namespace}/${name}`;
};

/** The place that an `objectKey` names. */
export const refOfKey = (key: string): ObjectRef => {
  const cut = key.indexOf("/");
  return cut < 0 ? { name: key } : { namespace: key.slice(0, cut), name: key.slice(cut + 1) };
};

/** The owner that manages the object, if one does. upstream: metav1.GetControllerOf */
export const controllerOf = (object: { readonly metadata?: ObjectMeta | undefined }): OwnerReference | undefined =>
  object.metadata?.ownerReferences?.find((owner) => owner.controller === true);
