import * as assert from "uvu/assert";
import { exposeState, STATE } from "#runtime/wasi/binary/expose.ts";
import { meter } from "#runtime/wasi/binary/meter.ts";
import { METER } from "#runtime/wasi/binary/meter-names.ts";
import { BinaryError } from "#runtime/wasi/binary/reader.ts";
import { InstanceState } from "#runtime/worker/instance-state.ts";
import { suite } from "#test/support/suite.ts";
import { assemble } from "../assemble.ts";

const test = suite("runtime/wasi/binary/expose");

const STORE = 0x36;
const PAGE = 65_536;
// (i32.store (i32.const 16) (i32.const 7))
const WRITES = { as: "write", body: [0x41, 16, 0x41, 7, STORE, 2, 0] };
// (drop (memory.grow (i32.const 1))) (i32.store (i32.const 65536) (i32.const 9))
const GROWS = { as: "grow", body: [0x41, 1, 0x40, 0, 0x1a, 0x41, 0x80, 0x80, 0x04, 0x41, 9, STORE, 2, 0] };

const open = (bytes: Uint8Array) => {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const state = new InstanceState();
  const own = state.attach(exports);
  const memory = exports[STATE.memory] as WebAssembly.Memory;
  return { exports, state, own, memory, call: (name: string) => (exports[name] as WebAssembly.ExportedFunction)() };
};

test("exports the memory and the mutable globals, which the component does not see", () => {
  const { exports, own } = open(exposeState(meter(assemble({ memory: [0, 1], functions: [WRITES] }), "turns")));
  assert.instance(exports[STATE.memory], WebAssembly.Memory);
  assert.equal(
    Object.keys(exports).filter((name) => name.startsWith(STATE.global)),
    ["orrery:global:0", "orrery:global:1"],
    "what metering added",
  );
  assert.ok(METER.fuel in exports);
  assert.equal(Object.keys(own), ["write", "memory"]);
});
test("puts back what was written, and clears what has grown", () => {
  const { state, memory, call, exports } = open(exposeState(meter(assemble({ memory: [0, 1], functions: [WRITES, GROWS] }), "memory")));
  const snapshot = state.take();
  call("write");
  call("grow");
  const global = exports["orrery:global:0"] as WebAssembly.Global;
  global.value = 42;
  const at = (offset: number): number => new DataView(memory.buffer).getInt32(offset, true);
  assert.equal([at(16), at(PAGE), global.value], [7, 9, 42]);
  assert.ok(state.restore(snapshot));
  assert.equal([at(16), at(PAGE), global.value], [0, 0, 0]);
});
test("does not keep an instance that has grown too much", () => {
  const { state, memory } = open(exposeState(assemble({ memory: [0, 1], functions: [WRITES] })));
  const snapshot = state.take();
  memory.grow(64);
  assert.ok(state.restore(snapshot));
  memory.grow(1);
  assert.not.ok(state.restore(snapshot));
});
test("refuses what it cannot put back", () => {
  const refused: readonly (readonly number[])[] = [
    [0x41, 0, 0xd0, 0x70, 0x26, 0], // table.set
    [0xd0, 0x70, 0x41, 1, 0xfc, 0x0f, 0, 0x1a], // table.grow
    [0x41, 0, 0xd0, 0x70, 0x41, 1, 0xfc, 0x11, 0], // table.fill
  ];
  for (const body of refused)
    assert.throws(
      () => exposeState(assemble({ table: [0x70, 0, 1], functions: [{ body }] })),
      (error: unknown) => error instanceof BinaryError,
    );
});
