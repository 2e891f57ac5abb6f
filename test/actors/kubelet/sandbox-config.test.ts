import * as assert from "uvu/assert";
import type { V1PodSpec } from "#api/generated/types.ts";
import { sandboxConfig, type NodeNetwork } from "#actors/kubelet/sandbox-config.ts";
import { suite } from "#test/support/suite.ts";
import { boundPod } from "./pod/pods.ts";

const test = suite("sandbox config");

const node: NodeNetwork = {
  nodeName: "worker-1",
  clusterDns: ["10.96.0.10"],
  clusterDomain: "cluster.local",
  hostDns: { nameservers: ["192.0.2.53"], searches: ["example.com"], options: ["edns0"] },
};
const made = (spec: Partial<V1PodSpec>, name = "web") => sandboxConfig(boundPod(spec, { metadata: { name } }), "shared", node);

test("gives a pod the cluster's resolver first", () => {
  assert.equal(made({}).dns, {
    nameservers: ["10.96.0.10"],
    searches: ["default.svc.cluster.local", "svc.cluster.local", "cluster.local", "example.com"],
    options: ["ndots:5"],
  });
});

test("gives a pod on the node's network the node's resolver, unless it asks otherwise", () => {
  assert.equal(made({ hostNetwork: true }).dns, node.hostDns);
  assert.equal(made({ dnsPolicy: "Default" }).dns, node.hostDns);
  assert.equal(made({ hostNetwork: true, dnsPolicy: "ClusterFirstWithHostNet" }).dns.nameservers, ["10.96.0.10"]);
});

test("adds what the pod says of its resolver", () => {
  const dnsConfig = { nameservers: ["1.1.1.1"], searches: ["my.dns"], options: [{ name: "ndots", value: "2" }, { name: "edns0" }] };
  assert.equal(made({ dnsPolicy: "None", dnsConfig }).dns, {
    nameservers: ["1.1.1.1"],
    searches: ["my.dns"],
    options: ["ndots:2", "edns0"],
  });
  assert.equal(made({ dnsConfig }).dns.options, ["ndots:2", "edns0"]);
});

test("names the pod's host", () => {
  const { hostname } = made({});
  assert.is(hostname, "web");
  assert.is(made({ hostname: "db" }).hostname, "db");
  assert.is(made({ hostNetwork: true }).hostname, "worker-1");
  assert.is(made({ hostnameOverride: "any.name" }).hostname, "any.name");
  assert.is(made({ hostname: "db", subdomain: "data", setHostnameAsFQDN: true }).hostname, "db.data.default.svc.cluster.local");
  assert.is(made({}, `${"a".repeat(62)}-more`).hostname, "a".repeat(62));
});

test("carries handler and host aliases over", () => {
  const { handler, hosts, hostNetwork } = made({ hostAliases: [{ ip: "1.2.3.4", hostnames: ["a"] }] });
  assert.equal([handler, hosts, hostNetwork], ["shared", [{ ip: "1.2.3.4", hostnames: ["a"] }], false]);
});
