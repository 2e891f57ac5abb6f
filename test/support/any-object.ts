// Objects as broken as decoding lets them through: every field of the right type, any of them missing, all values odd.
import { modelSchema, type FieldSchema } from "#api/schema/models.ts";
import { seededRandom } from "#lib/random.ts";
import type { Loose } from "./kinds.ts";

const TEXTS = ["", "a", "A B", "In", "Exists", "10Mi", "-1", "10.0.0.1", "fd00::1/64", "25%", "None", "Always", "RollingUpdate", "a/b:c"];
const DENSITIES = [0.1, 0.3, 0.6];
const MAX_DEPTH = 8;

/** A source of objects; the same seed gives the same objects. */
export const anyObjects = (seed: number): ((model: string) => Loose) => {
  const random = seededRandom(seed);
  const upTo = (count: number): number => Math.floor(random.next() * count);
  const text = (): string => TEXTS[upTo(TEXTS.length)] ?? "";

  const scalar = ({ type, format }: FieldSchema): unknown => {
    if (type === "boolean") return upTo(2) === 0;
    if (type === "integer" || type === "number") return upTo(2) === 0 ? upTo(4) - 1 : upTo(70_000);
    return format === "date-time" ? "2026-01-01T00:00:00Z" : text();
  };

  const value = (schema: FieldSchema, density: number, depth: number): unknown => {
    const { $ref, type, items = {}, additionalProperties = {} } = schema;
    if ($ref !== undefined) return object($ref, density, depth + 1);
    if (schema["x-kubernetes-int-or-string"] === true) return upTo(2) === 0 ? text() : upTo(4);
    if (type === "array") return Array.from({ length: upTo(3) }, () => value(items, density, depth));
    return type === "object" ? { [text()]: value(additionalProperties, density, depth) } : scalar(schema);
  };

  const object = (model: string, density: number, depth: number): Loose => {
    const fields = Object.entries(modelSchema(model).properties).filter(() => depth < MAX_DEPTH && random.next() < density);
    return Object.fromEntries(fields.map(([field, schema]) => [field, value(schema, density, depth)]));
  };

  return (model) => object(model, DENSITIES[upTo(DENSITIES.length)] ?? 0, 0);
};
