import * as assert from "uvu/assert";
import { parseIp } from "#api/meta/ip.ts";
import { isInCluster, listeningPort, realPort } from "#lib/cluster-network.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("lib/cluster-network");

test("moves low ports where they cannot be bound", () => {
  assert.equal([realPort(53, true), realPort(53, false), realPort(8080, false)], [53, 10_053, 8080]);
});

test("knows the cluster's own addresses", () => {
  const network = { ranges: ["127.64.0.0/12", "127.96.0.0/16"] };
  const isOwn = (address: string): boolean => {
    const ip = parseIp(address);
    return ip !== undefined && isInCluster(ip, network);
  };
  assert.equal(["127.64.0.0", "127.79.255.255", "127.96.0.1"].map(isOwn), [true, true, true]);
  assert.equal(["127.0.0.1", "127.80.0.1", "10.0.0.1", "::1"].map(isOwn), [false, false, false, false]);
});

test("finds low ports of the cluster's own addresses, whoever writes them", () => {
  const network = { ranges: ["127.64.0.0/12"], mayBindLow: false };
  assert.equal(
    ["127.64.0.1", "::ffff:127.64.0.1", "127.0.0.1", "web.default.svc"].map((host) => listeningPort(host, 80, network)),
    [10_080, 10_080, 80, 80],
  );
});
