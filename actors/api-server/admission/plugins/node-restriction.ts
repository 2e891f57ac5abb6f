// NodeRestriction: a node writes about itself and its own pods only. upstream: plugin/pkg/admission/noderestriction/admission.go
import type { AuthenticationV1TokenRequest, V1BoundObjectReference, V1Taint } from "#api/generated/types.ts";
import { leases } from "#api/coordination/v1/lease.ts";
import { nodes, type Node } from "#api/core/v1/node.ts";
import { pods, type Pod } from "#api/core/v1/pod.ts";
import { serviceAccounts } from "#api/core/v1/service-account.ts";
import { deepEqual } from "#api/meta/equal.ts";
import { groupResource, type Resource } from "#api/meta/resource.ts";
import { nodeOf } from "../../authz/node.ts";
import { checkPod, quoted, type Check } from "./node-pods.ts";
import { forbiddenLabels } from "./node-labels.ts";
import { refuse, type Attributes, type Plugin, type Surroundings, type Verdict } from "../plugin.ts";

const checkNode: Check = (node, attributes) => {
  const requested = requestedName(attributes);
  if (requested !== node) return `node ${quoted(node)} is not allowed to modify node ${quoted(requested)}`;
  return attributes.operation === "DELETE" ? undefined : checkOwnNode(node, attributes);
};

const checkOwnNode = (node: string, { operation, object = {}, old = {} }: Attributes): string | undefined => {
  const who = `node ${quoted(node)}`;
  if (operation === "UPDATE" && !deepEqual(taintsOf(object), taintsOf(old))) return `${who} is not allowed to modify taints`;
  const labels = forbiddenLabels(object.metadata?.labels, old.metadata?.labels);
  if (labels.length === 0) return undefined;
  const deed = operation === "CREATE" ? "set the following labels" : "modify labels";
  return `${who} is not allowed to ${deed}: ${labels.join(", ")}`;
};

const requestedName = ({ name, object }: Attributes): string => (name === "" ? (object?.metadata?.name ?? "") : name);

const taintsOf = ({ spec }: Node): readonly V1Taint[] => spec?.taints ?? [];

const checkToken: Check = (node, { operation, subresource, namespace, object }, around) => {
  if (operation !== "CREATE" || subresource !== "token") return undefined;
  const ref = (object as Partial<AuthenticationV1TokenRequest>).spec?.boundObjectRef;
  return ref === undefined || !namesPod(ref) ? "node requested token not bound to a pod" : checkBound(node, ref, [namespace, around]);
};

const namesPod = ({ apiVersion, kind, name = "" }: V1BoundObjectReference): boolean => apiVersion === "v1" && kind === "Pod" && name !== "";

type Where = readonly [namespace: string, around: Surroundings];

const checkBound = (node: string, { name = "", uid = "" }: V1BoundObjectReference, [namespace, around]: Where): string | undefined => {
  if (uid === "") return "node requested token with a pod binding without a uid";
  const pod = around.find(pods, namespace, name);
  return pod === undefined ? `pod "${name}" not found` : checkTokenPod(node, pod, uid);
};

const checkTokenPod = (node: string, { metadata, spec }: Pod, uid: string): string | undefined => {
  if (metadata?.uid !== uid) {
    return `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
  }
  return spec?.nodeName === node ? undefined : "node requested token bound to a pod scheduled on a different node";
};

const NODE_LEASES = "kube-node-lease";

const checkLease: Check = (node, attributes) => {
  if (attributes.namespace !== NODE_LEASES) return `can only access leases in the "${NODE_LEASES}" system namespace`;
  return requestedName(attributes) === node ? undefined : "can only access node lease with the same name as the requesting node";
};

const CHECKS: ReadonlyMap<string, Check> = new Map(
  (
    [
      [pods, checkPod],
      [nodes, checkNode],
      [serviceAccounts, checkToken],
      [leases, checkLease],
    ] as readonly (readonly [Resource, Check])[]
  ).map(([resource, check]) => [groupResource(resource), check]),
);

const validate = (attributes: Attributes, around: Surroundings): Verdict => {
  const node = nodeOf(attributes.user);
  if (node === undefined) return undefined;
  if (node === "") return refuse(attributes, `could not determine node from user ${quoted(attributes.user.name)}`);
  const why = CHECKS.get(groupResource(attributes.kind))?.(node, attributes, around);
  return why === undefined ? undefined : refuse(attributes, why);
};

export const nodeRestriction: Plugin = { name: "NodeRestriction", admit: validate };
