// pods/portforward: a client's connections to ports of a pod. kubectl speaks SPDY for it, by itself or within a WebSocket;
// others a WebSocket with two channels for each port that the request names.
// upstream: kubelet/pkg/cri/streaming/portforward/{httpstream,websocket}.go
import type { Duplex } from "node:stream";
import { createWebSocketStream } from "ws";
import type { KubeObject } from "#api/meta/object.ts";
import type { Exchange } from "../https/exchange.ts";
import { podLocation, within } from "../proxy/location.ts";
import { agreeOn, isWebSocket, openWebSocket } from "./web-socket.ts";
import { forwardChannels } from "./port-channels.ts";
import type { PodPort } from "./forwarding.ts";
import { nodeOf, podOf, type PodRef, type StreamPorts } from "./ports.ts";
import { PortPairs } from "./port-pairs.ts";
import { agreeOnSpdy, openSpdy } from "./spdy/opening.ts";
import { serveSpdy } from "./spdy/session.ts";

const PROTOCOL = "portforward.k8s.io";
const TUNNEL = `SPDY/3.1+${PROTOCOL}`;
const CHANNELS = ["v4.channel.k8s.io", "v4.base64.channel.k8s.io"];

/** Forwards ports until the client leaves. Throws: NotFound, BadRequest, Forbidden. */
export const portForward = async (
  ports: StreamPorts,
  exchange: Exchange,
  ref: PodRef,
  options: KubeObject & { readonly ports?: readonly number[] },
): Promise<void> => {
  const portOf = locator(ports, ref);
  const pairs = new PortPairs(portOf, ports.clock);
  if (!isWebSocket(exchange)) return serve(openSpdy(exchange, agreeOnSpdy(exchange, [PROTOCOL])), pairs);
  const protocol = agreeOn(exchange, [TUNNEL, ...CHANNELS]);
  if (protocol !== TUNNEL) return forwardChannels(exchange, protocol, portOf, options.ports ?? []);
  return serve(createWebSocketStream(openWebSocket(exchange, protocol)), pairs);
};

/** Finds the pod's ports. Throws: NotFound, BadRequest, ServiceUnavailable. */
const locator = (ports: StreamPorts, ref: PodRef): ((port: number) => PodPort) => {
  const pod = podOf(ports, ref);
  nodeOf(pod);
  const locate = (port: number): PodPort => {
    const location = podLocation({ scheme: "http", name: ref.name, port: String(port) }, pod);
    return { host: location.host, realPort: within(ports.network, location).port, port, pod: ref.name, uid: pod.metadata.uid };
  };
  locate(1); // when the pod cannot be reached at all, the client is told before a stream begins
  return locate;
};

const serve = (connection: Duplex, pairs: PortPairs): Promise<void> => serveSpdy(connection, (stream) => pairs.take(stream));
