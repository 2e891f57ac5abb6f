import * as assert from "uvu/assert";
import type { ApiError } from "#api/meta/status.ts";
import type { RequestOptions } from "#lib/api.ts";
import { startApiServer, type Frames, type TestServer } from "#test/support/api-server.ts";
import { settled } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/pipeline/watch");
const maps = { of: "configmaps", namespace: "default" } as const;

const create = (api: TestServer, name: string) => api.must({ ...maps, verb: "create", body: { metadata: { name } } });

const watching = async (api: TestServer, options: RequestOptions = {}): Promise<Frames> => {
  const frames = api.watch({ ...maps, options });
  await settled();
  return frames;
};

test("the initial state ends with a marked bookmark", async () => {
  const api = await startApiServer();
  await create(api, "a");
  const frames = await watching(api, { sendInitialEvents: true, resourceVersionMatch: "NotOlderThan", allowWatchBookmarks: true });
  assert.equal(frames.story, ["ADDED a", "BOOKMARK"]);
  const { object } = frames.events[1] ?? {};
  assert.equal(object?.metadata.annotations, { "k8s.io/initial-events-end": "true" });
  const { metadata } = await create(api, "b");
  assert.is(Number(object?.metadata.resourceVersion), Number(metadata.resourceVersion) - 1);
  assert.equal(frames.story, ["ADDED a", "BOOKMARK", "ADDED b"]);
  await api.close();
});

test("without initial events a watch begins now", async () => {
  const api = await startApiServer();
  await create(api, "a");
  const frames = await watching(api, { sendInitialEvents: false, resourceVersionMatch: "NotOlderThan" });
  await create(api, "b");
  assert.equal(frames.story, ["ADDED b"]);
  await api.close();
});

test("a watch resumes where it was, and not before what is remembered", async () => {
  const api = await startApiServer();
  const { metadata } = await create(api, "a");
  await create(api, "b");
  const resumed = await watching(api, { resourceVersion: metadata.resourceVersion });
  assert.equal(resumed.story, ["ADDED b"]);
  await api.clock.advance(400_000);
  const { metadata: last } = await create(api, "c");
  const expired = await watching(api, { resourceVersion: metadata.resourceVersion });
  assert.is((expired.error as ApiError).code, 410);
  assert.is(
    (expired.error as ApiError).message,
    `too old resource version: ${metadata.resourceVersion} (${Number(last.resourceVersion) - 1})`,
  );
  await api.close();
});

test("a watch of one object sees that object", async () => {
  const api = await startApiServer();
  const frames = api.watch({ ...maps, name: "b" });
  const byField = await watching(api, { fieldSelector: "metadata.name=b" });
  for (const name of ["a", "b"]) await create(api, name);
  assert.equal(frames.story, ["ADDED b"]);
  assert.equal(byField.story, ["ADDED b"]);
  await api.close();
});

test("quiet watchers that allow it are told how far they have come", async () => {
  const api = await startApiServer();
  const [told, untold] = [await watching(api, { resourceVersion: "0", allowWatchBookmarks: true }), await watching(api)];
  const { metadata } = await api.must({ verb: "create", of: "secrets", namespace: "default", body: { metadata: { name: "x" } } });
  await api.clock.advance(60_001);
  assert.equal(told.story, ["BOOKMARK"]);
  assert.equal(told.events[0]?.object, { kind: "ConfigMap", apiVersion: "v1", metadata: { resourceVersion: metadata.resourceVersion } });
  assert.equal(untold.story, []);
  await api.close();
});

test("a watch may ask for more time than a timer counts to", async () => {
  const api = await startApiServer();
  const patient = await watching(api, { timeoutSeconds: Number.MAX_SAFE_INTEGER });
  await create(api, "a");
  await settled();
  assert.equal([patient.story, patient.ended], [["ADDED a"], false]);
  await api.close();
});

test("a watch ends in time, or when its client goes", async () => {
  const api = await startApiServer();
  const timed = await watching(api, { timeoutSeconds: 5 });
  const gone = new AbortController();
  const left = api.watch(maps, gone.signal);
  await settled();
  gone.abort();
  assert.is(left.ended, true);
  await api.clock.advance(4_999);
  assert.is(timed.ended, false);
  await api.clock.advance(1);
  assert.is(timed.ended, true);
  assert.is(timed.error, undefined);
  await create(api, "a");
  assert.equal([timed.story, left.story], [[], []]);
  await api.close();
});

test("options that contradict each other are refused", async () => {
  const api = await startApiServer();
  const error = async (options: RequestOptions) => ((await watching(api, options)).error as ApiError).code;
  assert.is(await error({ sendInitialEvents: true }), 422);
  assert.is(await error({ resourceVersionMatch: "NotOlderThan", resourceVersion: "1" }), 422);
  assert.is(await error({ timeoutSeconds: -1 }), 422);
  assert.is(await error({ labelSelector: "a in" }), 400);
  await api.close();
});

test("a watch tells tables and metadata to those who ask for them", async () => {
  const api = await startApiServer();
  const tables = api.watch({ ...maps, accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json" });
  const partial = api.watch({ ...maps, accept: "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io" });
  await settled();
  await create(api, "a");
  const [table] = tables.events.map(({ object }) => object as unknown as { kind: string; rows: { cells: unknown[] }[] });
  assert.is(table?.kind, "Table");
  assert.is(table?.rows[0]?.cells[0], "a");
  assert.is(partial.events[0]?.object.kind, "PartialObjectMetadata");
  await api.close();
});
