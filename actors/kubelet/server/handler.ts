// What the API server asks of a node: logs, what containers write, and what the kubelet knows.
import { ApiError, internal } from "#api/meta/status.ts";
import type { StreamSink } from "#lib/api.ts";
import type { NodeHandler, NodeRequest } from "#lib/node-api.ts";
import { streamLog, streamOutput } from "../logs/handler.ts";
import type { KubeletConfig, KubeletPorts } from "../ports.ts";
import { readPath } from "./read.ts";
import type { KubeletParts, KubeletView } from "./view.ts";

const serve = async (parts: KubeletParts, request: NodeRequest, sink: StreamSink, signal: AbortSignal): Promise<void> => {
  const { ports, view } = parts;
  switch (request.what) {
    case "logs":
      return streamLog(ports, request, view.logOf(request), { sink, signal });
    case "attach":
      return streamOutput(ports.logs, view.logOf({ ...request, previous: false }), { sink, signal });
    case "read":
      return readPath(parts, request, { sink, signal });
  }
};

/** The node's side of what the API server asks. */
export const createHandler = (ports: KubeletPorts, config: KubeletConfig, view: KubeletView): NodeHandler => ({
  stream: (request, sink, signal) => {
    serve({ ports, config, view }, request, sink, signal).catch((error: unknown) =>
      sink.end(error instanceof ApiError ? error : internal(error)),
    );
  },
});
