import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import * as assert from "uvu/assert";
import type { Metering } from "#runtime/wasi/binary/meter-code.ts";
import { METER } from "#runtime/wasi/binary/meter-names.ts";
import { meter } from "#runtime/wasi/binary/meter.ts";
import { BinaryError } from "#runtime/wasi/binary/reader.ts";
import { example } from "#test/runtime/support.ts";
import { suite } from "#test/support/suite.ts";
import { I32, assemble, type Source } from "../assemble.ts";

const test = suite("meter");

const FUEL = 1000;

// What a metered module does: how often it gave its thread away, and what it answered.
const runMetered = (source: Source, metering: Metering = "turns") => {
  let turns = 0;
  let hostCalls = 0;
  const host = Object.fromEntries((source.imports ?? []).map((each) => [each, () => void hostCalls++]));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(meter(assemble(source), metering)), { host });
  const fuel = exports[METER.fuel] as WebAssembly.Global;
  const refuel = assemble({ imports: ["turn"], functions: [{ as: "turn", body: [0x10, 0] }] });
  const turn = (): void => {
    turns++;
    fuel.value = FUEL;
  };
  const { exports: gate } = new WebAssembly.Instance(new WebAssembly.Module(refuel), { host: { turn } });
  (exports[METER.turn] as WebAssembly.Table).set(0, gate["turn"] as WebAssembly.ExportedFunction);
  fuel.value = FUEL;
  const call = (name: string, ...args: number[]): unknown => (exports[name] as WebAssembly.ExportedFunction)(...args);
  return { call, fuel, exports, turns: () => turns, hostCalls: () => hostCalls };
};

// Counts its parameter down to zero and answers how often it went round.
const COUNT = {
  params: [I32],
  results: [I32],
  as: "count",
  locals: 1,
  // loop: local1++; local0--; br_if local0; end; local1
  body: [0x03, 0x40, 0x20, 1, 0x41, 1, 0x6a, 0x21, 1, 0x20, 0, 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, 0x0b, 0x20, 1],
};

test("a loop gives its thread away as it spends its fuel, and computes what it did before", () => {
  const guest = runMetered({ functions: [COUNT] });
  assert.is(guest.call("count", 10_000), 10_000);
  assert.ok(guest.turns() > 10, `${guest.turns()} turns`);
});

test("recursion without a loop gives its thread away", () => {
  // f(n) = n == 0 ? 1 : f(n - 1) + f(n - 1)
  const half = [0x20, 0, 0x41, 1, 0x6b, 0x10, 0];
  const body = [0x20, 0, 0x45, 0x04, I32, 0x41, 1, 0x05, ...half, ...half, 0x6a, 0x0b];
  const guest = runMetered({ functions: [{ params: [I32], results: [I32], as: "f", body }] });
  assert.is(guest.call("f", 12), 4096);
  assert.ok(guest.turns() > 10, `${guest.turns()} turns`);
});

test("calling itself by a tail call gives the thread away", () => {
  // f(n) = n == 0 ? 7 : return f(n - 1)
  const body = [0x20, 0, 0x45, 0x04, 0x40, 0x41, 7, 0x0f, 0x0b, 0x20, 0, 0x41, 1, 0x6b, 0x12, 0];
  const guest = runMetered({ functions: [{ params: [I32], results: [I32], as: "f", body }] });
  assert.is(guest.call("f", 10_000), 7);
  assert.ok(guest.turns() > 10, `${guest.turns()} turns`);
});

test("a row of host calls is interrupted when they have spent the fuel", () => {
  const guest = runMetered({ imports: ["work"], functions: [{ as: "row", body: [0x10, 0, 0x10, 0, 0x10, 0] }] });
  guest.fuel.value = -1;
  guest.call("row");
  assert.is(guest.hostCalls(), 3);
  assert.is(guest.turns(), 1);
});

test("filling memory costs by its size", () => {
  const fill = { params: [I32], as: "fill", body: [0x41, 0, 0x41, 0, 0x20, 0, 0xfc, 0x0b, 0] };
  const guest = runMetered({ memory: [0, 16], functions: [fill] });
  guest.call("fill", 16);
  assert.is(guest.turns(), 0);
  guest.call("fill", 65_536);
  assert.is(guest.turns(), 1);
});

test("a refused memory.grow leaves its mark, and one that succeeds does not", () => {
  const grow = { params: [I32], results: [I32], as: "grow", body: [0x20, 0, 0x40, 0] };
  for (const metering of ["turns", "memory"] as const) {
    const guest = runMetered({ memory: [1, 1, 2], functions: [grow] }, metering);
    assert.is(guest.call("grow", 1), 1);
    assert.is((guest.exports[METER.refused] as WebAssembly.Global).value, 0);
    assert.is(guest.call("grow", 1), -1);
    assert.is((guest.exports[METER.refused] as WebAssembly.Global).value, 1);
  }
});

test("watching memory alone checks nothing else", () => {
  const guest = runMetered({ functions: [COUNT] }, "memory");
  assert.is(guest.call("count", 10_000), 10_000);
  assert.is(guest.turns(), 0);
});

test("the start function does not run by itself, but by its new name", () => {
  const guest = runMetered({ imports: ["work"], functions: [{ body: [0x10, 0] }], start: 1 });
  assert.is(guest.hostCalls(), 0);
  guest.call(METER.start);
  assert.is(guest.hostCalls(), 1);
});

test("a table cannot grow without end", () => {
  const grow = { params: [I32], results: [I32], as: "grow", body: [0xd0, 0x70, 0x20, 0, 0xfc, 0x0f, 0] };
  const guest = runMetered({ table: [0x70, 0, 1], functions: [grow] });
  assert.is(guest.call("grow", 100), 1);
  assert.is(guest.call("grow", 100_000), -1);
});

const isRefused = (source: Source): boolean => {
  try {
    meter(assemble(source), "turns");
    return false;
  } catch (error) {
    return error instanceof BinaryError;
  }
};

test("what cannot be rewritten with certainty is refused", () => {
  assert.ok(isRefused({ memory: [4, 1], functions: [] }), "a 64-bit memory");
  assert.ok(isRefused({ memory: [3, 1, 2], functions: [] }), "a shared memory");
  assert.ok(isRefused({ functions: [{ body: [0x27] }] }), "an unknown opcode");
  assert.ok(isRefused({ functions: [{ body: [0x0b, 0x0b] }] }), "code after the end");
});

test("real modules are valid when they are metered", async () => {
  const require = createRequire(import.meta.url);
  const vendor = require.resolve("@bytecodealliance/jco-transpile/component").replace(/[^/]*$/, "");
  const paths = [example("hello"), example("toolbox"), `${vendor}js-component-bindgen-component.core.wasm`];
  for (const bytes of await Promise.all(paths.map((path) => readFile(path)))) {
    assert.ok(WebAssembly.validate(meter(bytes, "turns")));
    assert.ok(WebAssembly.validate(meter(bytes, "memory")));
  }
});
