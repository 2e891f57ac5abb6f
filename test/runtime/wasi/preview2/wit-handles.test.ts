import * as assert from "uvu/assert";
import { handlesOf } from "#runtime/wasi/preview2/wit-handles.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("where WASI has handles");

test("a method has its own resource first, and what its row says", () => {
  assert.is(handlesOf("wasi:filesystem/types", "[method]descriptor.stat"), "0:borrow descriptor");
  assert.is(handlesOf("wasi:filesystem/types", "[method]descriptor.link-at"), "0:borrow descriptor 3:borrow descriptor");
  assert.is(handlesOf("wasi:io/streams", "[method]input-stream.subscribe"), "0:borrow input-stream -> own pollable");
});

test("any other function has what its row says, or none", () => {
  assert.is(handlesOf("wasi:io/poll", "poll"), "0:list<borrow pollable>");
  assert.is(handlesOf("wasi:cli/environment", "get-environment"), "");
  assert.is(handlesOf("no:such/interface", "f"), "");
});
