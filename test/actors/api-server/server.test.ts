import * as fc from "fast-check";
import * as assert from "uvu/assert";
import type { KubeList, Stored } from "#api/meta/object.ts";
import type { FlowSchema } from "#api/flowcontrol/v1/flow-schema.ts";
import type { ResourceAttributes } from "#actors/api-server/authorizer.ts";
import { MemoryStore, emptyContent } from "#actors/store/memory.ts";
import { StoreUnavailable, type Bucket, type Follower, type Store, type StoreKey } from "#lib/store.ts";
import { admin, alice, startApiServer, type TestServer } from "#test/support/api-server.ts";
import { settled } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/server");
const maps = { of: "configmaps", namespace: "default" } as const;
const create = (api: TestServer, name: string) => api.ask({ ...maps, verb: "create", body: { metadata: { name } } });

test("A1: nothing is written, read or watched without authorization", async () => {
  const asked: ResourceAttributes[] = [];
  const authorizer = {
    authorize: (user: { name: string }, attributes: object) => {
      asked.push(attributes as ResourceAttributes);
      return { decision: user.name === "alice" ? ("noOpinion" as const) : ("allow" as const), reason: "" };
    },
  };
  const api = await startApiServer({ guards: () => ({ authorizer }) });
  await create(api, "web");
  const verbs = ["get", "list", "create", "update", "patch", "delete", "deletecollection"] as const;
  for (const verb of verbs) {
    const { code, body } = await api.ask({ ...maps, verb, name: "web", body: {}, user: alice });
    assert.is(code, 403, verb);
    assert.match(
      body.message ?? "",
      new RegExp(`User "alice" cannot ${verb} resource "configmaps" in API group "" in the namespace "default"`),
    );
  }
  const watched = api.watch({ ...maps, user: alice });
  await settled();
  assert.is((watched.error as { code?: number } | undefined)?.code, 403);
  await api.ask({ of: "pods", namespace: "default", name: "x", verb: "get", subresource: "log" });
  assert.equal([asked.at(-1)?.resource, asked.at(-1)?.subresource], ["pods", "log"]);
  assert.is((await api.ask({ ...maps, verb: "get", name: "web" })).code, 200);
  await api.close();
});

test("A2: an invalid object is never stored", async () => {
  const api = await startApiServer();
  await create(api, "web");
  const bad = { metadata: { name: "web", labels: { "a b": "c" } } };
  assert.is((await api.ask({ ...maps, verb: "update", name: "web", body: bad })).code, 422);
  assert.is((await api.ask({ ...maps, verb: "patch", name: "web", body: bad, type: "application/merge-patch+json" })).code, 422);
  assert.is((await api.ask({ ...maps, verb: "create", body: { metadata: { name: "Not valid" } } })).code, 422);
  const { items } = await api.must<KubeList<Stored>>({ ...maps, verb: "list" });
  assert.equal(
    items.map(({ metadata }) => [metadata.name, metadata.labels]),
    [["web", undefined]],
  );
  await api.close();
});

/** Each of several clients reads a number, adds one and writes it, as often as it takes. */
const countUp = async (api: TestServer, times: number): Promise<void> => {
  for (let done = 0; done < times;) {
    const map = await api.must<Stored & { data?: { n: string } }>({ ...maps, verb: "get", name: "web" });
    const { code } = await api.ask({
      ...maps,
      verb: "update",
      name: "web",
      body: { ...map, data: { n: String(Number(map.data?.n ?? 0) + 1) } },
    });
    if (code === 200) done++;
    else assert.is(code, 409);
  }
};

test("A3: no update is lost", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 5 }), async (clients) => {
      const api = await startApiServer();
      await create(api, "web");
      await Promise.all(clients.map((times) => countUp(api, times)));
      const { data } = await api.must<Stored & { data?: { n: string } }>({ ...maps, verb: "get", name: "web" });
      assert.is(
        Number(data?.n),
        clients.reduce((sum, times) => sum + times, 0),
      );
      await api.close();
    }),
    { numRuns: 5 },
  );
});

test("what was written is there after a restart, and an old watch is told to begin anew", async () => {
  const content = emptyContent();
  const first = await startApiServer({ store: new MemoryStore(content) });
  const { body } = await create(first, "web");
  await first.close();
  const second = await startApiServer({ store: new MemoryStore(content) });
  assert.equal((await second.ask({ ...maps, verb: "get", name: "web" })).body, body);
  const watched = second.watch({ ...maps, options: { resourceVersion: "1" } });
  await settled();
  assert.is((watched.error as { code?: number } | undefined)?.code, 410);
  await second.close();
});

/** A memory store that can be cut off. */
class FragileStore implements Store {
  readonly #inner = new MemoryStore();
  readonly #followers: Follower[] = [];
  away = false;

