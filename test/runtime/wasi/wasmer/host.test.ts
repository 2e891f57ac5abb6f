import { readFileSync } from "node:fs";
import * as assert from "uvu/assert";
import { preview1 } from "#runtime/wasi/preview1/host.ts";
import { wasmer } from "#runtime/wasi/wasmer/host.ts";
import { processContract } from "#test/contract/preview1-process.ts";
import { suite } from "#test/support/suite.ts";
import { example } from "../../support.ts";
import { assemble } from "../assemble.ts";
import { openGuest, type MakeHost, type TestGuest } from "../preview1/guest.ts";

const toolbox = new WebAssembly.Module(readFileSync(example("toolbox")));

// The toolbox stands for a guest: it is not run, its memory is used.
const underWasmer: MakeHost = (config) => {
  const host = wasmer(preview1(config), toolbox, config);
  const instance = new WebAssembly.Instance(toolbox, host.imports);
  host.attach(instance);
  const memory = instance.exports["memory"] as WebAssembly.Memory;
  memory.grow(2 - memory.buffer.byteLength / 65_536);
  return { host, memory };
};

const open = (): TestGuest => openGuest({}, undefined, underWasmer);

processContract("Wasmer's host", open);

const test = suite("Wasmer's host");

test("what Wasmer takes for a guest is bounded", () => {
  using guest = open();
  // The guest has no room for so much, but Wasmer makes room of its own first.
  assert.throws(
    () => guest.call("random_get", 0, 64 * 1024 * 1024),
    (error: unknown) => error instanceof WebAssembly.RuntimeError,
  );
});

test("a variable may have signs of equality in its value, or no value", () => {
  using guest = openGuest({ env: ["A=b=c", "B"] }, undefined, underWasmer);
  assert.is(guest.call("environ_get", 16, 64), 0);
  assert.is(guest.text(64, 9), "A=b=c\0B=\0");
});

test("output is written when the guest writes it", () => {
  using guest = open();
  const length = guest.put(64, "now");
  guest.view().setUint32(0, 64, true);
  guest.view().setUint32(4, length, true);
  assert.is(guest.call("fd_write", 1, 0, 1, 8), 0);
  assert.is(guest.output(), "now");
});

test("a module that imports nothing of preview1 has our host alone", () => {
  openGuest({}, undefined, (config) => {
    const own = preview1(config);
    const module = new WebAssembly.Module(assemble({ memory: [0, 1], functions: [] }));
    assert.is(wasmer(own, module, config), own);
    return { host: own, memory: new WebAssembly.Memory({ initial: 2 }) };
  })[Symbol.dispose]();
});
