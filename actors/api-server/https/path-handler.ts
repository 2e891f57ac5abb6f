// What is served beside resources: discovery, health, metrics, keys. Each part answers the paths that it knows.
import { failure } from "#api/meta/status.ts";
import type { ApiResponse } from "#lib/api.ts";

/** A request for a path, already allowed. `header` takes names in lower case. */
export type PathRequest = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly header: (name: string) => string | undefined;
};

/** Answers a path, or leaves it to the next part. Throws: ApiError. */
export type PathHandler = (request: PathRequest) => ApiResponse | Promise<ApiResponse> | undefined;

const encoder = new TextEncoder();

/** An answer in plain text. */
export const textAnswer = (code: number, text: string): ApiResponse => ({
  code,
  contentType: "text/plain; charset=utf-8",
  body: encoder.encode(text),
  headers: { "X-Content-Type-Options": "nosniff" },
});

/** An answer in JSON. */
export const jsonAnswer = (code: number, value: unknown): ApiResponse => ({
  code,
  contentType: "application/json",
  body: encoder.encode(JSON.stringify(value)),
});

/** The parts in turn; `404 page not found` when none knows the path. Throws: MethodNotAllowed for what is no read. */
export const firstHandler =
  (handlers: readonly PathHandler[]): ((request: PathRequest) => Promise<ApiResponse>) =>
  async (request) => {
    for (const handler of handlers) {
      const answer = await handler(request);
      if (answer === undefined) continue;
      if (request.method === "GET" || request.method === "HEAD") return answer;
      throw failure("MethodNotAllowed", "the server does not allow this method on the requested resource", {});
    }
    return textAnswer(404, "404 page not found\n");
  };
