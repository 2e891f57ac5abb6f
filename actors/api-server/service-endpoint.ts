// Where a Service's port is reached from the API server: at an endpoint that is ready, so that no proxy is needed on its
// machine; an external name where it is. Pure. upstream: apiserver/pkg/util/proxy/proxy.go, with aggregator routing
import type { V1EndpointSlice, V1Service } from "#api/generated/types.ts";
import { services } from "#api/core/v1/service.ts";
import { endpointSlices } from "#api/discovery/v1/endpoint-slice.ts";
import { listeningPort, type ClusterNetwork } from "#lib/cluster-network.ts";
import type { Random } from "#lib/random.ts";
import type { ObjectSource } from "./objects.ts";

/** A port of a Service. */
export type ServicePortRef = { readonly namespace: string; readonly name: string; readonly port: number };

/** Where something listens. */
export type Endpoint = { readonly host: string; readonly port: number };

/** Why a Service leads nowhere; told to users. */
export type Nowhere = { readonly reason: string };

const SERVICE_NAME = "kubernetes.io/service-name";

/** A Service's slices. */
export const slicesOf = (
  objects: Pick<ObjectSource, "list">,
  { namespace, name }: Pick<ServicePortRef, "namespace" | "name">,
): readonly V1EndpointSlice[] =>
  Array.from(objects.list(endpointSlices, namespace)).filter(({ metadata }) => metadata.labels?.[SERVICE_NAME] === name);

/** The Service that a slice is of: its name. */
export const serviceOfSlice = ({ metadata }: V1EndpointSlice): string | undefined => metadata?.labels?.[SERVICE_NAME];

/** The endpoints of these slices that are ready, at the port of this name. */
export const readyEndpoints = (slices: readonly V1EndpointSlice[], portName: string): readonly Endpoint[] =>
  slices.flatMap(({ ports = [], endpoints = [] }) => {
    const port = ports.find((one) => (one.name ?? "") === portName)?.port;
    const ready = endpoints.filter(({ conditions }) => conditions?.ready !== false).flatMap(({ addresses: [host] }) => host ?? []);
    return port === undefined ? [] : ready.map((host) => ({ host, port }));
  });

/** The Service's port of this number. */
export const portOf = ({ spec }: V1Service, number: number) => spec?.ports?.find(({ port }) => port === number);

/** One of the endpoints of a Service's port, drawn by `chance` (0…1). */
export const serviceEndpoint = (objects: Pick<ObjectSource, "get" | "list">, ref: ServicePortRef, chance: number): Endpoint | Nowhere => {
  const shown = JSON.stringify(ref.name);
  const service = objects.get(services, { namespace: ref.namespace, name: ref.name });
  if (service === undefined) return { reason: `service ${shown} not found` };
  if (service.spec?.type === "ExternalName") return { host: service.spec.externalName ?? "", port: ref.port };
  const port = portOf(service, ref.port);
  if (port === undefined) return { reason: `no service port ${ref.port} found for service ${shown}` };
  const found = readyEndpoints(slicesOf(objects, ref), port.name ?? "");
  return found[Math.floor(chance * found.length)] ?? { reason: `no endpoints available for service ${shown}` };
};

/** What endpoints are drawn with. */
export type EndpointPorts = {
  readonly objects: Pick<ObjectSource, "get" | "list">;
  readonly random: Random;
  readonly network: ClusterNetwork;
};

/** One of the endpoints of a Service's port, where it really listens. */
export const drawEndpoint = ({ objects, random, network }: EndpointPorts, ref: ServicePortRef): Endpoint | Nowhere => {
  const endpoint = serviceEndpoint(objects, ref, random.next());
  if ("reason" in endpoint) return endpoint;
  return { host: endpoint.host, port: listeningPort(endpoint.host, endpoint.port, network) };
};
