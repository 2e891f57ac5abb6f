import * as assert from "uvu/assert";
import { handleCodec } from "#runtime/wasi/component/codec-scalars.ts";
import { Flat, type Border, type CoreValue } from "#runtime/wasi/component/codec.ts";
import { ComponentTrap, HandleTable, type ResourceType } from "#runtime/wasi/component/handles.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("component handles");

const typeOf = (name: string, madeIn?: HandleTable): ResourceType & { readonly dropped: unknown[] } => {
  const dropped: unknown[] = [];
  return { name, madeIn, dropped, drop: (rep) => void dropped.push(rep) };
};

const isTrap =
  (message: string) =>
  (error: unknown): boolean =>
    error instanceof ComponentTrap && error.message === message;

test("a handle is never zero, and its number is given again after it is dropped", () => {
  const [table, type] = [new HandleTable(), typeOf("stream")];
  assert.is(table.add({ type, rep: "a", isOwn: true }), 1);
  assert.is(table.add({ type, rep: "b", isOwn: true }), 2);
  assert.is(table.remove(1, type).rep, "a");
  assert.is(table.add({ type, rep: "c", isOwn: true }), 1);
});

test("dropping twice is a trap", () => {
  const [table, type] = [new HandleTable(), typeOf("stream")];
  const handle = table.add({ type, rep: "a", isOwn: true });
  table.remove(handle, type);
  assert.throws(() => table.remove(handle, type), isTrap("unknown handle index 1"));
});

test("a handle of another type is a trap, even of one by the same name", () => {
  const [table, type] = [new HandleTable(), typeOf("stream")];
  table.add({ type, rep: "a", isOwn: true });
  assert.throws(() => table.get(1, typeOf("stream")), isTrap("handle index 1 used with the wrong type, expected stream"));
  assert.throws(() => table.get(0, type), isTrap("unknown handle index 0"));
  assert.throws(() => table.get(-1, type), isTrap("unknown handle index -1"));
});

test("there are only so many", () => {
  const [table, type] = [new HandleTable(), typeOf("stream")];
  for (let count = 1; count < 65_536; count++) table.add({ type, rep: count, isOwn: true });
  assert.throws(() => table.add({ type, rep: 0, isOwn: true }), isTrap("too many handles"));
});

test("clearing drops what the host made and is owned, the youngest first", () => {
  const table = new HandleTable();
  const [host, own] = [typeOf("stream"), typeOf("counter", table)];
  for (const rep of ["a", "b"]) table.add({ type: host, rep, isOwn: true });
  table.add({ type: host, rep: "lent", isOwn: false });
  table.add({ type: own, rep: 1, isOwn: true });
  table.clear();
  assert.equal(host.dropped, ["b", "a"]);
  assert.equal(own.dropped, [], "a guest that is over does not run again");
});

const borderOf = (handles: HandleTable): Border => ({
  handles,
  encoding: "utf8",
  take: () => undefined,
  view: () => new DataView(new ArrayBuffer(8)),
  bytes: () => new Uint8Array(8),
  allocate: () => 0,
});

const lowered = (is: "own" | "borrow", type: ResourceType, handles: HandleTable, rep: unknown): CoreValue => {
  const flat: CoreValue[] = [];
  handleCodec(is, type).lower(borderOf(handles), rep, flat);
  return flat[0] as CoreValue;
};

test("what is owned goes over, what is lent is counted until it is given back", () => {
  const [handles, type] = [new HandleTable(), typeOf("stream")];
  const own = lowered("own", type, handles, "a");
  const lent = lowered("borrow", type, handles, "b");
  assert.is(handles.lentCount, 1);
  const border = borderOf(handles);
  assert.is(handleCodec("borrow", type).lift(border, new Flat([own])), "a");
  assert.throws(() => handleCodec("own", type).lift(border, new Flat([lent])), isTrap("a borrowed handle was given away"));
  assert.is(handleCodec("own", type).lift(border, new Flat([own])), "a");
  assert.throws(() => handleCodec("borrow", type).lift(border, new Flat([own])), isTrap("unknown handle index 1"));
});

test("who made a resource is lent the resource itself", () => {
  const handles = new HandleTable();
  assert.is(lowered("borrow", typeOf("counter", handles), handles, 4711), 4711);
  assert.is(handles.lentCount, 0);
});
