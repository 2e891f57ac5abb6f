// What the API server asks a node for: logs now, more later. Upstream's kubelet serves this over HTTPS on port 10250; here
// it goes over NATS, on `node.<name>`, to which nodes dial out.
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

export type NodeRequest = LogRequest;

/** A node's side. Failures end the sink with an ApiError. */
export interface NodeHandler {
  stream(request: NodeRequest, sink: StreamSink, signal: AbortSignal): void;
}

/** The API server's side. Throws: ApiError; ServiceUnavailable when the node does not answer. */
export interface NodeTransport {
  stream(node: string, request: NodeRequest, onFrame: (frame: Uint8Array) => void, signal: AbortSignal): Promise<void>;
}
