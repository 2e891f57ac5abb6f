// What the API server asks a node for: logs, a container's output while it runs, what the kubelet knows. Upstream's kubelet
// serves this over HTTPS on port 10250; here it goes over NATS, on `node.<name>`, to which nodes dial out.
import type { StreamSink } from "./api.ts";

/** A container's log. Times and counts as in core/v1 PodLogOptions. */
export type LogRequest = {
  readonly what: "logs";
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly follow: boolean;
  readonly previous: boolean;
  readonly timestamps: boolean;
  readonly sinceTime?: string | undefined;
  readonly sinceSeconds?: number | undefined;
  readonly tailLines?: number | undefined;
  readonly limitBytes?: number | undefined;
};

/** What a container writes from now on. The first byte of a frame says of which stream the rest is: 1 stdout, 2 stderr; 0, once and first: it runs. */
export type AttachRequest = {
  readonly what: "attach";
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
};

/** What the kubelet serves under a path, query included: `/stats/summary`. The first frame is a ReadHead, the others are the body. */
export type ReadRequest = { readonly what: "read"; readonly method: string; readonly path: string };

/** How a read is answered. */
export type ReadHead = { readonly code: number; readonly contentType: string };

export type NodeRequest = LogRequest | AttachRequest | ReadRequest;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The first frame of the answer to a read. */
export const encodeHead = (head: ReadHead): Uint8Array => encoder.encode(JSON.stringify(head));

/** The inverse of `encodeHead`. Throws: when the frame is none. */
export const decodeHead = (frame: Uint8Array): ReadHead => JSON.parse(decoder.decode(frame)) as ReadHead;

/** A node's side. Failures end the sink with an ApiError. */
export interface NodeHandler {
  stream(request: NodeRequest, sink: StreamSink, signal: AbortSignal): void;
}

/** Takes one frame after the other. A promise that it answers with is waited for before the node may send much more. */
export type TakeFrame = (frame: Uint8Array) => unknown;

/** The API server's side. Throws: ApiError; ServiceUnavailable when the node does not answer. */
export interface NodeTransport {
  stream(node: string, request: NodeRequest, onFrame: TakeFrame, signal: AbortSignal): Promise<void>;
}
