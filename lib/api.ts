// The API between components and the API server, whatever carries it: HTTPS, NATS, or a simulated network. A request is
// one value. `ApiHandler` is the API server's side, `ApiTransport` a component's side; lib/nats/ and lib/https/ join them.
import type { Verb } from "#api/meta/resource.ts";

/** Who asks. upstream: user.Info */
export type User = {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: { readonly [key: string]: readonly string[] };
};

export type PatchType =
  | "application/json-patch+json"
  | "application/merge-patch+json"
  | "application/strategic-merge-patch+json"
  | "application/apply-patch+yaml";

/** Query options, already typed. Names are upstream's. */
export type RequestOptions = {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: "Exact" | "NotOlderThan";
  readonly allowWatchBookmarks?: boolean;
  readonly sendInitialEvents?: boolean;
  readonly timeoutSeconds?: number;
  readonly dryRun?: readonly string[];
  readonly fieldManager?: string;
  readonly fieldValidation?: "Strict" | "Warn" | "Ignore";
  readonly force?: boolean;
  readonly pretty?: boolean;
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: "Orphan" | "Background" | "Foreground";
  readonly orphanDependents?: boolean;
  /** Anything a subresource takes: `container`, `follow`, `tailLines` of a log, `path` of a proxy. */
  readonly [other: string]: unknown;
};

/** One request for a resource. */
export type ApiRequest = {
  readonly verb: Verb;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
  readonly options?: RequestOptions | undefined;
  /** Undecoded. */
  readonly body?: Uint8Array;
  /** Media type of the body; a PatchType for patch. Default application/json. */
  readonly contentType?: string;
  /** What the client says that it is: a program and its version. */
  readonly userAgent?: string;
  /** What the client accepts; default application/json. Table and PartialObjectMetadata come in by it. */
  readonly accept?: string;
};

/** One answer. A failure is an answer too: its body is a Status. */
export type ApiResponse = {
  readonly code: number;
  readonly contentType: string;
  readonly body: Uint8Array;
  readonly warnings?: readonly string[];
  readonly headers?: { readonly [name: string]: string };
};

/** Where a stream's frames go: watch events (one JSON document per frame) or bytes of a log. */
export interface StreamSink {
  /** The stream is accepted: what can refuse it has passed. A first frame says the same; a quiet watch needs it said. */
  opened?(): void;
  /** False: stop for now; `drained` tells when to go on. A sink that never drains is cut off by its server. */
  write(frame: Uint8Array): boolean;
  drained(signal: AbortSignal): Promise<void>;
  /** Ends the stream; an error is sent as a Status. */
  end(error?: Error): void;
}

/** The API server, as every transport sees it. Neither method throws: failures are answers, or end the stream. */
export interface ApiHandler {
  handle(user: User, request: ApiRequest, signal: AbortSignal): Promise<ApiResponse>;
  /** A watch (verb "watch") or a streaming subresource (log with follow). Ends when `signal` is aborted. */
  stream(user: User, request: ApiRequest, sink: StreamSink, signal: AbortSignal): void;
}

/** A component's way to the API server. */
export interface ApiTransport {
  /** Throws: ApiError for any Status failure; an ApiError with reason ServiceUnavailable or Timeout when nobody answered. */
  request(request: ApiRequest, signal?: AbortSignal): Promise<ApiResponse>;
  /** Calls `onFrame` for each frame in order; resolves when the server ends the stream. Throws: ApiError; a gap or silence is ServiceUnavailable. */
  stream(request: ApiRequest, onFrame: (frame: Uint8Array) => void, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
