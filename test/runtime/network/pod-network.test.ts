import * as assert from "uvu/assert";
import { NoAddress, PodNetwork } from "#runtime/network/pod-network.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("runtime/network");

test("gives each pod an address of its own and the same pod the same one", () => {
  const network = new PodNetwork();
  network.use("127.64.16.0/20");
  assert.equal(
    ["a", "b", "a"].map((uid) => network.allocate(uid)),
    ["127.64.16.1", "127.64.16.2", "127.64.16.1"],
  );
});
test("does not give a freed address to the next pod while others are left", () => {
  const network = new PodNetwork();
  network.use("10.64.0.0/30");
  assert.is(network.allocate("a"), "10.64.0.1");
  network.release("a");
  assert.is(network.allocate("b"), "10.64.0.2");
  assert.is(network.allocate("c"), "10.64.0.1");
  assert.throws(
    () => network.allocate("d"),
    (error: unknown) => error instanceof NoAddress,
  );
});
test("says that there is no range yet, or that it is none", () => {
  assert.throws(() => new PodNetwork().allocate("a"), /no pod CIDR yet/);
  assert.throws(() => new PodNetwork().use("fd00::/64"), /not an IPv4 range/);
});
