// What a Service must be. upstream: pkg/apis/core/validation/validation.go (ValidateService), release 1.36
import type { V1Service, V1ServicePort, V1ServiceSpec } from "#api/generated/types.ts";
import { broken, each, isEmpty, neededOneOf, oneOf, type Check } from "#api/meta/check.ts";
import { duplicate, forbiddenField, invalidValue, required } from "#api/meta/field-error.ts";
import { cidrErrors, ipErrors, specialIpErrors } from "#api/meta/ip.ts";
import { dns1123Label, dns1123Subdomain, portNum, qualifiedName } from "#api/meta/names.ts";
import type { FieldError } from "#api/meta/status.ts";
import { checkLabels } from "#api/meta/validate-meta.ts";
import { portErrors, PROTOCOLS } from "./pod-spec/validate-ports.ts";
import { checkClusterIps, checkClusterIpsUpdate } from "./service-addresses.ts";
import { isExternallyAccessible, isHeadless, needsHealthCheck } from "./service-spec.ts";

const TYPES: readonly string[] = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
const AFFINITIES: readonly string[] = ["ClientIP", "None"];
const POLICIES: readonly string[] = ["Cluster", "Local"];
const DISTRIBUTIONS: readonly string[] = ["PreferClose", "PreferSameNode", "PreferSameZone"];
const MAX_AFFINITY_SECONDS = 86_400;
const SOURCE_RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges";
const LOAD_BALANCER_ONLY = "may only be used when `type` is 'LoadBalancer'";

function* checkExternalName({ clusterIPs = [], ipFamilies = [], ipFamilyPolicy, externalName = "" }: V1ServiceSpec): Check {
  const detail = "may not be set for ExternalName services";
  if (clusterIPs.length > 0) yield forbiddenField("spec.clusterIPs", detail);
  if (ipFamilies.length > 0) yield forbiddenField("spec.ipFamilies", detail);
  if (ipFamilyPolicy !== undefined) yield forbiddenField("spec.ipFamilyPolicy", detail);
  const name = externalName.replace(/\.$/, "");
  if (name === "") yield required("spec.externalName");
  else yield* broken("spec.externalName", name, dns1123Subdomain(name));
}

function* checkType(spec: V1ServiceSpec): Check {
  const { type, ports = [] } = spec;
  if (ports.length === 0 && !isHeadless(spec) && type !== "ExternalName") yield required("spec.ports");
  if ((type === "LoadBalancer" || type === "NodePort") && isHeadless(spec)) {
    yield invalidValue("spec.clusterIPs[0]", "None", `may not be set to 'None' for ${type} services`);
  }
  if (type === "ExternalName") yield* checkExternalName(spec);
}

function* checkPort(path: string, port: V1ServicePort): Check {
  yield* broken(`${path}.port`, port.port ?? 0, portNum(port.port ?? 0));
  yield* neededOneOf(`${path}.protocol`, port.protocol, PROTOCOLS);
  yield* portErrors(`${path}.targetPort`, port.targetPort);
  if (port.appProtocol !== undefined) yield* broken(`${path}.appProtocol`, port.appProtocol, qualifiedName(port.appProtocol));
}

function* checkPorts({ ports = [] }: V1ServiceSpec): Check {
  const names = new Set<string>();
  for (const [port, at] of each("spec.ports", ports)) {
    if (!isEmpty(port.name)) {
      yield* broken(`${at}.name`, port.name, dns1123Label(port.name));
      if (names.has(port.name)) yield duplicate(`${at}.name`, port.name);
      names.add(port.name);
    } else if (ports.length > 1) yield required(`${at}.name`);
    yield* checkPort(at, port);
  }
}

/** Node ports, and ports, are unique for each protocol. */
function* checkPortsUnique({ type, ports }: V1ServiceSpec): Check {
  const seen = new Set<string>();
  for (const [{ nodePort = 0, protocol }, at] of each("spec.ports", ports)) {
    if (nodePort === 0) continue;
    if (type === "ClusterIP") yield forbiddenField(`${at}.nodePort`, "may not be used when `type` is 'ClusterIP'");
    if (seen.has(`node ${protocol} ${nodePort}`)) yield duplicate(`${at}.nodePort`, nodePort);
    seen.add(`node ${protocol} ${nodePort}`);
  }
  for (const [{ port, protocol }, at] of each("spec.ports", ports)) {
    if (seen.has(`${protocol} ${port}`)) yield duplicate(at, { protocol, port });
    seen.add(`${protocol} ${port}`);
  }
}

function* checkClientIp({ sessionAffinityConfig: config }: V1ServiceSpec): Check {
  const [path, detail] = ["spec.sessionAffinityConfig", "when session affinity type is ClientIP"];
  const seconds = config?.clientIP?.timeoutSeconds;
  if (config === undefined) yield required(path, detail);
  else if (config.clientIP === undefined) yield required(`${path}.clientIP`, detail);
  else if (seconds === undefined) yield required(`${path}.clientIP.timeoutSeconds`, detail);
  else if (seconds <= 0 || seconds > MAX_AFFINITY_SECONDS) {
    yield invalidValue(`${path}.clientIP.timeoutSeconds`, seconds, `must be greater than 0 and less than ${MAX_AFFINITY_SECONDS}`);
  }
}

function* checkAffinity(spec: V1ServiceSpec): Check {
  yield* neededOneOf("spec.sessionAffinity", spec.sessionAffinity, AFFINITIES);
  if (spec.sessionAffinity === "ClientIP") yield* checkClientIp(spec);
  else if (spec.sessionAffinity === "None" && spec.sessionAffinityConfig !== undefined) {
    yield forbiddenField("spec.sessionAffinityConfig", "must not be set when session affinity is None");
  }
}

