import * as assert from "uvu/assert";
import { Auditor } from "#actors/api-server/audit/auditor.ts";
import { parsePolicy } from "#actors/api-server/audit/policy.ts";
import type { Authorizer } from "#actors/api-server/authorizer.ts";
import type { Proxy } from "#actors/api-server/proxy/proxy.ts";
import { systemClock } from "#lib/clock.ts";
import { seededRandom } from "#lib/random.ts";
import { suite } from "#test/support/suite.ts";
import { ask, startServer, strangerOf } from "./test-server.ts";

const test = suite("https/front-audit", 10_000);

type Event = {
  readonly stage: string;
  readonly verb: string;
  readonly auditID: string;
  readonly requestURI: string;
  readonly user: { readonly username?: string };
  readonly impersonatedUser?: { readonly username: string };
  readonly objectRef?: { readonly resource: string; readonly subresource?: string };
  readonly responseStatus?: { readonly code: number; readonly reason?: string; readonly message?: string };
  readonly annotations?: { readonly [key: string]: string };
};

/** Stands where pods would. */
const proxy: Proxy = {
  serves: ({ subresource }) => subresource === "proxy",
  handle: (exchange) => exchange.answer({ code: 207, contentType: "text/plain", body: new Uint8Array(1) }),
};

const withAudit = async (
  rules: string,
  body: (port: number, events: readonly Event[]) => Promise<void>,
  allows?: Authorizer["authorize"],
): Promise<void> => {
  const events: Event[] = [];
  const policy = parsePolicy(`{apiVersion: audit.k8s.io/v1, kind: Policy, omitStages: [RequestReceived], rules: ${rules}}`);
  const write = (line: string): void => void events.push(JSON.parse(line) as Event);
  const audit = new Auditor({ policy, clock: systemClock, random: seededRandom(1), write });
  const { server, port } = await startServer(allows, { audit, proxy });
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
  withAudit(
    ALL,
    async (port, events) => {
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
    },
    (_user, { verb }) => ({ decision: verb === "get" ? "allow" : "noOpinion", reason: "" }),
  ));

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
