// PATCH: a change of the object as it is now. upstream: endpoints/handlers/patch.go
//
// A patch is applied to the newest object and applied again when somebody was quicker; one that sets resourceVersion is
// refused when the object has moved on.
import { isDeeper, type JsonObject } from "#api/meta/json.ts";
import type { Draft, KubeObject } from "#api/meta/object.ts";
import { jsonPatch, mergePatch, strategicMergePatch } from "#api/meta/patch.ts";
import { badRequest, failure, type ApiError } from "#api/meta/status.ts";
import type { PatchType } from "#lib/api.ts";
import { parse as parseYaml } from "yaml";
import type { Call, Core } from "../core.ts";
import { APPLY } from "./apply-call.ts";
import { bytesOf, decodePatched } from "./decode.ts";
import { checkPlace } from "./metadata.ts";
import type { Shown } from "./shown.ts";
import { update } from "./update.ts";

type Apply = (document: JsonObject, patch: unknown) => JsonObject;

/** How the call's patch changes a document. Throws: UnsupportedMediaType. */
const applierOf = ({ request: { contentType }, kind }: Call): Apply => {
  const appliers: { readonly [type in PatchType]?: Apply } = {
    "application/json-patch+json": jsonPatch,
    "application/merge-patch+json": mergePatch,
    ...(kind.codec === undefined && {
      "application/strategic-merge-patch+json": (document, patch) => strategicMergePatch(document, patch, kind.model),
    }),
  };
  const apply = appliers[contentType as PatchType];
  if (apply === undefined) throw unsupported(Object.keys(appliers));
  return apply;
};

/** upstream: negotiation.NewUnsupportedMediaTypeError */
const unsupported = (types: readonly string[]): ApiError =>
  failure(
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: ${[...types, APPLY].join(", ")}`,
  );

/** The same as for whole objects. upstream: MaxRequestBodyBytes */
const MAX_BYTES = 3 * 1024 * 1024;

const decoder = new TextDecoder();

const patchOf = (call: Call): unknown => {
  const bytes = bytesOf(call);
  if (bytes.length > MAX_BYTES) throw failure("RequestEntityTooLarge", `Request entity too large: limit is ${MAX_BYTES}`);
  const text = decoder.decode(bytes);
  try {
    return shallow(call.request.contentType?.endsWith("+yaml") === true ? parseYaml(text) : JSON.parse(text));
  } catch (error) {
    throw badRequest(`error decoding patch: ${error instanceof Error ? error.message : String(error)}`);
  }
};

const TOO_DEEP = "exceeded max depth";

const shallow = (patch: unknown): unknown => {
  if (isDeeper(patch)) throw new Error(TOO_DEEP);
  return patch;
};

/** A patch may put a deep value into a deep one. Throws: BadRequest. */
const requireShallow = (patched: JsonObject): JsonObject => {
  if (isDeeper(patched)) throw badRequest(TOO_DEEP);
  return patched;
};

/** What the call's patch makes of an object, decoded as if the client had sent it whole. Throws: BadRequest, Invalid. */
export const patcherOf = (call: Call): ((own: KubeObject) => Draft<KubeObject>) => {
  const apply = applierOf(call);
  const patch = patchOf(call);
  return (own) => decodePatched(call, requireShallow(apply(own, patch)));
};

/** Patches the call's object. Throws: ApiError. */
export const patch = async (core: Core, call: Call): Promise<Shown> => {
  const patched = patcherOf(call);
  return update(core, call, (own) => {
    const draft = patched(own());
    checkPlace(draft.metadata ?? {}, call);
    return draft;
  });
};