function* checkExternalIps({ externalIPs }: V1ServiceSpec): Check {
  for (const [ip, at] of each("spec.externalIPs", externalIPs)) {
    const errors = ipErrors(at, ip);
    yield* errors.length > 0 ? errors : specialIpErrors(at, ip);
  }
}

function* checkRanges(path: string, ranges: readonly string[], { type }: V1ServiceSpec): Check {
  if (type !== "LoadBalancer") yield forbiddenField(path, LOAD_BALANCER_ONLY);
  for (const range of ranges) yield* cidrErrors(path, range.trim());
}

/** Networks that may use the load balancer: the field, or the annotation that came before it. */
function* checkSourceRanges({ metadata, spec = {} }: V1Service): Check {
  const { loadBalancerSourceRanges: ranges = [] } = spec;
  const text = metadata?.annotations?.[SOURCE_RANGES];
  if (ranges.length > 0) yield* checkRanges("spec.LoadBalancerSourceRanges", ranges, spec);
  else if (text !== undefined) {
    yield* checkRanges(`metadata.annotations[${SOURCE_RANGES}]`, text.trim() === "" ? [] : text.split(","), spec);
  }
}

function* checkLoadBalancer({ type, allocateLoadBalancerNodePorts, loadBalancerClass }: V1ServiceSpec): Check {
  if (type === "LoadBalancer") {
    if (allocateLoadBalancerNodePorts === undefined) yield required("allocateLoadBalancerNodePorts");
    if (loadBalancerClass !== undefined) yield* broken("spec.loadBalancerClass", loadBalancerClass, qualifiedName(loadBalancerClass));
    return;
  }
  if (allocateLoadBalancerNodePorts !== undefined) yield forbiddenField("spec.allocateLoadBalancerNodePorts", LOAD_BALANCER_ONLY);
  if (loadBalancerClass !== undefined) yield forbiddenField("spec.loadBalancerClass", LOAD_BALANCER_ONLY);
}

function* checkHealthPort(spec: V1ServiceSpec): Check {
  const [path, port] = ["spec.healthCheckNodePort", spec.healthCheckNodePort ?? 0];
  if (needsHealthCheck(spec)) {
    if (port !== 0) yield* broken(path, port, portNum(port));
  } else if (port !== 0) {
    yield invalidValue(path, port, "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'");
  }
}

function* checkTraffic(spec: V1ServiceSpec): Check {
  const external = spec.externalTrafficPolicy;
  if (isExternallyAccessible(spec)) yield* neededOneOf("spec.externalTrafficPolicy", external, POLICIES);
  else if (!isEmpty(external)) {
    yield invalidValue("spec.externalTrafficPolicy", external, "may only be set for externally-accessible services");
  }
  yield* checkHealthPort(spec);
  const internal = spec.internalTrafficPolicy;
  if (internal === undefined && spec.type !== "ExternalName") yield required("spec.internalTrafficPolicy");
  yield* oneOf("spec.internalTrafficPolicy", internal, POLICIES);
  yield* oneOf("spec.trafficDistribution", spec.trafficDistribution, DISTRIBUTIONS);
}

function* checkService(service: V1Service): Check {
  const { spec = {} } = service;
  yield* checkType(spec);
  yield* checkPorts(spec);
  yield* checkLabels("spec.selector", spec.selector);
  yield* checkAffinity(spec);
  yield* checkClusterIps(spec);
  yield* checkExternalIps(spec);
  yield* neededOneOf("spec.type", spec.type, TYPES);
  yield* checkPortsUnique(spec);
  yield* checkSourceRanges(service);
  yield* checkLoadBalancer(spec);
  yield* checkTraffic(spec);
}

function* checkUpdate({ spec = {} }: V1Service, { spec: old = {} }: V1Service): Check {
  yield* checkClusterIpsUpdate(spec, old);
  const both = (type: string): boolean => spec.type === type && old.type === type;
  if (both("LoadBalancer") && spec.loadBalancerClass !== old.loadBalancerClass) {
    yield invalidValue("spec.loadBalancerClass", spec.loadBalancerClass ?? null, "may not change once set");
  }
  if (needsHealthCheck(old) && needsHealthCheck(spec) && spec.healthCheckNodePort !== old.healthCheckNodePort) {
    yield forbiddenField("spec.healthCheckNodePort", "field is immutable");
  }
}

function* checkStatus({ status }: V1Service): Check {
  for (const [{ ip, ipMode, hostname }, at] of each("status.loadBalancer.ingress", status?.loadBalancer?.ingress)) {
    if (!isEmpty(ip)) yield* ipErrors(`${at}.ip`, ip);
    if (!isEmpty(ip) && ipMode === undefined) yield required(`${at}.ipMode`, "must be specified when `ip` is set");
    if (isEmpty(ip) && ipMode !== undefined) yield forbiddenField(`${at}.ipMode`, "may not be specified when `ip` is not set");
    yield* oneOf(`${at}.ipMode`, ipMode, ["Proxy", "VIP"]);
    if (!isEmpty(hostname)) yield* broken(`${at}.hostname`, hostname, dns1123Subdomain(hostname));
  }
}

/** Every error of a Service. */
export const validateService = (service: V1Service, old: V1Service | undefined, subresource: string): readonly FieldError[] => {
  if (subresource === "status") return [...checkStatus(service)];
  return [...(old === undefined ? [] : checkUpdate(service, old)), ...checkService(service)];
};
