import * as assert from "uvu/assert";
import { contentLength, Fields, fieldsFunctions, rawFields, receivedFields, type Field } from "#runtime/wasi/http/fields.ts";
import type { Result } from "#runtime/wasi/preview2/result.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("runtime/wasi/http/fields");
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const texts = (values: readonly Uint8Array[]): readonly string[] => values.map((value) => new TextDecoder().decode(value));
const fromList = fieldsFunctions["[static]fields.from-list"] as unknown as (all: readonly Field[]) => Result<Fields, { tag: string }>;

test("keeps order and case, and finds names in any case", () => {
  const fields = new Fields([], false);
  fields.append("X-One", bytes("1"));
  fields.append("b", bytes("2"));
  fields.append("x-one", bytes("3"));
  assert.equal(texts(fields.get("X-ONE")), ["1", "3"]);
  assert.equal(rawFields(fields), ["X-One", "1", "b", "2", "x-one", "3"]);
  fields.set("X-ONE", [bytes("4")]);
  assert.equal(rawFields(fields), ["b", "2", "X-ONE", "4"]);
  fields.delete("B");
  assert.equal(rawFields(fields), ["X-ONE", "4"]);
});
test("refuses what is no field, and what belongs to the connection", () => {
  const fields = new Fields([], false);
  for (const name of ["", "a b", "a:b", "é"]) assert.equal(fields.append(name, bytes("1")), { tag: "err", val: { tag: "invalid-syntax" } });
  for (const value of ["a\r\nb: c", "a\0b", "\x7f"])
    assert.equal(fields.set("a", [bytes(value)]), { tag: "err", val: { tag: "invalid-syntax" } });
  for (const name of ["Host", "connection", "Transfer-Encoding", "keep-alive", "upgrade"])
    assert.equal(fields.append(name, bytes("1")), { tag: "err", val: { tag: "forbidden" } });
  assert.equal(fromList([["te", bytes("trailers")]]), { tag: "err", val: { tag: "forbidden" } });
  assert.equal(fields.all, []);
});
test("does not change what came, nor what it was copied from", () => {
  const came = receivedFields(["Host", "a.example", "Accept", "*/*"]);
  assert.equal(came.delete("accept"), { tag: "err", val: { tag: "immutable" } });
  assert.equal(rawFields(came), ["Accept", "*/*"], "what belongs to the connection is left out");
  const copy = came.copy(false);
  assert.equal(copy.delete("accept"), { tag: "ok", val: undefined });
  assert.is(came.all.length, 1);
});
test("keeps bytes that are no text", () => {
  const raw = ["x", Buffer.from([0x61, 0xe9, 0xff]).toString("latin1")];
  const [value] = receivedFields(raw).get("x");
  assert.equal([...(value ?? [])], [0x61, 0xe9, 0xff]);
  assert.equal(rawFields(receivedFields(raw)), raw);
});
test("ends a guest that fills the host's memory with fields", () => {
  const fields = new Fields([], false);
  assert.throws(() => {
    for (;;) fields.append("a", new Uint8Array(10_000).fill(0x61));
  }, "too large");
});
test("reads the length that is promised", () => {
  assert.is(contentLength(receivedFields(["Content-Length", "12"])), 12);
  assert.is(contentLength(receivedFields(["Content-Length", "many"])), undefined);
  assert.is(contentLength(new Fields([], false)), undefined);
});
