// What a node may do with pods. upstream: plugin/pkg/admission/noderestriction/admission.go admitPod
import type { V1OwnerReference } from "#api/generated/types.ts";
import { MIRROR_POD } from "#api/core/v1/pod-annotations.ts";
import { nodes } from "#api/core/v1/node.ts";
import { pods, type Pod } from "#api/core/v1/pod.ts";
import { deepEqual } from "#api/meta/equal.ts";
import { referencesOf } from "../../authz/pod-references.ts";
import type { Attributes, Surroundings } from "../plugin.ts";

/** Why a write of a node is refused, if it is. */
export type Check = (node: string, attributes: Attributes, around: Surroundings) => string | undefined;

/** A text in double quotes. */
export const quoted = (text: string): string => JSON.stringify(text);

/** A node makes mirrors of what it runs by itself, reports on its own pods, and ends them. */
export const checkPod: Check = (node, attributes, around) => {
  const { operation, subresource } = attributes;
  if (subresource === "status") return checkPodStatus(node, attributes);
  if (subresource === "eviction") return checkEviction(node, attributes, around);
  if (subresource !== "") return `unexpected pod subresource ${quoted(subresource)}, only 'status' and 'eviction' are allowed`;
  if (operation === "CREATE") return checkMirror(node, attributes.object as Pod, around);
  if (operation !== "DELETE") return `unexpected operation "${operation}", node ${quoted(node)} can only create and delete mirror pods`;
  const isOwn = (attributes.old as Pod).spec?.nodeName === node;
  return isOwn ? undefined : `node ${quoted(node)} can only delete pods with spec.nodeName set to itself`;
};

const checkPodStatus = (node: string, { old, object }: Attributes): string | undefined => {
  if ((old as Pod).spec?.nodeName !== node)
    return `node ${quoted(node)} can only update pod status for pods with spec.nodeName set to itself`;
  const same = deepEqual(old?.metadata?.labels ?? {}, object?.metadata?.labels ?? {});
  return same ? undefined : `node ${quoted(node)} cannot update labels through pod status`;
};

const checkEviction: Check = (node, { namespace, name }, around) =>
  around.find(pods, namespace, name)?.spec?.nodeName === node
    ? undefined
    : `node ${node} can only evict pods with spec.nodeName set to itself`;

const checkMirror = (node: string, pod: Pod, around: Surroundings): string | undefined => {
  const who = `node ${quoted(node)}`;
  if (pod.metadata?.annotations?.[MIRROR_POD] === undefined) {
    return `pod does not have ${quoted(MIRROR_POD)} annotation, ${who} can only create mirror pods`;
  }
  if (pod.spec?.nodeName !== node) return `${who} can only create pods with spec.nodeName set to itself`;
  return checkOwner(node, pod.metadata.ownerReferences ?? [], around) ?? checkReferences(who, pod);
};

const checkOwner = (node: string, owners: readonly V1OwnerReference[], around: Surroundings): string | undefined => {
  const who = `node ${quoted(node)}`;
  const [owner] = owners;
  if (owners.length > 1) return `${who} can only create pods with a single owner reference set to itself`;
  if (owner === undefined || !isNode(owner, node)) return `${who} can only create pods with an owner reference set to itself`;
  if (owner.controller !== true) return `${who} can only create pods with a controller owner reference set to itself`;
  if (owner.blockOwnerDeletion === true) return `${who} must not set blockOwnerDeletion on an owner reference`;
  const uid = around.find(nodes, "", node)?.metadata?.uid ?? "";
  return uid === owner.uid ? undefined : `node ${node} UID mismatch: expected ${owner.uid} got ${uid}`;
};

const isNode = ({ apiVersion, kind, name }: V1OwnerReference, node: string): boolean =>
  apiVersion === "v1" && kind === "Node" && name === node;

const REFERRED = {
  serviceaccounts: "a service account",
  secrets: "secrets",
  configmaps: "configmaps",
  persistentvolumeclaims: "persistentvolumeclaims",
} as const;

const checkReferences = (who: string, { spec }: Pod): string | undefined => {
  const [first] = referencesOf({ spec });
  return first === undefined ? undefined : `${who} can not create pods that reference ${REFERRED[first.resource]}`;
};
