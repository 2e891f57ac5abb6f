// Codecs of lists, records, tuples and variants, made of the codecs of their parts.
import { ComponentTrap } from "./handles.ts";
import { Flat, alignTo, checkRange, flatten, handlesIn, type Border, type Codec, type Core, type CoreValue } from "./codec.ts";
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

const join = (one: Core | undefined, two: Core): Core => {
  if (one === undefined || one === two) return two;
  return one !== "i64" && two !== "i64" && one !== "f64" && two !== "f64" ? "i32" : "i64";
};

// One buffer to look at the same bits as different numbers.
const bits = new DataView(new ArrayBuffer(8));

const asLong = (value: CoreValue, is: Core): bigint => {
  if (is === "i64") return value as bigint;
  if (is === "i32") return BigInt.asUintN(32, BigInt(value));
  if (is === "f32") bits.setFloat32(0, value as number);
  else bits.setFloat64(0, value as number);
  return is === "f32" ? BigInt(bits.getUint32(0)) : bits.getBigUint64(0);
};

const fromLong = (value: bigint, to: Core): CoreValue => {
  if (to === "i64") return value;
  if (to === "i32") return Number(BigInt.asIntN(32, value));
  bits.setBigUint64(0, BigInt.asUintN(64, value));
  return to === "f32" ? bits.getFloat32(4) : bits.getFloat64(0);
};

/** The same bits as a core value of another type. */
export const reinterpret = (value: CoreValue, from: Core, to: Core): CoreValue => (from === to ? value : fromLong(asLong(value, from), to));

const zero = (core: Core): CoreValue => (core === "i64" ? 0n : 0);

/** A case of a variant; `codec` is undefined when it holds nothing. */
export type CaseCodec = { readonly name: string; readonly codec: Codec | undefined };

// How a case is shown to JavaScript and told from its value.
type Face = { readonly wrap: (name: string, value: unknown) => unknown; readonly unwrap: (value: unknown) => readonly [string, unknown] };

const discriminantOf = (count: number): Codec => {
  if (count <= 256) return PRIMITIVES.u8;
  return count <= 65_536 ? PRIMITIVES.u16 : PRIMITIVES.u32;
};

const joinFlat = (cases: readonly CaseCodec[]): readonly Core[] => {
  const joined: Core[] = [];
  for (const { codec } of cases) for (const [index, core] of (codec?.flat ?? []).entries()) joined[index] = join(joined[index], core);
  return joined;
};

/** A variant, as `face` shows it; `kind` is what it is called where it holds handles. */
export const variantCodec = (kind: string, cases: readonly CaseCodec[], { wrap, unwrap }: Face): Codec => {
  const discriminant = discriminantOf(cases.length);
  const align = Math.max(discriminant.align, ...cases.map(({ codec }) => codec?.align ?? 1));
  const payloadAt = alignTo(discriminant.size, Math.max(1, ...cases.map(({ codec }) => codec?.align ?? 1)));
  const size = alignTo(payloadAt + Math.max(0, ...cases.map(({ codec }) => codec?.size ?? 0)), align);
  const joined = joinFlat(cases);
  const numbers = new Map(cases.map(({ name }, index) => [name, index]));
  const numberOf = (name: string): number => {
    const number = numbers.get(name);
    if (number === undefined) throw new ComponentTrap(`the variant has no case "${name}"`);
    return number;
  };
  const caseOf = (index: number): CaseCodec => {
    const found = cases[index];
    if (found === undefined) throw new ComponentTrap("invalid variant discriminant");
    return found;
  };
  return {
    size,
    align,
    flat: flatten([discriminant, { ...discriminant, flat: joined }]),
    handles: handlesIn(
      kind,
      cases.map(({ codec }) => codec),
    ),
    load: (border, at) => {
      const { name, codec } = caseOf(discriminant.load(border, at) as number);
      return wrap(name, codec?.load(border, at + payloadAt));
    },
    store: (border, value, at) => {
      const [name, payload] = unwrap(value);
      const index = numberOf(name);
      const { codec } = caseOf(index);
      discriminant.store(border, index, at);
      codec?.store(border, payload, at + payloadAt);
    },
    lift: (border, flat) => {
      const { name, codec } = caseOf((flat.next() as number) >>> 0);
      const values = flat.take(joined.length);
      const own = codec?.flat.map((core, index) => reinterpret(values[index] ?? 0, joined[index] ?? core, core)) ?? [];
      return wrap(name, codec?.lift(border, new Flat(own)));
    },
    lower: (border, value, into) => {
      const [name, payload] = unwrap(value);
      const index = numberOf(name);
      const { codec } = caseOf(index);
      const own: CoreValue[] = [];
      codec?.lower(border, payload, own);
      into.push(index, ...joined.map((core, place) => padded(own[place], codec?.flat[place], core)));
    },
  };
};

const padded = (value: CoreValue | undefined, from: Core | undefined, to: Core): CoreValue =>
  value === undefined || from === undefined ? zero(to) : reinterpret(value, from, to);

/** `{ tag, val }`. */
export const TAGGED: Face = {
  wrap: (tag, val) => ({ tag, val }),
  unwrap: (value) => {
    const { tag, val } = value as { readonly tag: string; readonly val?: unknown };
    return [tag, val];
  },
};

/** undefined, or the value. */
export const OPTIONAL: Face = {
  wrap: (_name, value) => value,
  unwrap: (value) => [value === undefined ? "none" : "some", value],
};

/** The name alone. */
export const NAME: Face = { wrap: (name) => name, unwrap: (value) => [value as string, undefined] };
