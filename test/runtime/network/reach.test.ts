import * as assert from "uvu/assert";
import { reach, type PodNetworkView } from "#runtime/network/reach.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("runtime/network/reach");
const RANGES = ["127.64.0.0/12", "127.96.0.0/16", "127.80.0.0/24"];
const view = (of: Partial<PodNetworkView> = {}): PodNetworkView => ({
  ranges: RANGES,
  mayBindLow: true,
  address: "127.64.16.9",
  isHost: false,
  ...of,
});
const from = (of: Partial<PodNetworkView>, address: string, port = 8080) => reach({ address, port }, view(of));

test("leaves the cluster's and the world's addresses as they are", () => {
  for (const address of ["127.79.255.255", "127.96.3.4", "127.80.0.2", "93.184.216.34", "2001:db8::1"])
    assert.equal(from({}, address), { address, port: 8080 });
});
test("takes a pod's loopback for the pod itself", () => {
  for (const address of ["127.0.0.1", "127.1.2.3", "0.0.0.0", "::1", "::", "::ffff:127.0.0.1", "127.81.0.1"])
    assert.equal(from({}, address), { address: "127.64.16.9", port: 8080 }, address);
});
test("lets a pod on the node's network have the machine's loopback", () => {
  assert.equal(from({ isHost: true }, "127.0.0.1"), { address: "127.0.0.1", port: 8080 });
});
test("goes ten thousand higher for low ports of the cluster where they cannot be listened on", () => {
  assert.equal(from({ mayBindLow: false }, "127.96.0.10", 53), { address: "127.96.0.10", port: 10_053 });
  assert.equal(from({ mayBindLow: false }, "127.0.0.1", 80), { address: "127.64.16.9", port: 10_080 });
  assert.equal(from({ mayBindLow: false }, "93.184.216.34", 80), { address: "93.184.216.34", port: 80 });
});
test("leaves what is not an address alone", () => {
  assert.equal(from({}, "a.example"), { address: "a.example", port: 8080 });
});
