// A component's way to the API server over NATS, for one identity. Several identities may share a connection.
import { ApiError, failure } from "#api/meta/status.ts";
import type { ApiRequest, ApiResponse, ApiTransport } from "#lib/api.ts";
import { apiRoot } from "./address.ts";
import { Caller, type CallerPorts } from "./caller.ts";
import { decodeJson, encodeOpening } from "./stream.ts";

const REQUEST_TIMEOUT_MS = 30_000;
const NO_BYTES = new Uint8Array();

const openingOf = ({ body, ...head }: ApiRequest): Uint8Array => encodeOpening(head, body);

/** What a response that is no success says. */
const failureOf = ({ code, body }: ApiResponse): ApiError => {
  try {
    const status = decodeJson(body) as ApiError["status"];
    if (status.kind === "Status") return new ApiError({ ...status, code });
  } catch {
    // No Status: the code alone must do.
  }
  return new ApiError({ ...failure("InternalError", `the server answered with code ${code}`).status, code });
};

/** ApiTransport over NATS. `close` leaves the connection open. */
export class NatsApiTransport implements ApiTransport {
  readonly #caller: Caller;
  readonly #root: string;
  readonly #timeoutMs: number;

  /** @param options.timeoutMs of one request; default 30 s */
  constructor(ports: CallerPorts, identity: string, options: { readonly timeoutMs?: number } = {}) {
    this.#root = apiRoot(identity);
    this.#timeoutMs = options.timeoutMs ?? REQUEST_TIMEOUT_MS;
    this.#caller = new Caller(ports, this.#root);
  }

  async request(request: ApiRequest, signal?: AbortSignal): Promise<ApiResponse> {
    const frames: Uint8Array[] = [];
    await this.#caller.call({
      root: this.#root,
      kind: "request",
      opening: openingOf(request),
      onFrame: (frame) => frames.push(frame),
      timeoutMs: this.#timeoutMs,
      signal,
    });
    const [head = NO_BYTES, body = NO_BYTES] = frames;
    const response = { ...(decodeJson(head) as Omit<ApiResponse, "body">), body };
    if (response.code >= 400) throw failureOf(response);
    return response;
  }

  stream(request: ApiRequest, onFrame: (frame: Uint8Array) => void, signal: AbortSignal): Promise<void> {
    return this.#caller.call({ root: this.#root, kind: "stream", opening: openingOf(request), onFrame, signal });
  }

  close(): Promise<void> {
    this.#caller.close();
    return Promise.resolve();
  }
}
