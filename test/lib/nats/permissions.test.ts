// What nats-server itself refuses: the proof of who speaks.
import * as assert from "uvu/assert";
import { isReason } from "#api/meta/status.ts";
import type { ApiHandler, ApiRequest } from "#lib/api.ts";
import { systemClock } from "#lib/clock.ts";
import { allOf, apiServerPermissions, componentPermissions, nodePermissions } from "#lib/nats/address.ts";
import { NatsApiTransport } from "#lib/nats/api-transport.ts";
import type { Connection } from "#lib/nats/connection.ts";
import { NatsNodeTransport } from "#lib/nats/node-transport.ts";
import { serveApi } from "#lib/nats/serve-api.ts";
import { serveNode } from "#lib/nats/serve-node.ts";
import { openJetStreamStore } from "#actors/store/jetstream.ts";
import { systemRandom } from "#lib/random.ts";
import { contentOf, keyOf } from "#test/contract/store.ts";
import { connectTo, startNats } from "#test/support/nats.ts";
import { settled } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("lib/nats/permissions");
const ports = (connection: Connection) => ({ connection, clock: systemClock, random: systemRandom });
const get: ApiRequest = { verb: "get", group: "", version: "v1", resource: "pods", namespace: "default", name: "a" };
const live = new AbortController().signal;
const outcome = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);

const apiServer = { user: "api-server", password: "1", permissions: apiServerPermissions("api-server") };
const scheduler = { user: "scheduler", password: "2", permissions: componentPermissions(["system:kube-scheduler"]) };
const worker = {
  user: "worker-1",
  password: "3",
  permissions: allOf(nodePermissions("worker-1"), componentPermissions(["system:node:worker-1", "system:kube-proxy"])),
};
const users = [apiServer, scheduler, worker];
const whoami: ApiHandler = {
  handle: (user) => Promise.resolve({ code: 200, contentType: "text/plain", body: new TextEncoder().encode(user.name) }),
  stream: (_user, _request, sink) => sink.end(),
};
const ask = async (connection: Connection, identity: string): Promise<string> => {
  const transport = new NatsApiTransport(ports(connection), identity);
  try {
    return new TextDecoder().decode((await transport.request(get)).body);
  } finally {
    await transport.close();
  }
};

test("lets a connection speak as each of its identities and as nobody else", async () => {
  await using nats = await startNats(users);
  const [api, own, node] = [
    await connectTo(nats.server, apiServer),
    await connectTo(nats.server, scheduler),
    await connectTo(nats.server, worker),
  ];
  const stop = serveApi(ports(api), whoami);
  await api.flush();
  assert.is(await ask(own, "system:kube-scheduler"), "system:kube-scheduler");
  assert.is(await ask(node, "system:node:worker-1"), "system:node:worker-1");
  assert.is(await ask(node, "system:kube-proxy"), "system:kube-proxy");
  for (const other of ["system:node:worker-2", "system:kube-scheduler", "admin", "*", "system:node:worker-1.x"]) {
    assert.ok(isReason(await outcome(ask(node, other)), "Forbidden"), other);
  }
  stop();
  await Promise.all([api, own, node].map((connection) => connection.close()));
});

test("lets nobody but the API server touch the store or serve the API", async () => {
  await using nats = await startNats(users);
  const [api, own] = [await connectTo(nats.server, apiServer), await connectTo(nats.server, scheduler)];
  const store = await openJetStreamStore(ports(api));
  await store.put("objects", keyOf("a"), new Uint8Array(3), 0);
  const denied: string[] = [];
  own.onStatus((status) => status.type === "denied" && denied.push(status.subject));
  own.publish("$KV.objects.core.configmaps.default.a", new Uint8Array(1));
  own.publish("$JS.API.STREAM.PURGE.KV_objects", new Uint8Array());
  own.publish("api.system=3Akube-scheduler.reply.x.0", new Uint8Array());
  own.subscribe("api.*.request", () => undefined);
  own.subscribe("$KV.>", () => undefined);
  await own.flush();
  await settled();
  assert.equal(denied, [
    "$KV.objects.core.configmaps.default.a",
    "$JS.API.STREAM.PURGE.KV_objects",
    "api.system=3Akube-scheduler.reply.x.0",
    "api.*.request",
    "$KV.>",
  ]);
  assert.is((await contentOf(store)).all[0]?.value.length, 3);
  await store.close();
  await Promise.all([api, own].map((connection) => connection.close()));
});

test("lets a node answer for itself and for no other node", async () => {
  await using nats = await startNats(users);
  const [api, node] = [await connectTo(nats.server, apiServer), await connectTo(nats.server, worker)];
  const logs = { what: "logs", namespace: "default", pod: "a", container: "c", follow: true, previous: false, timestamps: false } as const;
  const stop = serveNode(ports(node), "worker-1", {
    stream: (request, sink) => {
      sink.write(new TextEncoder().encode(JSON.stringify(request)));
      sink.end();
    },
  });
  const denied: string[] = [];
  node.onStatus((status) => status.type === "denied" && denied.push(status.subject));
  const stopOther = serveNode(ports(node), "worker-2", { stream: (_, sink) => sink.end() });
  await node.flush();
  await settled();
  assert.is(denied.length, 3);
  assert.ok(denied.every((subject) => subject.startsWith("node.worker-2.")));
  const transport = new NatsNodeTransport(ports(api));
  const seen: string[] = [];
  await transport.stream("worker-1", logs, (frame) => seen.push(new TextDecoder().decode(frame)), live);
  assert.equal(seen, [JSON.stringify(logs)]);
  assert.ok(isReason(await outcome(transport.stream("worker-2", logs, () => undefined, live)), "ServiceUnavailable"));
  transport.close();
  stop();
  stopOther();
  await Promise.all([api, node].map((connection) => connection.close()));
});
