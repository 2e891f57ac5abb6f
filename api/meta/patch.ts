// The three kinds of patch: JSON patch (RFC 6902), merge patch (RFC 7386) and Kubernetes' strategic merge patch. Each takes a
// document and gives a new one; the document itself is never changed. A patch that is malformed is a 400, one that does
// not fit the document a 422. upstream: apiserver/pkg/endpoints/handlers/patch.go
import { goKind, isJsonObject, type JsonObject, setKey } from "./json.ts";
import { type ApiError, badRequest, failure } from "./status.ts";
import jsonpatch, { type Operation } from "fast-json-patch";

export { strategicMergePatch } from "./strategic-patch.ts";

const MAX_OPERATIONS = 10_000;
/** What all copies of one patch may add, in characters: a chain of copies doubles the document each time. */
const MAX_COPIED = 3 * 1024 * 1024;
const OPERATIONS: ReadonlySet<unknown> = new Set(["add", "remove", "replace", "move", "copy", "test"]);

const unprocessable = (cause: unknown): ApiError => {
  const error = failure("Invalid", "the server rejected our request due to an error in our request", {});
  error.cause = cause;
  return error;
};

const undecodable = (value: unknown, type: string): ApiError =>
  badRequest(`error decoding patch: json: cannot unmarshal ${goKind(value)} into Go value of type ${type}`);

const operationsOf = (patch: unknown): readonly Operation[] => {
  if (!Array.isArray(patch)) throw undecodable(patch, "[]handlers.jsonPatchOp");
  const wrong = patch.findIndex((operation) => !isJsonObject(operation));
  if (wrong >= 0) throw undecodable(patch[wrong], "handlers.jsonPatchOp");
  if (patch.length <= MAX_OPERATIONS) return structuredClone(patch) as Operation[];
  const allowed = `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${patch.length}`;
  throw failure("RequestEntityTooLarge", `Request entity too large: ${allowed}`);
};

const copiedSize = (document: unknown, operation: Operation): number =>
  operation.op === "copy" ? (JSON.stringify(jsonpatch.getValueByPointer(document, operation.from)) ?? "").length : 0;

const applyOperations = (document: JsonObject, operations: readonly Operation[]): unknown => {
  let result: unknown = structuredClone(document);
  let copied = 0;
  for (const [at, operation] of operations.entries()) {
    if (!OPERATIONS.has(operation.op)) throw new Error(`Unexpected kind: ${operation.op}`);
    copied += copiedSize(result, operation);
    if (copied > MAX_COPIED) throw new Error("Unable to complete the copy, the accumulated size increase of copy is too large");
    result = jsonpatch.applyOperation(result, operation, true, true, true, at).newDocument;
  }
  return result;
};

/** The document after a JSON patch. Throws: BadRequest for what is no patch, Invalid when an operation does not apply. */
export const jsonPatch = (document: JsonObject, patch: unknown): JsonObject => {
  const operations = operationsOf(patch);
  let result: unknown;
  try {
    result = applyOperations(document, operations);
  } catch (error) {
    throw unprocessable(error);
  }
  if (!isJsonObject(result)) throw unprocessable(new Error("the patched document is not an object"));
  return result;
};

const merge = (document: unknown, patch: JsonObject): JsonObject => {
  const result: { [key: string]: unknown } = isJsonObject(document) ? { ...document } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else if (isJsonObject(value)) setKey(result, key, merge(Object.hasOwn(result, key) ? result[key] : undefined, value));
    else setKey(result, key, structuredClone(value));
  }
  return result;
};

/** The document after a merge patch: null removes a field, lists are replaced. Throws: BadRequest for a patch that is no object. */
export const mergePatch = (document: JsonObject, patch: unknown): JsonObject => {
  if (!isJsonObject(patch)) throw undecodable(patch, "map[string]interface {}");
  return merge(document, patch);
};
