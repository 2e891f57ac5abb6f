// Answers and broken connections as the errors that callers know. upstream: client-go/rest/request.go newUnstructuredResponseError
import type { V1Status } from "#api/generated/types.ts";
import { ApiError, failure, type StatusReason } from "#api/meta/status.ts";

const REASONS: { readonly [code: number]: StatusReason } = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  406: "NotAcceptable",
  409: "Conflict",
  410: "Gone",
  413: "RequestEntityTooLarge",
  415: "UnsupportedMediaType",
  422: "Invalid",
  429: "TooManyRequests",
  503: "ServiceUnavailable",
  504: "Timeout",
};

const decoder = new TextDecoder();

/** The error that an answer is: its Status, or one made of its code when something between us and the server answered. */
export const errorOfAnswer = (code: number, body: Uint8Array): ApiError => {
  const text = decoder.decode(body);
  const status = statusIn(text);
  if (status !== undefined) return new ApiError({ ...status, code });
  const made = failure(REASONS[code] ?? "InternalError", text.trim().slice(0, 2_048) || `the server answered with the code ${code}`);
  return new ApiError({ ...made.status, code });
};

const statusIn = (text: string): V1Status | undefined => {
  try {
    const value = JSON.parse(text) as V1Status | null;
    return value?.kind === "Status" ? value : undefined;
  } catch {
    return undefined;
  }
};

/** The error of a connection that broke, or that was given up. Who gave it up gets their own reason back. */
export const errorOf = (error: unknown, signal: AbortSignal | undefined): Error => {
  if (signal?.aborted === true && signal.reason instanceof Error) return signal.reason;
  if (error instanceof ApiError) return error;
  const why = error instanceof Error ? error.message : String(error);
  const failed = failure("ServiceUnavailable", `the API server did not answer: ${why}`);
  failed.cause = error;
  return failed;
};
