// The life of a ServiceCIDR: ready once it is protected, and gone only when no Service is left without a network. Pure.
// upstream: pkg/controller/servicecidrs/servicecidrs_controller.go
import type { V1Condition } from "#api/generated/types.ts";
import { containsCidr, containsIp, parseCidr, parseIp, type Cidr } from "#api/meta/ip.ts";
import type { Stored } from "#api/meta/object.ts";
import type { ServiceCIDR } from "#api/networking/v1/service-cidr.ts";
import { toTime } from "#lib/clock.ts";
import type { Requeue } from "#lib/controller.ts";

const FINALIZER = "networking.k8s.io/service-cidr-finalizer";

/** How long a network is kept once nobody needs it: every API server must have heard that it gives no more addresses. */
const GRACE_MS = 10_000;

type Said = Pick<V1Condition, "status" | "reason" | "message">;

const READY: Said = { status: "True", reason: "", message: "Kubernetes Service CIDR is ready" };
const BLOCKED: Said = {
  status: "False",
  reason: "Terminating",
  message: "There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR",
};

/** A ServiceCIDR among the others, and the addresses that Services have. */
export type Observed = {
  readonly cidr: Stored<ServiceCIDR>;
  readonly others: readonly Stored<ServiceCIDR>[];
  /** Asked only when the network is to go. */
  readonly addresses: () => readonly string[];
};

export type Action =
  | { readonly do: "finalizers"; readonly cidr: Stored<ServiceCIDR>; readonly finalizers: readonly string[] }
  | { readonly do: "condition"; readonly cidr: Stored<ServiceCIDR>; readonly condition: V1Condition };

/** The networks of a ServiceCIDR. */
export const networksOf = ({ spec }: ServiceCIDR): readonly Cidr[] =>
  (spec?.cidrs ?? []).map(parseCidr).filter((cidr) => cidr !== undefined);

/** What is to be done about a ServiceCIDR. */
export const decide = (observed: Observed, nowMs: number): readonly (Action | Requeue)[] => {
  const { cidr } = observed;
  const { finalizers = [], deletionTimestamp } = cidr.metadata;
  const has = finalizers.includes(FINALIZER);
  if (deletionTimestamp === undefined) {
    const protection: readonly Action[] = has ? [] : [{ do: "finalizers", cidr, finalizers: [...finalizers, FINALIZER] }];
    return [...protection, ...say(cidr, READY, nowMs)];
  }
  if (!has) return [];
  if (!mayGo(observed)) return say(cidr, BLOCKED, nowMs);
  const afterMs = Date.parse(deletionTimestamp) + GRACE_MS - nowMs;
  if (afterMs > 0) return [{ do: "requeue", afterMs }];
  return [{ do: "finalizers", cidr, finalizers: finalizers.filter((one) => one !== FINALIZER) }];
};

const say = (cidr: Stored<ServiceCIDR>, said: Said, nowMs: number): readonly Action[] => {
  const present = cidr.status?.conditions?.find(({ type }) => type === "Ready");
  if (present?.status === said.status && present.message === said.message) return [];
  const since = present?.status === said.status ? present.lastTransitionTime : toTime(nowMs);
  return [{ do: "condition", cidr, condition: { type: "Ready", ...said, lastTransitionTime: since } }];
};

/** Every address that a Service has is in another network too. */
const mayGo = ({ cidr, others, addresses }: Observed): boolean => {
  const [own, left] = [networksOf(cidr), others.flatMap(networksOf)];
  if (own.every((network) => left.some((other) => containsCidr(other, network)))) return true;
  return !addresses().some((address) => isOrphaned(address, own, left));
};

const isOrphaned = (address: string, own: readonly Cidr[], left: readonly Cidr[]): boolean => {
  const ip = parseIp(address);
  const isIn = (networks: readonly Cidr[]): boolean => ip !== undefined && networks.some((network) => containsIp(network, ip));
  return isIn(own) && !isIn(left);
};
