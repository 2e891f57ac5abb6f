import * as assert from "uvu/assert";
import type { V1Namespace, V1Pod } from "#api/generated/types.ts";
import type { Stored } from "#api/meta/object.ts";
import { MemoryStore, emptyContent } from "#actors/store/memory.ts";
import type { Bucket, StoreKey } from "#lib/store.ts";
import { startApiServer, type TestServer } from "#test/support/api-server.ts";
import { aPod } from "#test/support/objects.ts";
import { SimulatedClock, settled } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/pipeline/delete");
const maps = { of: "configmaps", namespace: "default" } as const;
const web = { ...maps, name: "web" } as const;
const pod = { of: "pods", namespace: "default", name: "web" } as const;

const withAccounts = async (): Promise<TestServer> => {
  const api = await startApiServer();
  await api.must({ verb: "create", of: "serviceaccounts", namespace: "default", body: { metadata: { name: "default" } } });
  return api;
};

/** A server with a pod on a node, and a watch of it. */
const withPod = async (parts: Parameters<typeof aPod>[0] = {}) => {
  const api = await withAccounts();
  await api.must({
    verb: "create",
    of: "pods",
    namespace: "default",
    body: aPod({ ...parts, spec: { nodeName: "worker-1", ...parts.spec } }),
  });
  const frames = api.watch({ of: "pods", namespace: "default" });
  await settled();
  return { api, frames };
};

test("an object is gone at once, and the answer says which it was", async () => {
  const api = await startApiServer();
  const { metadata } = await api.must({ ...maps, verb: "create", body: { metadata: { name: "web" } } });
  const { code, body } = await api.ask({ ...web, verb: "delete" });
  assert.is(code, 200);
  assert.equal(body, {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: { name: "web", kind: "configmaps", uid: metadata.uid },
  });
  assert.is((await api.ask({ ...web, verb: "delete" })).code, 404);
  await api.close();
});

test("finalizers hold a deleted object until the last is gone", async () => {
  const api = await startApiServer();
  await api.must({ ...maps, verb: "create", body: { metadata: { name: "web", finalizers: ["example.com/a"] } } });
  const { metadata } = await api.must({ ...web, verb: "delete" });
  assert.is(metadata.deletionTimestamp, "2026-01-01T00:00:00Z");
  assert.is(metadata.deletionGracePeriodSeconds, 0);
  const again = await api.must({ ...web, verb: "delete" });
  assert.is(again.metadata.resourceVersion !== undefined, true);
  const more = await api.ask({
    ...web,
    verb: "patch",
    body: { metadata: { finalizers: ["example.com/b"] } },
    type: "application/merge-patch+json",
  });
  assert.is(more.code, 422);
  await api.must({ ...web, verb: "patch", body: { metadata: { finalizers: null } }, type: "application/merge-patch+json" });
  assert.is((await api.ask({ ...web, verb: "get" })).code, 404);
  await api.close();
});

test("a pod on a node is marked, and gone when its node says so", async () => {
  const { api, frames } = await withPod();
  const { metadata } = await api.must({ ...pod, verb: "delete" });
  assert.is(metadata.deletionTimestamp, "2026-01-01T00:00:30Z");
  assert.is(metadata.deletionGracePeriodSeconds, 30);
  assert.is(metadata.generation, 2);
  const shorter = await api.must({ ...pod, verb: "delete", body: { gracePeriodSeconds: 5 } });
  assert.is(shorter.metadata.deletionTimestamp, "2026-01-01T00:00:05Z");
  const longer = await api.must({ ...pod, verb: "delete", body: { gracePeriodSeconds: 60 } });
  assert.is(longer.metadata.deletionTimestamp, "2026-01-01T00:00:05Z");
  await api.must({ ...pod, verb: "delete", options: { gracePeriodSeconds: 0 } });
  assert.is((await api.ask({ ...pod, verb: "get" })).code, 404);
  assert.equal(frames.story, ["ADDED web", "MODIFIED web", "MODIFIED web", "DELETED web"]);
  await api.close();
});

