// What services cost. upstream: pkg/quota/v1/evaluator/core/services.go
import type { V1Service } from "#api/generated/types.ts";
import type { Evaluator } from "./scopes.ts";

const NAMES = ["count/services", "services", "services.nodeports", "services.loadbalancers"];

const nodePorts = ({ spec }: V1Service): number => {
  const ports = spec?.ports ?? [];
  if (spec?.type === "NodePort") return ports.length;
  if (spec?.type !== "LoadBalancer") return 0;
  return spec.allocateLoadBalancerNodePorts === false ? ports.filter(({ nodePort = 0 }) => nodePort !== 0).length : ports.length;
};

export const serviceEvaluator: Evaluator<V1Service> = {
  counts: (name) => NAMES.includes(name),
  charges: (operation, subresource) => subresource === "" && (operation === "CREATE" || operation === "UPDATE"),
  usage: (service) => ({
    "count/services": "1",
    services: "1",
    "services.nodeports": String(nodePorts(service)),
    "services.loadbalancers": service.spec?.type === "LoadBalancer" ? "1" : "0",
  }),
};
