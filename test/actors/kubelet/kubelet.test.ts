import * as assert from "uvu/assert";
import { leases } from "#api/coordination/v1/lease.ts";
import { nodes } from "#api/core/v1/node.ts";
import { pods } from "#api/core/v1/pod.ts";
import { Frames } from "#test/support/api-server.ts";
import { suite } from "#test/support/suite.ts";
import { FakeRuntime } from "#test/actors/kubelet/fake-runtime.ts";
import { ImageError } from "#runtime/port.ts";
import { aBoundPod, onNode, statusOf, type TestNode } from "#test/actors/kubelet/node.ts";

const test = suite("kubelet");

const container = (extra: object = {}) => ({ containers: [{ name: "main", image: "web:1", ...extra }] });

test("registers its node, renews its lease and is Ready", () =>
  onNode(
    async (node) => {
      const get = () => node.client.get(nodes, { name: "worker-1" });
      await node.until(async () => (await node.client.list(nodes)).items.length === 1);
      const ready = async () => (await get()).status?.conditions?.find(({ type }) => type === "Ready");
      await node.until(async () => (await ready())?.status === "False");
      assert.match((await ready())?.message ?? "", /container runtime network not ready/);
      const patch = { type: "application/merge-patch+json", body: { spec: { podCIDR: "10.64.16.0/20" } } } as const;
      await node.client.patch(nodes, { name: "worker-1" }, patch);
      await node.until(async () => (await ready())?.status === "True");
      assert.equal(node.cidrs, ["10.64.16.0/20"]);
      const { metadata, status } = await get();
      assert.is(metadata.labels?.["kubernetes.io/hostname"], "worker-1");
      assert.is(status?.allocatable?.["pods"], "4k");
      const lease = () => node.client.get(leases, { namespace: "kube-node-lease", name: "worker-1" });
      const before = (await lease()).spec?.renewTime;
      await node.until(async () => (await lease()).spec?.renewTime !== before, 20_000);
      assert.is((await lease()).metadata.ownerReferences?.[0]?.uid, metadata.uid);
    },
    { needsPodCidr: true },
  ));

test("registers anew when somebody deletes the node", () =>
  onNode(async (node) => {
    const { uid } = (await node.client.get(nodes, { name: "worker-1" })).metadata;
    await node.client.delete(nodes, { name: "worker-1" });
    await node.until(async () => {
      const [found] = (await node.client.list(nodes)).items;
      return found !== undefined && found.metadata.uid !== uid;
    });
  }));

test("says no longer why a pod was not ready once it is", () =>
  onNode(async (node) => {
    await node.bind(aBoundPod());
    const ready = async () => (await node.reaches("Running")).status?.conditions?.find(({ type }) => type === "Ready");
    const becomesReady = () => node.until(async () => (await ready())?.status === "True");
    await becomesReady();
    const lost = { type: "Ready", status: "False", reason: "NodeNotReady", message: "the node was lost" };
    const body = { status: { conditions: [lost] } };
    const patch = { type: "application/strategic-merge-patch+json", body, subresource: "status" } as const;
    await node.client.patch(pods, { namespace: "default", name: "web" }, patch);
    await becomesReady();
    assert.is((await ready())?.reason, undefined);
    assert.is((await ready())?.message, undefined);
  }));

test("refuses a pod that does not fit", () =>
  onNode(async (node) => {
    await node.bind(aBoundPod(container({ resources: { requests: { cpu: "8" } } })));
    const { status } = await node.reaches("Failed");
    assert.is(status?.reason, "OutOfcpu");
    assert.is(status?.message, "Node didn't have enough resource: cpu, requested: 8000, used: 0, capacity: 4000");
    assert.equal(node.runtime.configs, []);
  }));

test("restarts what was running when the node's process died, and counts it", () =>
  onNode(async (node) => {
    await node.bind(aBoundPod());
    await node.reaches("Running");
    await node.kubelet.stop();
    await node.restart();
    await node.until(async () => (await statusOf(node))?.restartCount === 1 && node.runtime.running.length === 1);
    assert.is((await statusOf(node))?.lastState?.terminated?.reason, "ContainerStatusUnknown");
    assert.is(node.runtime.configs[0]?.attempt, 1);
  }));