test("a pod that nothing runs is gone at once", async () => {
  const unscheduled = await withAccounts();
  await unscheduled.must({ verb: "create", of: "pods", namespace: "default", body: aPod() });
  await unscheduled.must({ ...pod, verb: "delete" });
  assert.is((await unscheduled.ask({ ...pod, verb: "get" })).code, 404);
  await unscheduled.close();

  const { api } = await withPod();
  await api.must({
    ...pod,
    verb: "patch",
    subresource: "status",
    body: { status: { phase: "Succeeded" } },
    type: "application/merge-patch+json",
  });
  const deleted = await api.must<Stored<V1Pod>>({ ...pod, verb: "delete" });
  assert.is(deleted.metadata.deletionGracePeriodSeconds, 0);
  assert.is((await api.ask({ ...pod, verb: "get" })).code, 404);
  await api.close();
});

test("dependents are left behind, or waited for, as the client wishes", async () => {
  const api = await startApiServer();
  const wish = async (body: object): Promise<readonly string[] | undefined> => {
    await api.must({ ...maps, verb: "create", body: { metadata: { generateName: "web-", name: "web" } } });
    const answer = await api.must({ ...web, verb: "delete", body });
    const finalizers = answer.metadata?.finalizers;
    if (finalizers !== undefined)
      await api.must({ ...web, verb: "patch", body: { metadata: { finalizers: null } }, type: "application/merge-patch+json" });
    return finalizers;
  };
  assert.equal(await wish({ propagationPolicy: "Orphan" }), ["orphan"]);
  assert.equal(await wish({ propagationPolicy: "Foreground" }), ["foregroundDeletion"]);
  assert.equal(await wish({ orphanDependents: true }), ["orphan"]);
  assert.is(await wish({ propagationPolicy: "Background" }), undefined);
  await api.must({ ...maps, verb: "create", body: { metadata: { name: "web" } } });
  const both = await api.ask({ ...web, verb: "delete", body: { propagationPolicy: "Orphan", orphanDependents: true } });
  assert.is(both.code, 422);
  await api.close();
});

