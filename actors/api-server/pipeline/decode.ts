// Bytes of a request's body into an object of the type that the request is about.
// upstream: endpoints/handlers/{create,update,rest}.go
import type { V1DeleteOptions } from "#api/generated/types.ts";
import { misfitOf } from "#api/apply/fit.ts";
import type { JsonObject } from "#api/meta/json.ts";
import { invalidValue } from "#api/meta/field-error.ts";
import type { Draft, KubeObject } from "#api/meta/object.ts";
import { apiVersionOf } from "#api/meta/resource.ts";
import { badRequest, failure, invalid, type ApiError, type FieldError } from "#api/meta/status.ts";
import { type Codec, codecOf, modelCodec } from "#api/schema/codec.ts";
import { DecodeError } from "#api/schema/compile.ts";
import { converterWords } from "#api/schema/converter-words.ts";
import { decode, decodeUnwrapped, type DecodeResult, type FieldValidation } from "#api/schema/decode.ts";
import { parseBody, parseConfig, type Body } from "#api/schema/parse.ts";
import { findingsOf, unknownField, type DuplicateCheck } from "#api/schema/strict.ts";
import type { Call } from "../core.ts";
import type { Scheme, TypeName } from "../scheme.ts";

/** What a body is: the resource's own kind, or what its subresource takes. */
type Expected = { readonly group: string; readonly version: string; readonly kind: string; readonly codec: Codec };

const expectedOf = ({ kind, body, subresource }: Call): Expected => {
  if (body === undefined) return { ...kind, codec: codecOf(kind) };
  if (body.model === undefined) throw new Error(`no model for the body of ${kind.resource}/${subresource}`);
  return { ...body, codec: modelCodec(body.model) };
};

const ACCEPTED = "application/json, application/yaml";

const contentTypeOf = ({ request: { contentType = "application/json" } }: Call): "json" | "yaml" => {
  const [media] = contentType.split(";");
  if (media === "application/json" || media === "") return "json";
  if (media === "application/yaml") return "yaml";
  throw failure("UnsupportedMediaType", `the body of the request was in an unknown format - accepted media types include: ${ACCEPTED}`);
};

const EMPTY = new Uint8Array();

/** The body's bytes; none when there is no body. */
export const bytesOf = ({ request: { body } }: Call): Uint8Array => body ?? EMPTY;

const validationOf = ({ options }: Call): FieldValidation => options.fieldValidation ?? "Warn";

/** The decoded body, with defaults. Throws: BadRequest, UnsupportedMediaType, RequestEntityTooLarge. */
export const decodeBody = (call: Call): Draft<KubeObject> => {
  const expected = expectedOf(call);
  const { value, duplicates }: Body = parseBody(bytesOf(call), { contentType: contentTypeOf(call), kind: expected.kind });
  requireType(call, value, expected);
  const { object, warnings } = decode(expected.codec, value, { fieldValidation: validationOf(call), duplicates });
  return completedAs(call, expected, { object, warnings });
};

/** How a kind of patch is told of: what was patched, and why that is wrong. */
export type PatchWords = {
  readonly shown: (patched: JsonObject) => string;
  readonly why: (error: DecodeError) => string;
  /** It knows what it changes, whatever the patch says of version and kind. */
  readonly ignoresType?: boolean;
  /** What is wrong with the patch's own text. */
  readonly findings: readonly string[];
};

/** What a patch has made, decoded as a body is. Throws: Invalid, in the words of the patch. */
export const decodePatched = (call: Call, value: JsonObject, words: PatchWords): Draft<KubeObject> => {
  const expected = expectedOf(call);
  if (words.ignoresType !== true) requirePatchedType(call, value, { expected, words });
  const duplicates: DuplicateCheck = (unknown) => findingsOf([...words.findings, ...unknown.map(unknownField)]);
  try {
    const { object, warnings } = decodeUnwrapped(expected.codec, value, { fieldValidation: validationOf(call), duplicates });
    return completedAs(call, expected, { object, warnings });
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw unpatchable(words.shown(value), words.why(error));
  }
};

const unpatchable = (patched: string, why: string): ApiError =>
  invalid({ group: "", kind: "", name: "" }, [invalidValue("patch", patched, why)]);

/** A patch must not make something else. Custom resources are told so by their validation. Throws: Invalid, BadRequest. */
const requirePatchedType = (call: Call, value: JsonObject, { expected, words }: { expected: Expected; words: PatchWords }): void => {
  const given = typeIn(value, expected);
  const errors = call.kind.codec === expected.codec ? typeErrors(given, expected) : [];
  if (errors.length > 0) throw invalid({ ...expected, name: call.request.name ?? "" }, errors);
  const why = misfitting(call.scheme, given, expected);
  if (why !== undefined) throw unpatchable(words.shown(value), why);
  requireVersion(given, expected);
};

/** upstream: apiextensions-apiserver/pkg/registry/customresource/validator.go ValidateTypeMeta */
const typeErrors = (given: TypeName, expected: Expected): readonly FieldError[] => [
  ...(given.kind === expected.kind ? [] : [invalidValue("kind", given.kind, `must be ${expected.kind}`)]),
  ...(apiVersionOf(given) === apiVersionOf(expected)
    ? []
    : [invalidValue("apiVersion", apiVersionOf(given), `must be ${apiVersionOf(expected)}`)]),
];

/** A configuration that is applied: decoded, without defaults. Throws: BadRequest, also for what does not fit its shape. */
export const decodeConfig = (call: Call): JsonObject => {
  const expected = expectedOf(call);
  const { value, duplicates } = parseConfig(bytesOf(call));
  requireSameType(value, expected);
  const why = misfitOf(value, expected.codec.shape);
  if (why !== undefined) throw misfit(call, value, why);
  const twice = validationOf(call) === "Ignore" ? undefined : duplicates([]);
  if (twice !== undefined && validationOf(call) === "Strict")
    throw badRequest(`error strict decoding YAML: error converting YAML to JSON: ${twice.text}`);
  call.warnings.push(...(twice?.messages ?? []));
  return convertedConfig(call, value, expected);
};