  put(...args: Parameters<Store["put"]>): Promise<number> {
    return this.#there(() => this.#inner.put(...args));
  }
  delete(...args: Parameters<Store["delete"]>): Promise<number> {
    return this.#there(() => this.#inner.delete(...args));
  }
  revision(bucket: Bucket): Promise<number> {
    return this.#there(() => this.#inner.revision(bucket));
  }
  compact(bucket: Bucket, revision: number): Promise<void> {
    return this.#inner.compact(bucket, revision);
  }
  follow(bucket: Bucket, follower: Follower, signal: AbortSignal): void {
    this.#followers.push(follower);
    this.#inner.follow(bucket, follower, signal);
  }
  close(): Promise<void> {
    return this.#inner.close();
  }
  /** Ends every following. */
  lose(): void {
    for (const follower of this.#followers.splice(0)) follower.ended(new Error("lost"));
  }
  #there<T>(work: () => Promise<T>): Promise<T> {
    return this.away ? Promise.reject(new StoreUnavailable("away")) : work();
  }
}

test("while the store is away, reads are answered and writes are refused", async () => {
  const store = new FragileStore();
  const api = await startApiServer({ store });
  await create(api, "web");
  store.away = true;
  const failed = await create(api, "other");
  assert.equal([failed.code, failed.body.reason], [500, "ServerTimeout"]);
  assert.is(failed.body.message, "The create operation against configmaps could not be completed at this time, please try again.");
  assert.is(failed.raw.headers?.["Retry-After"], "2");
  await settled();
  assert.is((await create(api, "other")).code, 503);
  assert.is((await api.ask({ ...maps, verb: "get", name: "web" })).code, 200);
  store.away = false;
  await api.clock.advance(1_000);
  assert.is(api.server.state, "serving");
  assert.is((await create(api, "other")).code, 201);
  await api.close();
});

test("when the store is followed anew, watches end and everything is read again", async () => {
  const store = new FragileStore();
  const api = await startApiServer({ store });
  await create(api, "web");
  const seen: string[] = [];
  api.server.objects.follow({ group: "", version: "v1", resource: "configmaps", kind: "ConfigMap", namespaced: true }, ({ name }, object) =>
    seen.push(object === undefined ? `gone ${name}` : name),
  );
  const watched = api.watch(maps);
  await settled();
  store.lose();
  await settled();
  await settled();
  assert.is(watched.ended, true);
  assert.is(api.server.state, "serving");
  assert.is((await create(api, "other")).code, 201);
  assert.equal(seen, ["web", "web", "other"]);
  await api.close();
});

test("a server that drains ends its watches and takes nothing new", async () => {
  const api = await startApiServer();
  const watched = api.watch(maps);
  await settled();
  await api.close();
  assert.is(watched.ended, true);
  const { code, body } = await create(api, "web");
  assert.is(code, 503);
  assert.is(body.message, "the server is currently unable to handle the request");
});

/** A priority level with one seat, where nobody waits, for one user. */
const narrow = async (api: TestServer, name: string): Promise<void> => {
  const limited = { nominalConcurrencyShares: 1, borrowingLimitPercent: 0, limitResponse: { type: "Reject" } };
  const subjects = [{ kind: "User", user: { name } }];
  const everything = { verbs: ["*"], apiGroups: ["*"], resources: ["*"], namespaces: ["*"] };
  const level = { metadata: { name: "narrow" }, spec: { type: "Limited", limited } };
  await api.must({ of: "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io", verb: "create", body: level });
  const rules = [{ subjects, resourceRules: [everything] }];
  const spec = { priorityLevelConfiguration: { name: "narrow" }, matchingPrecedence: 50, rules };
  await api.must({ of: "flowschemas.flowcontrol.apiserver.k8s.io", verb: "create", body: { metadata: { name: "narrow" }, spec } });
};

test("too many requests at a time are turned away, but not an administrator's", async () => {
  const api = await startApiServer({ config: { maxReading: 1, maxWriting: 0 } });
  await narrow(api, "alice");
  const get = (user = alice) => api.ask({ ...maps, verb: "get", name: "web", user });
  const answers = await Promise.all([get(), get(), get(admin)]);
  assert.equal(
    answers.map(({ code }) => code),
    [404, 429, 404],
  );
  const { headers } = answers[1]?.raw ?? {};
  assert.is(headers?.["Retry-After"], "1");
  assert.ok(headers?.["X-Kubernetes-PF-FlowSchema-UID"] !== undefined, "it says how it was placed");
  assert.is((await get()).code, 404);
  await api.close();
});

