// Codecs of variants, and of what are variants too: enums, options, results.
import { PRIMITIVES } from "./codec-scalars.ts";
import { Flat, alignTo, flatten, handlesIn, type Codec, type Core, type CoreValue } from "./codec.ts";
import { ComponentTrap } from "./handles.ts";

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

const padded = (value: CoreValue | undefined, from: Core | undefined, to: Core): CoreValue =>
  value === undefined || from === undefined ? zero(to) : reinterpret(value, from, to);

type Layout = {
  readonly discriminant: Codec;
  readonly payloadAt: number;
  readonly size: number;
  readonly align: number;
  /** The core values that the payloads of all cases share. */
  readonly joined: readonly Core[];
};

const layOut = (cases: readonly CaseCodec[]): Layout => {
  const discriminant = discriminantOf(cases.length);
  const payloadAlign = Math.max(1, ...cases.map(({ codec }) => codec?.align ?? 1));
  const payloadSize = Math.max(0, ...cases.map(({ codec }) => codec?.size ?? 0));
  const align = Math.max(discriminant.align, payloadAlign);
  const payloadAt = alignTo(discriminant.size, payloadAlign);
  return { discriminant, payloadAt, align, size: alignTo(payloadAt + payloadSize, align), joined: joinFlat(cases) };
};

const numbersOf = (cases: readonly CaseCodec[]): ((name: string) => number) => {
  const numbers = new Map(cases.map(({ name }, index) => [name, index]));
  return (name) => {
    const number = numbers.get(name);
    if (number === undefined) throw new ComponentTrap(`the variant has no case "${name}"`);
    return number;
  };
};

const caseAt = (cases: readonly CaseCodec[], index: number): CaseCodec => {
  const found = cases[index];
  if (found === undefined) throw new ComponentTrap("invalid variant discriminant");
  return found;
};

const inMemory = (cases: readonly CaseCodec[], { wrap, unwrap }: Face, layout: Layout): Pick<Codec, "load" | "store"> => {
  const { discriminant, payloadAt } = layout;
  const numberOf = numbersOf(cases);
  return {
    load: (border, at) => {
      const { name, codec } = caseAt(cases, discriminant.load(border, at) as number);
      return wrap(name, codec?.load(border, at + payloadAt));
    },
    store: (border, value, at) => {
      const [name, payload] = unwrap(value);
      const index = numberOf(name);
      discriminant.store(border, index, at);
      cases[index]?.codec?.store(border, payload, at + payloadAt);
    },
  };
};

const asCoreValues = (cases: readonly CaseCodec[], { wrap, unwrap }: Face, joined: readonly Core[]): Pick<Codec, "lift" | "lower"> => {
  const numberOf = numbersOf(cases);
  return {
    lift: (border, flat) => {
      const { name, codec } = caseAt(cases, (flat.next() as number) >>> 0);
      const values = flat.take(joined.length);
      const own = codec?.flat.map((core, index) => reinterpret(values[index] ?? 0, joined[index] ?? core, core)) ?? [];
      return wrap(name, codec?.lift(border, new Flat(own)));
    },
    lower: (border, value, into) => {
      const [name, payload] = unwrap(value);
      const index = numberOf(name);
      const codec = cases[index]?.codec;
      const own: CoreValue[] = [];
      codec?.lower(border, payload, own);
      into.push(index, ...joined.map((core, place) => padded(own[place], codec?.flat[place], core)));
    },
  };
};

/** A variant, as `face` shows it; `kind` is what it is called where it holds handles. */
export const variantCodec = (kind: string, cases: readonly CaseCodec[], face: Face): Codec => {
  const layout = layOut(cases);
  const { discriminant, size, align, joined } = layout;
  return {
    size,
    align,
    flat: flatten([discriminant, { ...discriminant, flat: joined }]),
    handles: handlesIn(
      kind,
      cases.map(({ codec }) => codec),
    ),
    ...inMemory(cases, face, layout),
    ...asCoreValues(cases, face, joined),
  };
};

/** `{ tag, val }`. */
export const TAGGED: Face = {
  wrap: (tag, val) => ({ tag, val }),
  unwrap: (value) => {
    const { tag, val } = value as { readonly tag: string; readonly val?: unknown };
    return [tag, val];
  },
};

/** The name alone. */
export const NAME: Face = { wrap: (name) => name, unwrap: (value) => [value as string, undefined] };

// undefined, or the value.
const OPTIONAL: Face = {
  wrap: (_name, value) => value,
  unwrap: (value) => [value === undefined ? "none" : "some", value],
};

/** An option; one of an option tells which of the two is none by its tag. */
export const optionCodec = (some: Codec): Codec => {
  const cases = [
    { name: "none", codec: undefined },
    { name: "some", codec: some },
  ];
  return { ...variantCodec("option", cases, some.isOption === true ? TAGGED : OPTIONAL), isOption: true };
};
