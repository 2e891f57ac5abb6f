// Bytes of a request's body into an object that nobody else holds.
import type { V1DeleteOptions } from "#api/generated/types.ts";
import type { Draft, KubeObject } from "#api/meta/object.ts";
import { apiVersionOf } from "#api/meta/resource.ts";
import { badRequest, failure } from "#api/meta/status.ts";
import { parse as parseYaml } from "yaml";
import type { Call } from "../core.ts";

/** upstream: apiserver/pkg/server/config.go MaxRequestBodyBytes */
const MAX_BODY_BYTES = 3 * 1024 * 1024;

const decoder = new TextDecoder();

/** The body as text. Throws: BadRequest when there is none, RequestEntityTooLarge. */
export const textOf = ({ request: { body } }: Call): string => {
  if (body === undefined || body.length === 0) throw badRequest("the request body is empty");
  if (body.length > MAX_BODY_BYTES) throw failure("RequestEntityTooLarge", `Request entity too large: limit is ${MAX_BODY_BYTES}`);
  return decoder.decode(body);
};

/** What the body of the call's subresource, or of the call's kind, is. */
export const expectedOf = ({ kind, body }: Call): { readonly group: string; readonly version: string; readonly kind: string } =>
  body ?? kind;

/** The decoded body. Throws: BadRequest, UnsupportedMediaType, RequestEntityTooLarge. */
export const decodeBody = (call: Call): Draft<KubeObject> => {
  const text = textOf(call);
  const value: unknown = call.request.contentType === "application/yaml" ? parseYaml(text) : JSON.parse(text);
  return decodeValue(call, value);
};

/** A value that stands for the body, decoded as the body is. Throws: BadRequest. */
export const decodeValue = (call: Call, value: unknown): Draft<KubeObject> => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw badRequest("the body is not an object");
  const object = value as Draft<KubeObject>;
  const expected = expectedOf(call);
  object.apiVersion ??= apiVersionOf(expected);
  object.kind ??= expected.kind;
  return object;
};

/** The options in a delete's body; none when it has no body. Throws: BadRequest. */
export const decodeDeleteOptions = (call: Call): V1DeleteOptions => {
  if (call.request.body === undefined || call.request.body.length === 0) return {};
  const { kind: _kind, apiVersion: _apiVersion, ...options } = JSON.parse(textOf(call)) as V1DeleteOptions;
  return options;
};
