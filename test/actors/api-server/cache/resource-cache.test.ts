// S3: every watcher sees, per key, an ordered history, complete to its end, or is told that it cannot.
import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { pods } from "#api/core/v1/pod.ts";
import type { Kind } from "#api/kind.ts";
import type { V1Pod } from "#api/generated/types.ts";
import { plainView } from "#actors/api-server/cache/change-event.ts";
import { ResourceCache } from "#actors/api-server/cache/resource-cache.ts";
import { selectionOf, type Scope } from "#actors/api-server/cache/selection.ts";
import { encodeValue } from "#actors/api-server/cache/splice.ts";
import { Watcher } from "#actors/api-server/cache/watcher.ts";
import type { Change } from "#lib/store.ts";
import { Frames } from "#test/support/api-server.ts";
import { settled } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/cache/resource-cache");
const kind = pods as unknown as Kind;

type Step = { readonly name: string; readonly app?: string | undefined; readonly node?: string | undefined; readonly gone?: boolean };

/** A cache and the history that it is given. */
const history = (limits = { maxAgeMs: 1_000, maxEvents: 1_000 }) => {
  const cache = new ResourceCache(kind, limits);
  cache.loaded(0);
  let revision = 0;
  let now = 0;
  return {
    cache,
    wait: (ms: number) => (now += ms),
    get revision() {
      return revision;
    },
    apply: ({ name, app, node, gone = false }: Step) => {
      const pod: V1Pod = {
        metadata: { namespace: "default", name, ...(app === undefined ? {} : { labels: { app } }) },
        spec: { containers: [], ...(node === undefined ? {} : { nodeName: node }) },
      };
      const key = { group: "", resource: "pods", namespace: "default", name };
      const change: Change = { type: gone ? "delete" : "put", key, value: encodeValue(kind, pod), revision: ++revision };
      cache.apply(change, now);
    },
  };
};

const watcher = (scope: Scope = {}, maxWaiting = 10) => {
  const sink = new Frames();
  const options = { selection: selectionOf(kind, scope), view: plainView, sink, bookmarks: true, maxWaiting };
  return { sink, watcher: new Watcher({ ...options, bookmark: () => new TextEncoder().encode('{"metadata":{}}') }) };
};

test("an object that comes to match is added, and deleted as it was when it ceases to", () => {
  const { cache, apply } = history();
  const { sink, watcher: one } = watcher({ labelSelector: "app=web" });
  cache.watchNow(one);
  apply({ name: "a", app: "other" });
  apply({ name: "a", app: "web" });
  apply({ name: "a", app: "web", node: "w1" });
  apply({ name: "a", app: "other" });
  apply({ name: "a", gone: true });
  assert.equal(sink.story, ["ADDED a", "MODIFIED a", "DELETED a"]);
  assert.equal(sink.events[2]?.object.metadata.labels, { app: "web" });
  assert.is(sink.events[2]?.object.metadata.resourceVersion, "4");
});

test("a kubelet sees the pods of its node come, and go when the field changes", () => {
  const { cache, apply } = history();
  const { sink, watcher: one } = watcher({ fieldSelector: "spec.nodeName=w1" });
  cache.watchNow(one);
  apply({ name: "a" });
  apply({ name: "a", node: "w1" });
  apply({ name: "b", node: "w2" });
  apply({ name: "a", node: "w2" });
  assert.equal(sink.story, ["ADDED a", "DELETED a"]);
});

test("watchers that see a change the same way get the same bytes", () => {
  const { cache, apply } = history();
  const [one, two] = [watcher(), watcher({ labelSelector: "app=web" })];
  cache.watchNow(one.watcher);
  cache.watchNow(two.watcher);
  apply({ name: "a", app: "web" });
  assert.is(one.sink.frames[0], two.sink.frames[0]);
});

test("a watch from a revision tells what came after it", () => {
  const { cache, apply } = history();
  for (const name of ["a", "b", "c"]) apply({ name });
  const { sink, watcher: one } = watcher();
  assert.is(cache.watchSince(one, 1), true);
  apply({ name: "b", gone: true });
  assert.equal(sink.story, ["ADDED b", "ADDED c", "DELETED b"]);
});

test("a watch from a forgotten revision is refused, by age and by number", () => {
  const aged = history({ maxAgeMs: 100, maxEvents: 1_000 });
  aged.apply({ name: "a" });
  aged.wait(200);
  aged.apply({ name: "b" });
  assert.is(aged.cache.watchSince(watcher().watcher, 0), false);
  assert.is(aged.cache.floor, 1);
  assert.is(aged.cache.watchSince(watcher().watcher, 1), true);

  const many = history({ maxAgeMs: 1e9, maxEvents: 2 });
  for (const name of ["a", "b", "c", "d"]) many.apply({ name });
  assert.is(many.cache.floor, 2);
  assert.is(many.cache.watchSince(watcher().watcher, 1), false);
});

