// What whoever links components must do: every type of WIT crosses the border both ways and comes back as it was. The guest
// hands on what it is given to the host's function of the same name and answers what that answers, so a value is lowered,
// lifted, lowered and lifted again. Values are as runtime/wasi/component/codec.ts has them.
import * as assert from "uvu/assert";
import type { Encoding } from "#runtime/wasi/component/codec.ts";
import { ALLOCATOR, componentOf } from "#test/runtime/wasi/component/build.ts";
import { suite } from "#test/support/suite.ts";

type Functions = Readonly<Record<string, (...args: unknown[]) => unknown>>;

/** A resource of the host, as its functions get and give it. */
export class Thing {
  readonly #number: number;
  isDropped = false;

  constructor(number: number) {
    this.#number = number;
  }

  number(): number {
    return this.#number;
  }

  [Symbol.dispose](): void {
    this.isDropped = true;
  }
}

/** The functions of `test:values/host` and how WIT names them; the linker's way of naming is its own. */
export type Host = Functions;

/** Links a component with a host, and answers its functions of `test:values/guest` by their WIT names. */
export type OpenLinker = (component: Uint8Array, host: Host) => Promise<Functions>;

type Case = { readonly type: string; readonly flat: readonly string[]; readonly values: readonly unknown[] };

const I32 = ["i32"];
const POINTED = ["i32", "i32"];
const TEXTS = ["", "plain", "grüße", "日本語", "𝄞 clef", "\0zero"];
const many = (count: number, item: string): string[] => Array.from({ length: count }, () => item);

/** Every type, with values at its ends. */
const CASES: readonly Case[] = [
  { type: "bool", flat: I32, values: [true, false] },
  { type: "s8", flat: I32, values: [-128, -1, 0, 127] },
  { type: "u8", flat: I32, values: [0, 255] },
  { type: "s16", flat: I32, values: [-32_768, 32_767] },
  { type: "u16", flat: I32, values: [0, 65_535] },
  { type: "s32", flat: I32, values: [-(2 ** 31), 2 ** 31 - 1] },
  { type: "u32", flat: I32, values: [0, 2 ** 31, 2 ** 32 - 1] },
  { type: "s64", flat: ["i64"], values: [-(2n ** 63n), -1n, 2n ** 63n - 1n] },
  { type: "u64", flat: ["i64"], values: [0n, 2n ** 63n, 2n ** 64n - 1n] },
  { type: "f32", flat: ["f32"], values: [0, -1.5, Infinity, NaN] },
  { type: "f64", flat: ["f64"], values: [Math.PI, -Infinity, NaN, Number.MIN_VALUE] },
  { type: "char", flat: I32, values: ["a", "ß", "語", "𝄞"] },
  { type: "string", flat: POINTED, values: TEXTS },
  { type: "list<u8>", flat: POINTED, values: [new Uint8Array(), Uint8Array.of(1, 255)] },
  { type: "list<s64>", flat: POINTED, values: [[], [-1n, 5n]] },
  { type: "list<list<string>>", flat: POINTED, values: [[], [["a", ""], []]] },
  { type: "tuple<u8, string, f64>", flat: ["i32", "i32", "i32", "f64"], values: [[7, "x", -0.5]] },
  { type: "row", flat: ["i32", "i64", "i32", "i32"], values: [{ small: 3, largeNumber: 2n ** 40n, someText: "text" }] },
  { type: "wide", flat: I32, values: [Object.fromEntries(many(18, "").map((_, index) => [`f${index}`, BigInt(index)]))] },
  { type: "choice", flat: ["i32", "i32", "i32"], values: [{ tag: "nothing" }, { tag: "single", val: -0.25 }, { tag: "word", val: "w" }] },
  {
    type: "numbers",
    flat: ["i32", "i64"],
    values: [
      { tag: "narrow", val: 1.5 },
      { tag: "broad", val: 1e300 },
      { tag: "whole", val: -1n },
    ],
  },
  { type: "option<u32>", flat: ["i32", "i32"], values: [undefined, 0, 9] },
  {
    type: "option<option<u8>>",
    flat: ["i32", "i32", "i32"],
    values: [{ tag: "none" }, { tag: "some", val: undefined }, { tag: "some", val: 4 }],
  },
  { type: "tuple<result<u8, string>>", flat: ["i32", "i32", "i32"], values: [[{ tag: "ok", val: 3 }], [{ tag: "err", val: "no" }]] },
  { type: "tuple<result<_, colour>>", flat: ["i32", "i32"], values: [[{ tag: "ok" }], [{ tag: "err", val: "blue" }]] },
  { type: "colour", flat: I32, values: ["red", "green", "blue"] },
  { type: "rights", flat: I32, values: [new Set(), new Set(["read", "last"])] },
  {
    type: "list<tuple<rights, option<string>>>",
    flat: POINTED,
    values: [
      [
        [new Set(["write"]), "x"],
        [new Set(), undefined],
      ],
    ],
  },
];

