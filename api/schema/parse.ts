// From the bytes of a request's body to a JSON object. JSON is parsed by the engine; keys given twice are found by comparing
// how many keys the text has with how many the object has, and only then looked for one by one.
// upstream: apimachinery/pkg/runtime/serializer/json/json.go, apiserver/pkg/endpoints/handlers/rest.go
import { goKind, isJsonObject, type JsonObject, MAX_LEVELS } from "#api/meta/json.ts";
import { type ApiError, badRequest, failure } from "#api/meta/status.ts";
import { countKeys, JsonTextError, walkJson } from "./json-text.ts";
import { type DuplicateCheck, duplicateField, type Findings, findingsOf, noDuplicates, unknownField } from "./strict.ts";
import { parseYaml, YamlError } from "./yaml-text.ts";

/** What a body may be. */
export type BodyLimits = { readonly maxBytes: number };

/** upstream: MaxRequestBodyBytes */
const DEFAULT_LIMITS: BodyLimits = { maxBytes: 3 * 1024 * 1024 };

/** A body: its value, and the check for keys given twice that `decode` asks for. */
export type Body = { readonly value: JsonObject; readonly duplicates: DuplicateCheck };

/** What the body is of; `kind` stands in the error for a body that is no object (`must be of type Deployment`). */
export type BodyFormat = { readonly contentType: "json" | "yaml"; readonly kind: string };

/** Why a body is no object. The words around it are added once. */
class BodyError extends Error {}

const SHOWN_BYTES = 30;

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** upstream: summarizeData */
const summary = (bytes: Uint8Array, text: string): string => {
  if (bytes.length === 0) return "<empty>";
  const start = text.startsWith("{") ? new TextDecoder().decode(bytes.subarray(0, SHOWN_BYTES)) : hex(bytes.subarray(0, SHOWN_BYTES));
  return bytes.length > SHOWN_BYTES ? `${start} ...` : start;
};

/** Counts the keys of a value. Throws: BodyError when it is nested too deeply (or, made from YAML, holds itself). */
const countValueKeys = (value: unknown, depth = 0): number => {
  if (typeof value !== "object" || value === null) return 0;
  if (depth > MAX_LEVELS) throw new BodyError("exceeded max depth");
  let count = 0;
  if (Array.isArray(value)) for (const item of value) count += countValueKeys(item, depth + 1);
  else for (const key in value) count += 1 + countValueKeys((value as JsonObject)[key], depth + 1);
  return count;
};

const GO_TYPE_META = String.raw`struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }`;

/** The value as an object; null is an empty one, as for Go. Throws: BodyError. */
const objectAs = (value: unknown, goType: string): JsonObject => {
  if (value === null) return {};
  if (!isJsonObject(value)) throw new BodyError(`json: cannot unmarshal ${goKind(value)} into Go value of type ${goType}`);
  return value;
};

/** The value as an object whose kind and version can be read. Throws: BodyError. */
const typedObjectOf = (from: unknown): JsonObject => {
  const value = objectAs(from, GO_TYPE_META);
  for (const field of ["apiVersion", "kind"]) {
    const kind = goKind(value[field]);
    if (kind !== "string" && kind !== "null")
      throw new BodyError(`json: cannot unmarshal ${kind} into Go struct field .${field} of type string`);
  }
  return value;
};

type ObjectOf = (value: unknown) => JsonObject;

/** Whether one of the paths leads to something that this path is within. */
const isWithin = (path: string, parents: ReadonlySet<string>): boolean =>
  path.matchAll(/[.[]/g).some(({ index }) => parents.has(path.slice(0, index)));

/** What the walk over a text with duplicates finds, in the order written. What is inside an unknown field is not looked at. */
const findInText = (text: string, unknown: readonly string[]): Findings | undefined => {
  const isUnknown = new Set(unknown);
  const messages = new Set<string>();
  walkJson(text, (path, again) => {
    if (isUnknown.has(path)) messages.add(unknownField(path));
    else if (again && !isWithin(path, isUnknown)) messages.add(duplicateField(path));
  });
  return findingsOf([...messages]);
};

/** The value of a JSON text. Throws: JsonTextError, in the words of Go's decoder. */
export const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    walkJson(text);
    throw error;
  }
};

