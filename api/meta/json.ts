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
