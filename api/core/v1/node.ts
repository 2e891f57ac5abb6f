import type { V1Node } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { each, eachKey, isEmpty, type Check } from "#api/meta/check.ts";
import { ageColumn, column, nameColumn, wideColumn } from "#api/meta/columns.ts";
import { docOf } from "#api/meta/docs.ts";
import { deepEqual } from "#api/meta/equal.ts";
import { duplicate, forbiddenField, invalidValue } from "#api/meta/field-error.ts";
import { selectable } from "#api/meta/fields.ts";
import { cidrErrors, isDualStack } from "#api/meta/ip.ts";
import type { Draft } from "#api/meta/object.ts";
import { semanticEqual } from "#api/meta/semantic-equal.ts";
import { checkResourceAmount } from "./pod-spec/validate-resources.ts";
import { defaultResourceList } from "./resource-list.ts";
import { checkTaints } from "./taint.ts";

export type Node = V1Node;

const ROLE_PREFIX = "node-role.kubernetes.io/";
const ROLE_LABEL = "kubernetes.io/role";

/** The one range and the list of them are one field. upstream: Convert_v1_NodeSpec_To_core_NodeSpec */
const joinCidrs = (spec: NonNullable<Draft<Node>["spec"]>): void => {
  const [first] = spec.podCIDRs ?? [];
  if (first === undefined && !isEmpty(spec.podCIDR)) spec.podCIDRs = [spec.podCIDR];
  else if (first !== undefined && isEmpty(spec.podCIDR)) spec.podCIDR = first;
};

const setDefaults = (draft: Draft<Node>): void => {
  joinCidrs((draft.spec ??= {}));
  const { status } = draft;
  if (status === undefined) return;
  defaultResourceList(status.capacity);
  defaultResourceList(status.allocatable);
  if (status.capacity !== undefined) status.allocatable ??= { ...status.capacity };
};

function* checkAmounts({ status }: Node): Check {
  for (const list of ["capacity", "allocatable"] as const) {
    for (const [name, amount] of eachKey("", status?.[list])) yield* checkResourceAmount(`status.${list}.${name}`, name, amount);
  }
}

function* checkCidrs({ spec }: Node): Check {
  const cidrs = spec?.podCIDRs ?? [];
  for (const [cidr, at] of each("spec.podCIDRs", cidrs)) yield* cidrErrors(at, cidr);
  const addresses = cidrs.map((cidr) => cidr.split("/")[0] ?? "");
  if (cidrs.length > 1 && (!isDualStack(addresses) || cidrs.length > 2)) {
    yield invalidValue("spec.podCIDRs", cidrs, "may specify no more than one CIDR for each IP family");
  }
}

function* checkAddressesUnique({ status }: Node): Check {
  const seen = new Set<string>();
  for (const [address, at] of each("status.addresses", status?.addresses)) {
    const key = `${address.type} ${address.address}`;
    if (seen.has(key)) yield duplicate(at, address);
    seen.add(key);
  }
}

function* checkUpdate({ spec = {} }: Node, { spec: oldSpec = {} }: Node): Check {
  const { podCIDRs: cidrs = [] } = oldSpec;
  if (cidrs.length > 0 && !deepEqual(spec.podCIDRs, cidrs)) {
    yield forbiddenField("spec.podCIDRs", 'node updates may not change podCIDR except from "" to valid');
  }
  if (!isEmpty(oldSpec.providerID) && spec.providerID !== oldSpec.providerID) {
    yield forbiddenField("spec.providerID", 'node updates may not change providerID except from "" to valid');
  }
  if (!semanticEqual(spec.externalID, oldSpec.externalID)) yield forbiddenField("spec.externalID", "may not be updated");
}

function* check(node: Node, old: Node | undefined): Check {
  yield* checkTaints("metadata.taints", node.spec?.taints);
  yield* checkAmounts(node);
  if (old === undefined) yield* checkCidrs(node);
  else {
    yield* checkAddressesUnique(node);
    yield* checkUpdate(node, old);
  }
}

const statusText = ({ spec, status }: Node): string => {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  const readiness = ready === undefined ? "Unknown" : ready.status === "True" ? "Ready" : "NotReady";
  return spec?.unschedulable === true ? `${readiness},SchedulingDisabled` : readiness;
};

const rolesText = ({ metadata }: Node): string => {
  const roles = Object.entries(metadata?.labels ?? {}).map(([key, value]) => {
    if (key.startsWith(ROLE_PREFIX)) return key.slice(ROLE_PREFIX.length);
    return key === ROLE_LABEL ? value : "";
  });
  const named = [...new Set(roles.filter((role) => role !== ""))].toSorted();
  return named.length === 0 ? "<none>" : named.join(",");
};

const addressText = ({ status }: Node, type: string): string =>
  status?.addresses?.find((address) => address.type === type)?.address ?? "<none>";

const info = (node: Node, field: "osImage" | "kernelVersion" | "containerRuntimeVersion"): string =>
  node.status?.nodeInfo?.[field] || "<unknown>";

const doc = (field: string): string => docOf("V1NodeSystemInfo", field);

/** Nodes: the machines that run pods. */
export const nodes: Kind<Node> = {
  group: "",
  version: "v1",
  resource: "nodes",
  kind: "Node",
  namespaced: false,
  singular: "node",
  listKind: "NodeList",
  shortNames: ["no"],
  categories: [],
  verbs: storedVerbs,
  model: "V1Node",
  bucket: "objects",
  status: true,
  subresources: {
    proxy: { verbs: ["create", "delete", "get", "patch", "update"], group: "", version: "v1", kind: "NodeProxyOptions", connects: true },
  },
  fields: selectable({ "spec.unschedulable": "false" }),
  columns: [
    nameColumn,
    column("Status", "string", "The status of the node", statusText),
    column("Roles", "string", "The roles of the node", rolesText),
    ageColumn,
    column("Version", "string", doc("kubeletVersion"), ({ status }) => status?.nodeInfo?.kubeletVersion ?? ""),
    wideColumn("Internal-IP", "string", docOf("V1NodeStatus", "addresses"), (node) => addressText(node, "InternalIP")),
    wideColumn("External-IP", "string", docOf("V1NodeStatus", "addresses"), (node) => addressText(node, "ExternalIP")),
    wideColumn("OS-Image", "string", doc("osImage"), (node) => info(node, "osImage")),
    wideColumn("Kernel-Version", "string", doc("kernelVersion"), (node) => info(node, "kernelVersion")),
    wideColumn("Container-Runtime", "string", doc("containerRuntimeVersion"), (node) => info(node, "containerRuntimeVersion")),
  ],
  setDefaults,
  validate: (node, old) => [...check(node, old)],
  strategy: {
    generation: false,
    prepareForUpdate: ({ spec }) => {
      if (spec !== undefined) joinCidrs(spec);
    },
  },
};