/** Tells of every key that a JSON text gives twice; `value` is what the text says. */
export const duplicatesIn = (text: string, value: unknown): readonly string[] => {
  const found = new Set<string>();
  if (countKeys(text) !== countValueKeys(value)) walkJson(text, (path, again) => again && found.add(duplicateField(path)));
  return [...found];
};

const parseJson = (text: string, objectOf: ObjectOf): Body => {
  const value = objectOf(jsonOf(text));
  const keys = countValueKeys(value);
  return { value, duplicates: (unknown) => (countKeys(text) === keys ? noDuplicates(unknown) : findInText(text, unknown)) };
};

const yamlFindings = (duplicates: readonly string[], unknown: readonly string[]): Findings | undefined => {
  const fields = unknown.map(unknownField).toSorted();
  const found = findingsOf([...duplicates, ...fields]);
  if (found === undefined || duplicates.length === 0) return found;
  return { messages: found.messages, text: [["yaml: unmarshal errors:", ...duplicates].join("\n  "), ...fields].join(", ") };
};

/** JSON is YAML too, and most of what comes as YAML is JSON (kubectl's server-side apply): it is tried first. */
const parseYamlBody = (text: string, objectOf: ObjectOf): Body => {
  if (/^\s*\{/.test(text)) {
    try {
      return parseJson(text, objectOf);
    } catch (error) {
      if (!(error instanceof JsonTextError)) throw error;
    }
  }
  const { value, duplicates } = parseYaml(text);
  const object = objectOf(value);
  countValueKeys(object);
  return { value: object, duplicates: (unknown) => yamlFindings(duplicates, unknown) };
};

const yamlWords = ({ message }: YamlError): string => `error converting YAML to JSON: yaml: ${message}`;

const reason = (error: unknown): string | undefined => {
  if (error instanceof YamlError) return yamlWords(error);
  const isJson = error instanceof BodyError || error instanceof JsonTextError;
  return isJson ? `couldn't get version/kind; json parse error: ${error.message}` : undefined;
};

const tooLarge = (maxBytes: number): ApiError => failure("RequestEntityTooLarge", `Request entity too large: limit is ${maxBytes}`);

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Reads a request's body. Throws: BadRequest for what is not an object in the format named, RequestEntityTooLarge for more
 * than the limit.
 */
export const parseBody = (bytes: Uint8Array, { contentType, kind }: BodyFormat, { maxBytes }: BodyLimits = DEFAULT_LIMITS): Body => {
  if (bytes.length > maxBytes) throw tooLarge(maxBytes);
  const text = decoder.decode(bytes);
  try {
    return contentType === "json" ? parseJson(text, typedObjectOf) : parseYamlBody(text, typedObjectOf);
  } catch (error) {
    const why = reason(error);
    if (why === undefined) throw error;
    throw badRequest(`the object provided is unrecognized (must be of type ${kind}): ${why} (${summary(bytes, text)})`);
  }
};

const configOf: ObjectOf = (value) => objectAs(value, "map[string]interface {}");

/** Reads a configuration to apply, YAML of any kind. Throws: BadRequest, RequestEntityTooLarge. upstream: handlers/patch.go applyPatcher */
export const parseConfig = (bytes: Uint8Array, { maxBytes }: BodyLimits = DEFAULT_LIMITS): Body => {
  if (bytes.length > maxBytes) throw tooLarge(maxBytes);
  try {
    return parseYamlBody(decoder.decode(bytes), configOf);
  } catch (error) {
    if (error instanceof YamlError) throw badRequest(`error decoding YAML: ${yamlWords(error)}`);
    if (!(error instanceof BodyError)) throw error;
    throw badRequest(`error decoding YAML: error unmarshaling JSON: while decoding JSON: ${error.message}`);
  }
};
