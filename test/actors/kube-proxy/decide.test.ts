import * as assert from "uvu/assert";
import { Balancer } from "#actors/kube-proxy/balancer.ts";
import { changes, frontsOf, type Front } from "#actors/kube-proxy/decide.ts";
import type { Service } from "#api/core/v1/service.ts";
import type { EndpointSlice } from "#api/discovery/v1/endpoint-slice.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("kube-proxy/decide");
const node = { name: "worker-1", addresses: ["127.80.0.2"] };
const service = (spec: Service["spec"]): Service => ({
  metadata: { namespace: "default", name: "web" },
  spec: { clusterIP: "127.96.0.5", ports: [{ name: "http", port: 80, protocol: "TCP" }], ...spec },
});
const endpoint = (address: string, conditions = {}, nodeName = "worker-1") => ({ addresses: [address], conditions, nodeName });
const slice = (...endpoints: ReturnType<typeof endpoint>[]): EndpointSlice => ({
  addressType: "IPv4",
  ports: [{ name: "http", port: 8080, protocol: "TCP" }],
  endpoints,
});
const backendsOf = (fronts: readonly Front[]): readonly string[] | undefined =>
  fronts[0]?.backends.map(({ address, port }) => `${address}:${port}`);

test("listens on the cluster IP and forwards to ready endpoints' target port", () => {
  const fronts = frontsOf(
    service({}),
    [slice(endpoint("127.64.0.2"), endpoint("127.64.0.1", { ready: true }), endpoint("127.64.0.3", { ready: false }))],
    node,
  );
  assert.equal(
    fronts.map(({ key }) => key),
    ["TCP/127.96.0.5:80"],
  );
  assert.equal(backendsOf(fronts), ["127.64.0.1:8080", "127.64.0.2:8080"]);
});
test("falls back to endpoints that end but still serve while none is ready", () => {
  const ending = endpoint("127.64.0.4", { ready: false, serving: true, terminating: true });
  assert.equal(backendsOf(frontsOf(service({}), [slice(ending, endpoint("127.64.0.3", { ready: false }))], node)), ["127.64.0.4:8080"]);
});
test("opens node ports on the node's addresses, to local endpoints only when the policy says so", () => {
  const spec = { type: "NodePort", externalTrafficPolicy: "Local", ports: [{ name: "http", port: 80, nodePort: 30_080 }] };
  const fronts = frontsOf(service(spec), [slice(endpoint("127.64.0.1"), endpoint("127.64.0.2", {}, "worker-2"))], node);
  assert.equal(
    fronts.map(({ key, backends }) => `${key} ${backends.length}`),
    ["TCP/127.96.0.5:80 2", "TCP/127.80.0.2:30080 1"],
  );
});
for (const spec of [{ clusterIP: "None" }, { type: "ExternalName", clusterIP: undefined }, { clusterIP: "" }]) {
  test(`listens for nothing when ${JSON.stringify(spec)}`, () => assert.equal(frontsOf(service(spec), [], node), []));
}
test("says which listeners to open, update and close", () => {
  const [front] = frontsOf(service({}), [], node);
  if (front === undefined) throw new Error("no front");
  assert.equal(changes(new Map([["TCP/old:1", front]]), [front]).close, ["TCP/old:1"]);
  assert.equal(changes(new Map([[front.key, front]]), [front]).update, [front]);
  assert.equal(changes(new Map(), [front]).open, [front]);
});
test("takes backends in turn", () => {
  const [front] = frontsOf(service({}), [slice(endpoint("127.64.0.1"), endpoint("127.64.0.2"))], node);
  const balancer = new Balancer(front as Front);
  assert.equal(
    [0, 1, 2].map(() => balancer.order("c", 0)[0]?.address),
    ["127.64.0.1", "127.64.0.2", "127.64.0.1"],
  );
});
test("keeps a client at its backend for as long as the affinity lasts", () => {
  const [front] = frontsOf(
    service({ sessionAffinity: "ClientIP", sessionAffinityConfig: { clientIP: { timeoutSeconds: 10 } } }),
    [slice(endpoint("127.64.0.1"), endpoint("127.64.0.2"))],
    node,
  );
  const balancer = new Balancer(front as Front);
  const [first] = balancer.order("c", 0);
  if (first === undefined) throw new Error("no backend");
  balancer.connected("c", first, 0);
  assert.equal(
    [1, 2, 3].map((at) => balancer.order("c", at)[0]?.address),
    Array(3).fill(first.address),
  );
  assert.equal(new Set([10_000, 10_001].map((at) => balancer.order("c", at)[0]?.address)).size, 2);
});
