// How values of one type cross the border of a component: in its memory, or flat, as core values. A codec is made once for
// each type; values are what JavaScript has for them:
//   integers of 64 bits bigint · list<u8> Uint8Array · other lists and tuples arrays · records objects with camelCase keys
//   option undefined or the value, but { tag, val } around another option · result and variant { tag, val } · enum its name · flags a set of names
//   own and borrow the host's object, or the number that a guest gave it
// https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md
import { ComponentTrap, type HandleTable } from "./handles.ts";

export type Core = "i32" | "i64" | "f32" | "f64";
export type CoreValue = number | bigint;

/** How strings stand in a memory. */
export type Encoding = "utf8" | "utf16" | "latin1+utf16";

/** Where values are read from and written to: the guest's memory and handles. */
export type Border = {
  readonly handles: HandleTable;
  readonly encoding: Encoding;
  /** Counts `bytes` that this call takes out of the guest's memory. Throws: ComponentTrap when they are too many. */
  take(bytes: number): void;
  view(): DataView;
  bytes(): Uint8Array;
  /** Makes room in the guest's memory. */
  allocate(alignment: number, size: number): number;
};

/** Core values that are taken one after the other. */
export class Flat {
  readonly #values: readonly CoreValue[];
  #at = 0;

  constructor(values: readonly CoreValue[]) {
    this.#values = values;
  }

  next(): CoreValue {
    return this.#values[this.#at++] ?? 0;
  }

  take(count: number): readonly CoreValue[] {
    this.#at += count;
    return this.#values.slice(this.#at - count, this.#at);
  }
}

export type Codec = {
  readonly size: number;
  readonly align: number;
  /** Cut off at MOST_FLAT. */
  readonly flat: readonly Core[];
  /** Where handles stand in it: `own input-stream`, `list<borrow pollable>`; NO_HANDLES when there are none. */
  readonly handles: string;
  /** A value may be undefined. */
  readonly isOption?: true;
  /** Reads a value from memory. */
  readonly load: (border: Border, at: number) => unknown;
  /** Writes a value to memory. */
  readonly store: (border: Border, value: unknown, at: number) => void;
  /** Reads a value from core values. */
  readonly lift: (border: Border, flat: Flat) => unknown;
  /** Adds a value's core values to `into`. */
  readonly lower: (border: Border, value: unknown, into: CoreValue[]) => void;
};

export const NO_HANDLES = "-";

/** The handles of what has these parts. */
export const handlesIn = (kind: string, parts: readonly (Codec | undefined)[]): string => {
  const all = parts.map((part) => part?.handles ?? NO_HANDLES);
  return all.every((handles) => handles === NO_HANDLES) ? NO_HANDLES : `${kind}<${all.join(",")}>`;
};

// One more than any function passes as core values: what has more goes through memory, however many more. Without this a
// small type could stand for as many core values as it likes.
const MOST_FLAT = 17;

/** The core values of several types, one after the other. */
export const flatten = (codecs: readonly Codec[]): readonly Core[] => {
  const flat: Core[] = [];
  for (const codec of codecs) if (flat.push(...codec.flat) >= MOST_FLAT) break;
  return flat.slice(0, MOST_FLAT);
};

/** The next multiple of `align`. */
export const alignTo = (offset: number, align: number): number => Math.ceil(offset / align) * align;

/** Throws: ComponentTrap when a pointer is not aligned, or reaches out of the memory. */
export const checkRange = (border: Border, at: number, align: number, size: number): number => {
  const pointer = at >>> 0;
  if (pointer % align !== 0) throw new ComponentTrap("unaligned pointer");
  if (pointer + size > border.view().byteLength) throw new ComponentTrap("pointer out of bounds");
  return pointer;
};
