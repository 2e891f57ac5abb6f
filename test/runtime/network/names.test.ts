import * as assert from "uvu/assert";
import { candidates, parseHosts, parseResolver } from "#runtime/network/names.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("runtime/network/names");
const POD = "search a.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5 edns0\n";

test("reads a pod's resolv.conf", () => {
  assert.equal(parseResolver(POD), {
    nameservers: ["10.96.0.10"],
    searches: ["a.svc.cluster.local", "svc.cluster.local", "cluster.local"],
    ndots: 5,
  });
});
test("takes the last search line, three name servers and one dot, and no comments", () => {
  const text =
    "# a comment\nsearch one\nsearch two # of them\n; another\nnameserver 1.1.1.1\nnameserver 2.2.2.2\nnameserver 3.3.3.3\nnameserver 4.4.4.4\n";
  assert.equal(parseResolver(text), { nameservers: ["1.1.1.1", "2.2.2.2", "3.3.3.3"], searches: ["two"], ndots: 1 });
});
test("searches first for names with few dots, last for others, and not at all for absolute ones", () => {
  const config = parseResolver(POD);
  assert.equal(candidates("web", config), ["web.a.svc.cluster.local", "web.svc.cluster.local", "web.cluster.local", "web"]);
  assert.equal(candidates("a.b.c.d.e.f", config)[0], "a.b.c.d.e.f");
  assert.equal(candidates("web.a.", config), ["web.a"]);
});
test("reads every name of a hosts file", () => {
  const hosts = parseHosts("# managed\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost\n10.0.0.1\tPod.example pod # own\n");
  assert.equal(hosts.get("localhost"), ["127.0.0.1", "::1"]);
  assert.equal(hosts.get("pod.example"), ["10.0.0.1"]);
  assert.is(hosts.get("managed"), undefined);
});
