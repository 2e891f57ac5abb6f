// What a node may do: read what its pods need, and write about itself and its pods. That a node writes only its own
// objects is admission's to check (NodeRestriction): an authorizer does not see bodies.
// upstream: plugin/pkg/auth/authorizer/node/node_authorizer.go
import { parseFieldSelector } from "#api/meta/field-selector.ts";
import type { User } from "#lib/api.ts";
import type { Authorizer, Decision, ResourceAttributes } from "../authorizer.ts";
import type { ObjectSource } from "../objects.ts";
import { NodeGraph } from "./node-graph.ts";
import type { Referred } from "./pod-references.ts";
import { NODE_RULES } from "./policy/node-rules.ts";
import { rulesAllow } from "./rules.ts";

const NODES_GROUP = "system:nodes";
const NODE_PREFIX = "system:node:";
const LEASES = "kube-node-lease";

const ALLOW: Decision = { decision: "allow", reason: "" };
const unless = (reason: string): Decision => ({ decision: "noOpinion", reason });

type Check = (graph: NodeGraph, node: string, attributes: ResourceAttributes) => Decision;

/** Whether a user is a node, and which. */
export const nodeOf = ({ name, groups }: User): string | undefined =>
  name.startsWith(NODE_PREFIX) && groups.includes(NODES_GROUP) ? name.slice(NODE_PREFIX.length) : undefined;

/** The node authorizer over the pods of `objects`. */
export const createNodeAuthorizer = (objects: ObjectSource): Authorizer => {
  const graph = new NodeGraph(objects);
  return {
    authorize: (user, attributes) => {
      const node = nodeOf(user);
      if (node === undefined) return unless("");
      if (node === "") return unless(`unknown node for user ${JSON.stringify(user.name)}`);
      const check = "path" in attributes ? undefined : CHECKS[`${attributes.resource}.${attributes.group}`];
      if (check !== undefined) return check(graph, node, attributes as ResourceAttributes);
      return rulesAllow(NODE_RULES, attributes) ? ALLOW : unless("");
    },
  };
};

const ifRelated =
  (resource: Referred | "pods"): Check =>
  (graph, node, { namespace = "", name = "" }) => {
    if (name === "") return unless("No Object name found");
    if (graph.related(node, resource, { namespace, name })) return ALLOW;
    return unless(`no relationship found between node '${node}' and this object`);
  };

const readOne =
  (resource: Referred): Check =>
  (graph, node, attributes) => {
    if (!["get", "list", "watch"].includes(attributes.verb)) return unless("can only read resources of this type");
    if (hasSubresource(attributes)) return unless("cannot read subresource");
    if ((attributes.namespace ?? "") === "") return unless("can only read namespaced object of this type");
    return ifRelated(resource)(graph, node, attributes);
  };

const getOne =
  (resource: Referred | "pods"): Check =>
  (graph, node, attributes) => {
    if (attributes.verb !== "get") return unless("can only get individual resources of this type");
    if (hasSubresource(attributes)) return unless("cannot get subresource");
    return ifRelated(resource)(graph, node, attributes);
  };

const createToken: Check = (graph, node, attributes) => {
  if (attributes.verb !== "create" || (attributes.name ?? "") === "")
    return unless("can only create tokens for individual service accounts");
  if (attributes.subresource !== "token") return unless("can only create token subresource of serviceaccount");
  return ifRelated("serviceaccounts")(graph, node, attributes);
};

const lease: Check = (_graph, node, { verb, namespace, name }) => {
  if (!["get", "create", "update", "patch", "delete"].includes(verb)) {
    return unless("can only get, create, update, patch, or delete a node lease");
  }
  if (namespace !== LEASES) return unless(`can only access leases in the ${JSON.stringify(LEASES)} system namespace`);
  if (verb !== "create" && name !== node) return unless("can only access node lease with the same name as the requesting node");
  return ALLOW;
};

type Writes = { readonly [subresource: string]: readonly string[] };

const NODE_WRITES: Writes = { "": ["create", "update", "patch"], status: ["update", "patch"] };

const ownNode: Check = (_graph, node, { verb, subresource = "", name = "" }) => {
  if (NODE_WRITES[subresource]?.includes(verb) === true) return ALLOW;
  if (subresource !== "" || !["get", "list", "watch"].includes(verb)) return unless("");
  if (name === node) return ALLOW;
  const what = name === "" ? "all nodes" : `'${name}'`;
  return unless(`node '${node}' cannot read ${what}, only its own Node object`);
};

const POD_WRITES: Writes = {
  "": ["create", "delete"],
  status: ["update", "patch"],
  eviction: ["create"],
};

const pod: Check = (graph, node, attributes) => {
  const { verb, subresource = "" } = attributes;
  if (POD_WRITES[subresource]?.includes(verb) === true) return ALLOW;
  if (subresource !== "") return unless("");
  if (verb === "get") return getOne("pods")(graph, node, attributes);
  return verb === "list" || verb === "watch" ? readPods(graph, node, attributes) : unless("");
};

const readPods: Check = (graph, node, attributes) => {
  const terms = parseFieldSelector(attributes.fieldSelector ?? "");
  if (terms.some(({ field, op, value }) => field === "spec.nodeName" && op === "=" && value === node)) return ALLOW;
  if ((attributes.name ?? "") !== "") return ifRelated("pods")(graph, node, attributes);
  return unless("can only list/watch pods with spec.nodeName field selector");
};

const hasSubresource = ({ subresource = "" }: ResourceAttributes): boolean => subresource !== "";

/** By `resource.group`. What is not here is decided by the rules of the role `system:node`. */
const CHECKS: { readonly [resource: string]: Check } = {
  "secrets.": readOne("secrets"),
  "configmaps.": readOne("configmaps"),
  "persistentvolumeclaims.": getOne("persistentvolumeclaims"),
  "serviceaccounts.": createToken,
  "leases.coordination.k8s.io": lease,
  "nodes.": ownNode,
  "pods.": pod,
};
