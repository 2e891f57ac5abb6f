// JSON as expressions see it, and what they make as JSON. A number that is whole is an int, as it is where no schema says
// otherwise. upstream: cel-go/common/types/json_value.go, k8s.io/apiserver/pkg/admission/plugin/policy/mutating/patch
import { isJsonObject, setKey, type JsonObject } from "../meta/json.ts";
import { formatDuration, formatTimestamp } from "./library/time-text.ts";
import { CelList, Duration, EvalError, isMap, Optional, Timestamp, Uint, type CelMap, type Value } from "./values.ts";

/** An object of JSON. `convert` makes a value of what a key holds; undefined: the key does not exist for expressions. */
export class JsonMap implements CelMap {
  readonly isMap = true;
  readonly #object: JsonObject;
  readonly #convert: (key: string, value: unknown) => Value | undefined;

  constructor(object: JsonObject, convert: (key: string, value: unknown) => Value | undefined = (_, value) => fromJson(value)) {
    this.#object = object;
    this.#convert = convert;
  }

  get size(): number {
    return this.#names.length;
  }

  get #names(): readonly string[] {
    return Object.keys(this.#object).filter((name) => this.#object[name] !== undefined);
  }

  get(key: Value): Value | undefined {
    if (typeof key !== "string" || !Object.hasOwn(this.#object, key)) return undefined;
    const value = this.#object[key];
    return value === undefined ? undefined : this.#convert(key, value);
  }

  keys(): Iterable<Value> {
    return this.#names;
  }
}

/** The value of JSON that no schema describes. Nothing is copied. */
export const fromJson = (json: unknown): Value => {
  if (typeof json === "number") return Number.isSafeInteger(json) ? BigInt(json) : json;
  if (json === undefined || json === null) return null;
  if (Array.isArray(json)) return new CelList(json, fromJson);
  if (isJsonObject(json)) return new JsonMap(json);
  return json as string | boolean;
};

/** The JSON of a value. Throws: EvalError for a value that has none. */
export const toJson = (value: Value): unknown => {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "bigint" || value instanceof Uint) return Number(value instanceof Uint ? value.value : value);
  if (typeof value === "number") return finite(value);
  if (value instanceof CelList) return [...value].map(toJson);
  if (isMap(value)) return mapToJson(value);
  return objectToJson(value);
};

const finite = (value: number): number => {
  if (!Number.isFinite(value)) throw new EvalError("cannot convert a number that is not finite to JSON");
  return value;
};

const objectToJson = (value: Value & object): unknown => {
  if (value instanceof Timestamp) return formatTimestamp(value.nanos);
  if (value instanceof Duration) return formatDuration(value.nanos);
  if (value instanceof Optional && value.value !== undefined) return toJson(value.value);
  if (value instanceof Uint8Array) return btoa(String.fromCodePoint(...value));
  throw new EvalError("value has no JSON");
};

const mapToJson = (map: CelMap): JsonObject => {
  const result: { [key: string]: unknown } = {};
  for (const key of map.keys()) {
    const value = map.get(key) ?? null;
    if (typeof key !== "string") throw new EvalError("a key of JSON is a text");
    if (!(value instanceof Optional && value.value === undefined)) setKey(result, key, toJson(value));
  }
  return result;
};
