// What kubelets serve of what they know, through the API server: upstream asks them over HTTPS, here they are asked over NATS.
import { failure } from "#api/meta/status.ts";
import { decodeHead, type NodeTransport } from "#lib/node-api.ts";
import type { Exchange } from "../https/exchange.ts";

type Asked = { readonly node: string; readonly path: string };

/** Hands a request to a node's kubelet. Throws: ServiceUnavailable when it does not answer. */
export const askKubelet = async (nodes: NodeTransport, exchange: Exchange, { node, path }: Asked): Promise<void> => {
  const { response, method, gone } = exchange;
  const take = (frame: Uint8Array): void => {
    if (exchange.isAnswered) {
      exchange.sentBytes += frame.length;
      response.write(frame);
      return;
    }
    const { code, contentType } = decodeHead(frame);
    response.removeHeader("Cache-Control");
    response.writeHead(code, { "Content-Type": contentType });
  };
  try {
    await nodes.stream(node, { what: "read", method, path }, take, gone);
  } catch (error) {
    if (gone.aborted || exchange.isAnswered) return exchange.cut();
    const why = error instanceof Error ? error.message : String(error);
    throw failure("ServiceUnavailable", `error trying to reach service: ${why}`);
  }
  response.end();
};
