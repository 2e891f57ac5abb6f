import * as assert from "uvu/assert";
import { hashOf, isCurrent, mirrorOf, mirrorStatus } from "#actors/kubelet/static-pods/static-pods.ts";
import type { BoundPod } from "#actors/kubelet/pod/containers.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("static pods");

const pod = { metadata: { name: "kube-scheduler" }, spec: { containers: [{ name: "kube-scheduler", image: "s:1" }] } };
const node = { name: "control-plane", uid: "n1" };
const mirror = mirrorOf(pod, node);
const statusOf = (process: Parameters<typeof mirrorStatus>[1]) => mirrorStatus(mirror as BoundPod, process, ["127.0.0.1"], 0);

test("are mirrored under their node's name, and owned by it", () => {
  const { metadata, spec } = mirror;
  assert.equal([metadata?.name, metadata?.namespace, spec?.nodeName], ["kube-scheduler-control-plane", "kube-system", "control-plane"]);
  assert.equal(metadata?.ownerReferences, [{ apiVersion: "v1", kind: "Node", name: "control-plane", uid: "n1", controller: true }]);
  assert.equal([metadata?.annotations?.["kubernetes.io/config.mirror"], spec?.priorityClassName], [hashOf(pod), "system-node-critical"]);
});

test("are mirrored anew when they change", () => {
  assert.ok(isCurrent(mirror, pod));
  assert.not(isCurrent(mirror, { ...pod, spec: { containers: [{ name: "kube-scheduler", image: "s:2" }] } }));
});

test("show how their process fares", () => {
  const up = statusOf({ running: true, startedAt: 5_000, restartCount: 1 });
  assert.equal([up.phase, up.podIP], ["Running", "127.0.0.1"]);
  const [container] = up.containerStatuses ?? [];
  assert.equal([container?.restartCount, container?.state], [1, { running: { startedAt: "1970-01-01T00:00:05Z" } }]);
});

test("show that their process is down, or has never been up", () => {
  const down = statusOf({ running: false, restartCount: 1, exitCode: 1, finishedAt: 0 });
  const [container] = down.containerStatuses ?? [];
  assert.equal([down.phase, container?.ready, container?.state?.terminated?.reason], ["Running", false, "Error"]);
  assert.is(statusOf({ running: false, restartCount: 0 }).phase, "Pending");
});
