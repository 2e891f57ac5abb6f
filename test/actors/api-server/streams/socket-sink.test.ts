import { once } from "node:events";
import * as assert from "uvu/assert";
import { serviceAccounts } from "#api/core/v1/service-account.ts";
import { failure } from "#api/meta/status.ts";
import { Client } from "#lib/client.ts";
import { MemoryTransport } from "#lib/memory-transport.ts";
import type { NodeTransport } from "#lib/node-api.ts";
import { suite } from "#test/support/suite.ts";
import { opened, openSocket, withPods } from "./server.ts";

const test = suite("api-server/streams/socket-sink", 20_000);

/** A node whose containers have said two things. */
const nodes: NodeTransport = {
  stream: async (_node, request, onFrame) => {
    if (request.what === "logs" && request.container === "side") throw failure("BadRequest", "no log of it");
    for (const text of ["one\n", "two\n"]) onFrame(Buffer.from(text));
  },
};

test("sends a log piece by piece, encoded for who wants it so", () =>
  withPods(nodes, async (dev) => {
    for (const [protocol, encode] of [
      ["binary.k8s.io", String],
      ["base64.binary.k8s.io", btoa],
      ["", String],
    ] as const) {
      const {
        socket,
        messages,
        protocol: agreed,
      } = opened(await openSocket(dev, "web/log?container=main", protocol === "" ? [] : [protocol]));
      const [code] = (await once(socket, "close")) as [number];
      assert.equal([agreed, code, messages.map(String)], [protocol, 1000, ["one\n", "two\n"].map(encode)]);
    }
  }));

test("refuses before anything changes", () =>
  withPods(nodes, async (dev) => {
    assert.equal(await openSocket(dev, "web/log?container=side", []), { code: 400, message: "no log of it" });
    const { code } = (await openSocket(dev, "web/log?container=main", ["v9"])) as { code: number };
    assert.is(code, 400);
  }));

test("sends a watch's events, until the client leaves or the server ends", () =>
  withPods(nodes, async (dev) => {
    const { socket, messages } = opened(await openSocket(dev, "?watch=true&fieldSelector=metadata.name%3Dweb", []));
    while (messages.length === 0) await once(socket, "message");
    const { type, object } = JSON.parse(String(messages[0])) as { type: string; object: { metadata: { name: string } } };
    assert.equal([type, object.metadata.name], ["ADDED", "web"]);
    const late = opened(await openSocket(dev, "?watch=true&timeoutSeconds=1", []));
    assert.is(((await once(late.socket, "close")) as [number])[0], 1000);
    socket.close();
    await once(socket, "close");
  }));

test("takes a token that comes among the protocols, and answers the others", () =>
  withPods(nodes, async (dev) => {
    const offer = (token: string): string => `base64url.bearer.authorization.k8s.io.${Buffer.from(token).toString("base64url")}`;
    const client = new Client(new MemoryTransport({ handler: dev.handler, user: { name: "admin", groups: ["system:masters"] } }));
    const account = "system:serviceaccount:default:default";
    await dev.allow(account, ["get"], ["pods/log"]);
    const request = { metadata: { namespace: "default", name: "default" }, spec: { audiences: [], expirationSeconds: 600 } };
    const { status } = (await client.create(serviceAccounts, request, { subresource: "token" })) as { status?: { token?: string } };
    const known = await openSocket(dev, "web/log?container=main", [offer(status?.token ?? ""), "binary.k8s.io"], { isAnonymous: true });
    assert.is(opened(known).protocol, "binary.k8s.io");
    const bad = await openSocket(dev, "web/log?container=main", [offer("nonsense"), "binary.k8s.io"], { isAnonymous: true });
    assert.equal(bad, { code: 401, message: "Unauthorized" });
    const alone = await openSocket(dev, "web/log?container=main", [offer("nonsense")], { isAnonymous: true });
    assert.equal(alone, { code: 400, message: "missing additional subprotocol" });
  }));
