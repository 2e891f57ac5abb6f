import * as assert from "uvu/assert";
import type { Stored } from "#api/meta/object.ts";
import { isReason } from "#api/meta/status.ts";
import { negotiate } from "#actors/api-server/pipeline/negotiate.ts";
import type { Table } from "#actors/api-server/table/table.ts";
import { admin, startApiServer } from "#test/support/api-server.ts";
import { settled } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/pipeline/respond");
const maps = { of: "configmaps", namespace: "default" } as const;
const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";
const KUBECTL = `${TABLE},application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json`;

const as = (accepted: string | undefined, shaped?: boolean): string => {
  const { media, as: shape, version } = negotiate(accepted, shaped);
  return shape === "object" ? `${media} object` : `${media} ${shape} ${version}`;
};
const acceptAs = (shape: string): string => `application/json;as=${shape};v=v1;g=meta.k8s.io,application/json`;

test("the best accepted format is chosen", () => {
  assert.is(as(undefined), "application/json object");
  assert.is(as("*/*"), "application/json object");
  assert.is(as("application/vnd.kubernetes.protobuf, application/json"), "application/json object");
  assert.is(as("application/yaml"), "application/yaml object");
  assert.is(as("application/yaml;q=0.5, application/json;q=0.9"), "application/json object");
  assert.is(as(KUBECTL), "application/json Table v1");
  assert.is(as(KUBECTL, false), "application/json object");
  assert.is(as("application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"), "application/json PartialObjectMetadata v1");
  assert.is(as("application/json;as=Table;v=v1beta1;g=meta.k8s.io"), "application/json Table v1beta1");
});

test("what cannot be answered is not acceptable", async () => {
  for (const accept of ["application/vnd.kubernetes.protobuf", "text/html", "application/json;as=Table;v=v9;g=meta.k8s.io"]) {
    assert.throws(
      () => negotiate(accept),
      (error: unknown) => isReason(error, "NotAcceptable"),
    );
  }
  const api = await startApiServer();
  const { code, body } = await api.ask({ ...maps, verb: "create", body: { metadata: { name: "web" } }, accept: "text/html" });
  assert.is(code, 406);
  assert.is(body.message, "only the following media types are accepted: application/json, application/yaml");
  assert.is((await api.ask({ ...maps, verb: "get", name: "web" })).code, 404);
  const review = await api.ask({ of: "selfsubjectaccessreviews.authorization.k8s.io", verb: "create", body: { spec: {} }, accept: TABLE });
  assert.is(review.code, 406);
  await api.close();
});

test("a table has the kind's columns, and as much of each object as is asked for", async () => {
  const api = await startApiServer();
  const made = await api.must({ ...maps, verb: "create", body: { metadata: { name: "web" }, data: { a: "1", b: "2" } } });
  await api.clock.advance(90_000);
  const list = (includeObject?: string) =>
    api.must<Table>({ ...maps, verb: "list", accept: KUBECTL, ...(includeObject === undefined ? {} : { options: { includeObject } }) });
  const { kind, columnDefinitions, rows, metadata } = await list();
  assert.is(kind, "Table");
  assert.equal(
    columnDefinitions.map(({ name }) => name),
    ["Name", "Data", "Age"],
  );
  assert.equal(rows[0]?.cells, ["web", 2, "90s"]);
  assert.equal(rows[0]?.object, { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: made.metadata });
  assert.ok(Number(metadata.resourceVersion) >= Number(made.metadata.resourceVersion));
  assert.equal((await list("Object")).rows[0]?.object, made);
  assert.is((await list("None")).rows[0]?.object, undefined);
  assert.is((await api.ask({ ...maps, verb: "list", accept: KUBECTL, options: { includeObject: "Some" } })).code, 400);
  const one = await api.must<Table>({ ...maps, verb: "get", name: "web", accept: KUBECTL });
  assert.is(one.rows.length, 1);
  await api.close();
});

test("metadata alone is told of objects and lists", async () => {
  const api = await startApiServer();
  const made = await api.must({ ...maps, verb: "create", body: { metadata: { name: "web" }, data: { a: "1" } } });
  const one = await api.must({ ...maps, verb: "get", name: "web", accept: acceptAs("PartialObjectMetadata") });
  assert.equal(one, { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: made.metadata });
  const list = await api.must<{ kind: string; items: unknown[] }>({ ...maps, verb: "list", accept: acceptAs("PartialObjectMetadataList") });
  assert.is(list.kind, "PartialObjectMetadataList");
  assert.equal(list.items, [one]);
  await api.close();
});

test("yaml is written as well as read", async () => {
  const api = await startApiServer();
  await api.must({ ...maps, verb: "create", body: { metadata: { name: "web" } } });
  const request = {
    verb: "get",
    group: "",
    version: "v1",
    resource: "configmaps",
    namespace: "default",
    name: "web",
    accept: "application/yaml",
  } as const;
  const { body, contentType } = await api.server.handle(admin, request, new AbortController().signal);
  assert.is(contentType, "application/yaml");
  assert.match(new TextDecoder().decode(body), /^kind: ConfigMap\napiVersion: v1\nmetadata:\n/);
  await api.close();
});

