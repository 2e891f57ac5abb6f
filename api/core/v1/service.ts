import type { V1Service, V1ServiceSpec } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { isEmpty } from "#api/meta/check.ts";
import { selectable } from "#api/meta/fields.ts";
import { dns1035Label } from "#api/meta/names.ts";
import type { Draft } from "#api/meta/object.ts";
import { serviceColumns } from "./service-columns.ts";
import { isExternallyAccessible } from "./service-spec.ts";
import { serviceStrategy } from "./service-strategy.ts";
import { validateService } from "./service-validate.ts";

export type Service = V1Service;

const AFFINITY_SECONDS = 10_800;

const defaultAffinity = (spec: Draft<V1ServiceSpec>): void => {
  spec.sessionAffinity ||= "None";
  if (spec.sessionAffinity === "None") delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity !== "ClientIP" || spec.sessionAffinityConfig?.clientIP?.timeoutSeconds !== undefined) return;
  spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: AFFINITY_SECONDS } };
};

const defaultPorts = (spec: Draft<V1ServiceSpec>): void => {
  for (const port of spec.ports ?? []) {
    port.protocol ||= "TCP";
    port.targetPort ||= port.port;
  }
};

const defaultTraffic = (spec: Draft<V1ServiceSpec>): void => {
  if (isExternallyAccessible(spec) && isEmpty(spec.externalTrafficPolicy)) spec.externalTrafficPolicy = "Cluster";
  if (spec.type !== "ExternalName") spec.internalTrafficPolicy ??= "Cluster";
  if (spec.type === "LoadBalancer") spec.allocateLoadBalancerNodePorts ??= true;
};

const defaultStatus = ({ spec, status }: Draft<V1Service>): void => {
  if (spec?.type !== "LoadBalancer") return;
  for (const ingress of status?.loadBalancer?.ingress ?? []) if (!isEmpty(ingress.ip)) ingress.ipMode ??= "VIP";
};

/** upstream: SetDefaults_Service. Addresses, families and ports of nodes are the server's to allocate. */
const setDefaults = (draft: Draft<V1Service>): void => {
  const spec = (draft.spec ??= {});
  spec.type ||= "ClusterIP";
  defaultAffinity(spec);
  defaultPorts(spec);
  defaultTraffic(spec);
  defaultStatus(draft);
};

/** Services: one address for a set of pods. */
export const services: Kind<Service> = {
  group: "",
  version: "v1",
  resource: "services",
  kind: "Service",
  namespaced: true,
  singular: "service",
  listKind: "ServiceList",
  shortNames: ["svc"],
  categories: ["all"],
  verbs: storedVerbs,
  model: "V1Service",
  bucket: "objects",
  status: true,
  subresources: {
    proxy: { verbs: ["create", "delete", "get", "patch", "update"], group: "", version: "v1", kind: "ServiceProxyOptions", connects: true },
  },
  fields: selectable({ "spec.clusterIP": "", "spec.type": "" }),
  columns: serviceColumns,
  setDefaults,
  validate: validateService,
  validName: dns1035Label,
  strategy: serviceStrategy,
};