test("a long history is forgotten from its old end", () => {
  const { cache, apply } = history({ maxAgeMs: 1e9, maxEvents: 100 });
  for (let count = 0; count < 5_000; count++) apply({ name: `pod-${count % 7}` });
  assert.is(cache.floor, 4_900);
  const { sink, watcher: one } = watcher({}, 1_000);
  assert.is(cache.watchSince(one, 4_990), true);
  assert.equal(
    sink.events.map(({ object }) => object.metadata.resourceVersion),
    ["4991", "4992", "4993", "4994", "4995", "4996", "4997", "4998", "4999", "5000"],
  );
});

test("a client that does not read is cut off, and one that reads again misses nothing", async () => {
  const { cache, apply } = history();
  const [slow, later] = [watcher({}, 3), watcher({}, 3)];
  cache.watchNow(slow.watcher);
  cache.watchNow(later.watcher);
  slow.sink.full = true;
  later.sink.full = true;
  for (const name of ["a", "b", "c"]) apply({ name });
  later.sink.drain();
  await settled();
  for (const name of ["d", "e"]) apply({ name });
  assert.equal(later.sink.story, ["ADDED a", "ADDED b", "ADDED c", "ADDED d", "ADDED e"]);
  assert.is(slow.sink.ended, true);
  assert.equal(slow.sink.story, ["ADDED a"]);
  assert.is(cache.watchers.size, 1);
});

test("the state is told to a slow reader in full, and what happens meanwhile after it", async () => {
  const { cache, apply } = history();
  for (const name of ["a", "b", "c", "d", "e"]) apply({ name });
  const { sink, watcher: one } = watcher({}, 2);
  sink.full = true;
  cache.watchNow(one);
  apply({ name: "f" });
  assert.equal(sink.story, ["ADDED a"]);
  sink.drain();
  await settled();
  assert.equal(sink.story, ["ADDED a", "ADDED b", "ADDED c", "ADDED d", "ADDED e", "ADDED f"]);
});

const steps = fc.array(
  fc.record({
    name: fc.constantFrom("a", "b", "c"),
    app: fc.constantFrom("web", "db", undefined),
    node: fc.constantFrom("w1", "w2", undefined),
    gone: fc.boolean(),
  }),
  { maxLength: 40 },
);
const scopes = fc.constantFrom<Scope>(
  {},
  { labelSelector: "app=web" },
  { fieldSelector: "spec.nodeName=w1" },
  { fieldSelector: "metadata.name=b" },
);

/** What a client holds after a story. */
const replayed = (sink: Frames, start: ReadonlyMap<string, string>): Map<string, string> => {
  const held = new Map(start);
  for (const { type, object } of sink.events) {
    if (type === "DELETED") held.delete(object.metadata.name);
    else held.set(object.metadata.name, object.metadata.resourceVersion);
  }
  return held;
};

const stateOf = (entries: Iterable<{ readonly key: { readonly name: string }; readonly revision: number }>): Map<string, string> =>
  new Map([...entries].map(({ key, revision }) => [key.name, String(revision)] as const));

const sorted = (map: ReadonlyMap<string, string>): unknown => [...map].toSorted(([a], [b]) => (a < b ? -1 : 1));

test("whoever replays a watch from any revision holds what the cache holds", () => {
  fc.assert(
    fc.property(steps, scopes, fc.nat(40), (all, scope, from) => {
      const { cache, apply } = history();
      const selection = selectionOf(kind, scope);
      const [before, after] = [all.slice(0, from), all.slice(from)];
      for (const step of before) apply(step);
      const start = stateOf(cache.select(selection));
      const [live, resumed] = [watcher(scope), watcher(scope)];
      const revision = before.length;
      cache.watchSince(live.watcher, revision);
      for (const step of after) apply(step);
      assert.is(cache.watchSince(resumed.watcher, revision), true);
      assert.equal(live.sink.story, resumed.sink.story);
      const end = stateOf(cache.select(selection));
      assert.equal(sorted(replayed(live.sink, start)), sorted(end));
      const revisions = live.sink.events.map(({ object }) => Number(object.metadata.resourceVersion));
      assert.equal(
        revisions,
        revisions.toSorted((a, b) => a - b),
      );
    }),
  );
});

test("the cache knows how large its objects are together", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const { cache, apply } = history();
      for (const step of all) apply(step);
      const sizes = Array.from(cache.entries(), ({ bytes }) => bytes.length);
      assert.equal([cache.bytes, cache.size], [sizes.reduce((sum, size) => sum + size, 0), sizes.length]);
    }),
  );
});

test("the state at a revision is what it was then", () => {
  fc.assert(
    fc.property(steps, scopes, fc.nat(40), (all, scope, from) => {
      const { cache, apply } = history();
      const selection = selectionOf(kind, scope);
      for (const step of all.slice(0, from)) apply(step);
      const then = [...stateOf(cache.select(selection))];
      const revision = Math.min(from, all.length);
      for (const step of all.slice(from)) apply(step);
      assert.equal([...stateOf(cache.selectAt(selection, revision) ?? [])], then);
      const after = { namespace: "default", name: "a" };
      assert.equal(
        [...stateOf(cache.selectAt(selection, revision, after) ?? [])],
        then.filter(([name]) => name > "a"),
      );
    }),
  );
});
