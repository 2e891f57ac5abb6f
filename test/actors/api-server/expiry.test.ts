import * as assert from "uvu/assert";
import { MemoryStore, emptyContent } from "#actors/store/memory.ts";
import { startApiServer, type TestServer } from "#test/support/api-server.ts";
import { settled } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/expiry");
const at = { of: "events", namespace: "default" } as const;
const create = (api: TestServer, name: string) =>
  api.must({
    ...at,
    verb: "create",
    body: {
      metadata: { name },
      involvedObject: { kind: "Pod", namespace: "default", name: "web" },
      reason: "Started",
      type: "Normal",
      lastTimestamp: "2026-01-01T00:00:00Z",
    },
  });
const MINUTE = 60_000;

test("an event goes an hour after it last changed, and watchers hear of it", async () => {
  const api = await startApiServer();
  const frames = api.watch({ ...at, options: { timeoutSeconds: 10_000 } });
  await settled();
  await create(api, "a");
  await create(api, "b");
  await api.clock.advance(30 * MINUTE);
  await api.must({ ...at, verb: "patch", name: "b", body: { count: 2 }, type: "application/merge-patch+json" });
  await api.clock.advance(31 * MINUTE);
  assert.equal(frames.story, ["ADDED a", "ADDED b", "MODIFIED b", "DELETED a"]);
  await api.clock.advance(30 * MINUTE);
  assert.is(frames.story.at(-1), "DELETED b");
  assert.is((await api.ask({ ...at, verb: "get", name: "a" })).code, 404);
  await api.close();
});

test("after a restart an event's age is what it says of itself", async () => {
  const content = emptyContent();
  const first = await startApiServer({ store: new MemoryStore(content) });
  await create(first, "a");
  await first.close();
  const second = await startApiServer({ store: new MemoryStore(content) });
  await second.clock.advance(59 * MINUTE);
  assert.is((await second.ask({ ...at, verb: "get", name: "a" })).code, 200);
  await second.clock.advance(2 * MINUTE);
  assert.is((await second.ask({ ...at, verb: "get", name: "a" })).code, 404);
  await second.close();
});
