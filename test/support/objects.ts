// Small objects for tests: valid, short, and different only where the test says so.
import type { V1Deployment, V1Namespace, V1Node, V1Pod, V1PodSpec, V1ReplicaSet, V1Service } from "#api/generated/types.ts";
import type { KubeObject, ObjectMeta, OwnerReference, Stored } from "#api/meta/object.ts";

type Parts<T extends { readonly spec?: object | undefined; readonly status?: object | undefined }> = {
  readonly metadata?: ObjectMeta;
  readonly spec?: Partial<NonNullable<T["spec"]>>;
  readonly status?: T["status"];
};

const statusOf = <S extends object>(status: S | undefined): { readonly status: S } | undefined =>
  status === undefined ? undefined : { status };

/** What the containers of all these pods look like. */
export const aPodSpec = (spec: Partial<V1PodSpec> = {}): V1PodSpec => ({ containers: [{ name: "main", image: "web:1" }], ...spec });

/** `default/web` unless told otherwise. */
export const aPod = ({ metadata, spec, status }: Parts<V1Pod> = {}): V1Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { namespace: "default", name: "web", ...metadata },
  spec: aPodSpec(spec),
  ...statusOf(status),
});

/** A ready node with 4 CPUs, 8 GiB and room for 110 pods. */
export const aNode = ({ metadata, spec, status }: Parts<V1Node> = {}): V1Node => {
  const resources = { cpu: "4", memory: "8Gi", "ephemeral-storage": "100Gi", pods: "110" };
  const name = metadata?.name ?? "worker-1";
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, ...metadata, labels: { "kubernetes.io/hostname": name, ...metadata?.labels } },
    spec: { ...spec },
    status: {
      capacity: resources,
      allocatable: resources,
      conditions: [{ type: "Ready", status: "True", reason: "KubeletReady", message: "kubelet is posting ready status" }],
      ...status,
    },
  };
};

const LABELS = { app: "web" };
const template = (spec?: Partial<V1PodSpec>) => ({ metadata: { labels: LABELS }, spec: aPodSpec(spec) });

/** Three replicas of `app=web`. */
export const aDeployment = ({ metadata, spec, status }: Parts<V1Deployment> = {}): V1Deployment => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { namespace: "default", name: "web", ...metadata },
  spec: { replicas: 3, selector: { matchLabels: LABELS }, template: template(), ...spec },
  ...statusOf(status),
});

/** Three replicas of `app=web`. */
export const aReplicaSet = ({ metadata, spec, status }: Parts<V1ReplicaSet> = {}): V1ReplicaSet => ({
  apiVersion: "apps/v1",
  kind: "ReplicaSet",
  metadata: { namespace: "default", name: "web", ...metadata },
  spec: { replicas: 3, selector: { matchLabels: LABELS }, template: template(), ...spec },
  ...statusOf(status),
});

/** Port 80 of `app=web`. */
export const aService = ({ metadata, spec, status }: Parts<V1Service> = {}): V1Service => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { namespace: "default", name: "web", ...metadata },
  spec: { selector: LABELS, ports: [{ port: 80 }], ...spec },
  ...statusOf(status),
});

export const aNamespace = (name: string): V1Namespace => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } });

/** The object as a server would give it back. */
export const stored = <T extends KubeObject>(object: T, metadata: Partial<ObjectMeta> = {}): Stored<T> => {
  const name = object.metadata?.name ?? "unnamed";
  return {
    apiVersion: "v1",
    kind: "Thing",
    ...object,
    metadata: {
      uid: `uid-${name}`,
      resourceVersion: "1",
      creationTimestamp: "2026-01-01T00:00:00Z",
      name,
      ...object.metadata,
      ...metadata,
    },
  } as Stored<T>;
};

/** The reference by which `owner` manages an object. */
export const managedBy = (owner: Stored): OwnerReference => ({
  apiVersion: owner.apiVersion,
  kind: owner.kind,
  name: owner.metadata.name,
  uid: owner.metadata.uid,
  controller: true,
  blockOwnerDeletion: true,
});
