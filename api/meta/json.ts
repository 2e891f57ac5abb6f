// JSON values, and how Go names and prints them in the messages that clients know.

/** A JSON object whose fields are not known. */
export type JsonObject = { readonly [key: string]: unknown };

/** True for an object that is no array and not null. */
export const isJsonObject = (value: unknown): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);

/** The kind of a value as Go's decoder calls it: `string`, `number`, `bool`, `object`, `array`, `null`. */
export const goKind = (value: unknown): string => {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
};

/** A value as Go's `%v` prints it: `map[a:1 b:[x y]]`. */
export const goPrint = (value: unknown): string => {
  if (value === null || value === undefined) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(goPrint).join(" ")}]`;
  if (!isJsonObject(value)) return `${value as string | number | boolean}`;
  const fields = Object.keys(value).toSorted();
  return `map[${fields.map((field) => `${field}:${goPrint(value[field])}`).join(" ")}]`;
};

/** Sets a key of an object under construction. A key such as `__proto__` becomes a field like any other. */
export const setKey = (object: { [key: string]: unknown }, key: string, value: unknown): void => {
  if (key === "__proto__") Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  else object[key] = value;
};

/** Levels of nesting that a body may have. Fewer than upstream's 10,000, so that no recursion over an object, ours or the engine's, overflows. */
export const MAX_LEVELS = 500;

/** True when a value is nested more than `levels` deep. */
export const isDeeper = (value: unknown, levels = MAX_LEVELS): boolean => {
  if (typeof value !== "object" || value === null) return false;
  return levels < 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
};
