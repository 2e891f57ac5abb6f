import * as assert from "uvu/assert";
import { MemoryLimitError, limitMemories, limitMemory } from "#runtime/wasi/limit-memory.ts";
import { suite } from "#test/support/suite.ts";
import { I32, assemble } from "./assemble.ts";

const test = suite("limit memory");

const PAGE = 65_536;
const grow = { params: [I32], results: [I32], as: "grow", body: [0x20, 0, 0x40, 0] };

const growTo = (memory: readonly number[], limitBytes: number, pages: number): unknown => {
  const bytes = limitMemory(assemble({ memory, functions: [grow] }), limitBytes);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  return (exports["grow"] as WebAssembly.ExportedFunction)(pages);
};

test("memory grows to its limit and not beyond", () => {
  assert.is(growTo([0, 1], 4 * PAGE, 3), 1);
  assert.is(growTo([0, 1], 4 * PAGE, 4), -1);
});

test("a limit that is no whole number of pages is rounded down", () => assert.is(growTo([0, 1], 4 * PAGE - 1, 3), -1));

test("a maximum of the module's own that is lower stays", () => {
  assert.is(growTo([1, 1, 2], 100 * PAGE, 1), 1);
  assert.is(growTo([1, 1, 2], 100 * PAGE, 2), -1);
});

test("a module that starts above its limit is refused", () => {
  assert.throws(
    () => growTo([0, 5], 4 * PAGE, 0),
    (error: unknown) => error instanceof MemoryLimitError,
  );
});

test("a module without memory is left as it is", () => {
  const bytes = assemble({ functions: [{ as: "f", body: [] }] });
  assert.equal(limitMemory(bytes, PAGE), bytes);
});

test("several modules share one limit", () => {
  const modules = [assemble({ memory: [0, 1], functions: [grow] }), assemble({ memory: [0, 2], functions: [grow] })];
  const growths = limitMemories(modules, 7 * PAGE).map((bytes) => {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
    const growBy = exports["grow"] as WebAssembly.ExportedFunction;
    return [growBy(2), growBy(1)];
  });
  assert.equal(growths, [
    [1, -1],
    [2, -1],
  ]);
  assert.throws(
    () => limitMemories(modules, 2 * PAGE),
    (error: unknown) => error instanceof MemoryLimitError,
  );
});
