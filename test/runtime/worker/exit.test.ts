import * as assert from "uvu/assert";
import { exitOf, type End } from "#runtime/worker/exit.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("exit");

const end = (rest: Partial<End>): End => ({ code: undefined, trap: undefined, asked: "nothing", wasRefusedMemory: false, ...rest });

test("the guest's own code counts, as far as a shell knows it", () => {
  assert.equal(exitOf(end({ code: 0 })), { code: 0, reason: "Completed" });
  assert.equal(exitOf(end({ code: 3, asked: "to stop" })), { code: 3, reason: "Error" });
  assert.equal(exitOf(end({ code: 257 })), { code: 1, reason: "Error" });
});

test("a trap is 134, an end on request 143, a kill 137", () => {
  assert.equal(exitOf(end({ trap: new Error("unreachable") })), { code: 134, reason: "Error", message: "unreachable" });
  assert.equal(exitOf(end({ asked: "to stop" })), { code: 143, reason: "Error" });
  assert.equal(exitOf(end({ asked: "to die" })), { code: 137, reason: "Error" });
});

test("failing after memory was refused is OOMKilled; living on without it is not", () => {
  assert.equal(exitOf(end({ wasRefusedMemory: true, trap: new Error("x") })), { code: 137, reason: "OOMKilled" });
  assert.equal(exitOf(end({ wasRefusedMemory: true, code: 7 })), { code: 137, reason: "OOMKilled" });
  assert.equal(exitOf(end({ wasRefusedMemory: true, code: 0 })), { code: 0, reason: "Completed" });
  assert.equal(exitOf(end({ wasRefusedMemory: true, asked: "to stop" })), { code: 143, reason: "Error" });
});
