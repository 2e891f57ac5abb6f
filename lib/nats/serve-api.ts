// The API server's side of the API over NATS. Several API servers share the load.
import { badRequest, internal } from "#api/meta/status.ts";
import type { ApiHandler, ApiRequest, ApiResponse, StreamSink } from "#lib/api.ts";
import { type AnswererPorts, answerExchanges } from "./answerer.ts";
import { userOf } from "./identity.ts";
import { encodeJson, type Opening } from "./stream.ts";

const QUEUE = "api-server";

/** What a request cannot be without; whether the rest makes sense is the handler's to say. */
const isHead = (head: unknown): head is Omit<ApiRequest, "body"> =>
  typeof head === "object" &&
  head !== null &&
  ["verb", "group", "version", "resource"].every((name) => typeof Reflect.get(head, name) === "string");

const requestOf = ({ head, body }: Opening): ApiRequest | undefined =>
  isHead(head) ? { ...head, ...(body.length === 0 ? {} : { body }) } : undefined;

const respond = (sink: StreamSink, { body, ...head }: ApiResponse): void => {
  sink.write(encodeJson(head));
  sink.write(body);
  sink.end();
};

/** Serves every component that may speak to the API. The answer stops it and leaves the connection open. */
export const serveApi = (ports: AnswererPorts, handler: ApiHandler): (() => void) =>
  answerExchanges(ports, { root: "api.*", queue: QUEUE }, ({ kind, speaker, opening, sink, signal }) => {
    const user = userOf(speaker);
    const request = requestOf(opening);
    if (request === undefined) return sink.end(badRequest("the request is incomplete"));
    if (kind === "stream") return handler.stream(user, request, sink, signal);
    handler.handle(user, request, signal).then(
      (response) => respond(sink, response),
      (error: unknown) => sink.end(internal(error)), // a handler does not throw; a caller waits all the same
    );
  });
