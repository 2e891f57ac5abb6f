// Objects of every kind: examples that are bent, and objects made after their schemas, right in type and seldom valid.
import { allModels, type FieldSchema } from "#api/schema/models.ts";
import type { Examples } from "#test/support/examples.ts";
import type { Dice } from "./dice.ts";

/** Names: few, so that requests meet; some that no object may have, some that JavaScript's own objects have. */
export const NAMES = [
  "a",
  "b",
  "c",
  "default",
  "kube-system",
  "x.y",
  "A",
  "-",
  "..",
  "__proto__",
  "constructor",
  "é",
  "0",
  "n".repeat(300),
];

const TEXTS = [
  "",
  "Always",
  "TCP",
  "100m",
  "1Gi",
  "2026-01-01T00:00:00Z",
  "10.0.0.1",
  "*",
  "a=b,c!=d",
  "\u0000",
  "\uD800",
  "{}",
  "%s",
  "-1",
];
const NUMBERS = [0, 1, -1, 80, 65_536, 2 ** 31, -(2 ** 53), 1e308, 0.5, -0];
/** As JSON, since what is made of it may be bent. */
const WRONG = [
  "null",
  "true",
  '""',
  '"x"',
  "0",
  "-1",
  "1e400",
  "[]",
  "{}",
  "[[]]",
  "[null]",
  '{"a":null}',
  '{"__proto__":{"x":1},"toString":1}',
];
const wrong = (dice: Dice): unknown => JSON.parse(dice.pick(WRONG));

const DEEPEST = 6;

/** The fields of an object and their schemas, which may hold further fields in place. */
export type Fields = { readonly [field: string]: InPlace };
type InPlace = FieldSchema & { readonly properties?: Fields; readonly items?: InPlace };

const model = (dice: Dice, name: string, depth: number): unknown => fieldsOf(dice, allModels().get(name) ?? { properties: {} }, depth);

const fieldsOf = (
  dice: Dice,
  { properties, required = [] }: { readonly properties: Fields; readonly required?: readonly string[] },
  depth: number,
): unknown => {
  const often = depth === 0 ? 2 : 4;
  const fields = Object.entries(properties).filter(([field]) => required.includes(field) || dice.oneIn(often));
  return Object.fromEntries(fields.map(([field, schema]) => [field, value(dice, schema, depth + 1)]));
};

const text = (dice: Dice, { format }: FieldSchema): string => {
  if (dice.oneIn(8)) return dice.pick(TEXTS);
  return format === "date-time" ? "2026-01-01T00:00:00Z" : format === "byte" ? "Yg==" : dice.pick([...NAMES, ...TEXTS]);
};

const many = (dice: Dice): readonly undefined[] => Array.from({ length: dice.below(3) });

const value = (dice: Dice, schema: InPlace, depth: number): unknown => {
  if (dice.oneIn(60)) return wrong(dice);
  if (depth > DEEPEST) return {};
  if (schema.$ref !== undefined) return model(dice, schema.$ref, depth);
  const { items, additionalProperties: values, properties } = schema;
  if (properties !== undefined) return fieldsOf(dice, { properties }, 0);
  if (items !== undefined) return many(dice).map(() => value(dice, items, depth));
  if (values !== undefined) return Object.fromEntries(many(dice).map(() => [dice.pick(NAMES), value(dice, values, depth)]));
  return scalar(dice, schema);
};

const scalar = (dice: Dice, schema: FieldSchema): unknown => {
  if (schema.type === "integer" || schema.type === "number") return dice.oneIn(2) ? dice.below(100) : dice.pick(NUMBERS);
  return schema.type === "boolean" ? dice.oneIn(2) : text(dice, schema);
};

/** Replaces or removes something somewhere in an object. */
const bend = (dice: Dice, object: unknown): void => {
  let level = object as Record<string, unknown>;
  for (;;) {
    const keys = Object.keys(level);
    if (keys.length === 0) return;
    const key = dice.pick(keys);
    const below = level[key];
    if (typeof below === "object" && below !== null && !dice.oneIn(4)) {
      level = below as Record<string, unknown>;
      continue;
    }
    if (dice.oneIn(3)) delete level[key];
    else level[key] = dice.oneIn(2) ? wrong(dice) : dice.pick([...TEXTS, ...NAMES]);
    return;
  }
};

/** An example that is bent here and there, or not at all. */
export const bentExample = (dice: Dice, { minimal, maximal }: Examples): unknown => {
  const object = structuredClone(dice.oneIn(2) ? minimal : maximal) as { metadata?: Record<string, unknown> };
  const bends = dice.below(3);
  if (!dice.oneIn(4)) object.metadata = { ...object.metadata, name: dice.pick(NAMES.slice(0, 4)), namespace: undefined };
  for (let count = 0; count < bends; count++) bend(dice, object);
  return object;
};

type TypeMeta = { readonly apiVersion: string; readonly kind: string };

/** An object after a model; `of` says what it claims to be. */
export const objectOf = (dice: Dice, name: string, of: TypeMeta): unknown => claiming(dice, of, model(dice, name, 0) as Made);

/** An object with these fields. */
export const objectWith = (dice: Dice, properties: Fields, of: TypeMeta): unknown =>
  claiming(dice, of, { metadata: undefined, ...(fieldsOf(dice, { properties }, 0) as object) });

type Made = { readonly metadata?: unknown };

const claiming = (dice: Dice, of: TypeMeta, made: Made): unknown => {
  const metadata = dice.oneIn(10) ? made.metadata : { name: dice.pick(NAMES) };
  return dice.oneIn(30) ? wrong(dice) : { ...(dice.oneIn(20) ? {} : of), ...made, metadata };
};
