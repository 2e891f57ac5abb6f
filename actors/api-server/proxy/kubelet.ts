// What kubelets serve of what they know, through the API server: upstream asks them over HTTPS, here they are asked over NATS.
import { once } from "node:events";
import { failure } from "#api/meta/status.ts";
import { decodeHead, type NodeTransport, type TakeFrame } from "#lib/node-api.ts";
import type { Exchange } from "../https/exchange.ts";
import { paced } from "../paced.ts";

type Asked = { readonly node: string; readonly path: string };

/** Hands a request to a node's kubelet. Throws: ServiceUnavailable when it does not answer. */
export const askKubelet = async (nodes: NodeTransport, exchange: Exchange, { node, path }: Asked): Promise<void> => {
  const { response, method, gone } = exchange;
  const begin = (head: Uint8Array): void => {
    const { code, contentType } = decodeHead(head);
    response.removeHeader("Cache-Control");
    response.writeHead(code, { "Content-Type": contentType });
  };
  const write = (frame: Uint8Array): boolean => {
    exchange.sentBytes += frame.length;
    return response.write(frame);
  };
  const body = paced({ write, drained: () => once(response, "drain", { signal: gone }) });
  const take: TakeFrame = (frame) => (exchange.isAnswered ? body(frame) : begin(frame));
  try {
    await nodes.stream(node, { what: "read", method, path }, take, gone);
  } catch (error) {
    if (gone.aborted || exchange.isAnswered) return exchange.cut();
    const why = error instanceof Error ? error.message : String(error);
    throw failure("ServiceUnavailable", `error trying to reach service: ${why}`);
  }
  response.end();
};
