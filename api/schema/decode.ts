// The API server's decoder: from what a client sent to an object that fits its model, or the error that upstream gives.
// upstream: apiserver/pkg/endpoints/handlers/{create,patch,rest}.go, sigs.k8s.io/json
import type { JsonObject } from "#api/meta/json.ts";
import { badRequest } from "#api/meta/status.ts";
import type { Codec } from "./codec.ts";
import { DecodeError } from "./compile.ts";
import { type DuplicateCheck, noDuplicates } from "./strict.ts";

/** What becomes of fields that no schema knows and of keys given twice: refused, dropped with a warning, dropped. */
export type FieldValidation = "Strict" | "Warn" | "Ignore";

export type DecodeOptions = {
  readonly fieldValidation: FieldValidation;
  /** Finds keys given twice in the text that `value` was read from; absent: there is no text. */
  readonly duplicates?: DuplicateCheck | undefined;
};

/** A decoded object and the warnings that its client gets. */
export type DecodeResult = { readonly object: JsonObject; readonly warnings: readonly string[] };

const refused = ({ kind, version }: Codec, why: string): Error =>
  badRequest(`${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ${why}`);

/**
 * Decodes an object of the kind that the codec reads. `value` itself is not changed, and what needs no change is shared with it.
 * Throws: BadRequest for a value of a wrong type, and under Strict for unknown and duplicate fields.
 */
export const decode = (codec: Codec, value: JsonObject, { fieldValidation, duplicates = noDuplicates }: DecodeOptions): DecodeResult => {
  try {
    return decodeUnwrapped(codec, value, { fieldValidation, duplicates });
  } catch (error) {
    throw error instanceof DecodeError ? refused(codec, error.message) : error;
  }
};

/** As `decode`, for a caller with words of its own around the reason (a patch). Throws: DecodeError, whose message is the reason. */
export const decodeUnwrapped = (
  codec: Codec,
  value: JsonObject,
  { fieldValidation, duplicates = noDuplicates }: DecodeOptions,
): DecodeResult => {
  const { object, unknown } = codec.decode(value);
  const findings = fieldValidation === "Ignore" ? undefined : duplicates(unknown);
  if (findings === undefined) return { object, warnings: [] };
  if (fieldValidation === "Strict") throw new DecodeError(`strict decoding error: ${findings.text}`);
  return { object, warnings: findings.messages };
};