test("adopts what still runs, and removes what nobody knows any more", () =>
  onNode(async (node) => {
    await node.bind(aBoundPod());
    await node.reaches("Running");
    const survivor = new FakeRuntime(node.clock);
    for (const [id, sandbox] of node.runtime.pods) survivor.pods.set(id, sandbox);
    for (const [id, each] of node.runtime.all) survivor.all.set(id, each);
    const stray = { ...(await survivor.sandboxes())[0], uid: "stray", id: "stray" } as never;
    survivor.pods.set("stray", stray);
    await node.kubelet.stop();
    await node.restart(survivor);
    await node.until(() => !survivor.pods.has("stray"));
    assert.equal(survivor.running, ["main"]);
    survivor.exit("main", 1);
    await node.until(async () => (await statusOf(node))?.restartCount === 1);
  }));

test("does not run a pod again that has ended", () =>
  onNode(async (node) => {
    node.runtime.behaviours.set("web:1", { exits: 3 });
    await node.bind(aBoundPod({ restartPolicy: "Never" }));
    await node.reaches("Failed");
    await node.kubelet.stop();
    await node.restart();
    await node.until(() => node.disk.removed.length > 1);
    assert.equal(node.runtime.configs, []);
    assert.is((await statusOf(node))?.state?.terminated?.exitCode, 3);
  }));

/** Reads a log of the pod web: its text, and what ended it. */
const readLog = async (node: TestNode, request: object = {}) => {
  const ask = { what: "logs", namespace: "default", pod: "web", container: "main", follow: false, timestamps: false } as const;
  const sink = new Frames();
  node.kubelet.handler.stream({ ...ask, previous: false, ...request }, sink, new AbortController().signal);
  await node.until(() => sink.ended);
  return { text: sink.frames.map((frame) => new TextDecoder().decode(frame)).join(""), error: sink.error?.message };
};

test("serves the log of the attempt that is asked for", () =>
  onNode(async (node) => {
    await node.bind(aBoundPod());
    const { metadata } = await node.reaches("Running");
    node.logs.texts.set(`/logs/default_web_${metadata.uid}/main/0.log`, "hello\n");
    assert.equal(await readLog(node), { text: "hello\n", error: undefined });
    const { error } = await readLog(node, { previous: true });
    assert.is(error, 'previous terminated container "main" in pod "web" not found');
    assert.is((await readLog(node, { container: "other" })).error, "container other is not valid for pod web");
    assert.is((await readLog(node, { pod: "other" })).error, 'pods "other" not found');
  }));

test("says why a container that waits for its image has no log", () =>
  onNode(async (node) => {
    node.runtime.behaviours.set("web:1", { pull: new ImageError("ErrImagePull", "no such host") });
    await node.bind(aBoundPod());
    const waits = (reason: string) => node.until(async () => (await statusOf(node))?.state?.waiting?.reason === reason);
    await waits("ErrImagePull");
    assert.is((await readLog(node)).error, 'container "main" in pod "web" is waiting to start: image can\'t be pulled');
    await waits("ImagePullBackOff");
    assert.is((await readLog(node)).error, 'container "main" in pod "web" is waiting to start: trying and failing to pull image');
  }));

test("shows the processes of the control plane as mirror pods, and makes them anew", () =>
  onNode(
    async (node) => {
      node.statics.set("kube-apiserver", { running: true, startedAt: node.clock.now(), restartCount: 2, logPath: "/api.log" });
      const ref = { namespace: "kube-system", name: "kube-apiserver-worker-1" };
      const mirror = () => node.client.get(pods, ref);
      const there = () =>
        mirror().then(
          ({ status }) => status?.phase === "Running",
          () => false,
        );
      await node.until(there);
      const { metadata, status, spec } = await mirror();
      assert.is(metadata.annotations?.["kubernetes.io/config.source"], "file");
      assert.is(spec?.nodeName, "worker-1");
      assert.is(status?.containerStatuses?.[0]?.restartCount, 2);
      await node.client.delete(pods, ref);
      await node.until(async () => (await there()) && (await mirror()).metadata.uid !== metadata.uid);
      assert.equal(node.runtime.configs, [], "nothing of it is run");
    },
    {
      staticPods: [
        { metadata: { name: "kube-apiserver", namespace: "kube-system" }, spec: { containers: [{ name: "kube-apiserver", image: "a" }] } },
      ],
    },
  ));
