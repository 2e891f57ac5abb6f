import * as assert from "uvu/assert";
import type { V1Pod } from "#api/generated/types.ts";
import type { Stored } from "#api/meta/object.ts";
import { failure } from "#api/meta/status.ts";
import type { RequestOptions } from "#lib/api.ts";
import type { NodeRequest, NodeTransport } from "#lib/node-api.ts";
import { Frames, startApiServer, admin, type TestServer, type TestServerOptions } from "#test/support/api-server.ts";
import { aPod } from "#test/support/objects.ts";
import { settled } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/subresources/pods");
const web = { of: "pods", namespace: "default", name: "web" } as const;

const withPod = async (pod: V1Pod = aPod(), options: TestServerOptions = {}): Promise<TestServer> => {
  const api = await startApiServer(options);
  await api.must({ verb: "create", of: "serviceaccounts", namespace: "default", body: { metadata: { name: "default" } } });
  await api.must({ verb: "create", of: "pods", namespace: "default", body: pod });
  return api;
};

const bind = { ...web, verb: "create", subresource: "binding", body: { target: { kind: "Node", name: "worker-1" } } } as const;

test("C1: a pod is bound once", async () => {
  const api = await withPod();
  const { code, body } = await api.ask(bind);
  assert.is(code, 201);
  assert.equal(body, { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 });
  const pod = await api.must<Stored<V1Pod>>({ ...web, verb: "get" });
  assert.is(pod.spec?.nodeName, "worker-1");
  assert.is(pod.metadata.generation, 1);
  const condition = pod.status?.conditions?.find(({ type }) => type === "PodScheduled");
  assert.equal([condition?.status, condition?.lastTransitionTime], ["True", "2026-01-01T00:00:00Z"]);
  const again = await api.ask({ ...bind, body: { target: { name: "worker-2" } } });
  assert.is(again.code, 409);
  assert.is(again.body.message, 'Operation cannot be fulfilled on pods/binding "web": pod web is already assigned to node "worker-1"');
  await api.close();
});

test("C1: of concurrent bindings one wins", async () => {
  const api = await withPod();
  const answers = await Promise.all(["a", "b", "c"].map((name) => api.ask({ ...bind, body: { target: { name } } })));
  assert.equal(
    answers.map(({ code }) => code).toSorted((a, b) => a - b),
    [201, 409, 409],
  );
  await api.close();
});

test("a binding that cannot be is refused", async () => {
  const api = await withPod(aPod({ spec: { schedulingGates: [{ name: "example.com/wait" }] } }));
  const message = async (body: object) => (await api.ask({ ...bind, body })).body.message ?? "";
  assert.match(await message({ target: { kind: "Node", name: "worker-1" } }), /pod web has non-empty \.spec\.schedulingGates/);
  assert.match(
    await message({ target: { kind: "Pod", name: "x" } }),
    /target\.kind: Unsupported value: "Pod": supported values: "Node", "<empty>"/,
  );
  assert.match(await message({ target: { name: "" } }), /target\.name: Required value/);
  assert.match(
    await message({ metadata: { uid: "other" }, target: { name: "worker-1" } }),
    /Precondition failed: UID in precondition: other/,
  );
  assert.is((await api.ask({ ...bind, name: "none" })).code, 404);
  await api.close();
});

test("a pod that is going is not bound, and its labels win over a binding's", async () => {
  const api = await withPod(aPod({ metadata: { labels: { app: "web" }, finalizers: ["example.com/wait"] } }));
  const metadata = { labels: { app: "other", zone: "a" }, annotations: { by: "me" } };
  await api.must({ ...bind, body: { ...bind.body, metadata } });
  const pod = await api.must({ ...web, verb: "get" });
  assert.equal([pod.metadata.labels, pod.metadata.annotations], [{ app: "web", zone: "a" }, { by: "me" }]);
  await api.must({
    verb: "create",
    of: "pods",
    namespace: "default",
    body: aPod({ metadata: { name: "b", finalizers: ["example.com/wait"] } }),
  });
  await api.must({ ...web, name: "b", verb: "delete" });
  assert.match((await api.ask({ ...bind, name: "b" })).body.message ?? "", /pod b is being deleted, cannot be assigned to a host/);
  await api.close();
});

test("the older door binds too", async () => {
  const api = await withPod();
  const body = { metadata: { name: "web" }, target: { name: "worker-1" } };
  assert.is((await api.ask({ verb: "create", of: "bindings", namespace: "default", body })).code, 201);
  assert.is((await api.must<V1Pod>({ ...web, verb: "get" })).spec?.nodeName, "worker-1");
  await api.close();
});