/** A configuration whose values are read as their types have them: quantities, instants. Throws: BadRequest. */
const convertedConfig = (call: Call, value: JsonObject, { codec }: Expected): JsonObject => {
  try {
    return codec.decode(value).object;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const [named, type] = [nameOf(call, value), typeOf(call)];
    throw badRequest(
      `failed to convert new object (${named}) to proper version: unable to convert unstructured object to ${type}: ${converterWords(error)}`,
    );
  }
};

/** Throws: BadRequest unless the configuration says that it is what it is applied as. upstream: managedfields/internal/versioncheck.go */
const requireSameType = (value: JsonObject, expected: Expected): void => {
  const [apiVersion, kind] = [textOr(value["apiVersion"], ""), textOr(value["kind"], "")];
  if (apiVersion === apiVersionOf(expected) && kind === expected.kind) return;
  throw badRequest(`invalid object type: ${apiVersion.includes("/") ? "" : "/"}${apiVersion}, Kind=${kind}`);
};

/** Why a configuration cannot be applied. upstream: managedfields/internal/structuredmerge.go */
export const misfit = (call: Call, config: KubeObject, why: string): ApiError =>
  badRequest(`failed to create typed patch object (${nameOf(call, config)}): ${why}`);

const typeOf = (call: Call): string => {
  const { group, version, kind } = expectedOf(call);
  return `${group}/${version}, Kind=${kind}`;
};

/** upstream: objectGVKNN */
const nameOf = (call: Call, { metadata = {} }: KubeObject): string => `${metadata.namespace ?? ""}/${metadata.name ?? ""}; ${typeOf(call)}`;

/** What applying has made, with defaults. */
export const completed = (call: Call, object: JsonObject): Draft<KubeObject> =>
  completedAs(call, expectedOf(call), { object: withoutNulls(call, object), warnings: [] });

// Taking the last field out of a map or a list leaves null.
const withoutNulls = ({ kind }: Call, object: JsonObject): JsonObject => codecOf(kind).decode(object).object;

/** What admission has made of the call's object, decoded and with defaults. A subresource may be of a kind of its own. */
export const recompleted = (call: Call, object: JsonObject): Draft<KubeObject> => {
  if (call.body?.connects === true) return object; // options, which have no schema
  const expected = object["kind"] === call.kind.kind ? { ...call.kind, codec: codecOf(call.kind) } : expectedOf(call);
  return completedAs(call, expected, { object: expected.codec.decode(object).object, warnings: [] });
};

const completedAs = (call: Call, expected: Expected, { object, warnings }: DecodeResult): Draft<KubeObject> => {
  call.warnings.push(...warnings);
  const draft = object as Draft<KubeObject>;
  draft.apiVersion = apiVersionOf(expected);
  draft.kind = expected.kind;
  if (expected.codec === codecOf(call.kind)) call.kind.setDefaults?.(draft);
  return draft;
};

/** Throws: BadRequest when the object says that it is something else. Saying nothing is fine. */
const requireType = ({ scheme }: Call, value: JsonObject, expected: Expected): void => {
  const given = typeIn(value, expected);
  const why = misfitting(scheme, given, expected);
  if (why !== undefined) {
    throw badRequest(`${given.kind} in version ${JSON.stringify(given.version)} cannot be handled as a ${expected.kind}: ${why}`);
  }
  requireVersion(given, expected);
};

const typeIn = (value: JsonObject, expected: Expected): TypeName => {
  const [version = "", group = ""] = textOr(value["apiVersion"], apiVersionOf(expected)).split("/").toReversed();
  return { group, version, kind: textOr(value["kind"], expected.kind) };
};

/** Throws: BadRequest. */
const requireVersion = (given: TypeName, expected: Expected): void => {
  const [data, wanted] = [apiVersionOf(given), apiVersionOf(expected)];
  if (data !== wanted) throw badRequest(`the API version in the data (${data}) does not match the expected API version (${wanted})`);
};

const textOr = (value: unknown, otherwise: string): string => (typeof value === "string" && value !== "" ? value : otherwise);

/** Why what is of one type cannot be had as another; undefined: it can. */
const misfitting = (scheme: Scheme, given: TypeName, expected: Expected): string | undefined => {
  const isServed = (given.group === expected.group && given.version === expected.version) || scheme.ofType(given) !== undefined;
  if (given.kind === expected.kind && isServed) return undefined;
  const { version, kind } = given;
  if (scheme.ofType(given) !== undefined)
    return `converting (${version}.${kind}) to (${packageOf(expected)}.${expected.kind}): unknown conversion`;
  const name = JSON.stringify(apiVersionOf(given));
  return `no kind "${kind}" is registered for version ${name} in scheme "k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30"`;
};

/** Where upstream has the types of a group, whatever their version. */
const packageOf = ({ group }: Expected): string => (group === "" ? "core" : (group.split(".")[0] ?? ""));

/** The options in a delete's body; none when it has no body. Throws: BadRequest. */
export const decodeDeleteOptions = (call: Call): V1DeleteOptions => {
  const bytes = bytesOf(call);
  if (bytes.length === 0) return {};
  const { value, duplicates } = parseBody(bytes, { contentType: contentTypeOf(call), kind: "DeleteOptions" });
  const {
    kind: _kind,
    apiVersion: _apiVersion,
    ...options
  } = decode(modelCodec("V1DeleteOptions"), value, { fieldValidation: "Ignore", duplicates }).object;
  return options;
};
