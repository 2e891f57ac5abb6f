import { PROTOCOLS } from "#api/core/v1/pod-spec/validate-ports.ts";
import type { DiscoveryV1EndpointPort, V1Endpoint, V1EndpointSlice } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { broken, each, immutable, neededOneOf, optionalAs, type Check } from "#api/meta/check.ts";
import { ageColumn, column, listWithMore, nameColumn } from "#api/meta/columns.ts";
import { docOf } from "#api/meta/docs.ts";
import { duplicate, invalidValue, required, tooMany } from "#api/meta/field-error.ts";
import { isIpv6, parseIp, specialIpErrors } from "#api/meta/ip.ts";
import { dns1123Label, dns1123Subdomain, qualifiedName } from "#api/meta/names.ts";
import type { Draft } from "#api/meta/object.ts";
import type { FieldError } from "#api/meta/status.ts";
import { checkLabels } from "#api/meta/validate-meta.ts";

export type EndpointSlice = V1EndpointSlice;

const MAX_ENDPOINTS = 1000;
const MAX_ADDRESSES = 100;
const MAX_PORTS = 20_000;
const MAX_HINTS = 8;
const MAX_TOPOLOGY = 16;
const TYPES: readonly string[] = ["FQDN", "IPv4", "IPv6"];

const setDefaults = (draft: Draft<EndpointSlice>): void => {
  for (const port of draft.ports ?? []) {
    port.name ??= "";
    port.protocol ??= "TCP";
  }
};

const addressErrors = (path: string, address: string, type: string): readonly FieldError[] => {
  if (type === "FQDN") return broken(path, address, dns1123Subdomain(address));
  const ip = parseIp(address);
  if (ip === undefined || (type === "IPv6") !== isIpv6(address)) return [invalidValue(path, address, `must be a valid ${type} address`)];
  return specialIpErrors(path, address);
};

function* checkAddresses(path: string, addresses: readonly string[], type: string): Check {
  if (addresses.length === 0) yield required(path, "must contain at least 1 address");
  else if (addresses.length > MAX_ADDRESSES) yield tooMany(path, addresses.length, MAX_ADDRESSES);
  for (const [address, at] of each(path, addresses)) yield* addressErrors(at, address, type);
}

function* checkHints(path: string, { hints = {} }: V1Endpoint): Check {
  for (const list of ["forZones", "forNodes"] as const) {
    const names = (hints[list] ?? []).map(({ name }) => name);
    if (names.length > MAX_HINTS) yield tooMany(`${path}.${list}`, names.length, MAX_HINTS);
    for (const [name, at, index] of each(`${path}.${list}`, names)) {
      if (names.indexOf(name) < index) yield duplicate(`${at}.name`, name);
    }
  }
}

function* checkEndpoint(path: string, endpoint: V1Endpoint, type: string): Check {
  yield* checkAddresses(`${path}.addresses`, endpoint.addresses ?? [], type);
  if (endpoint.nodeName !== undefined) yield* broken(`${path}.nodeName`, endpoint.nodeName, dns1123Subdomain(endpoint.nodeName));
  const topology = endpoint.deprecatedTopology ?? {};
  const labels = Object.keys(topology).length;
  if (labels > MAX_TOPOLOGY) yield tooMany(`${path}.deprecatedTopology`, labels, MAX_TOPOLOGY);
  yield* checkLabels(`${path}.deprecatedTopology`, topology);
  yield* checkHints(`${path}.hints`, endpoint);
  yield* optionalAs(`${path}.hostname`, endpoint.hostname, dns1123Label);
}

function* checkPorts(ports: readonly DiscoveryV1EndpointPort[]): Check {
  if (ports.length > MAX_PORTS) yield tooMany("ports", ports.length, MAX_PORTS);
  const names = new Set<string>();
  for (const [{ name = "", protocol, appProtocol }, at] of each("ports", ports.slice(0, MAX_PORTS))) {
    yield* optionalAs(`${at}.name`, name, dns1123Label);
    if (names.has(name)) yield duplicate(`${at}.name`, name);
    names.add(name);
    yield* neededOneOf(`${at}.protocol`, protocol, PROTOCOLS);
    if (appProtocol !== undefined) yield* broken(`${at}.appProtocol`, appProtocol, qualifiedName(appProtocol));
  }
}

function* check({ addressType, endpoints = [], ports = [] }: EndpointSlice, old: EndpointSlice | undefined): Check {
  yield* neededOneOf("addressType", addressType, TYPES);
  if (endpoints.length > MAX_ENDPOINTS) yield tooMany("endpoints", endpoints.length, MAX_ENDPOINTS);
  for (const [endpoint, at] of each("endpoints", endpoints.slice(0, MAX_ENDPOINTS))) yield* checkEndpoint(at, endpoint, addressType);
  yield* checkPorts(ports);
  if (old !== undefined) yield* immutable("addressType", addressType, old.addressType);
}

const portText = ({ port, name }: DiscoveryV1EndpointPort): string => (port === undefined ? name || "*" : String(port));

/** EndpointSlices: up to a thousand of the addresses behind a Service. */
export const endpointSlices: Kind<EndpointSlice> = {
  group: "discovery.k8s.io",
  version: "v1",
  resource: "endpointslices",
  kind: "EndpointSlice",
  namespaced: true,
  singular: "endpointslice",
  listKind: "EndpointSliceList",
  shortNames: [],
  categories: [],
  verbs: storedVerbs,
  model: "V1EndpointSlice",
  bucket: "objects",
  status: false,
  subresources: {},
  columns: [
    nameColumn,
    column("AddressType", "string", docOf("V1EndpointSlice", "addressType"), ({ addressType }) => addressType),
    column("Ports", "string", docOf("V1EndpointSlice", "ports"), ({ ports = [] }) => listWithMore(ports.map(portText), "<unset>")),
    column("Endpoints", "string", docOf("V1EndpointSlice", "endpoints"), ({ endpoints = [] }) =>
      listWithMore(
        endpoints.flatMap(({ addresses }) => addresses),
        "<unset>",
      ),
    ),
    ageColumn,
  ],
  setDefaults,
  validate: (object, old) => [...check(object, old)],
  strategy: { generation: true },
};
