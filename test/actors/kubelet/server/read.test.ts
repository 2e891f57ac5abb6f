import * as assert from "uvu/assert";
import { pods } from "#api/core/v1/pod.ts";
import { decodeHead, type NodeRequest } from "#lib/node-api.ts";
import { suite } from "#test/support/suite.ts";
import { aBoundPod, onNode, type TestNode } from "../node.ts";

const test = suite("kubelet/server/read", 20_000);

/** What the kubelet says to a request: the frames, or why there are none. */
const ask = async (node: TestNode, request: NodeRequest): Promise<{ readonly frames: readonly Uint8Array[]; readonly error?: string }> => {
  const frames: Uint8Array[] = [];
  const { promise, resolve } = Promise.withResolvers<Error | undefined>();
  const sink = { write: (frame: Uint8Array) => frames.push(frame) > 0, drained: () => Promise.resolve(), end: resolve };
  node.kubelet.handler.stream(request, sink, new AbortController().signal);
  const error = await promise;
  return { frames, ...(error === undefined ? {} : { error: error.message }) };
};

const read = async (node: TestNode, path: string, method = "GET") => {
  const { frames } = await ask(node, { what: "read", method, path });
  const [head, ...body] = frames;
  if (head === undefined) throw new Error("no answer");
  return { ...decodeHead(head), text: Buffer.concat(body).toString() };
};

const json = async (node: TestNode, path: string) => JSON.parse((await read(node, path)).text) as Record<string, unknown>;

const withWeb = (body: (node: TestNode) => Promise<void>): Promise<void> =>
  onNode(async (node) => {
    await node.bind(aBoundPod());
    await node.reaches("Running");
    await body(node);
  });

test("answers the paths that upstream's kubelet answers, and no others", () =>
  withWeb(async (node) => {
    assert.equal(await read(node, "/healthz"), { code: 200, contentType: "text/plain; charset=utf-8", text: "ok" });
    for (const path of [
      "/pods",
      "/pods/",
      "/runningpods/",
      "/configz",
      "/metrics",
      "/metrics/resource",
      "/metrics/probes",
      "/stats/summary?x=1",
    ])
      assert.is((await read(node, path)).code, 200, path);
    assert.equal([(await read(node, "/nowhere")).code, (await read(node, "/nowhere")).text], [404, "404: Page Not Found"]);
    assert.equal([(await read(node, "/logs/")).code, (await read(node, "/logs/")).text], [404, "404 page not found\n"]);
    for (const path of ["//other/healthz", "//["]) assert.is((await read(node, path)).code, 404, path);
    assert.equal([(await read(node, "/pods", "POST")).code, (await read(node, "/run/a/b/c", "POST")).code], [405, 404]);
  }));

test("lists the pods of the node, and those that run", () =>
  withWeb(async (node) => {
    const named = (list: { readonly kind?: string; readonly items?: readonly { readonly metadata: { readonly name: string } }[] }) => [
      list.kind,
      list.items?.map(({ metadata }) => metadata.name),
    ];
    assert.equal(named(await json(node, "/pods")), ["PodList", ["web"]]);
    assert.equal(named(await json(node, "/runningpods/")), ["PodList", ["web"]]);
    assert.is(((await json(node, "/configz"))["kubeletconfig"] as { maxPods: number }).maxPods, 4000);
  }));

test("tells what the node and its containers use", () =>
  withWeb(async (node) => {
    const { metadata } = await node.pod();
    node.runtime.memory.set("main", 4096);
    const summary = (await json(node, "/stats/summary")) as unknown as {
      node: { nodeName: string; memory: object };
      pods: {
        podRef: object;
        cpu: { usageCoreNanoSeconds: number };
        containers: { name: string; memory: { workingSetBytes: number } }[];
      }[];
    };
    assert.is(summary.node.nodeName, "worker-1");
    const [pod] = summary.pods;
    assert.equal(pod?.podRef, { name: "web", namespace: "default", uid: metadata.uid });
    assert.equal([pod?.cpu.usageCoreNanoSeconds, pod?.containers[0]?.name, pod?.containers[0]?.memory.workingSetBytes], [0, "main", 4096]);
    const { text } = await read(node, "/metrics/resource");
    assert.match(text, /^container_cpu_usage_seconds_total\{container="main",namespace="default",pod="web"\} 0$/m);
    assert.match(text, /^pod_memory_working_set_bytes\{namespace="default",pod="web"\} 4096$/m);
    assert.match(text, /^# TYPE node_memory_working_set_bytes gauge$/m);
    assert.match((await read(node, "/metrics")).text, /^kubelet_running_containers\{container_state="running"\} 1$/m);
  }));

test("counts the answers of probes while their container runs", () =>
  onNode(async (node) => {
    const livenessProbe = { httpGet: { port: 80 }, periodSeconds: 1 };
    await node.bind(aBoundPod({ containers: [{ name: "main", image: "web:1", livenessProbe }] }));
    await node.reaches("Running");
    await node.until(() => node.probes.asked.length >= 3);
    const sample =
      /prober_probe_total\{container="main",namespace="default",pod="web",pod_uid="[^"]+",probe_type="Liveness",result="successful"\} \d/;
    assert.match((await read(node, "/metrics/probes")).text, sample);
    await node.client.delete(pods, { namespace: "default", name: "web" }, { gracePeriodSeconds: 0 });
    await node.until(async () => !sample.test((await read(node, "/metrics/probes")).text));
  }));

test("gives a container's log by its path, or says in words why not", () =>
  withWeb(async (node) => {
    const { metadata } = await node.pod();
    node.logs.texts.set(`/logs/default_web_${metadata.uid}/main/0.log`, "hello\n");
    assert.equal(await read(node, "/containerLogs/default/web/main?tailLines=1"), {
      code: 200,
      contentType: "text/plain",
      text: "hello\n",
    });
    const other = await read(node, "/containerLogs/default/web/other");
    assert.equal([other.code, other.text], [400, "container other is not valid for pod web"]);
    assert.is((await read(node, "/containerLogs/default/nobody/main")).code, 404);
  }));

test("streams what a container writes while it runs", () =>
  onNode(async (node) => {
    await node.bind(aBoundPod({ restartPolicy: "Never" }));
    await node.reaches("Running");
    const { metadata } = await node.pod();
    node.logs.texts.set(`/logs/default_web_${metadata.uid}/main/0.log`, "now");
    const attach = { what: "attach", namespace: "default", pod: "web", container: "main" } as const;
    const { frames } = await ask(node, attach);
    assert.equal(
      frames.map((frame) => Buffer.from(frame).toString("latin1")),
      ["\0", "now"],
    );
    assert.is((await ask(node, { ...attach, container: "other" })).error, "container other is not valid for pod web");
    node.runtime.exit("main", 0);
    await node.reaches("Succeeded");
    const ended = await ask(node, attach);
    assert.is(ended.error, "Internal error occurred: container is in CONTAINER_EXITED state");
  }));
