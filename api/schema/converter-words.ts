// Why a value does not fit its Go type, in the words of the converter that takes the place of the JSON decoder where objects
// are not text: after a strategic merge patch. upstream: apimachinery/pkg/runtime/converter.go fromUnstructured
import { goKind } from "#api/meta/json.ts";
import type { DecodeError, Mismatch } from "./compile.ts";

/** The reason, as the converter tells it. */
export const converterWords = ({ message, mismatch }: DecodeError): string => (mismatch === undefined ? message : why(mismatch));

const why = ({ value, goType }: Mismatch): string => {
  const given = reflectKind(value);
  if (goType.startsWith("[]")) return `cannot restore slice from ${given}`;
  if (goType.startsWith("map[") || goType === "v1.ResourceList") return `cannot restore map from ${given}`;
  if (goType.includes(".")) return `cannot restore struct from: ${given}`;
  return isConvertible(value, goType) ? `cannot convert ${given} to ${goType}` : `unrecognized type: ${goType}`;
};

/** What Go's reflection would convert, and JSON does not: a whole number to a character, a fraction to a whole number. */
const isConvertible = (value: unknown, goType: string): boolean =>
  typeof value === "number" && (goType === "string" ? Number.isInteger(value) : goType !== "bool");

const KINDS: { readonly [kind: string]: string } = { array: "slice", object: "map" };

const reflectKind = (value: unknown): string => {
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  const kind = goKind(value);
  return KINDS[kind] ?? kind;
};
