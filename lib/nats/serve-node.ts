// A node's side of what the API server asks of it, over NATS.
import type { NodeHandler, NodeRequest } from "#lib/node-api.ts";
import { nodeRoot } from "./address.ts";
import { type AnswererPorts, answerExchanges } from "./answerer.ts";

/** Serves the API server as `node`. The answer stops it and leaves the connection open. */
export const serveNode = (ports: AnswererPorts, node: string, handler: NodeHandler): (() => void) =>
  answerExchanges(ports, { root: nodeRoot(node), queue: "node" }, ({ opening, sink, signal }) =>
    handler.stream(opening.head as NodeRequest, sink, signal),
  );