test("an answer says how its request was placed", async () => {
  const api = await startApiServer();
  const uidOf = async (of: string, name: string) =>
    (await api.must({ of: `${of}.flowcontrol.apiserver.k8s.io`, verb: "get", name })).metadata.uid;
  const { headers } = (await api.ask({ ...maps, verb: "list", user: alice })).raw;
  assert.is(headers?.["X-Kubernetes-PF-FlowSchema-UID"], await uidOf("flowschemas", "global-default"));
  assert.is(headers?.["X-Kubernetes-PF-PriorityLevel-UID"], await uidOf("prioritylevelconfigurations", "global-default"));
  await api.close();
});

test("a flow schema says whether its priority level is there, and what must be there comes back", async () => {
  const api = await startApiServer();
  await narrow(api, "alice");
  const group = "flowcontrol.apiserver.k8s.io";
  await api.must({ of: `prioritylevelconfigurations.${group}`, verb: "delete", name: "narrow" });
  await api.must({ of: `flowschemas.${group}`, verb: "delete", name: "exempt" });
  await api.clock.advance(10_000);
  const conditions = async (name: string) =>
    (await api.must<FlowSchema>({ of: `flowschemas.${group}`, verb: "get", name })).status?.conditions?.map(({ type, status, message }) => [
      type,
      status,
      message,
    ]);
  const names = "This FlowSchema references the PriorityLevelConfiguration object named";
  assert.equal(await conditions("narrow"), [["Dangling", "True", `${names} "narrow" but there is no such object`]]);
  assert.equal(await conditions("exempt"), [["Dangling", "False", `${names} "exempt" and it exists`]]);
  await api.close();
});

test("what a cluster has is there from the start", async () => {
  const api = await startApiServer();
  const names = async (of: string, namespace?: string) =>
    (await api.must<KubeList<Stored>>({ of, verb: "list", namespace })).items.map(({ metadata }) => metadata.name);
  assert.equal(await names("namespaces"), ["default", "kube-node-lease", "kube-public", "kube-system"]);
  assert.equal(await names("priorityclasses.scheduling.k8s.io"), ["system-cluster-critical", "system-node-critical"]);
  assert.equal(await names("services", "default"), ["kubernetes"]);
  assert.equal(await names("endpoints", "default"), ["kubernetes"]);
  assert.equal(await names("endpointslices.discovery.k8s.io", "default"), ["kubernetes"]);
  assert.ok((await names("clusterroles.rbac.authorization.k8s.io")).includes("cluster-admin"));
  await api.close();
});

test("old delete markers are dropped", async () => {
  const compacted: [Bucket, number][] = [];
  class Watched extends MemoryStore {
    override compact(bucket: Bucket, revision: number): Promise<void> {
      compacted.push([bucket, revision]);
      return super.compact(bucket, revision);
    }
  }
  const store = new Watched();
  const api = await startApiServer({ store });
  const { body } = await create(api, "web");
  await api.clock.advance(300_000);
  assert.equal(compacted, []);
  await create(api, "other");
  await api.clock.advance(300_000);
  assert.equal(compacted, [["objects", Number(body.metadata?.resourceVersion)]]);
  await api.close();
});

test("a failure that nobody foresaw is logged and answered", async () => {
  const lines: string[] = [];
  class Broken extends MemoryStore {
    // oxlint-disable-next-line max-params -- the port's signature
    override put(bucket: Bucket, key: StoreKey, value: Uint8Array, expected: number, signal?: AbortSignal): Promise<number> {
      if (key.name === "web") throw new Error("disk on fire");
      return super.put(bucket, key, value, expected, signal);
    }
  }
  const api = await startApiServer({ store: new Broken(), log: (_level, message) => lines.push(message) });
  const { code, body } = await create(api, "web");
  assert.equal([code, body.message], [500, "Internal error occurred: disk on fire"]);
  assert.equal(lines, ["request failed"]);
  await api.close();
});

test("tells how many objects there are and how many changes came", async () => {
  const api = await startApiServer();
  const valueOf = (name: string): number =>
    api.server
      .families()
      .find((family) => family.name === name)
      ?.values.find(({ labels }) => labels["resource"] === "configmaps")?.value ?? Number.NaN;
  const [objects, events] = [valueOf("apiserver_storage_objects"), valueOf("apiserver_watch_cache_events_received_total")];
  const map = { of: "configmaps", namespace: "default", name: "a" } as const;
  await api.must({ ...map, verb: "create", body: { metadata: { name: "a" } } });
  assert.is(valueOf("apiserver_storage_objects"), objects + 1);
  await api.must({ ...map, verb: "delete" });
  assert.is(valueOf("apiserver_storage_objects"), objects);
  assert.is(valueOf("apiserver_watch_cache_events_received_total"), events + 2);
  await api.close();
});