test("what nothing serves is not found, and what a kind cannot do is not allowed", async () => {
  const api = await startApiServer();
  const ask = async (of: string, verb: "get" | "create" | "update", subresource?: string) => {
    const { code, body } = await api.ask({
      of,
      verb,
      namespace: "default",
      name: "x",
      ...(subresource === undefined ? {} : { subresource }),
    });
    return [code, body.message];
  };
  assert.equal(await ask("widgets", "get"), [404, "the server could not find the requested resource"]);
  assert.equal(await ask("configmaps", "get", "status"), [404, "the server could not find the requested resource"]);
  assert.equal(await ask("bindings", "get"), [405, 'get is not supported on resources of kind "bindings"']);
  assert.equal(await ask("tokenreviews.authentication.k8s.io", "update"), [
    405,
    'update is not supported on resources of kind "tokenreviews.authentication.k8s.io"',
  ]);
  await api.close();
});

const events = { namespace: "default" } as const;

test("an event is one object under both of its groups", async () => {
  const api = await startApiServer();
  const regarding = { kind: "Pod", namespace: "default", name: "web" };
  const body = {
    metadata: { name: "web.1" },
    regarding,
    reason: "Started",
    note: "it started",
    type: "Normal",
    action: "Start",
    eventTime: "2026-01-01T00:00:00.000000Z",
    reportingController: "example.com/kubelet",
    reportingInstance: "worker-1",
  };
  const watched = api.watch({ of: "events.events.k8s.io", ...events, options: { fieldSelector: "regarding.name=web" } });
  const core = api.watch({ of: "events", ...events, options: { fieldSelector: "involvedObject.name=web" } });
  await settled();
  const made = await api.must<Stored & { note?: string }>({ of: "events.events.k8s.io", ...events, verb: "create", body });
  assert.is(made.apiVersion, "events.k8s.io/v1");
  assert.is(made.note, "it started");
  const kept = await api.must<Stored & { message?: string; involvedObject?: object }>({
    of: "events",
    ...events,
    verb: "get",
    name: "web.1",
  });
  assert.is(kept.apiVersion, "v1");
  assert.equal([kept.message, kept.involvedObject], ["it started", regarding]);
  assert.is(kept.metadata.resourceVersion, made.metadata.resourceVersion);
  assert.equal([watched.events[0]?.object.apiVersion, core.events[0]?.object.apiVersion], ["events.k8s.io/v1", "v1"]);
  const listed = await api.must<{ items: Stored[]; apiVersion: string }>({
    of: "events.events.k8s.io",
    ...events,
    verb: "list",
    options: { fieldSelector: "regarding.name=web" },
  });
  assert.equal([listed.apiVersion, listed.items], ["events.k8s.io/v1", [made]]);
  const patch = { metadata: { labels: { a: "b" } } };
  const patched = await api.must({
    of: "events.events.k8s.io",
    ...events,
    verb: "patch",
    name: "web.1",
    body: patch,
    type: "application/merge-patch+json",
  });
  assert.equal(patched.metadata.labels, { a: "b" });
  await api.must({ of: "events.events.k8s.io", ...events, verb: "delete", name: "web.1" });
  assert.equal(core.story, ["ADDED web.1", "MODIFIED web.1", "DELETED web.1"]);
  await api.close();
});

test("shapes are said in the version of meta.k8s.io that is asked for", async () => {
  const api = await startApiServer();
  await api.must({ ...maps, verb: "create", body: { metadata: { name: "web" } } });
  const versions = async (shape: string, options = {}): Promise<readonly unknown[]> => {
    const accept = `application/json;as=${shape};v=v1beta1;g=meta.k8s.io`;
    const { body } = await api.ask({ ...maps, verb: "list", accept, options });
    const { rows = [], items = [] } = body as { rows?: readonly { object: Stored }[]; items?: readonly Stored[] };
    return [body.apiVersion, ...[...rows.map(({ object }) => object), ...items].map(({ apiVersion }) => apiVersion)];
  };
  assert.equal(await versions("Table"), ["meta.k8s.io/v1beta1", "meta.k8s.io/v1beta1"]);
  assert.equal(await versions("PartialObjectMetadataList"), ["meta.k8s.io/v1beta1", "meta.k8s.io/v1beta1"]);
  await api.close();
});

test("every use of a deprecated kind is warned of", async () => {
  const api = await startApiServer();
  const endpoints = { of: "endpoints", namespace: "default" } as const;
  const warned = "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice";
  const made = await api.ask({ ...endpoints, verb: "create", body: { metadata: { name: "web" } } });
  const got = await api.ask({ ...endpoints, verb: "get", name: "web" });
  const listed = await api.ask({ ...endpoints, verb: "list" });
  assert.equal(
    [made, got, listed].map(({ raw }) => raw.warnings),
    [[warned], [warned], [warned]],
  );
  await api.close();
});
