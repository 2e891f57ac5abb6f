import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { audited } from "#actors/api-server/audit/audited.ts";
import { AuditFile } from "#actors/api-server/audit/file.ts";
import type { ApiRequest } from "#lib/api.ts";
import { silent } from "#lib/log.ts";
import { admin, alice, Frames, startApiServer } from "#test/support/api-server.ts";
import { auditLog } from "#test/support/audit.ts";
import { SimulatedClock, settled } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("audit/auditor");

/** A server with an audit log by these rules; alice may read. */
const setUp = async (rules: string, rest = "") => {
  const authorizer = {
    authorize: ({ name }: { name: string }, { verb }: { verb: string }) =>
      name !== "alice" || verb !== "create"
        ? ({ decision: "allow", reason: "may" } as const)
        : ({ decision: "noOpinion", reason: "" } as const),
  };
  const clock = new SimulatedClock();
  const { auditor, events } = auditLog(clock, rules, rest);
  const api = await startApiServer({ guards: () => ({ authorizer }), audit: auditor, clock });
  return { api, events, auditor, handler: audited(api.server, auditor) };
};

const never = new AbortController().signal;
const create: ApiRequest = {
  verb: "create",
  group: "",
  version: "v1",
  resource: "configmaps",
  namespace: "default",
  body: new TextEncoder().encode(JSON.stringify({ metadata: { name: "web" } })),
};

test("a request is written at each stage, with what its level says", async () => {
  const { api, events, handler } = await setUp("[{ level: RequestResponse, omitManagedFields: true }]");
  await handler.handle(admin, create, never);
  assert.equal(
    events.map(({ stage, verb, requestURI }) => [stage, verb, requestURI]),
    [
      ["RequestReceived", "create", "/api/v1/namespaces/default/configmaps"],
      ["ResponseComplete", "create", "/api/v1/namespaces/default/configmaps"],
    ],
  );
  const [received, done] = events;
  assert.equal(received?.objectRef, { resource: "configmaps", namespace: "default", apiVersion: "v1" });
  assert.equal(done?.objectRef, { resource: "configmaps", namespace: "default", name: "web", apiVersion: "v1" });
  assert.equal(done?.requestObject, { metadata: { name: "web" } });
  assert.is(done?.responseStatus?.code, 201);
  assert.ok(done?.responseObject !== undefined && done.responseObject.metadata.managedFields === undefined);
  assert.equal(done?.annotations, { "authorization.k8s.io/decision": "allow", "authorization.k8s.io/reason": "may" });
  await api.close();
});

test("a refusal is written with its reason, and no more of the request than the level allows", async () => {
  const { api, events, handler } = await setUp("[{ level: Metadata }]", "omitStages: [RequestReceived]");
  await handler.handle(alice, create, never);
  assert.is(events.length, 1);
  const [only] = events;
  assert.equal([only?.responseStatus?.code, only?.responseStatus?.reason], [403, "Forbidden"]);
  assert.is(only?.annotations?.["authorization.k8s.io/decision"], "forbid");
  assert.is(only?.requestObject ?? only?.responseObject, undefined);
  await api.close();
});

test("who impersonates is named, and from where", async () => {
  const { api, events, auditor, handler } = await setUp("[{ level: Metadata, users: [root] }]");
  const request = { ...create };
  const root = { name: "root", groups: [] };
  auditor.note(request, { id: "7", uri: "/x?y=z", sources: ["127.0.0.9"], userAgent: "kubectl", impersonator: root });
  await handler.handle(alice, request, never);
  const [first] = events;
  assert.equal(
    [first?.user.username, first?.impersonatedUser?.username, first?.sourceIPs, first?.requestURI],
    ["root", "alice", ["127.0.0.9"], "/x?y=z"],
  );
  await api.close();
});

test("a watch is written when it begins and when it ends", async () => {
  const { api, events, handler } = await setUp("[{ level: Metadata }]", "omitStages: [RequestReceived]");
  const over = new AbortController();
  const { body: _body, ...place } = create;
  handler.stream(
    alice,
    { ...place, verb: "watch", options: { sendInitialEvents: true, resourceVersionMatch: "NotOlderThan", allowWatchBookmarks: true } },
    new Frames(),
    over.signal,
  );
  await settled();
  over.abort();
  await settled();
  assert.equal(
    events.map(({ stage, responseStatus }) => [stage, responseStatus?.code]),
    [
      ["ResponseStarted", 200],
      ["ResponseComplete", 200],
    ],
  );
  await api.close();
});

test("who asks for what is deprecated is marked", async () => {
  const { api, events, handler } = await setUp("[{ level: Metadata }]", "omitStages: [RequestReceived]");
  await handler.handle(alice, { verb: "list", group: "", version: "v1", resource: "endpoints", namespace: "default" }, never);
  assert.is(events[0]?.annotations?.["k8s.io/deprecated"], "true");
  await api.close();
});

test("a slow request says how long it took, and a stream does not", async () => {
  const { api, events, auditor } = await setUp("[{ level: Metadata }]", "omitStages: [RequestReceived]");
  const request = auditor.begin(admin, create);
  const stream = auditor.begin(admin, { ...create, verb: "watch" });
  stream.started();
  await api.clock.advance(62_500);
  request.done({ code: 200 });
  stream.done({ code: 200 });
  assert.equal(
    events.map(({ stage, annotations }) => [stage, annotations?.["apiserver.latency.k8s.io/total"]]),
    [
      ["ResponseStarted", undefined],
      ["ResponseComplete", "1m2.5s"],
      ["ResponseComplete", undefined],
    ],
  );
  await api.close();
});

test("whoever breaks down is written down", async () => {
  const { api, events, auditor } = await setUp("[{ level: Metadata }]");
  const broken = audited({ ...api.server, handle: () => Promise.reject(new Error("oh")) }, auditor);
  const error = await broken.handle(admin, create, never).catch((thrown: unknown) => thrown);
  assert.match(String(error), /oh/);
  assert.equal(
    events.map(({ stage, responseStatus }) => [stage, responseStatus?.code]),
    [
      ["RequestReceived", undefined],
      ["Panic", 500],
    ],
  );
  await api.close();
});

test("the file is put aside when it has grown large, and the oldest go", async () => {
  const dir = await mkdtemp(join(tmpdir(), "audit-"));
  const clock = new SimulatedClock();
  const file = new AuditFile({ path: join(dir, "logs", "audit.log"), clock, log: silent, maxBytes: 10, maxBackups: 2 });
  for (const line of ["one 67\n", "two 67\n", "three\n", "four\n", "five\n"]) {
    file.write(line);
    await file.close();
    await clock.advance(1_000);
  }
  const names = (await readdir(join(dir, "logs"))).toSorted();
  const texts = await Promise.all(names.map((name) => readFile(join(dir, "logs", name), "utf8")));
  assert.equal(texts, ["two 67\n", "three\n", "four\nfive\n"]);
  await rm(dir, { recursive: true });
});
