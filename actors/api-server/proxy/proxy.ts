// The subresource `proxy` of pods, Services and nodes: any request to what listens behind them.
// upstream: pkg/registry/core/{pod,service,node}/…/proxy.go
import type { V1EndpointAddress } from "#api/generated/types.ts";
import { endpoints } from "#api/core/v1/endpoints.ts";
import { nodes } from "#api/core/v1/node.ts";
import { pods } from "#api/core/v1/pod.ts";
import { services } from "#api/core/v1/service.ts";
import type { ResourcePath } from "#lib/https/paths.ts";
import type { ClusterNetwork } from "#lib/cluster-network.ts";
import type { NodeTransport } from "#lib/node-api.ts";
import type { Random } from "#lib/random.ts";
import type { Exchange } from "../https/exchange.ts";
import { objectOf, type ObjectSource } from "../objects.ts";
import { askKubelet } from "./kubelet.ts";
import { forward } from "./forward.ts";
import { nodeLocation, parseProxyName, podLocation, serviceLocation, within, type Location } from "./location.ts";

export type ProxyPorts = {
  readonly objects: ObjectSource;
  readonly nodes: NodeTransport;
  readonly network: ClusterNetwork;
  readonly random: Random;
};

/** Hands on a request that is let in. Throws: BadRequest, NotFound, ServiceUnavailable. */
export type ProxyHandler = (exchange: Exchange, place: ResourcePath) => Promise<void>;

/** What stands behind an object: a server, or a node's kubelet. */
type Behind = { readonly location: Location } | { readonly kubelet: string };

/** The client's path up to the subresource, and what follows it, unread. */
const PATH = /^(\/+api\/v1\/(?:nodes|namespaces\/[^/]+\/(?:pods|services))\/[^/]+\/proxy)(\/.*)?$/;

/** Whether an address is that of the pod that it says it is, in this namespace. */
const isPodIn =
  (objects: ObjectSource, namespace: string) =>
  ({ ip, targetRef }: V1EndpointAddress): boolean => {
    if (targetRef?.name === undefined || targetRef.namespace !== namespace) return false;
    const pod = objects.get(pods, { namespace, name: targetRef.name });
    return pod?.status?.podIPs?.some((one) => one.ip === ip) === true;
  };

/** Proxies over the cluster's objects, by resource. */
export const createProxies = (ports: ProxyPorts): { readonly [resource in "pods" | "services" | "nodes"]: ProxyHandler } => {
  const { objects, random } = ports;
  const proxyTo =
    (behindOf: (place: ResourcePath) => Behind): ProxyHandler =>
    (exchange, place) =>
      handOn(ports, exchange, behindOf(place));
  return {
    pods: proxyTo(({ namespace = "", name = "" }) => {
      const asked = parseProxyName("pod", name);
      return { location: podLocation(asked, objectOf(objects, pods, { namespace, name: asked.name })) };
    }),
    services: proxyTo(({ namespace = "", name = "" }) => {
      const asked = parseProxyName("service", name);
      const ref = { namespace, name: asked.name };
      const isPod = isPodIn(objects, namespace);
      const found = { service: objectOf(objects, services, ref), endpoints: objects.get(endpoints, ref), isPod, chance: random.next() };
      return { location: serviceLocation(asked, found) };
    }),
    nodes: proxyTo(({ name = "" }) => {
      const asked = parseProxyName("node", name);
      const location = nodeLocation(asked, objectOf(objects, nodes, { name: asked.name }));
      return location === undefined ? { kubelet: asked.name } : { location };
    }),
  };
};

const handOn = async (ports: ProxyPorts, exchange: Exchange, behind: Behind): Promise<void> => {
  const [, prefix = "", path] = PATH.exec(exchange.path) ?? [];
  const query = exchange.query.size === 0 ? "" : (exchange.request.url ?? "").replace(/^[^?]*/, "");
  if (path === undefined) return exchange.redirect(`${exchange.path}/${query}`);
  if ("kubelet" in behind) return askKubelet(ports.nodes, exchange, { node: behind.kubelet, path: path + query });
  await forward(exchange, { location: within(ports.network, behind.location), path: path + query, prefix });
};
