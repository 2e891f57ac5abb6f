// Where a proxied request goes. Pure. upstream: pkg/registry/core/{service/storage,pod,node}/… ResourceLocation
import type { V1EndpointAddress, V1Endpoints, V1Node, V1Pod, V1Service } from "#api/generated/types.ts";
import { isGlobalUnicast, parseIp, unmapped } from "#api/meta/ip.ts";
import { badRequest, failure, type ApiError } from "#api/meta/status.ts";
import { isInCluster, listeningPort, type ClusterNetwork } from "#lib/cluster-network.ts";

/** A server that speaks HTTP. */
export type Location = { readonly scheme: "http" | "https"; readonly host: string; readonly port: number };

/** What a client names: `web`, `web:80`, `https:web:443`. */
export type ProxyName = { readonly scheme: Location["scheme"]; readonly name: string; readonly port: string };

/** Throws: BadRequest. upstream: utilnet.SplitSchemeNamePort */
export const parseProxyName = (kind: "node" | "pod" | "service", id: string): ProxyName => {
  const parts = id.split(":");
  const [port = "", name = "", scheme = ""] = parts.length === 1 ? ["", id] : parts.toReversed();
  if (parts.length > 3 || name === "" || !["", "http", "https"].includes(scheme)) {
    throw badRequest(`invalid ${kind} request ${JSON.stringify(id)}`);
  }
  return { scheme: scheme === "https" ? "https" : "http", name, port };
};

const DEFAULT_PORTS = { http: 80, https: 443 };

/** A pod's address; without a port the first that a container names. Throws: BadRequest, ServiceUnavailable. */
export const podLocation = ({ scheme, name, port }: ProxyName, { spec, status }: V1Pod): Location => {
  const number = port === "" ? (firstPort(spec) ?? DEFAULT_PORTS[scheme]) : Number(port);
  if (!isPort(number)) throw badRequest(`invalid port ${JSON.stringify(port)}`);
  const host = status?.podIP ?? "";
  if (host === "") throw failure("ServiceUnavailable", `pod ${name} does not have an IP address`);
  return { scheme, host, port: number };
};

/** Where nodes' kubelets are asked. upstream: ports.KubeletPort */
const KUBELET_PORT = 10_250;

/** A node's port that is not its kubelet's; undefined: it is the kubelet who is asked. Throws: BadRequest, ServiceUnavailable. */
export const nodeLocation = ({ scheme, name, port }: ProxyName, { status }: V1Node): Location | undefined => {
  if (port === "" || Number(port) === KUBELET_PORT) return undefined;
  if (!isPort(Number(port))) throw badRequest(`invalid port ${JSON.stringify(port)}`);
  const host = status?.addresses?.find(({ type }) => type === "InternalIP")?.address;
  if (host === undefined) throw unavailable(`node ${JSON.stringify(name)} has no address`);
  return { scheme, host, port: Number(port) };
};

/**
 * Where a server really listens. Throws: BadRequest for an address of this machine itself, to which nobody is sent, and for what
 * is no address, since a name may stand for any. upstream: proxyutil.IsProxyableIP
 */
export const within = (network: ClusterNetwork, location: Location): Location => {
  const ip = parseIp(location.host);
  const isAllowed = ip !== undefined && (isInCluster(unmapped(ip), network) || isGlobalUnicast(ip));
  if (!isAllowed) throw badRequest("address not allowed");
  return { ...location, port: listeningPort(location.host, location.port, network) };
};

const firstPort = (spec: V1Pod["spec"]): number | undefined => spec?.containers.flatMap(({ ports = [] }) => ports)[0]?.containerPort;

/** Whether a number is a port's. */
export const isPort = (port: number): boolean => Number.isInteger(port) && port > 0 && port <= 65_535;

const unavailable = (message: string): ApiError => failure("ServiceUnavailable", message);

/** What is known of a Service. `isPod`: an address is that of the pod that it says it is. */
type Known = {
  readonly service: V1Service;
  readonly endpoints: V1Endpoints | undefined;
  readonly isPod: (address: V1EndpointAddress) => boolean;
  readonly chance: number;
};

/**
 * One of a Service's endpoints that are ready, drawn by `chance` (0…1). Whoever may write Endpoints could lead others anywhere,
 * so it has to be a pod. Throws: ServiceUnavailable. upstream: pkg/registry/core/service/storage isValidAddress
 */
export const serviceLocation = (asked: ProxyName, { service, endpoints, isPod, chance }: Known): Location => {
  const port = portName(asked, service);
  const found = (endpoints?.subsets ?? []).flatMap(({ addresses = [], ports = [] }) =>
    ports.filter(({ name = "" }) => name === port).flatMap((of) => addresses.filter(isPod).map(({ ip }) => ({ host: ip, port: of.port }))),
  );
  const chosen = found[Math.floor(chance * found.length)];
  if (chosen === undefined) throw unavailable(`no endpoints available for service ${JSON.stringify(asked.name)}`);
  return { scheme: asked.scheme, ...chosen };
};

const portName = ({ name, port }: ProxyName, { spec }: V1Service): string => {
  if (!/^\d+$/.test(port)) return port;
  const found = spec?.ports?.find((of) => of.port === Number(port));
  if (found === undefined) throw unavailable(`no service port ${port} found for service ${JSON.stringify(name)}`);
  return found.name ?? "";
};