test("preconditions are kept", async () => {
  const api = await startApiServer();
  const { metadata } = await api.must({ ...maps, verb: "create", body: { metadata: { name: "web" } } });
  const refused = await api.ask({ ...web, verb: "delete", body: { preconditions: { uid: "other" } } });
  assert.is(refused.code, 409);
  assert.is(
    refused.body.message,
    `Operation cannot be fulfilled on ConfigMap "web": the UID in the precondition (other) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
  );
  assert.is((await api.ask({ ...web, verb: "delete", body: { preconditions: { resourceVersion: "1" } } })).code, 409);
  const { uid, resourceVersion } = metadata;
  assert.is((await api.ask({ ...web, verb: "delete", body: { preconditions: { uid, resourceVersion } } })).code, 200);
  await api.close();
});

test("a dry run deletes nothing", async () => {
  const api = await startApiServer();
  await api.must({ ...maps, verb: "create", body: { metadata: { name: "web" } } });
  assert.is((await api.ask({ ...web, verb: "delete", body: { dryRun: ["All"] } })).code, 200);
  assert.is((await api.ask({ ...web, verb: "delete", options: { dryRun: ["All"] } })).code, 200);
  assert.is((await api.ask({ ...web, verb: "get" })).code, 200);
  await api.close();
});

test("a collection is deleted by its selectors", async () => {
  const api = await startApiServer();
  for (const [name, app] of [
    ["a", "web"],
    ["b", "web"],
    ["c", "db"],
  ]) {
    await api.must({ ...maps, verb: "create", body: { metadata: { name, labels: { app } } } });
  }
  const { body } = await api.ask({ ...maps, verb: "deletecollection", options: { labelSelector: "app=web" } });
  assert.is(body.kind, "ConfigMapList");
  const left = await api.must<{ items: Stored[] }>({ ...maps, verb: "list" });
  assert.equal(
    left.items.map(({ metadata }) => metadata.name),
    ["c"],
  );
  await api.close();
});

const namespace = { of: "namespaces", name: "shop" } as const;

test("a namespace ends when its finalizers do, and takes nothing new meanwhile", async () => {
  const api = await startApiServer();
  const created = await api.must<Stored<V1Namespace>>({ of: "namespaces", verb: "create", body: { metadata: { name: "shop" } } });
  assert.equal(created.spec?.finalizers, ["kubernetes"]);
  assert.is(created.status?.phase, "Active");
  const ending = await api.must<Stored<V1Namespace>>({ ...namespace, verb: "delete" });
  assert.is(ending.status?.phase, "Terminating");
  assert.is(ending.metadata.deletionTimestamp, "2026-01-01T00:00:00Z");
  const refused = await api.ask({ verb: "create", of: "configmaps", namespace: "shop", body: { metadata: { name: "web" } } });
  assert.is(refused.code, 403);
  assert.is(
    refused.body.message,
    'configmaps "web" is forbidden: unable to create new content in namespace shop because it is being terminated',
  );
  assert.equal(refused.body.details?.causes, [
    { reason: "NamespaceTerminating", message: "namespace shop is being terminated", field: "metadata.namespace" },
  ]);
  await api.must({ ...namespace, verb: "update", subresource: "finalize", body: { ...ending, spec: { finalizers: [] } } });
  assert.is((await api.ask({ ...namespace, verb: "get" })).code, 404);
  await api.close();
});

test("the namespaces of the system stay, and a missing one takes nothing", async () => {
  const api = await startApiServer();
  for (const name of ["default", "kube-system", "kube-public"]) {
    const { code, body } = await api.ask({ of: "namespaces", verb: "delete", name });
    assert.is(code, 403);
    assert.is(body.message, `namespaces "${name}" is forbidden: this namespace may not be deleted`);
  }
  const { code, body } = await api.ask({ verb: "create", of: "configmaps", namespace: "none", body: { metadata: { name: "web" } } });
  assert.is(code, 404);
  assert.is(body.message, 'namespaces "none" not found');
  await api.close();
});

/** Tells of every write of a configmap, whose changes reach followers late. */
class TellingStore extends MemoryStore {
  onPut: () => void = () => undefined;
  // oxlint-disable-next-line max-params -- the port's signature
  override put(bucket: Bucket, key: StoreKey, value: Uint8Array, expected: number, signal?: AbortSignal): Promise<number> {
    if (key.resource === "configmaps") this.onPut();
    return super.put(bucket, key, value, expected, signal);
  }
}

test("S3: nothing is created anew before watchers have seen the deletion", async () => {
  const clock = new SimulatedClock();
  const store = new TellingStore(emptyContent(), { clock, faults: { delayMs: (step) => (step === "changes" ? 50 : 0) } });
  const api = await startApiServer({ clock, store });
  const answered = async <T>(promise: Promise<T>): Promise<T> => {
    await clock.advance(200);
    return promise;
  };
  await answered(api.must({ ...maps, verb: "create", body: { metadata: { name: "web" } } }));
  const frames = api.watch(maps);
  await settled();
  const seen: (readonly string[])[] = [];
  store.onPut = () => seen.push(frames.story);
  const deleting = api.ask({ ...web, verb: "delete" });
  const creating = api.ask({ ...maps, verb: "create", body: { metadata: { name: "web" } } });
  assert.equal([(await answered(deleting)).code, (await answered(creating)).code], [200, 201]);
  assert.equal(seen, [["ADDED web", "DELETED web"]]);
  assert.equal(frames.story, ["ADDED web", "DELETED web", "ADDED web"]);
  await api.close();
});
