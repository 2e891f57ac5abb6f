// Objects in Kubernetes' Protobuf encoding, which kubectl and client-go send where they may, as the JSON that they stand
// for. Only reading: everybody who sends it reads JSON too. The numbers of the fields are upstream's, in
// protobuf-fields.json: `name=3`, `replicas=1?` where a zero means something (it is a pointer in Go), `*2=VolumeSource`
// where a message of Go's embedding holds fields that JSON has in the object itself.
// upstream: k8s.io/api/**/generated.proto, apimachinery/pkg/runtime/serializer/protobuf
import type { JsonObject } from "#api/meta/json.ts";
import { isMicroTime, isQuantity } from "./facts.ts";
import { modelSchema, type FieldSchema } from "./models.ts";
import numbers from "./protobuf-fields.json" with { type: "json" };
import { bytesIn, fieldsIn, integerIn, MalformedProtobuf, packedIn, textIn, truthIn, type WireField } from "./protobuf-wire.ts";
import { instantIn, intOrStringIn, quantityIn, rawJsonIn, stringsIn } from "./protobuf-values.ts";

/** What an envelope holds. `raw` is the encoded object. */
export type Envelope = { readonly apiVersion: string; readonly kind: string; readonly raw: Uint8Array };

type Read = (field: WireField) => unknown;

/** How a field of a message is read and where it goes. */
type Field = {
  readonly name: string;
  readonly read: Read;
  readonly holds: "one" | "list" | "map" | "inline";
  readonly keepsZero: boolean;
};

type Message = ReadonlyMap<number, Field>;

const MAGIC = [0x6b, 0x38, 0x73, 0x00];
const TABLE: { readonly [message: string]: string } = numbers;

/** Opens the envelope of a request's body. Throws: MalformedProtobuf. */
export const openEnvelope = (bytes: Uint8Array): Envelope => {
  if (MAGIC.some((byte, at) => bytes[at] !== byte)) {
    throw new MalformedProtobuf(`provided data does not appear to be a protobuf message, expected prefix [${MAGIC.join(" ")}]`);
  }
  let [apiVersion, kind, raw] = ["", "", new Uint8Array() as Uint8Array];
  for (const field of fieldsIn(bytes.subarray(MAGIC.length))) {
    if (field.number === 2) raw = bytesIn(field);
    if (field.number !== 1) continue;
    for (const of of fieldsIn(bytesIn(field))) {
      if (of.number === 1) apiVersion = textIn(of);
      if (of.number === 2) kind = textIn(of);
    }
  }
  return { apiVersion, kind, raw };
};

/** The object of a model. No model of the table holds itself, so nesting has an end. Throws: MalformedProtobuf. */
export const decodeProtobuf = (model: string, raw: Uint8Array): JsonObject => readMessage(messageOf(model), raw);

const readMessage = (message: Message, bytes: Uint8Array): JsonObject => {
  const object: Record<string, unknown> = {};
  for (const wire of fieldsIn(bytes)) {
    const field = message.get(wire.number);
    if (field !== undefined) put(object, field, field.read(wire));
  }
  return object;
};

const put = (object: Record<string, unknown>, { name, holds, keepsZero }: Field, value: unknown): void => {
  if (holds === "inline") Object.assign(object, value);
  else if (holds === "list") ((object[name] ??= []) as unknown[]).push(...(Array.isArray(value) ? (value as unknown[]) : [value]));
  else if (holds === "map") putEntry((object[name] ??= {}), value as Entry);
  else if (keepsZero || !isZero(value)) object[name] = value;
};

type Entry = readonly [string, unknown];

/** Whatever the key is, even `__proto__`. */
const putEntry = (map: object, [key, value]: Entry): void => {
  Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
};

const isZero = (value: unknown): boolean => value === undefined || value === "" || value === 0 || value === false;

const messages = new Map<string, Message>();

/** `table` names the numbers, `model` the schema of the fields: an embedded message's fields are its model's own. */
const messageOf = (model: string, table = model): Message => {
  const key = `${model} ${table}`;
  const present = messages.get(key);
  if (present !== undefined) return present;
  const message = new Map<number, Field>();
  messages.set(key, message);
  for (const [number, field] of fieldsOf(model, table)) message.set(number, field);
  return message;
};

const ENTRY = /^(?:(?<name>\w+)=(?<at>\d+)(?<zero>\??)|\*(?<place>\d+)=(?<table>\w+))$/;

function* fieldsOf(model: string, table: string): Generator<readonly [number, Field]> {
  const { properties } = modelSchema(model);
  for (const entry of TABLE[table]?.split(" ") ?? []) {
    const { name = "", at, zero, place, table: inner } = ENTRY.exec(entry)?.groups ?? {};
    const schema = properties[name];
    if (place !== undefined) yield [Number(place), { name, read: inlined(model, `*${inner}`), holds: "inline", keepsZero: false }];
    else if (schema !== undefined) {
      yield [Number(at), { name, read: readerOf(schema, { model, name }), holds: heldBy(schema), keepsZero: zero === "?" }];
    }
  }
}

const inlined =
  (model: string, table: string): Read =>
  (field) =>
    readMessage(messageOf(model, table), bytesIn(field));

const heldBy = ({ type, additionalProperties }: FieldSchema): Field["holds"] =>
  type === "array" ? "list" : additionalProperties === undefined ? "one" : "map";

type Place = { readonly model: string; readonly name: string };

const readerOf = (schema: FieldSchema, place: Place): Read => {
  const { $ref, items, additionalProperties } = schema;
  if ($ref !== undefined) return (field) => readMessage(messageOf($ref), bytesIn(field));
  if (items !== undefined) return items.type === "integer" ? integersIn : readerOf(items, place);
  if (additionalProperties !== undefined)
    return entryOf(additionalProperties.type === "array" ? stringsIn : readerOf(additionalProperties, place));
  if (schema["x-kubernetes-int-or-string"] === true) return intOrStringIn;
  return SCALARS[schema.type ?? ""]?.(schema, place) ?? rawJsonIn;
};

const SCALARS: { readonly [type: string]: (schema: FieldSchema, place: Place) => Read } = {
  integer: () => integerIn,
  boolean: () => truthIn,
  string: ({ format }, { model, name }) => {
    if (isQuantity(model, name)) return quantityIn;
    if (format === "date-time") return (field) => instantIn(field, isMicroTime(model, name));
    return format === "byte" ? (field) => base64Of(bytesIn(field)) : textIn;
  },
};

const base64Of = (bytes: Uint8Array): string => bytes.toBase64();

/** One number, or many packed into one field. */
const integersIn: Read = (field) => (field.bytes === undefined ? integerIn(field) : packedIn(field.bytes));

const entryOf =
  (read: Read) =>
  (field: WireField): Entry => {
    let [key, value]: [string, unknown] = ["", ""];
    for (const part of fieldsIn(bytesIn(field))) {
      if (part.number === 1) key = textIn(part);
      if (part.number === 2) value = read(part);
    }
    return [key, value];
  };
