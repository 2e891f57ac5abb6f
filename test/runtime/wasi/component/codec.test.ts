import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { Flat, type Border, type Codec, type CoreValue, type Encoding } from "#runtime/wasi/component/codec.ts";
import { listCodec, recordCodec, tupleCodec } from "#runtime/wasi/component/codec-composites.ts";
import { flagsCodec, PRIMITIVES } from "#runtime/wasi/component/codec-scalars.ts";
import { NAME, optionCodec, reinterpret, TAGGED, variantCodec } from "#runtime/wasi/component/codec-variants.ts";
import { ComponentTrap, HandleTable } from "#runtime/wasi/component/handles.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("component codecs");

const PAGES = 64;
const START = 8;

/** A guest's memory that gives out room and never takes it back. */
class Heap implements Border {
  readonly handles = new HandleTable();
  readonly encoding: Encoding;
  readonly memory = new WebAssembly.Memory({ initial: PAGES });
  takenBytes = 0;
  #top = START;

  constructor(encoding: Encoding) {
    this.encoding = encoding;
  }

  view(): DataView {
    return new DataView(this.memory.buffer);
  }

  bytes(): Uint8Array {
    return new Uint8Array(this.memory.buffer);
  }

  take(bytes: number): void {
    this.takenBytes += bytes;
  }

  allocate(alignment: number, size: number): number {
    const at = Math.ceil(this.#top / alignment) * alignment;
    this.#top = at + size;
    return at;
  }
}

type Sample = { readonly codec: Codec; readonly value: unknown };

const integer = (codec: Codec, min: number, max: number): fc.Arbitrary<Sample> =>
  fc.integer({ min, max }).map((value) => ({ codec, value }));

const FLAGS = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];

const text = fc.string({ unit: "grapheme", maxLength: 12 });

const scalar: fc.Arbitrary<Sample> = fc.oneof(
  fc.boolean().map((value) => ({ codec: PRIMITIVES.bool, value })),
  integer(PRIMITIVES.s8, -128, 127),
  integer(PRIMITIVES.u16, 0, 65_535),
  integer(PRIMITIVES.s32, -(2 ** 31), 2 ** 31 - 1),
  integer(PRIMITIVES.u32, 0, 2 ** 32 - 1),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => ({ codec: PRIMITIVES.s64, value })),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value) => ({ codec: PRIMITIVES.u64, value })),
  fc.float().map((value) => ({ codec: PRIMITIVES.f32, value })),
  fc.double().map((value) => ({ codec: PRIMITIVES.f64, value })),
  fc.string({ unit: "binary", minLength: 1, maxLength: 1 }).map((value) => ({ codec: PRIMITIVES.char, value })),
  text.map((value) => ({ codec: PRIMITIVES.string, value })),
  fc.uint8Array({ maxLength: 9 }).map((value) => ({ codec: listCodec(PRIMITIVES.u8), value })),
  fc.subarray(FLAGS).map((names) => ({ codec: flagsCodec(FLAGS), value: new Set(names) })),
);

const caseOf = (samples: readonly Sample[], index: number): Sample => ({
  codec: variantCodec(
    "variant",
    samples.map(({ codec }, number) => ({ name: `c${number}`, codec })),
    TAGGED,
  ),
  value: { tag: `c${index}`, val: samples[index]?.value },
});

const { sample } = fc.letrec<{ sample: Sample }>((tie) => {
  const several = fc.array(tie("sample"), { minLength: 1, maxLength: 5 });
  return {
    sample: fc.oneof(
      { maxDepth: 4 },
      scalar,
      several.map((all) => ({ codec: tupleCodec(all.map(({ codec }) => codec)), value: all.map(({ value }) => value) })),
      several.map((all) => ({
        codec: recordCodec(all.map(({ codec }, index) => ({ name: `f${index}`, codec }))),
        value: Object.fromEntries(all.map(({ value }, index) => [`f${index}`, value])),
      })),
      fc.tuple(tie("sample"), fc.nat(4)).map(([{ codec, value }, count]) => ({
        codec: listCodec(codec),
        value: codec === PRIMITIVES.u8 ? new Uint8Array(count) : Array.from({ length: count }, () => value),
      })),
      fc.tuple(several, fc.nat(4)).map(([all, index]) => caseOf(all, index % all.length)),
      fc
        .tuple(tie("sample"), fc.boolean())
        .map(([{ codec, value }, isSome]) =>
          codec.isOption === true
            ? { codec: optionCodec(codec), value: isSome ? { tag: "some", val: value } : { tag: "none", val: undefined } }
            : { codec: optionCodec(codec), value: isSome ? value : undefined },
        ),
    ),
  };
});