const TYPES = `
  record row { small: u8, large-number: u64, some-text: string }
  record wide { ${many(18, "")
    .map((_, index) => `f${index}: u64`)
    .join(", ")} }
  variant choice { nothing, single(f32), word(string) }
  variant numbers { narrow(f32), broad(f64), whole(s64) }
  enum colour { red, green, blue }
  flags rights { read, write, ${many(6, "")
    .map((_, index) => `r${index}`)
    .join(", ")}, last }`;

const echoes = (cases: readonly Case[]): string => cases.map(({ type }, index) => `e${index}: func(x: ${type}) -> ${type};`).join("\n");

const witOf = (cases: readonly Case[]): string => `
  package test:values;
  interface types { ${TYPES} }
  interface host { use types.{row, wide, choice, numbers, colour, rights}; ${echoes(cases)} }
  interface guest { use types.{row, wide, choice, numbers, colour, rights}; ${echoes(cases)} }
  world program { import host; export guest; }`;

const RESULT_AT = 1024;

// Hands its parameters on. A result of more than one core value is in memory.
const echoWat = ({ type, flat }: Case, index: number): readonly [string, string] => {
  const params = flat.length === 0 ? "" : `(param ${flat.join(" ")})`;
  const given = flat.map((_, local) => `(local.get ${local})`).join(" ");
  const inMemory = flat.length > 1 || type === "wide";
  const imported = `(import "test:values/host" "e${index}" (func $e${index} (param ${flat.join(" ")} ${inMemory ? "i32" : ""}) ${inMemory ? "" : `(result ${flat[0]})`}))`;
  const body = inMemory
    ? `(result i32) (call $e${index} ${given} (i32.const ${RESULT_AT})) (i32.const ${RESULT_AT})`
    : `(result ${flat[0]}) (call $e${index} ${given})`;
  return [imported, `(func (export "test:values/guest#e${index}") ${params} ${body})`];
};

const echoComponent = (cases: readonly Case[], encoding: Encoding): Promise<Uint8Array> => {
  const parts = cases.map(echoWat);
  const wat = [...parts.map(([imported]) => imported), ALLOCATOR, ...parts.map(([, fn]) => fn)].join("\n");
  return componentOf({ wit: witOf(cases), wat, encoding });
};

// A payload that is not there may be said to be undefined.
const normal = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(normal);
  if (Object.prototype.toString.call(value) !== "[object Object]") return value;
  const entries = Object.entries(value as object).filter(([, each]) => each !== undefined);
  return Object.fromEntries(entries.map(([key, each]) => [key, normal(each)]));
};

