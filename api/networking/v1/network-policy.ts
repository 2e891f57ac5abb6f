import { selectorText } from "#api/apps/v1/replicas.ts";
import type { V1IPBlock, V1NetworkPolicy, V1NetworkPolicyPeer, V1NetworkPolicyPort, V1NetworkPolicySpec } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { broken, each, isEmpty, type Check } from "#api/meta/check.ts";
import { ageColumn, column, nameColumn } from "#api/meta/columns.ts";
import { forbiddenField, invalidValue, notSupported, required } from "#api/meta/field-error.ts";
import { cidrErrors, parseCidr, type Cidr } from "#api/meta/ip.ts";
import { portName, portNum } from "#api/meta/names.ts";
import type { Draft } from "#api/meta/object.ts";
import { checkLabelSelector } from "#api/meta/validate-selector.ts";

export type NetworkPolicy = V1NetworkPolicy;

const PROTOCOLS = ["SCTP", "TCP", "UDP"];
const DIRECTIONS = ["Egress", "Ingress"];
const ONLY_PEER = "may not specify both ipBlock and another peer";

const POD_SELECTOR =
  "podSelector selects the pods to which this NetworkPolicy object applies. The array of rules is applied to any pods selected by this field. An empty selector matches all pods in the policy's namespace. Multiple network policies can select the same set of pods. In this case, the ingress rules for each are combined additively. This field is optional. If it is not specified, it defaults to an empty selector.";

/** upstream: pkg/apis/networking/v1/defaults.go */
const setDefaults = ({ spec }: Draft<NetworkPolicy>): void => {
  if (spec === undefined) return;
  const { ingress = [], egress = [], policyTypes = [] } = spec;
  const ports = [...ingress, ...egress].flatMap((rule) => rule.ports ?? []);
  for (const port of ports) port.protocol ??= "TCP";
  if (policyTypes.length === 0) spec.policyTypes = egress.length === 0 ? ["Ingress"] : ["Ingress", "Egress"];
};

function* checkPort(path: string, { protocol, port, endPort }: V1NetworkPolicyPort): Check {
  if (protocol !== undefined && !PROTOCOLS.includes(protocol)) yield notSupported(`${path}.protocol`, protocol, PROTOCOLS);
  if (port === undefined) {
    if (endPort !== undefined) yield required(`${path}.port`, "must be specified when `endPort` is specified");
  } else if (typeof port === "string") {
    if (endPort !== undefined) yield invalidValue(`${path}.endPort`, endPort, "may not be specified when `port` is non-numeric");
    yield* broken(`${path}.port`, port, portName(port));
  } else {
    yield* broken(`${path}.port`, port, portNum(port));
    if (endPort === undefined) return;
    if (endPort < port) yield invalidValue(`${path}.endPort`, endPort, "must be greater than or equal to `port`");
    yield* broken(`${path}.endPort`, endPort, portNum(endPort));
  }
}

/** Whether the narrower network is a true part of the wider one. */
const isWithin = (narrow: Cidr, wide: Cidr): boolean => {
  if (narrow.ip.family !== wide.ip.family || narrow.bits <= wide.bits) return false;
  return Array.from({ length: wide.bits }, (_, bit) => bit).every((bit) => bitOf(narrow, bit) === bitOf(wide, bit));
};

const bitOf = ({ ip }: Cidr, bit: number): number => ((ip.bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1;

function* checkBlock(path: string, { cidr, except }: V1IPBlock): Check {
  if (isEmpty(cidr)) return yield required(`${path}.cidr`);
  yield* cidrErrors(`${path}.cidr`, cidr);
  const whole = parseCidr(cidr);
  for (const [part, at] of each(`${path}.except`, except)) {
    const network = parseCidr(part);
    if (network === undefined) yield* cidrErrors(at, part);
    else if (whole !== undefined && !isWithin(network, whole)) yield invalidValue(at, part, `must be a strict subset of \`cidr\``);
  }
}

function* checkPeer(path: string, peer: V1NetworkPolicyPeer): Check {
  const { podSelector, namespaceSelector, ipBlock } = peer;
  yield* checkLabelSelector(`${path}.podSelector`, podSelector);
  yield* checkLabelSelector(`${path}.namespaceSelector`, namespaceSelector);
  if (ipBlock !== undefined) yield* checkBlock(`${path}.ipBlock`, ipBlock);
  const selects = podSelector !== undefined || namespaceSelector !== undefined;
  if (!selects && ipBlock === undefined) yield required(path, "must specify a peer");
  if (selects && ipBlock !== undefined) yield forbiddenField(path, ONLY_PEER);
}

type Rule = { readonly ports?: readonly V1NetworkPolicyPort[] | undefined };

function* checkRule(path: string, { ports }: Rule, peers: readonly V1NetworkPolicyPeer[] | undefined, side: string): Check {
  for (const [port, at] of each(`${path}.ports`, ports)) yield* checkPort(at, port);
  for (const [peer, at] of each(`${path}.${side}`, peers)) yield* checkPeer(at, peer);
}

/** upstream: pkg/apis/networking/validation/validation.go ValidateNetworkPolicySpec */
function* check(spec: Partial<V1NetworkPolicySpec>): Check {
  yield* checkLabelSelector("spec.podSelector", spec.podSelector);
  for (const [rule, at] of each("spec.ingress", spec.ingress)) yield* checkRule(at, rule, rule.from, "from");
  for (const [rule, at] of each("spec.egress", spec.egress)) yield* checkRule(at, rule, rule.to, "to");
  const types = spec.policyTypes ?? [];
  if (types.length > DIRECTIONS.length) yield invalidValue("spec.policyTypes", types, "may not specify more than two policyTypes");
  else
    for (const [type, at] of each("spec.policyTypes", types))
      if (!DIRECTIONS.includes(type)) yield notSupported(at, type, ["Egress", "Ingress"]);
}

/** NetworkPolicies: who may talk to which pods. */
export const networkPolicies: Kind<NetworkPolicy> = {
  group: "networking.k8s.io",
  version: "v1",
  resource: "networkpolicies",
  kind: "NetworkPolicy",
  namespaced: true,
  singular: "networkpolicy",
  listKind: "NetworkPolicyList",
  shortNames: ["netpol"],
  categories: [],
  verbs: storedVerbs,
  model: "V1NetworkPolicy",
  bucket: "objects",
  status: false,
  subresources: {},
  columns: [nameColumn, column("Pod-Selector", "string", POD_SELECTOR, ({ spec }) => selectorText(spec?.podSelector ?? {})), ageColumn],
  setDefaults,
  validate: ({ spec }) => [...check(spec ?? {})],
  strategy: { generation: true },
};
