// Values that are messages in Protobuf and scalars, or anything, in JSON.
// upstream: apimachinery/pkg/{apis/meta/v1,api/resource,util/intstr,runtime}/generated.proto
import { bytesIn, fieldsIn, integerIn, MalformedProtobuf, textIn, type WireField } from "./protobuf-wire.ts";

const first = (field: WireField, number: number): WireField | undefined => {
  for (const part of fieldsIn(bytesIn(field))) if (part.number === number) return part;
  return undefined;
};

/** `message Quantity { string string = 1 }` */
export const quantityIn = (field: WireField): string => {
  const text = first(field, 1);
  return text === undefined ? "0" : textIn(text);
};

/** `message IntOrString { int64 type = 1; int32 intVal = 2; string strVal = 3 }` */
export const intOrStringIn = (field: WireField): number | string => {
  const type = first(field, 1);
  if (type !== undefined && integerIn(type) === 1) {
    const text = first(field, 3);
    return text === undefined ? "" : textIn(text);
  }
  const number = first(field, 2);
  return number === undefined ? 0 : integerIn(number);
};

/** `message Time { int64 seconds = 1; int32 nanos = 2 }`; undefined: no instant at all. */
export const instantIn = (field: WireField, isMicro: boolean): string | undefined => {
  if (bytesIn(field).length === 0) return undefined;
  const [seconds, nanos] = [first(field, 1), first(field, 2)].map((part) => (part === undefined ? 0 : integerIn(part))) as [number, number];
  const instant = new Date(seconds * 1000);
  if (Number.isNaN(instant.getTime())) throw new MalformedProtobuf(`no instant lies ${seconds} seconds from the epoch`);
  const text = instant.toISOString().slice(0, 19);
  return isMicro ? `${text}.${String(Math.floor(nanos / 1000)).padStart(6, "0")}Z` : `${text}Z`;
};

/** A list that is a map's value is a message of its own: `message ExtraValue { repeated string items = 1 }` */
export const stringsIn = (field: WireField): readonly string[] =>
  [...fieldsIn(bytesIn(field))].filter(({ number }) => number === 1).map(textIn);

/** `message RawExtension { bytes raw = 1 }` and its like hold JSON. */
export const rawJsonIn = (field: WireField): unknown => {
  const raw = first(field, 1);
  if (raw === undefined || bytesIn(raw).length === 0) return undefined;
  try {
    return JSON.parse(textIn(raw)) as unknown;
  } catch (cause) {
    throw new MalformedProtobuf("a raw extension is no JSON", { cause });
  }
};
