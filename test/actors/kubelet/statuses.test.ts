import * as assert from "uvu/assert";
import { namespaces } from "#api/core/v1/namespace.ts";
import { pods } from "#api/core/v1/pod.ts";
import { serviceAccounts } from "#api/core/v1/service-account.ts";
import type { V1PodCondition } from "#api/generated/types.ts";
import { RESIZING } from "#actors/kubelet/pod/conditions.ts";
import type { BoundPod } from "#actors/kubelet/pod/containers.ts";
import { Statuses } from "#actors/kubelet/statuses.ts";
import { silent } from "#lib/log.ts";
import { seededRandom } from "#lib/random.ts";
import { startApiServer } from "#test/support/api-server.ts";
import { suite } from "#test/support/suite.ts";
import { aBoundPod } from "./node.ts";

const test = suite("kubelet/statuses");

const REF = { namespace: "default", name: "web" };
const READY: V1PodCondition = { type: "Ready", status: "True" };
const FOREIGN: V1PodCondition = { type: "example.com/checked", status: "True" };

/** Another kubelet has left these conditions of a running pod; what becomes of them when one that knows of `READY` alone speaks. */
const afterwards = async (left: readonly V1PodCondition[]) => {
  const server = await startApiServer();
  const client = server.client();
  await client.create(namespaces, { metadata: { name: "default" } }).catch(() => undefined);
  await client.create(serviceAccounts, { metadata: { namespace: "default", name: "default" } });
  await client.create(pods, aBoundPod({ nodeName: "worker-1" }));
  const body = { status: { phase: "Running", conditions: left } };
  const pod = await client.patch(pods, REF, { type: "application/merge-patch+json", subresource: "status", body });
  const closing = new AbortController();
  const statuses = new Statuses({ client, clock: server.clock, random: seededRandom(7), logger: silent }, closing.signal);
  statuses.set(pod as BoundPod, { phase: "Running", conditions: [READY] }, "now");
  await statuses.flushed(pod.metadata.uid, closing.signal);
  const { metadata, status } = await client.get(pods, REF);
  closing.abort();
  await server.close();
  return { isWritten: metadata.resourceVersion !== pod.metadata.resourceVersion, types: status?.conditions?.map(({ type }) => type) };
};

test("a resize that ended while the kubelet was away is no longer told of", async () => {
  const resizing: V1PodCondition = { type: RESIZING, status: "True" };
  assert.equal(await afterwards([READY, resizing, FOREIGN]), { isWritten: true, types: ["Ready", "example.com/checked"] });
});

test("what the API shows already is not written, and conditions of others do not count", async () => {
  assert.equal(await afterwards([READY, FOREIGN]), { isWritten: false, types: ["Ready", "example.com/checked"] });
});
