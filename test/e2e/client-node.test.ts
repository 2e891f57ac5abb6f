// @kubernetes/client-node, the JavaScript client that programs use: informers, watches, patches, server-side apply, tokens.
import * as assert from "uvu/assert";
import { startDevServer } from "#test/actors/api-server/dev-server.ts";
import { suite } from "#test/support/suite.ts";
import {
  CoreV1Api,
  KubeConfig,
  KubernetesObjectApi,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  Watch,
  type V1ConfigMap,
} from "@kubernetes/client-node";

const test = suite("e2e/client-node", 30_000);
const namespace = "default";
const map = (name: string, data: Record<string, string>) => ({ metadata: { name, namespace }, data });

const withConfig = async (body: (config: KubeConfig, core: CoreV1Api) => Promise<void>): Promise<void> => {
  const server = await startDevServer();
  const config = new KubeConfig();
  config.loadFromString(server.kubeconfig);
  try {
    await body(config, config.makeApiClient(CoreV1Api));
  } finally {
    await server.stop();
  }
};

/** Collects what it is told; `until` resolves when there is so much. */
const collector = () => {
  const seen: string[] = [];
  let wanted = { count: Infinity, resolve: (): void => undefined };
  return {
    tell: (what: string): void => {
      seen.push(what);
      if (seen.length >= wanted.count) wanted.resolve();
    },
    until: async (count: number): Promise<readonly string[]> => {
      const { promise, resolve } = Promise.withResolvers<void>();
      wanted = { count, resolve };
      if (seen.length < count) await promise;
      return seen;
    },
  };
};

test("an informer has what is there and hears of what happens", () =>
  withConfig(async (config, core) => {
    await core.createNamespacedConfigMap({ namespace, body: map("first", {}) });
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const informer = makeInformer<V1ConfigMap>(config, path, () => core.listNamespacedConfigMap({ namespace }));
    const told = collector();
    for (const verb of ["add", "update", "delete"] as const) informer.on(verb, (object) => told.tell(`${verb} ${object.metadata?.name}`));
    await informer.start();
    await told.until(1);
    await core.createNamespacedConfigMap({ namespace, body: map("second", {}) });
    await core.replaceNamespacedConfigMap({ namespace, name: "second", body: map("second", { a: "b" }) });
    await core.deleteNamespacedConfigMap({ namespace, name: "first" });
    assert.equal(await told.until(4), ["add first", "add second", "update second", "delete first"]);
    assert.equal(informer.get("second", namespace)?.data, { a: "b" });
    await informer.stop();
  }));

test("a watch tells changes, and ends when it is told to", () =>
  withConfig(async (config, core) => {
    const told = collector();
    const ended = Promise.withResolvers<void>();
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const tell = (type: string, object: V1ConfigMap): void => told.tell(`${type} ${object.metadata?.name}`);
    const watching = await new Watch(config).watch(path, { allowWatchBookmarks: true, labelSelector: "a=b" }, tell, () => ended.resolve());
    const body = { ...map("one", {}), metadata: { name: "one", namespace, labels: { a: "b" } } };
    await core.createNamespacedConfigMap({ namespace, body });
    await core.deleteNamespacedConfigMap({ namespace, name: "one" });
    assert.equal(await told.until(2), ["ADDED one", "DELETED one"]);
    watching.abort();
    await ended.promise;
  }));

test("objects are patched in every way", () =>
  withConfig(async (_, core) => {
    await core.createNamespacedConfigMap({ namespace, body: map("one", { n: "0" }) });
    for (const [strategy, body] of [
      [PatchStrategy.JsonPatch, [{ op: "add", path: "/data/json", value: "1" }]],
      [PatchStrategy.MergePatch, { data: { merge: "1" } }],
      [PatchStrategy.StrategicMergePatch, { data: { strategic: "1", n: null } }],
    ] as const)
      await core.patchNamespacedConfigMap({ namespace, name: "one", body }, setHeaderOptions("Content-Type", strategy));
    const { data } = await core.readNamespacedConfigMap({ namespace, name: "one" });
    assert.equal(data, { json: "1", merge: "1", strategic: "1" });
  }));

test("objects are applied on the server's side, each field by its owner", () =>
  withConfig(async (config) => {
    const objects = KubernetesObjectApi.makeApiClient(config);
    const apply = (data: Record<string, string>, manager: string, force = false): Promise<V1ConfigMap> => {
      const spec = { apiVersion: "v1", kind: "ConfigMap", ...map("one", data) };
      return objects.patch(spec, undefined, undefined, manager, force, PatchStrategy.ServerSideApply) as Promise<V1ConfigMap>;
    };
    await apply({ a: "1", b: "1" }, "one");
    const refused = await apply({ b: "2" }, "two").then(
      () => 0,
      (error: { readonly code: number }) => error.code,
    );
    assert.is(refused, 409);
    await apply({ b: "2" }, "two", true);
    const { data } = await apply({}, "one");
    assert.equal(data, { b: "2" });
  }));
