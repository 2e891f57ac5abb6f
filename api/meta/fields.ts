// Fields of an object that a field selector may name, by their paths.

type Json = { readonly [key: string]: unknown };

const textAt = (object: object, segments: readonly string[]): string | undefined => {
  let value: unknown = object;
  for (const segment of segments) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Json)[segment];
  }
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
};

/** Reads these paths of an object; each is given with the text that stands for an absent value ("", "false", "0"). */
export const selectable = (absent: { readonly [path: string]: string }): ((object: object) => { readonly [path: string]: string }) => {
  const readers = Object.entries(absent).map(([path, text]) => ({ path, text, segments: path.split(".") }));
  return (object) => {
    const fields: { [path: string]: string } = {};
    for (const { path, text, segments } of readers) fields[path] = textAt(object, segments) ?? text;
    return fields;
  };
};
