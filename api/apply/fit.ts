// Whether a configuration fits its shape, in the words that appliers know.
// upstream: sigs.k8s.io/structured-merge-diff/typed/validate.go
//
// A map is read up to its first field that no schema knows, a list up to its first item that cannot be told from the others.
import { goPrint, isJsonObject, type JsonObject } from "../meta/json.ts";
import { fieldElement, pathText } from "./field-set.ts";
import { ANY_MAP, type Held, type Shape } from "./shape.ts";
import { ApplyError, elementOf, type ListShape, type MapShape } from "./walk.ts";

/** Why the value does not fit; undefined: it does. */
export const misfitOf = (value: unknown, shape: Shape): string | undefined => {
  const errors = [...misfits(value, shape, "")];
  if (errors.length < 2) return errors[0];
  return ["errors:", ...errors.map((error) => `  ${error}`)].join("\n");
};

const told = (path: string, why: string): string => (path === "" ? why : `${path}: ${why}`);

function* misfits(value: unknown, shape: Shape, path: string): Generator<string> {
  if (value === null || value === undefined) return;
  if (shape.is === "any") {
    if (isJsonObject(value)) yield* mapMisfits(value, ANY_MAP, path);
  } else if (shape.is === "map") yield* mapMisfits(value, shape, path);
  else if (shape.is === "leaf") yield* heldMisfits(value, shape.holds, path);
  else yield* listMisfits(value, shape, path);
}

function* mapMisfits(value: unknown, shape: MapShape, path: string): Generator<string> {
  if (!isJsonObject(value)) return yield told(path, `expected map, got ${goPointer(value)}`);
  for (const [key, child] of Object.entries(value)) {
    const at = path + pathText([fieldElement(key)]);
    const of = shape.field(key) ?? shape.item;
    if (of === undefined) return yield told(at, "field not declared in schema");
    yield* misfits(child, of, at);
  }
}

function* listMisfits(value: unknown, shape: ListShape, path: string): Generator<string> {
  if (!Array.isArray(value)) return yield told(path, `expected list, got ${goPointer(value)}`);
  const seen = new Set<string>();
  for (const [index, item] of value.entries()) {
    const element = elementOrReason(shape, item);
    if (element instanceof ApplyError) return yield told(path, `element ${index}: ${element.message}`);
    if (seen.has(element)) yield told(path, `duplicate entries for key ${pathText([element])}`);
    seen.add(element);
    if (shape.item !== undefined) yield* misfits(item, shape.item, path + pathText([element]));
  }
}

const elementOrReason = (shape: ListShape, item: unknown): string | ApplyError => {
  try {
    return elementOf(shape, item);
  } catch (error) {
    if (error instanceof ApplyError) return error;
    throw error;
  }
};

function* heldMisfits(value: unknown, holds: Held | undefined, path: string): Generator<string> {
  if (holds === undefined) return;
  if (typeof holds === "string") {
    const why = wrongScalar(value, holds);
    if (why !== undefined) yield told(path, why);
  } else if (holds.is === "map") yield* mapMisfits(value, holds, path);
  else if (!Array.isArray(value)) yield told(path, `expected list, got ${goPointer(value)}`);
  else for (const [index, item] of value.entries()) yield* misfits(item, holds.item, `${path}[${index}]`);
}

const wrongScalar = (value: unknown, holds: Extract<Held, string>): string | undefined => {
  if (holds === "numeric") return typeof value === "number" ? undefined : `expected numeric (int or float), got ${goType(value)}`;
  if (holds === "boolean") return typeof value === "boolean" ? undefined : `expected boolean, got ${goPointer(value)}`;
  if (holds === "string") {
    return typeof value === "string" ? undefined : `expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`;
  }
  return typeof value === "object" ? `expected any scalar, got ${goPointer(value)}` : undefined;
};

/** The type as `%T` has it. */
const goType = (value: unknown): string => {
  if (Array.isArray(value)) return "[]interface {}";
  if (isJsonObject(value)) return "map[string]interface {}";
  return typeof value === "boolean" ? "bool" : typeof value;
};

const sorted = (value: JsonObject): readonly (readonly [string, unknown])[] =>
  Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));

/** The value as `%#v` has it. */
const goSyntax = (value: unknown): string => {
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(", ")}}`;
  if (!isJsonObject(value)) return value === null ? "interface {}(nil)" : JSON.stringify(value);
  const fields = sorted(value).map(([key, child]) => `${JSON.stringify(key)}:${goSyntax(child)}`);
  return `map[string]interface {}{${fields.join(", ")}}`;
};

/** The value as `%v` has a pointer to it. */
const goPointer = (value: unknown): string => `&{${goPrint(value)}}`;
