import * as assert from "uvu/assert";
import { RANGES } from "#actors/cluster/definition.ts";
import { localRanges, nodeAddress } from "#bin/addresses.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("bin/addresses");

test("gives each node an address of its own, by its place", () => {
  assert.is(nodeAddress("route", 0), "10.80.0.1");
  assert.is(nodeAddress("loopback", 2), "127.80.0.3");
});

test("loopback needs no routes; routed clusters need one for each range", () => {
  assert.equal(localRanges("loopback"), []);
  assert.equal(localRanges("route"), [RANGES.route.pods, "10.96.0.0/12", "10.80.0.0/24"]);
});