const checkEchoes = async (open: OpenLinker, cases: readonly Case[], encoding: Encoding): Promise<void> => {
  const seen: unknown[] = [];
  const echo = (value: unknown): unknown => {
    seen.push(value);
    return value;
  };
  const guest = await open(await echoComponent(cases, encoding), Object.fromEntries(cases.map((_, index) => [`e${index}`, echo])));
  for (const [index, { type, values }] of cases.entries()) {
    for (const value of values) {
      // oxlint-disable-next-line no-await-in-loop -- one call at a time enters an instance
      const came = await guest[`e${index}`]?.(value);
      assert.equal(normal([seen.pop(), came]), normal([value, value]), `${type} in ${encoding}`);
    }
  }
};

const THINGS_WIT = `
  package test:values;
  interface host {
    resource thing {
      constructor(number: u32);
      number: func() -> u32;
      sum: static func(one: borrow<thing>, other: borrow<thing>) -> u32;
    }
    keep: func(all: list<thing>);
  }
  interface guest { use host.{thing}; twice: func(number: u32) -> u32; look: func(one: borrow<thing>) -> u32; pass: func(one: thing); }
  world program { import host; export guest; }`;

const HOST = '(import "test:values/host"';

const THINGS_WAT = `
  ${HOST} "[constructor]thing" (func $make (param i32) (result i32)))
  ${HOST} "[method]thing.number" (func $number (param i32) (result i32)))
  ${HOST} "[static]thing.sum" (func $sum (param i32 i32) (result i32)))
  ${HOST} "[resource-drop]thing" (func $drop (param i32)))
  ${HOST} "keep" (func $keep (param i32 i32)))
  ${ALLOCATOR}
  (func (export "test:values/guest#twice") (param i32) (result i32)
    (local $one i32) (local $two i32) (local $sum i32)
    (local.set $one (call $make (local.get 0)))
    (local.set $two (call $make (local.get 0)))
    (local.set $sum (call $sum (local.get $one) (local.get $two)))
    (call $drop (local.get $two))
    (call $drop (local.get $one))
    (local.get $sum))
  (func (export "test:values/guest#look") (param i32) (result i32)
    (local $number i32)
    (local.set $number (call $number (local.get 0)))
    (call $drop (local.get 0))
    (local.get $number))
  (func (export "test:values/guest#pass") (param i32)
    (i32.store (i32.const 512) (local.get 0))
    (call $keep (i32.const 512) (i32.const 1)))`;

const checkThings = async (open: OpenLinker): Promise<void> => {
  const made: Thing[] = [];
  const kept: unknown[] = [];
  const host = {
    "[constructor]thing": (number: unknown) => made[made.push(new Thing(number as number)) - 1],
    "[method]thing.number": (self: unknown) => (self as Thing).number(),
    "[static]thing.sum": (one: unknown, other: unknown) => (one as Thing).number() + (other as Thing).number(),
    keep: (all: unknown) => void kept.push(...(all as unknown[])),
  };
  const guest = await open(await componentOf({ wit: THINGS_WIT, wat: THINGS_WAT }), host);
  assert.is(await guest["twice"]?.(21), 42);
  assert.equal(
    made.map(({ isDropped }) => isDropped),
    [true, true],
    "what a guest owns and drops is disposed of",
  );
  const lent = new Thing(7);
  assert.is(await guest["look"]?.(lent), 7);
  assert.not(lent.isDropped, "what was lent is not");
  await guest["pass"]?.(lent);
  assert.is(kept[0], lent, "what goes through a guest is the same at the other end");
  assert.not(lent.isDropped);
};

export type LinkerOptions = { readonly encodings?: readonly Encoding[] };

/** The suite. */
export const componentLinkerContract = (name: string, open: OpenLinker, { encodings = ["utf8", "utf16"] }: LinkerOptions = {}): void => {
  const test = suite(`component linker contract: ${name}`, 20_000);
  for (const encoding of encodings) {
    test(`every type crosses the border both ways, in ${encoding}`, () => checkEchoes(open, CASES, encoding));
  }
  test("resources of the host are owned, lent and given back", () => checkThings(open));
};
