// PATCH: a change of the object as it is now. upstream: endpoints/handlers/patch.go
//
// A patch is applied to the newest object and applied again when somebody was quicker; one that sets resourceVersion is
// refused when the object has moved on.
import { goPrint, isDeeper, isJsonObject, type JsonObject } from "#api/meta/json.ts";
import type { Draft, KubeObject } from "#api/meta/object.ts";
import { jsonPatch, mergePatch, strategicMergePatch } from "#api/meta/patch.ts";
import { badRequest, failure, type ApiError } from "#api/meta/status.ts";
import { converterWords } from "#api/schema/converter-words.ts";
import { JsonTextError } from "#api/schema/json-text.ts";
import { duplicatesIn, jsonOf } from "#api/schema/parse.ts";
import { unknownField } from "#api/schema/strict.ts";
import type { PatchType } from "#lib/api.ts";
import type { Call, Core } from "../core.ts";
import { APPLY } from "./apply-call.ts";
import { bytesOf, decodePatched, type PatchWords } from "./decode.ts";
import { checkPlace } from "./metadata.ts";
import type { Shown } from "./shown.ts";
import { update } from "./update.ts";

type Apply = (document: JsonObject, patch: unknown) => JsonObject;

/** How one kind of patch changes a document, and what its mistakes are called. */
type PatchKind = {
  readonly apply: Apply;
  /** Around the reason why the patch is no JSON. */
  readonly undecodable: string;
  readonly findings: (text: string, patch: unknown) => readonly string[];
  readonly words: (patch: unknown) => Omit<PatchWords, "findings">;
};

const asJson: PatchKind["words"] = () => ({ shown: (patched) => JSON.stringify(patched), why: ({ message }) => message });

const jsonPatches: PatchKind = {
  apply: jsonPatch,
  undecodable: "error decoding patch: ",
  findings: (text, patch) =>
    [...unknownMembers(patch).map(unknownField), ...duplicatesIn(text, patch)].map((found) => `json patch ${found}`),
  words: asJson,
};
const mergePatches: PatchKind = { apply: mergePatch, undecodable: "error decoding patch: ", findings: duplicatesIn, words: asJson };

const strategicPatches = (model: string): PatchKind => ({
  apply: (document, patch) => strategicMergePatch(document, patch, model),
  undecodable: "",
  findings: duplicatesIn,
  words: (patch) => ({ shown: () => goPrint(patch), why: converterWords, ignoresType: true }),
});

const MEMBERS: ReadonlySet<string> = new Set(["op", "path", "from", "value"]);

const unknownMembers = (patch: unknown): readonly string[] =>
  Array.isArray(patch)
    ? patch.flatMap((operation: unknown, index) =>
        Object.keys(isJsonObject(operation) ? operation : {})
          .filter((member) => !MEMBERS.has(member))
          .map((member) => `[${index}].${member}`),
      )
    : [];

/** The kind of the call's patch. Throws: UnsupportedMediaType. */
const patchKindOf = ({ request: { contentType }, kind }: Call): PatchKind => {
  const patchKinds: { readonly [type in PatchType]?: PatchKind } = {
    "application/json-patch+json": jsonPatches,
    "application/merge-patch+json": mergePatches,
    ...(kind.codec === undefined && { "application/strategic-merge-patch+json": strategicPatches(kind.model) }),
  };
  const patchKind = patchKinds[contentType as PatchType];
  if (patchKind === undefined) throw unsupported(Object.keys(patchKinds));
  return patchKind;
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

const textOf = (call: Call): string => {
  const bytes = bytesOf(call);
  if (bytes.length > MAX_BYTES) throw failure("RequestEntityTooLarge", `Request entity too large: limit is ${MAX_BYTES}`);
  return decoder.decode(bytes);
};

/** Throws: BadRequest. */
const patchOf = (text: string, { undecodable }: PatchKind): unknown => {
  try {
    const patch = jsonOf(text);
    if (isDeeper(patch)) throw new JsonTextError(TOO_DEEP);
    return patch;
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    throw badRequest(`${undecodable}${error.message}`);
  }
};

const TOO_DEEP = "exceeded max depth";

/** A patch may put a deep value into a deep one. Throws: BadRequest. */
const requireShallow = (patched: JsonObject): JsonObject => {
  if (isDeeper(patched)) throw badRequest(TOO_DEEP);
  return patched;
};

/** What the call's patch makes of an object, decoded as if the client had sent it whole. Throws: BadRequest, Invalid. */
export const patcherOf = (call: Call): ((own: KubeObject) => Draft<KubeObject>) => {
  const patchKind = patchKindOf(call);
  const text = textOf(call);
  const patch = patchOf(text, patchKind);
  const findings = call.options.fieldValidation === "Ignore" ? [] : patchKind.findings(text, patch);
  const words = { ...patchKind.words(patch), findings };
  return (own) => decodePatched(call, requireShallow(patchKind.apply(own, patch)), words);
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
