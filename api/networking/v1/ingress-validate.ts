// What an Ingress must be. upstream: pkg/apis/networking/validation/validation.go
import type {
  V1HTTPIngressPath,
  V1Ingress,
  V1IngressBackend,
  V1IngressPortStatus,
  V1IngressRule,
  V1IngressSpec,
  V1IngressTLS,
  V1ServiceBackendPort,
  V1TypedLocalObjectReference,
} from "#api/generated/types.ts";
import { broken, each, isEmpty, needed, neededAs, optionalAs, type Check } from "#api/meta/check.ts";
import { forbiddenField, invalidValue, notSupported, required } from "#api/meta/field-error.ts";
import { ipErrors, parseIp } from "#api/meta/ip.ts";
import { dns1035Label, dns1123Subdomain, pathSegmentName, portName, portNum, wildcardDns1123Subdomain } from "#api/meta/names.ts";

const CLASS_ANNOTATION = "kubernetes.io/ingress.class";
const PATH_TYPES = ["Exact", "ImplementationSpecific", "Prefix"];
const PROTOCOLS = ["SCTP", "TCP", "UDP"];
const PATH_PARTS = ["//", "/./", "/../", "%2f", "%2F"];
const PATH_ENDS = ["/..", "/."];

const hostErrors = (host: string): readonly string[] => (host.includes("*") ? wildcardDns1123Subdomain(host) : dns1123Subdomain(host));

function* checkReference(path: string, { apiGroup, kind, name }: V1TypedLocalObjectReference): Check {
  yield* optionalAs(`${path}.apiGroup`, apiGroup, dns1123Subdomain);
  yield* neededAs(`${path}.kind`, kind, pathSegmentName);
  yield* neededAs(`${path}.name`, name, pathSegmentName);
}

function* checkServicePort(path: string, { name = "", number = 0 }: V1ServiceBackendPort): Check {
  if (name === "" && number === 0) yield required(path, "port name or number is required");
  else if (name !== "" && number !== 0) yield invalidValue(path, "", "cannot set both port name & port number");
  else if (name !== "") yield* broken(`${path}.name`, name, portName(name));
  else yield* broken(`${path}.number`, number, portNum(number));
}

function* checkBackend(path: string, { service, resource }: V1IngressBackend): Check {
  if (resource !== undefined && service !== undefined) return yield invalidValue(path, "", "cannot set both resource and service backends");
  if (resource !== undefined) return yield* checkReference(`${path}.resource`, resource);
  if (service === undefined) return yield required(path, "must specify a backend");
  yield* neededAs(`${path}.service.name`, service.name, dns1035Label);
  yield* checkServicePort(`${path}.service.port`, service.port ?? {});
}

function* checkAbsolute(at: string, path: string): Check {
  if (!path.startsWith("/")) return yield invalidValue(at, path, "must be an absolute path");
  for (const part of PATH_PARTS) if (path.includes(part)) yield invalidValue(at, path, `must not contain '${part}'`);
  for (const end of PATH_ENDS) if (path.endsWith(end)) yield invalidValue(at, path, `cannot end with '${end}'`);
}

function* checkPath(at: string, { path = "", pathType, backend }: V1HTTPIngressPath): Check {
  if (isEmpty(pathType)) yield required(`${at}.pathType`, "pathType must be specified");
  else if (pathType === "ImplementationSpecific") {
    if (path !== "" && !path.startsWith("/")) yield invalidValue(`${at}.path`, path, "must be an absolute path");
  } else if (PATH_TYPES.includes(pathType)) yield* checkAbsolute(`${at}.path`, path);
  else yield notSupported(`${at}.pathType`, pathType, PATH_TYPES);
  yield* checkBackend(`${at}.backend`, backend ?? {});
}

function* checkRule(at: string, { host = "", http }: V1IngressRule): Check {
  if (host !== "") {
    if (parseIp(host) !== undefined) yield invalidValue(`${at}.host`, host, "must be a DNS name, not an IP address");
    yield* broken(`${at}.host`, host, hostErrors(host));
  }
  if (http === undefined) return;
  if ((http.paths ?? []).length === 0) yield required(`${at}.http.paths`);
  for (const [path, where] of each(`${at}.http.paths`, http.paths)) yield* checkPath(where, path);
}

function* checkTls(at: string, { hosts, secretName }: V1IngressTLS): Check {
  for (const [host, where] of each(`${at}.hosts`, hosts)) yield* broken(where, host, hostErrors(host));
  yield* optionalAs(`${at}.secretName`, secretName, dns1123Subdomain);
}

function* checkSpec(spec: V1IngressSpec): Check {
  const { rules = [], defaultBackend, tls, ingressClassName } = spec;
  if (rules.length === 0 && defaultBackend === undefined) {
    yield invalidValue("spec", "", "either `defaultBackend` or `rules` must be specified");
  }
  if (defaultBackend !== undefined) yield* checkBackend("spec.defaultBackend", defaultBackend);
  for (const [rule, at] of each("spec.rules", rules)) yield* checkRule(at, rule);
  for (const [one, at] of each("spec.tls", tls)) yield* checkTls(at, one);
  if (ingressClassName !== undefined) yield* broken("spec.ingressClassName", ingressClassName, dns1123Subdomain(ingressClassName));
}

/** A new Ingress, or a changed one. */
export function* checkIngress({ metadata, spec = {} }: V1Ingress, old: V1Ingress | undefined): Check {
  yield* checkSpec(spec);
  const annotated = metadata?.annotations?.[CLASS_ANNOTATION];
  if (old === undefined && annotated !== undefined && spec.ingressClassName !== undefined && annotated !== spec.ingressClassName) {
    const detail = "must match `ingressClassName` when both are specified";
    yield invalidValue(`metadata.annotations.${CLASS_ANNOTATION}`, annotated, detail);
  }
}

function* checkPortStatuses(path: string, ports: readonly V1IngressPortStatus[] | undefined): Check {
  for (const [{ port, protocol, error }, at] of each(path, ports)) {
    yield* broken(`${at}.port`, port, portNum(port));
    if (!PROTOCOLS.includes(protocol)) yield notSupported(`${at}.protocol`, protocol ?? "", PROTOCOLS);
    if (error !== undefined) yield* needed(`${at}.error`, error);
  }
}

/** The status of an Ingress: where it can be reached. */
export function* checkIngressStatus({ status }: V1Ingress): Check {
  for (const [{ ip, hostname, ports }, at] of each("status.loadBalancer.ingress", status?.loadBalancer?.ingress)) {
    if (!isEmpty(ip)) yield* ipErrors(`${at}.ip`, ip);
    if (!isEmpty(hostname)) {
      yield* broken(`${at}.hostname`, hostname, dns1123Subdomain(hostname));
      if (parseIp(hostname) !== undefined) yield invalidValue(`${at}.hostname`, hostname, "must be a DNS name, not an IP address");
    }
    yield* checkPortStatuses(`${at}.ports`, ports);
    if (isEmpty(ip) && isEmpty(hostname)) yield forbiddenField(at, "must specify an IP or a hostname");
  }
}
