// Who says what in events: upstream's names, which are not always those of the service accounts.
import * as assert from "uvu/assert";
import { endpointSliceMirroringController } from "#actors/controllers/endpoint-slice-mirroring/io.ts";
import { nodeIpamController } from "#actors/controllers/node-ipam/io.ts";
import { nodeLifecycleController } from "#actors/controllers/node-lifecycle/io.ts";
import { endpoints } from "#api/core/v1/endpoints.ts";
import { events } from "#api/core/v1/event.ts";
import { nodes } from "#api/core/v1/node.ts";
import { pods } from "#api/core/v1/pod.ts";
import { serviceAccounts } from "#api/core/v1/service-account.ts";
import { services } from "#api/core/v1/service.ts";
import { controlling } from "#test/support/controlling.ts";
import { aNode, aPod, aPodSpec } from "#test/support/objects.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("controllers/event-sources");
const AT = { namespace: "default", name: "web" };
/** Room for one range, which stays free. */
const FULL = { cluster: "10.0.0.0/24", nodeBits: 24 };

test("events name their sources as upstream's do", async () => {
  const running = await controlling(endpointSliceMirroringController, nodeIpamController(FULL), nodeLifecycleController());
  const client = running.api.client();
  const taint = { key: "example.com/fire", effect: "NoExecute" };
  await client.create(nodes, aNode({ metadata: { name: "worker-1" }, spec: { taints: [taint] } }));
  await client.create(serviceAccounts, { metadata: { namespace: "default", name: "default" } });
  await client.create(pods, aPod({ metadata: AT, spec: { ...aPodSpec(), nodeName: "worker-1" } }));
  await client.create(services, { metadata: AT, spec: { ports: [{ port: 80 }] } });
  const addresses = Array.from({ length: 1_001 }, (_, index) => ({ ip: `10.1.${Math.floor(index / 250)}.${(index % 250) + 1}` }));
  await client.create(endpoints, { metadata: AT, subsets: [{ addresses, ports: [{ port: 80 }] }] });
  await running.api.clock.advance(10_000);
  const said = (await client.list(events)).items.map(({ source, reportingComponent, type, reason }) => {
    assert.is(reportingComponent, source?.component);
    return `${source?.component} ${type} ${reason}`;
  });
  assert.equal(said.toSorted(), [
    "cidrAllocator Normal CIDRNotAvailable",
    "endpoint-slice-mirroring-controller Warning TooManyAddressesToMirror",
    "node-controller Normal RegisteredNode",
    "taint-eviction-controller Normal TaintManagerEviction",
  ]);
  await running.stop();
});

test("nodes that come and go are told of once, in upstream's words", async () => {
  const running = await controlling(nodeLifecycleController());
  const client = running.api.client();
  const told = async () => {
    await running.api.clock.advance(10_000);
    return (await client.list(events)).items.map(({ reason, message, count }) => `${reason} ${message} ${count}`).toSorted();
  };
  const { metadata } = await client.create(nodes, aNode({ metadata: { name: "worker-1" } }));
  const came = "RegisteredNode Node worker-1 event: Registered Node worker-1 in Controller 1";
  assert.equal(await told(), [came]);
  assert.equal(await told(), [came]);
  await client.delete(nodes, metadata);
  assert.equal(await told(), [came, "RemovingNode Node worker-1 event: Removing Node worker-1 from Controller 1"]);
  await running.stop();
});