test("an eviction says why, and deletes", async () => {
  const api = await withPod(aPod({ spec: { nodeName: "worker-1" } }));
  const evict = { ...web, verb: "create", subresource: "eviction" } as const;
  const dry = await api.ask({ ...evict, body: { metadata: { name: "web" }, deleteOptions: { dryRun: ["All"] } } });
  assert.is(dry.code, 201);
  assert.is((await api.must<V1Pod>({ ...web, verb: "get" })).metadata?.deletionTimestamp, undefined);
  const wrong = await api.ask({ ...evict, body: { metadata: { name: "other" } } });
  assert.is(wrong.code, 400);
  const { code } = await api.ask({ ...evict, body: { metadata: { name: "web" }, deleteOptions: { gracePeriodSeconds: 7 } } });
  assert.is(code, 201);
  const pod = await api.must<Stored<V1Pod>>({ ...web, verb: "get" });
  assert.is(pod.metadata.deletionGracePeriodSeconds, 7);
  const condition = pod.status?.conditions?.find(({ type }) => type === "DisruptionTarget");
  assert.equal([condition?.status, condition?.reason], ["True", "EvictionByEvictionAPI"]);
  await api.close();
});

const encoder = new TextEncoder();

/** Nodes that write down what they are asked and answer with it. */
const nodesThat = (lines: readonly string[]) => {
  const asked: { node: string; request: NodeRequest }[] = [];
  const nodes: NodeTransport = {
    stream: (node, request, onFrame) => {
      asked.push({ node, request });
      for (const line of lines) onFrame(encoder.encode(line));
      return Promise.resolve();
    },
  };
  return { asked, nodes };
};

const log = { ...web, verb: "get", subresource: "log" } as const;

test("a log comes from the pod's node", async () => {
  const { asked, nodes } = nodesThat(["one\n", "two\n"]);
  const api = await withPod(aPod({ spec: { nodeName: "worker-1" } }), { nodes });
  const options = { tailLines: 5, timestamps: true, sinceSeconds: 9 };
  const raw = await api.server.handle(
    admin,
    { group: "", version: "v1", resource: "pods", namespace: "default", name: "web", verb: "get", subresource: "log", options },
    new AbortController().signal,
  );
  assert.is(raw.contentType, "text/plain");
  assert.is(new TextDecoder().decode(raw.body), "one\ntwo\n");
  const request = { what: "logs", namespace: "default", pod: "web", container: "main", follow: false, previous: false, timestamps: true };
  assert.equal(asked, [{ node: "worker-1", request: { ...request, sinceSeconds: 9, tailLines: 5 } }]);
  const sink = new Frames();
  api.server.stream(
    admin,
    {
      group: "",
      version: "v1",
      resource: "pods",
      namespace: "default",
      name: "web",
      verb: "get",
      subresource: "log",
      options: { follow: true },
    },
    sink,
    new AbortController().signal,
  );
  await settled();
  assert.is(sink.frames.length, 2);
  assert.is(sink.ended, true);
  assert.is(asked[1]?.request.what === "logs" && asked[1].request.follow, true);
  await api.close();
});

test("a log is of one container", async () => {
  const containers = ["a", "b"].map((name) => ({ name, image: "web:1" }));
  const { nodes } = nodesThat([]);
  const api = await withPod(aPod({ spec: { nodeName: "worker-1", containers, initContainers: [{ name: "init", image: "web:1" }] } }), {
    nodes,
  });
  const message = async (options: RequestOptions) => (await api.ask({ ...log, options })).body.message;
  assert.is(
    await message({}),
    "a container name must be specified for pod web, choose one of: [a b] or one of the init containers: [init]",
  );
  assert.is(await message({ container: "c" }), "container c is not valid for pod web");
  await api.close();
});

test("a node that does not answer is a failure of the log", async () => {
  const nodes: NodeTransport = { stream: () => Promise.reject(failure("ServiceUnavailable", "node worker-1 does not answer")) };
  const api = await withPod(aPod({ spec: { nodeName: "worker-1" } }), { nodes });
  assert.is((await api.ask(log)).code, 503);
  await api.close();
});

test("what no node can do is refused", async () => {
  const api = await withPod();
  const { code, body } = await api.ask({ ...web, verb: "create", subresource: "exec" });
  assert.is(code, 405);
  assert.is(body.message, "pods/exec is not supported by this cluster");
  await api.close();
});

test("a binding without a target is refused, by either door", async () => {
  const api = await startApiServer();
  for (const ask of [
    { ...bind, body: {} },
    { verb: "create", of: "bindings", namespace: "default", body: { metadata: { name: "web" } } },
  ] as const) {
    const { code, body } = await api.ask(ask);
    assert.is(code, 422);
    assert.is(body.message, 'Binding "web" is invalid: target.name: Required value');
  }
  await api.close();
});
