import { once } from "node:events";
import { request } from "node:https";
import type { Socket } from "node:net";
import * as assert from "uvu/assert";
import type { Auditor } from "#actors/api-server/audit/auditor.ts";
import type { Authorizer } from "#actors/api-server/authorizer.ts";
import type { Connections } from "#actors/api-server/connections.ts";
import { forbidden } from "#api/meta/status.ts";
import { systemClock } from "#lib/clock.ts";
import { auditLog, type AuditEvent } from "#test/support/audit.ts";
import { suite } from "#test/support/suite.ts";
import { ask, startServer, strangerOf } from "./test-server.ts";

const test = suite("https/front-audit", 10_000);

const SWITCHING = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n";

/** Stands where the core and pods would: reads are let in. */
const connectionsTold = (audit: Auditor): Connections => ({
  serves: ({ subresource }) => subresource === "proxy",
  handle: async (exchange, { request: asked }) => {
    const isAllowed = asked.verb === "get";
    audit.decided(asked, { decision: isAllowed ? "allow" : "noOpinion", reason: "" });
    if (!isAllowed) throw forbidden({ group: "", resource: "pods" }, "no");
    if (exchange.upgrade !== undefined) return void exchange.takeOver().end(SWITCHING);
    return exchange.answer({ code: 207, contentType: "text/plain", body: new Uint8Array(1) });
  },
});

const withAudit = async (
  rules: string,
  body: (port: number, events: readonly AuditEvent[]) => Promise<void>,
  allows?: Authorizer["authorize"],
): Promise<void> => {
  const { auditor, events } = auditLog(systemClock, rules, "omitStages: [RequestReceived]");
  const { server, port } = await startServer(allows, { audit: auditor, connections: connectionsTold(auditor) });
  try {
    await body(port, events);
  } finally {
    await server.stop(100);
  }
};

const ALL = "[{level: Metadata}]";

test("bad credentials are written down, of nobody", () =>
  withAudit(ALL, async (port, events) => {
    await ask(port, "/api/v1/pods", { anonymous: true, headers: { authorization: "Bearer bad" } });
    await ask(port, "/healthz", await strangerOf("mallory"));
    assert.equal(
      events.map(({ stage, user, objectRef, responseStatus }) => [stage, user, objectRef?.resource, responseStatus]),
      [
        ["ResponseStarted", {}, "pods", { metadata: {}, code: 401, message: "Authentication failed, attempted: bearer" }],
        ["ResponseStarted", {}, undefined, { metadata: {}, code: 401, message: "Authentication failed, attempted: x509" }],
      ],
    );
  }));

test("rules about users are about nobody whom bad credentials name", () =>
  withAudit("[{level: Metadata, users: [bot]}]", async (port, events) => {
    await ask(port, "/api/v1/pods", { anonymous: true, headers: { authorization: "Bearer bad" } });
    assert.is(events.length, 0);
  }));

test("what is proxied is written down with its answer, or its refusal", () =>
  withAudit(ALL, async (port, events) => {
    const path = "/api/v1/namespaces/default/pods/web/proxy/";
    await ask(port, `${path}page?x=1`, { headers: { "audit-id": "7" } });
    await ask(port, path, { method: "POST" });
    assert.equal(
      events.map(({ verb, requestURI, objectRef, responseStatus, annotations }) => [
        verb,
        requestURI,
        objectRef?.subresource,
        responseStatus?.code,
        annotations?.["authorization.k8s.io/decision"],
      ]),
      [
        ["get", `${path}page?x=1`, "proxy", 207, "allow"],
        ["create", path, "proxy", 403, "forbid"],
      ],
    );
    assert.is(events[0]?.auditID, "7");
  }));

test("a connection that changes its protocol is written down when it does, and at its end", () =>
  withAudit(ALL, async (port, events) => {
    const headers = { connection: "Upgrade", upgrade: "x", authorization: "Bearer good" };
    const path = "/api/v1/namespaces/default/pods/web/proxy/";
    const sent = request({ host: "127.0.0.1", port, path, agent: false, rejectUnauthorized: false, headers });
    sent.end();
    const [, socket] = (await once(sent, "upgrade")) as [unknown, Socket];
    socket.destroy();
    assert.equal(
      events.map(({ stage, responseStatus }) => [stage, responseStatus?.code]),
      [
        ["ResponseStarted", 101],
        ["ResponseComplete", 101],
      ],
    );
  }));

test("who may not impersonate is written down as themselves", () =>
  withAudit(
    ALL,
    async (port, events) => {
      await ask(port, "/api/v1/pods", { headers: { "impersonate-user": "root" } });
      const [only] = events;
      assert.equal(
        [only?.user.username, only?.impersonatedUser, only?.responseStatus?.code, only?.responseStatus?.reason],
        ["jane", undefined, 403, "Forbidden"],
      );
    },
    (_user, { verb }) => ({ decision: verb === "impersonate" ? "noOpinion" : "allow", reason: "" }),
  ));

test("what is refused before it is understood is written down too", () =>
  withAudit(ALL, async (port, events) => {
    await ask(port, "/api/v1/namespaces/default/pods/web", { method: "PATCH", body: "{}", headers: { "content-type": "text/x" } });
    await ask(port, "/nowhere");
    assert.equal(
      events.map(({ stage, responseStatus }) => [stage, responseStatus?.code]),
      [
        ["ResponseComplete", 415],
        ["ResponseComplete", 404],
      ],
    );
  }));

test("addresses that proxies tell stand before the one that is sure", () =>
  withAudit(ALL, async (port, events) => {
    await ask(port, "/healthz", { headers: { "x-forwarded-for": "192.0.2.7, nobody, 192.0.2.8", "x-real-ip": "192.0.2.7" } });
    await ask(port, "/healthz", { headers: { "x-forwarded-for": "127.0.0.1" } });
    assert.equal(
      events.map(({ sourceIPs }) => sourceIPs),
      [["192.0.2.7", "192.0.2.8", "127.0.0.1"], ["127.0.0.1"]],
    );
  }));
