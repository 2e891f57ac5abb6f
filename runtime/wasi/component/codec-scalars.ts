// Codecs of numbers, characters, strings, flags, enums and handles.
import { ComponentTrap, type ResourceType } from "./handles.ts";
import { NO_HANDLES, type Border, type Codec, type Core, type CoreValue } from "./codec.ts";
import { readText, writeText } from "./codec-text.ts";
import type { Primitive } from "./syntax.ts";

type Scalar = {
  readonly core: Core;
  readonly size: number;
  readonly load: (view: DataView, at: number) => CoreValue;
  readonly store: (view: DataView, at: number, value: never) => void;
  /** The value that a core value stands for. */
  readonly lift: (core: never) => unknown;
  readonly lower: (value: never) => CoreValue;
};

const scalar = ({ core, size, load, store, lift, lower }: Scalar): Codec => ({
  size,
  align: size,
  flat: [core],
  handles: NO_HANDLES,
  load: (border, at) => lift(load(border.view(), at) as never),
  store: (border, value, at) => store(border.view(), at, lower(value as never) as never),
  lift: (_border, flat) => lift(flat.next() as never),
  lower: (_border, value, into) => void into.push(lower(value as never)),
});

const integer = (size: 1 | 2 | 4, lift: (core: number) => unknown): Codec => {
  const get = ({ 1: "getUint8", 2: "getUint16", 4: "getUint32" } as const)[size];
  const set = ({ 1: "setUint8", 2: "setUint16", 4: "setUint32" } as const)[size];
  return scalar({
    core: "i32",
    size,
    load: (view, at) => view[get](at, true),
    store: (view, at, value: number) => view[set](at, value, true),
    lift,
    lower: (value: number) => value | 0,
  });
};

const long = (lift: (core: bigint) => bigint): Codec =>
  scalar({
    core: "i64",
    size: 8,
    load: (view, at) => view.getBigInt64(at, true),
    store: (view, at, value: bigint) => view.setBigInt64(at, value, true),
    lift,
    lower: (value: bigint) => BigInt.asIntN(64, value),
  });

const float = (core: "f32" | "f64"): Codec =>
  scalar({
    core,
    size: core === "f32" ? 4 : 8,
    load: (view, at) => (core === "f32" ? view.getFloat32(at, true) : view.getFloat64(at, true)),
    store: (view, at, value: number) => (core === "f32" ? view.setFloat32(at, value, true) : view.setFloat64(at, value, true)),
    lift: (value: number) => value,
    lower: (value: number) => value,
  });

const character = (code: number): string => {
  const point = code >>> 0;
  if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) throw new ComponentTrap("invalid character");
  return String.fromCodePoint(point);
};

/** A codec of what is a pointer and a length: strings and lists. */
export const pointed = (
  read: (border: Border, at: number, length: number) => unknown,
  write: (border: Border, value: unknown) => readonly [number, number],
): Codec => ({
  size: 8,
  align: 4,
  flat: ["i32", "i32"],
  handles: NO_HANDLES,
  load: (border, at) => read(border, border.view().getUint32(at, true), border.view().getUint32(at + 4, true)),
  store: (border, value, at) => {
    const [pointer, length] = write(border, value);
    border.view().setUint32(at, pointer, true);
    border.view().setUint32(at + 4, length, true);
  },
  lift: (border, flat) => read(border, flat.next() as number, flat.next() as number),
  lower: (border, value, into) => void into.push(...write(border, value)),
});

/** The codecs of the primitive types. */
export const PRIMITIVES: Readonly<Record<Primitive, Codec>> = {
  bool: { ...integer(1, (core) => core !== 0), lower: (_border, value, into) => void into.push(value === true ? 1 : 0) },
  s8: integer(1, (core) => (core << 24) >> 24),
  u8: integer(1, (core) => core & 0xff),
  s16: integer(2, (core) => (core << 16) >> 16),
  u16: integer(2, (core) => core & 0xffff),
  s32: integer(4, (core) => core | 0),
  u32: integer(4, (core) => core >>> 0),
  s64: long((core) => core),
  u64: long((core) => BigInt.asUintN(64, core)),
  f32: float("f32"),
  f64: float("f64"),
  char: scalar({
    core: "i32",
    size: 4,
    load: (view, at) => view.getUint32(at, true),
    store: (view, at, value: number) => view.setUint32(at, value, true),
    lift: character,
    lower: (value: string) => value.codePointAt(0) ?? 0,
  }),
  string: pointed(readText, (border, value) => writeText(border, value as string)),
};

const numberOfBytes = (count: number): 1 | 2 | 4 => {
  if (count <= 8) return 1;
  return count <= 16 ? 2 : 4;
};

const MOST_FLAGS = 32;

/** Throws: ComponentTrap for more than 32 flags, which no interface of WASI has. */
export const flagsCodec = (names: readonly string[]): Codec => {
  if (names.length > MOST_FLAGS) throw new ComponentTrap("more than 32 flags are not supported");
  const lift = (core: number): ReadonlySet<string> => new Set(names.filter((_, index) => (core & (1 << index)) !== 0));
  const lower = (value: unknown): number =>
    names.reduce((bits, name, index) => ((value as ReadonlySet<string>).has(name) ? bits | (1 << index) : bits), 0);
  const bits = integer(numberOfBytes(names.length), lift);
  return {
    ...bits,
    store: (border, value, at) => PRIMITIVES[bits.size === 1 ? "u8" : bits.size === 2 ? "u16" : "u32"].store(border, lower(value), at),
    lower: (_border, value, into) => void into.push(lower(value)),
  };
};

/** Handles of a resource that goes over to the other side, or that it may use during a call. */
export const handleCodec = (is: "own" | "borrow", type: ResourceType): Codec => {
  const take = ({ handles }: Border, index: number): unknown => {
    const handle = is === "own" ? handles.remove(index, type) : handles.get(index, type);
    if (is === "own" && !handle.isOwn) throw new ComponentTrap("a borrowed handle was given away");
    return handle.rep;
  };
  // Who makes a resource is lent what it made, not a handle of it.
  const give = ({ handles }: Border, rep: unknown): number =>
    is === "borrow" && type.madeIn === handles ? (rep as number) : handles.add({ type, rep, isOwn: is === "own" });
  return {
    ...PRIMITIVES.u32,
    handles: `${is} ${type.name}`,
    load: (border, at) => take(border, border.view().getUint32(at, true)),
    store: (border, value, at) => border.view().setUint32(at, give(border, value), true),
    lift: (border, flat) => take(border, (flat.next() as number) >>> 0),
    lower: (border, value, into) => void into.push(give(border, value)),
  };
};
