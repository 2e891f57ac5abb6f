import { assert as check, nat, property } from "fast-check";
import * as assert from "uvu/assert";
import { BinaryError, Reader, name, s32, u32 } from "#runtime/wasi/binary/reader.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("wasm reader");

test("an unsigned number is read as it was written", () => {
  check(
    property(nat(2 ** 32 - 1), (value) => {
      const reader = new Reader(Uint8Array.from(u32(value)));
      assert.is(reader.u32(), value);
      assert.ok(reader.done);
    }),
  );
});

test("a signed number takes the bytes that the format gives it", () => {
  assert.equal(s32(0), [0]);
  assert.equal(s32(-1), [0x7f]);
  assert.equal(s32(63), [63]);
  assert.equal(s32(64), [0xc0, 0]);
  assert.equal(s32(-64), [0x40]);
  assert.equal(s32(-65), [0xbf, 0x7f]);
  assert.equal(s32(2 ** 31 - 1), [0xff, 0xff, 0xff, 0xff, 0x07]);
  assert.equal(s32(-(2 ** 31)), [0x80, 0x80, 0x80, 0x80, 0x78]);
});

test("a name is its bytes after their count", () => assert.equal(name("é"), [2, 0xc3, 0xa9]));

test("bytes that end too soon are refused", () => {
  assert.throws(
    () => new Reader(Uint8Array.of(0x80)).u32(),
    (error: unknown) => error instanceof BinaryError,
  );
  assert.throws(
    () => new Reader(Uint8Array.of(1)).take(2),
    (error: unknown) => error instanceof BinaryError,
  );
  assert.throws(
    () => new Reader(Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x80, 0)).u32(),
    (error: unknown) => error instanceof BinaryError,
  );
});