const encoding = fc.constantFrom<Encoding>("utf8", "utf16", "latin1+utf16");

test("what is stored is loaded again", () => {
  fc.assert(
    fc.property(sample, encoding, ({ codec, value }, chosen) => {
      const heap = new Heap(chosen);
      const at = heap.allocate(codec.align, codec.size);
      codec.store(heap, value, at);
      assert.equal(codec.load(heap, at), value);
    }),
    { numRuns: 300 },
  );
});

test("what is lowered is lifted again, by as many core values as its type has", () => {
  fc.assert(
    fc.property(
      sample.filter(({ codec }) => codec.flat.length <= 16),
      encoding,
      ({ codec, value }, chosen) => {
        const heap = new Heap(chosen);
        const flat: CoreValue[] = [];
        codec.lower(heap, value, flat);
        assert.is(flat.length, codec.flat.length);
        assert.ok(flat.every((each, index) => (typeof each === "bigint") === (codec.flat[index] === "i64")));
        assert.equal(codec.lift(heap, new Flat(flat)), value);
      },
    ),
    { numRuns: 300 },
  );
});

test("a type is as large as a whole number of its alignment", () => {
  fc.assert(fc.property(sample, ({ codec: { size, align } }) => size % align === 0));
});

test("bits are the same whichever core value carries them", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      fc.float({ noNaN: true }),
      fc.double({ noNaN: true }),
      (i32, f32, f64) => {
        assert.is(reinterpret(reinterpret(i32, "i32", "i64"), "i64", "i32"), i32);
        assert.is(reinterpret(reinterpret(f32, "f32", "i32"), "i32", "f32"), f32);
        assert.is(reinterpret(reinterpret(f32, "f32", "i64"), "i64", "f32"), f32);
        assert.is(reinterpret(reinterpret(f64, "f64", "i64"), "i64", "f64"), f64);
      },
    ),
  );
});

const traps = (codec: Codec, flat: readonly CoreValue[], message: RegExp, chosen: Encoding = "utf8"): void => {
  const heap = new Heap(chosen);
  heap.bytes().set([0xff, 0xfe, 0x00, 0xd8], START);
  assert.throws(
    () => codec.lift(heap, new Flat(flat)),
    (error: unknown) => error instanceof ComponentTrap && message.test(error.message),
  );
};

test("what is no value of a type is a trap", () => {
  traps(PRIMITIVES.char, [0xd800], /invalid character/);
  traps(PRIMITIVES.char, [0x110000], /invalid character/);
  traps(PRIMITIVES.string, [START, 2], /invalid UTF-8/);
  traps(PRIMITIVES.string, [START + 2, 1], /invalid UTF-16/, "utf16");
  traps(PRIMITIVES.string, [PAGES * 65_536 - 1, 2], /out of bounds/);
  traps(PRIMITIVES.string, [-1, 1], /out of bounds/);
  traps(PRIMITIVES.string, [START + 1, 1], /unaligned/, "utf16");
  traps(listCodec(PRIMITIVES.u64), [START, 0x7fff_ffff], /out of bounds/);
  traps(listCodec(PRIMITIVES.u32), [START + 2, 1], /unaligned/);
  traps(variantCodec("enum", [{ name: "only", codec: undefined }], NAME), [1], /invalid variant discriminant/);
});

test("a host that answers a case there is not is told so", () => {
  const codec = variantCodec("enum", [{ name: "only", codec: undefined }], NAME);
  assert.throws(() => codec.lower(new Heap("utf8"), "other", []), 'the variant has no case "other"');
});

test("a type of types doubled many times stays small to describe", () => {
  let codec: Codec = PRIMITIVES.u64;
  for (let times = 0; times < 60; times++) codec = tupleCodec([codec, codec]);
  assert.is(codec.flat.length, 17);
  assert.is(codec.size, 8 * 2 ** 60);
});

test("every element that a guest passes counts, however small", () => {
  const heap = new Heap("utf8");
  listCodec(tupleCodec([])).lift(heap, new Flat([START, 1000]));
  assert.ok(heap.takenBytes >= 32_000);
});
