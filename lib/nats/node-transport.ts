// What the API server asks of nodes, over NATS.
import type { NodeRequest, NodeTransport, TakeFrame } from "#lib/node-api.ts";
import { nodeRoot } from "./address.ts";
import { Caller, type CallerPorts } from "./caller.ts";
import { encodeOpening } from "./stream.ts";

/** NodeTransport over NATS; `close` leaves the connection open. */
export class NatsNodeTransport implements NodeTransport {
  readonly #caller: Caller;

  constructor(ports: CallerPorts) {
    this.#caller = new Caller(ports, "node.*");
  }

  stream(node: string, request: NodeRequest, onFrame: TakeFrame, signal: AbortSignal): Promise<void> {
    return this.#caller.call({ root: nodeRoot(node), kind: "stream", opening: encodeOpening(request, undefined), onFrame, signal });
  }

  close(): void {
    this.#caller.close();
  }
}
