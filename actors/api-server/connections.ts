// Requests that lead to what is behind an object: proxies, and the streams of containers. Each is let in by the core first,
// by rights and by admission, and then has the client's connection to itself.
import { groupResource } from "#api/meta/resource.ts";
import type { ApiRequest, User } from "#lib/api.ts";
import type { ResourcePath } from "#lib/https/paths.ts";
import type { Exchange } from "./https/exchange.ts";
import { createProxies, type ProxyHandler, type ProxyPorts } from "./proxy/proxy.ts";
import type { ApiServer } from "./server.ts";

/** Who asks to connect, to what. */
export type Connecting = { readonly user: User; readonly request: ApiRequest; readonly place: ResourcePath };

/** Takes the requests for what is behind objects. */
export interface Connections {
  /** True when the path leads behind an object. */
  serves(place: ResourcePath): boolean;
  /** Lets the request in, and answers it. Throws: ApiError. */
  handle(exchange: Exchange, connecting: Connecting): Promise<void>;
}

export type ConnectionPorts = ProxyPorts & { readonly connect: ApiServer["connect"] };

/** Connections over the cluster's objects. */
export const createConnections = (ports: ConnectionPorts): Connections => {
  const proxies = createProxies(ports);
  const handlers: ReadonlyMap<string, ProxyHandler> = new Map(
    Object.entries(proxies).map(([resource, handler]) => [`${resource}/proxy`, handler]),
  );
  const handlerOf = (place: ResourcePath): ProxyHandler | undefined =>
    place.version === "v1" && place.name !== undefined ? handlers.get(`${groupResource(place)}/${place.subresource ?? ""}`) : undefined;
  return {
    serves: (place) => handlerOf(place) !== undefined,
    handle: async (exchange, { user, request, place }) => {
      await ports.connect(user, request, exchange.gone);
      await handlerOf(place)?.(exchange, place);
    },
  };
};
