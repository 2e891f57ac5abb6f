// Requests that lead to what is behind an object: proxies, and the streams of pods. Each is let in by the core first, by
// rights and by admission, and then has the client's connection to itself.
import type { KubeObject } from "#api/meta/object.ts";
import { groupResource } from "#api/meta/resource.ts";
import type { ApiRequest, User } from "#lib/api.ts";
import type { ResourcePath } from "#lib/https/paths.ts";
import { attributesOf, requireAllowed, type Authorizer } from "./authorizer.ts";
import type { Exchange } from "./https/exchange.ts";
import { createProxies, type ProxyHandler, type ProxyPorts } from "./proxy/proxy.ts";
import type { ApiServer } from "./server.ts";
import { attach } from "./streams/attach.ts";
import { isWebSocket } from "./streams/web-socket.ts";
import { refuseExec } from "./streams/exec.ts";
import { portForward } from "./streams/port-forward.ts";
import type { PodRef, StreamPorts } from "./streams/ports.ts";

/** Who asks to connect, to what. */
export type Connecting = { readonly user: User; readonly request: ApiRequest; readonly place: ResourcePath };

/** Takes the requests for what is behind objects. */
export interface Connections {
  /** True when the path leads behind an object. */
  serves(place: ResourcePath): boolean;
  /** Lets the request in, and answers it. Throws: ApiError. */
  handle(exchange: Exchange, connecting: Connecting): Promise<void>;
}

export type ConnectionPorts = ProxyPorts &
  StreamPorts & {
    readonly connect: ApiServer["connect"];
    readonly guards: { readonly authorizer: Authorizer };
  };

type Handler = (exchange: Exchange, connecting: Connecting) => Promise<void>;

const refOf = ({ namespace = "", name = "" }: ResourcePath): PodRef => ({ namespace, name });

/**
 * Who opens a stream does something, though a WebSocket is asked for by GET: the right to create is needed too.
 * upstream: AuthorizePodWebsocketUpgradeCreatePermission, pkg/registry/core/pod/rest/subresources.go
 */
const requireCreate = ({ guards: { authorizer } }: ConnectionPorts, exchange: Exchange, { user, request }: Connecting): void => {
  if (isWebSocket(exchange)) requireAllowed(authorizer, user, { ...attributesOf(request), verb: "create" });
};

/** Connections over the cluster's objects. */
export const createConnections = (ports: ConnectionPorts): Connections => {
  const proxyTo =
    (proxy: ProxyHandler): Handler =>
    async (exchange, { user, request, place }) => {
      await ports.connect(user, request, exchange.gone);
      await proxy(exchange, place);
    };
  const streamBy =
    (stream: (exchange: Exchange, ref: PodRef, options: KubeObject) => Promise<void>): Handler =>
    async (exchange, connecting) => {
      const { user, request, place } = connecting;
      const options = await ports.connect(user, request, exchange.gone);
      requireCreate(ports, exchange, connecting);
      await stream(exchange, refOf(place), options);
    };
  const proxies = createProxies(ports);
  const handlers: { readonly [path: string]: Handler } = {
    "pods/proxy": proxyTo(proxies.pods),
    "services/proxy": proxyTo(proxies.services),
    "nodes/proxy": proxyTo(proxies.nodes),
    "pods/attach": streamBy((exchange, ref, options) => attach(ports, exchange, ref, options)),
    "pods/exec": streamBy((_exchange, ref, options) => refuseExec(ports, ref, options)),
    "pods/portforward": streamBy((exchange, ref, options) => portForward(ports, exchange, ref, options)),
  };
  const handlerOf = (place: ResourcePath): Handler | undefined =>
    place.version === "v1" && place.name !== undefined ? handlers[`${groupResource(place)}/${place.subresource ?? ""}`] : undefined;
  return {
    serves: (place) => handlerOf(place) !== undefined,
    handle: async (exchange, connecting) => handlerOf(connecting.place)?.(exchange, connecting),
  };
};
