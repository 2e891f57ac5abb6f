// Codecs of lists, tuples and records, made of the codecs of their parts.
import { alignTo, checkRange, flatten, handlesIn, type Border, type Codec } from "./codec.ts";
import { PRIMITIVES, pointed } from "./codec-scalars.ts";

const byteList: Codec = pointed(
  (border, at, length) => {
    const from = checkRange(border, at, 1, length >>> 0);
    border.take(length >>> 0);
    return border.bytes().slice(from, from + (length >>> 0));
  },
  (border, value) => {
    const bytes = value as Uint8Array;
    const at = border.allocate(1, bytes.length);
    border.bytes().set(bytes, at);
    return [at, bytes.length];
  },
);

// What an element counts for beside its bytes: it becomes an object of the host's.
const ELEMENT_BYTES = 32;

export const listCodec = (element: Codec): Codec => {
  if (element === PRIMITIVES.u8) return byteList;
  const read = (border: Border, at: number, length: number): unknown => {
    const count = length >>> 0;
    const from = checkRange(border, at, element.align, count * element.size);
    border.take(count * (element.size + ELEMENT_BYTES));
    return Array.from({ length: count }, (_, index) => element.load(border, from + index * element.size));
  };
  const write = (border: Border, value: unknown): readonly [number, number] => {
    const elements = value as readonly unknown[];
    const at = border.allocate(element.align, elements.length * element.size);
    for (const [index, each] of elements.entries()) element.store(border, each, at + index * element.size);
    return [at, elements.length];
  };
  return { ...pointed(read, write), handles: handlesIn("list", [element]) };
};

type Part = { readonly codec: Codec; readonly offset: number };

const layOut = (codecs: readonly Codec[]): { readonly parts: readonly Part[]; readonly size: number; readonly align: number } => {
  let end = 0;
  const parts = codecs.map((codec) => {
    const offset = alignTo(end, codec.align);
    end = offset + codec.size;
    return { codec, offset };
  });
  const align = Math.max(1, ...codecs.map((codec) => codec.align));
  return { parts, size: alignTo(end, align), align };
};

export const tupleCodec = (codecs: readonly Codec[]): Codec => {
  const { parts, size, align } = layOut(codecs);
  return {
    size,
    align,
    flat: flatten(codecs),
    handles: handlesIn("tuple", codecs),
    load: (border, at) => parts.map(({ codec, offset }) => codec.load(border, at + offset)),
    store: (border, value, at) => {
      for (const [index, { codec, offset }] of parts.entries()) codec.store(border, (value as readonly unknown[])[index], at + offset);
    },
    lift: (border, flat) => codecs.map((codec) => codec.lift(border, flat)),
    lower: (border, value, into) => {
      for (const [index, codec] of codecs.entries()) codec.lower(border, (value as readonly unknown[])[index], into);
    },
  };
};

const camelCase = (name: string): string => name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

export const recordCodec = (fields: readonly { readonly name: string; readonly codec: Codec }[]): Codec => {
  const tuple = tupleCodec(fields.map(({ codec }) => codec));
  const keys = fields.map(({ name }) => camelCase(name));
  const toRecord = (values: unknown): unknown => Object.fromEntries(keys.map((key, index) => [key, (values as readonly unknown[])[index]]));
  const toTuple = (record: unknown): unknown => keys.map((key) => (record as Readonly<Record<string, unknown>>)[key]);
  return {
    ...tuple,
    load: (border, at) => toRecord(tuple.load(border, at)),
    store: (border, value, at) => tuple.store(border, toTuple(value), at),
    lift: (border, flat) => toRecord(tuple.lift(border, flat)),
    lower: (border, value, into) => tuple.lower(border, toTuple(value), into),
  };
};
