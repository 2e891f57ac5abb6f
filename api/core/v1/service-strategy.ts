// What the server makes of a Service that is written: what an old client leaves out stays, and what a new type does not
// need goes, unless the client changed it too. upstream: pkg/registry/core/service/strategy.go, storage/alloc.go
import type { V1Service, V1ServiceSpec } from "#api/generated/types.ts";
import type { Strategy } from "#api/kind.ts";
import { isEmpty } from "#api/meta/check.ts";
import { deepEqual } from "#api/meta/equal.ts";
import type { Draft } from "#api/meta/object.ts";
import { isExternallyAccessible, needsClusterIp, needsHealthCheck, needsNodePorts } from "./service-spec.ts";

type Spec = Draft<V1ServiceSpec>;

const isNone = (list: readonly unknown[] | undefined): boolean => list === undefined || list.length === 0;

const normalizeNewClusterIps = (spec: Spec): void => {
  if (!isEmpty(spec.clusterIP) && isNone(spec.clusterIPs)) spec.clusterIPs = [spec.clusterIP];
};

const sameText = (a: string | undefined, b: string | undefined): boolean => (a ?? "") === (b ?? "");
const sameList = (a: readonly unknown[] | undefined, b: readonly unknown[] | undefined): boolean => deepEqual(a ?? [], b ?? []);

/** Keeps `clusterIP` and the first of `clusterIPs` one, for clients that know only one of them. upstream: NormalizeClusterIPs */
const normalizeClusterIps = (spec: Spec, old: V1ServiceSpec): void => {
  if (sameText(spec.clusterIP, old.clusterIP)) {
    if (isNone(spec.clusterIPs) && old.clusterIPs !== undefined) spec.clusterIPs = [...old.clusterIPs];
  } else if (sameList(spec.clusterIPs, old.clusterIPs)) {
    if (isEmpty(spec.clusterIP)) delete spec.clusterIPs;
    else spec.clusterIPs = [spec.clusterIP];
  }
};

const keepClusterIps = (spec: Spec, old: V1ServiceSpec): void => {
  if (!needsClusterIp(spec) || !needsClusterIp(old)) return;
  if (isEmpty(spec.clusterIP) && old.clusterIP !== undefined) spec.clusterIP = old.clusterIP;
  if (isNone(spec.clusterIPs) && !isNone(old.clusterIPs)) spec.clusterIPs = [...(old.clusterIPs ?? [])];
};

const nodePortsOf = ({ ports }: V1ServiceSpec): readonly number[] => (ports ?? []).map(({ nodePort }) => nodePort ?? 0);
const isUnset = (port: number | undefined): boolean => port === undefined || port === 0;

/** A port that the client names keeps its node port, unless another port has taken it. */
const keepNodePorts = (spec: Spec, old: V1ServiceSpec): void => {
  if (!needsNodePorts(spec) || !needsNodePorts(old)) return;
  const taken = new Set(nodePortsOf(spec));
  for (const port of (spec.ports ?? []).filter(({ nodePort }) => isUnset(nodePort))) {
    const was = old.ports?.find(({ name }) => sameText(name, port.name))?.nodePort ?? 0;
    if (was === 0 || taken.has(was)) continue;
    port.nodePort = was;
    taken.add(was);
  }
};

const keepHealthCheck = (spec: Spec, old: V1ServiceSpec): void => {
  if (!needsHealthCheck(spec) || !needsHealthCheck(old)) return;
  if (old.healthCheckNodePort !== undefined) spec.healthCheckNodePort ||= old.healthCheckNodePort;
};

const dropClusterIps = (spec: Spec, old: V1ServiceSpec): void => {
  if (needsClusterIp(spec) || !needsClusterIp(old)) return;
  if (deepEqual([spec.clusterIP, spec.clusterIPs], [old.clusterIP, old.clusterIPs])) {
    delete spec.clusterIP;
    delete spec.clusterIPs;
  }
  for (const field of ["ipFamilies", "ipFamilyPolicy"] as const) if (deepEqual(spec[field], old[field])) delete spec[field];
};

const dropNodePorts = (spec: Spec, old: V1ServiceSpec): void => {
  if (needsNodePorts(spec) || !needsNodePorts(old) || !deepEqual(nodePortsOf(spec), nodePortsOf(old))) return;
  for (const port of spec.ports ?? []) delete port.nodePort;
};

type Droppable = "healthCheckNodePort" | "allocateLoadBalancerNodePorts" | "loadBalancerClass" | "externalTrafficPolicy";

const isLoadBalancer = ({ type }: V1ServiceSpec): boolean => type === "LoadBalancer";

/** Which types have the field. */
const DROPPABLE: readonly (readonly [field: Droppable, has: (spec: V1ServiceSpec) => boolean])[] = [
  ["healthCheckNodePort", needsHealthCheck],
  ["allocateLoadBalancerNodePorts", isLoadBalancer],
  ["loadBalancerClass", isLoadBalancer],
  ["externalTrafficPolicy", isExternallyAccessible],
];

/** upstream: dropTypeDependentFields */
const dropUnneeded = (spec: Spec, old: V1ServiceSpec): void => {
  dropClusterIps(spec, old);
  dropNodePorts(spec, old);
  for (const [field, has] of DROPPABLE) if (has(old) && !has(spec) && deepEqual(spec[field], old[field])) delete spec[field];
};

const prepareForUpdate = (draft: Draft<V1Service>, { spec: old = {} }: V1Service, subresource: string): void => {
  const { spec } = draft;
  if (subresource === "status" || spec === undefined) return;
  dropUnneeded(spec, old);
  normalizeClusterIps(spec, old);
  keepClusterIps(spec, old);
  keepNodePorts(spec, old);
  keepHealthCheck(spec, old);
  if (!isLoadBalancer(spec)) draft.status = { ...draft.status, loadBalancer: {} };
};

const prepareForCreate = (draft: Draft<V1Service>): void => {
  draft.status = { loadBalancer: {} };
  if (draft.spec !== undefined) normalizeNewClusterIps(draft.spec);
};

/** upstream: pkg/api/service/warnings.go */
const warnings = ({ spec = {} }: V1Service): readonly string[] => [
  ...(spec.sessionAffinity === "ClientIP" && spec.clusterIP === "None" ? ["spec.SessionAffinity is ignored for headless services"] : []),
  ...((spec.externalIPs ?? []).length > 0 && spec.type === "ExternalName"
    ? ['spec.externalIPs is ignored when spec.type is "ExternalName"']
    : []),
];

/** The strategy of Services. */
export const serviceStrategy: Strategy<V1Service> = {
  generation: false,
  returnsDeleted: true,
  allowCreateOnUpdate: true,
  prepareForCreate,
  prepareForUpdate,
  warnings,
};
