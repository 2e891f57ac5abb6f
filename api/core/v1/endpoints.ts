import type { CoreV1EndpointPort, V1EndpointAddress, V1Endpoints, V1EndpointSubset } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { broken, each, isEmpty, neededOneOf, optionalAs, type Check } from "#api/meta/check.ts";
import { ageColumn, column, listWithMore, nameColumn } from "#api/meta/columns.ts";
import { docOf } from "#api/meta/docs.ts";
import { required } from "#api/meta/field-error.ts";
import { hostPort, ipErrors, specialIpErrors } from "#api/meta/ip.ts";
import { dns1123Label, dns1123Subdomain, portNum, qualifiedName } from "#api/meta/names.ts";
import type { Draft } from "#api/meta/object.ts";
import { PROTOCOLS } from "./pod-spec/validate-ports.ts";

export type Endpoints = V1Endpoints;

const setDefaults = (draft: Draft<Endpoints>): void => {
  for (const subset of draft.subsets ?? []) for (const port of subset.ports ?? []) port.protocol ||= "TCP";
};

function* checkAddress(path: string, address: V1EndpointAddress): Check {
  const { ip, hostname, nodeName } = { ...address, ip: address.ip ?? "" };
  const errors = ipErrors(`${path}.ip`, ip);
  yield* errors;
  yield* optionalAs(`${path}.hostname`, hostname, dns1123Label);
  if (nodeName !== undefined) yield* broken(`${path}.nodeName`, nodeName, dns1123Subdomain(nodeName));
  if (errors.length === 0) yield* specialIpErrors(`${path}.ip`, ip);
}

function* checkPort(path: string, { name, port, protocol, appProtocol }: CoreV1EndpointPort, needsName: boolean): Check {
  if (needsName && isEmpty(name)) yield required(`${path}.name`);
  yield* optionalAs(`${path}.name`, name, dns1123Label);
  yield* broken(`${path}.port`, port ?? 0, portNum(port ?? 0));
  yield* neededOneOf(`${path}.protocol`, protocol, PROTOCOLS);
  if (appProtocol !== undefined) yield* broken(`${path}.appProtocol`, appProtocol, qualifiedName(appProtocol));
}

function* checkSubset(path: string, { addresses = [], notReadyAddresses = [], ports = [] }: V1EndpointSubset): Check {
  if (addresses.length + notReadyAddresses.length === 0) yield required(path, "must specify `addresses` or `notReadyAddresses`");
  for (const [address, at] of each(`${path}.addresses`, addresses)) yield* checkAddress(at, address);
  for (const [address, at] of each(`${path}.notReadyAddresses`, notReadyAddresses)) yield* checkAddress(at, address);
  for (const [port, at] of each(`${path}.ports`, ports)) yield* checkPort(at, port, ports.length > 1);
}

function* check({ subsets }: Endpoints): Check {
  for (const [subset, at] of each("subsets", subsets)) yield* checkSubset(at, subset);
}

const endpointsText = ({ subsets = [] }: Endpoints): string => {
  if (subsets.length === 0) return "<none>";
  const all = subsets.flatMap(({ addresses = [], ports = [] }) =>
    ports.length === 0
      ? addresses.map(({ ip }) => ip ?? "")
      : ports.flatMap(({ port }) => addresses.map(({ ip }) => hostPort({ host: ip ?? "", port }))),
  );
  return listWithMore(all, "");
};

/** Endpoints: the addresses behind a Service, in their older form. */
export const endpoints: Kind<Endpoints> = {
  group: "",
  version: "v1",
  resource: "endpoints",
  kind: "Endpoints",
  namespaced: true,
  singular: "endpoints",
  listKind: "EndpointsList",
  shortNames: ["ep"],
  categories: [],
  verbs: storedVerbs,
  model: "V1Endpoints",
  bucket: "objects",
  status: false,
  subresources: {},
  columns: [nameColumn, column("Endpoints", "string", docOf("V1Endpoints", "subsets"), endpointsText), ageColumn],
  setDefaults,
  validate: (object) => [...check(object)],
  deprecation: "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
  strategy: { generation: false, allowCreateOnUpdate: true },
};
