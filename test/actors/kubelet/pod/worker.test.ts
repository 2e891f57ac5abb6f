import * as assert from "uvu/assert";
import { pods } from "#api/core/v1/pod.ts";
import { suite } from "#test/support/suite.ts";
import { aBoundPod, isGone, onNode } from "#test/actors/kubelet/node.ts";

const test = suite("a pod on its node");

const REF = { namespace: "default", name: "web" };

test("runs a bound pod, reports it, and removes it when it is deleted", () =>
  onNode(async (node) => {
    await node.bind(aBoundPod());
    const { status } = await node.reaches("Running");
    assert.equal(node.runtime.running, ["main"]);
    assert.is(status?.podIP, "10.64.0.1");
    assert.is(status?.conditions?.find(({ type }) => type === "Ready")?.status, "True");
    assert.equal(await node.events(), [
      'Normal Pulling Pulling image "web:1"',
      'Normal Pulled Successfully pulled image "web:1" in 0ms (0ms including waiting). Image size: 1000 bytes.',
      "Normal Created Container created",
      "Normal Started Container started",
    ]);
    await node.client.delete(pods, REF);
    await node.until(isGone(node));
    assert.equal(node.runtime.running, []);
    assert.is(node.runtime.pods.size, 0);
    assert.is(node.logs.removed.length, 1);
    assert.ok((await node.events()).includes("Normal Killing Stopping container main"));
  }));

test("writes one status on the way to Running", () =>
  onNode(async (node) => {
    const watch = node.server.watch({ of: "pods", namespace: "default" });
    await node.bind(aBoundPod());
    await node.reaches("Running");
    assert.equal(watch.story, ["ADDED web", "MODIFIED web"]);
  }));

test("ends well when every container of a pod that may end has ended well", () =>
  onNode(async (node) => {
    node.runtime.behaviours.set("web:1", { exits: 0 });
    await node.bind(aBoundPod({ restartPolicy: "Never" }));
    const { status } = await node.reaches("Succeeded");
    assert.is(status?.containerStatuses?.[0]?.state?.terminated?.reason, "Completed");
    assert.is(status?.conditions?.find(({ type }) => type === "Ready")?.reason, "PodCompleted");
    assert.is(node.runtime.pods.size, 0, "its sandbox is gone");
    await node.client.delete(pods, REF);
    await node.until(isGone(node));
  }));

test("keeps how its containers ended until the API knows", () =>
  onNode(async (node) => {
    node.runtime.behaviours.set("web:1", { exits: 0 });
    const phases: (string | undefined)[] = [];
    const remove = node.runtime.removeSandbox.bind(node.runtime);
    node.runtime.removeSandbox = async (id) => {
      phases.push((await node.pod()).status?.phase);
      await remove(id);
    };
    await node.bind(aBoundPod({ restartPolicy: "Never" }));
    await node.reaches("Succeeded");
    await node.until(() => node.runtime.pods.size === 0);
    assert.equal(phases, ["Succeeded"]);
  }));

test("gives a pod its grace period, and a later, shorter one counts", () =>
  onNode(async (node) => {
    node.runtime.behaviours.set("web:1", { stubborn: true });
    await node.bind(aBoundPod({ terminationGracePeriodSeconds: 600 }));
    await node.reaches("Running");
    await node.client.delete(pods, REF);
    const began = node.clock.now();
    await node.until(() => node.runtime.stops.length === 1);
    assert.is(node.runtime.stops[0]?.graceMs, 600_000);
    await node.client.delete(pods, REF, { gracePeriodSeconds: 3 });
    await node.until(isGone(node));
    assert.ok(node.clock.now() - began < 60_000);
    assert.is((await node.events()).filter((event) => event.includes("Killing")).length, 1);
  }));

test("deletes a pod from the API only when its processes are gone", () =>
  onNode(async (node) => {
    node.runtime.behaviours.set("web:1", { stubborn: true });
    await node.bind(aBoundPod({ terminationGracePeriodSeconds: 5 }));
    await node.reaches("Running");
    const watch = node.server.watch({ of: "pods", namespace: "default" });
    await node.client.delete(pods, REF);
    await node.until(() => {
      const gone = watch.story.includes("DELETED web");
      assert.not(gone && node.runtime.running.length > 0);
      return gone;
    });
  }));

test("ends the processes of a pod whose object is gone", () =>
  onNode(async (node) => {
    await node.bind(aBoundPod());
    await node.reaches("Running");
    await node.client.delete(pods, REF, { gracePeriodSeconds: 0 });
    await node.until(() => node.runtime.pods.size === 0);
  }));

test("ends a pod that is past its deadline", () =>
  onNode(async (node) => {
    await node.bind(aBoundPod({ activeDeadlineSeconds: 60 }));
    await node.reaches("Running");
    const { status } = await node.reaches("Failed", "web", 61_000);
    assert.is(status?.reason, "DeadlineExceeded");
    assert.equal(node.runtime.running, []);
  }));

test("follows a pod's generation", () =>
  onNode(async (node) => {
    await node.bind(aBoundPod({ activeDeadlineSeconds: 1000 }));
    await node.reaches("Running");
    const patch = { type: "application/merge-patch+json", body: { spec: { activeDeadlineSeconds: 900 } } } as const;
    const { metadata } = await node.client.patch(pods, REF, patch);
    await node.until(async () => (await node.pod()).status?.observedGeneration === metadata.generation);
  }));
