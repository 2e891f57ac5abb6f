import * as assert from "uvu/assert";
import type { V1PodStatus } from "#api/generated/types.ts";
import type { BoundPod } from "#actors/kubelet/pod/containers.ts";
import type { ContainerFacts } from "#actors/kubelet/pod/facts.ts";
import { podStatus, type PodFacts } from "#actors/kubelet/pod/status.ts";
import { suite } from "#test/support/suite.ts";
import { aContainer, after, boundPod, exited, running } from "./pods.ts";

const test = suite("status of a pod");

const statusOf = (
  pod: BoundPod,
  containers: { readonly [name: string]: ContainerFacts } = {},
  facts: Partial<PodFacts> = {},
  previous: V1PodStatus = {},
): V1PodStatus =>
  podStatus({
    pod,
    facts: {
      containers: new Map(Object.entries(containers)),
      podIps: ["10.64.0.1"],
      sandboxReady: true,
      startedAt: 0,
      final: false,
      ...facts,
    },
    hostIps: ["192.0.2.1"],
    previous,
    now: 60_000,
  });
const conditions = ({ conditions: all = [] }: V1PodStatus): readonly string[] =>
  all.map(({ type, status, reason, message }) => [type, status, reason, message].filter((part) => part !== undefined).join(" "));

const init = aContainer({ name: "init" });
const up = after(...running());
const done = after(...running(), exited("c0", 0));
const failed = after(...running(), exited("c0", 1));

test("of a new pod is Pending, its containers being created", () => {
  const status = statusOf(boundPod(), {}, { sandboxReady: false, podIps: [] });
  assert.is(status.phase, "Pending");
  assert.is(status.podIP, undefined);
  assert.equal(status.containerStatuses?.[0]?.state, { waiting: { reason: "ContainerCreating" } });
  assert.equal(conditions(status), [
    "PodReadyToStartContainers False",
    "Initialized True",
    "Ready False ContainersNotReady containers with unready status: [main]",
    "ContainersReady False ContainersNotReady containers with unready status: [main]",
    "PodScheduled True",
  ]);
});

test("of a running pod is Running and Ready, with addresses and the generation it knows", () => {
  const status = statusOf(boundPod(), { main: up });
  assert.is(status.phase, "Running");
  assert.equal(conditions(status), [
    "PodReadyToStartContainers True",
    "Initialized True",
    "Ready True",
    "ContainersReady True",
    "PodScheduled True",
  ]);
  assert.equal([status.podIP, status.podIPs, status.hostIP], ["10.64.0.1", [{ ip: "10.64.0.1" }], "192.0.2.1"]);
  assert.equal([status.observedGeneration, status.startTime], [1, "1970-01-01T00:00:00Z"]);
  const { containerID, imageID, restartCount, state, started, ready } = status.containerStatuses?.[0] ?? {};
  assert.equal([containerID, imageID, restartCount, started, ready], ["orrery://c0", "sha256:1", 0, true, true]);
  assert.equal(state, { running: { startedAt: "1970-01-01T00:00:00Z" } });
});

test("waits for init containers, in upstream's words", () => {
  const status = statusOf(boundPod({ initContainers: [init] }), { init: up });
  assert.is(status.phase, "Pending");
  assert.equal(status.containerStatuses?.[0]?.state, { waiting: { reason: "PodInitializing" } });
  assert.is(conditions(status)[1], "Initialized False ContainersNotInitialized containers with incomplete status: [init]");
});

test("counts an unready sidecar against readiness", () => {
  const sidecar = aContainer({ name: "side", restartPolicy: "Always" });
  const unready = after(...running("c0", 0, ["readiness"]));
  const status = statusOf(boundPod({ initContainers: [sidecar] }), { side: unready, main: up });
  assert.is(conditions(status)[3], "ContainersReady False ContainersNotReady containers with unready status: [side]");
});

test("of a pod that crashes stays Running", () => {
  const status = statusOf(boundPod(), { main: failed });
  assert.is(status.phase, "Running");
  assert.is(status.containerStatuses?.[0]?.state?.terminated?.exitCode, 1);
});

test("says an end only when nothing runs any more", () => {
  const pod = boundPod({ restartPolicy: "Never" });
  assert.is(statusOf(pod, { main: done }).phase, "Running");
  const status = statusOf(pod, { main: done }, { final: true, sandboxReady: false });
  assert.is(status.phase, "Succeeded");
  assert.equal(conditions(status).slice(2, 4), ["Ready False PodCompleted", "ContainersReady False PodCompleted"]);
  assert.is(statusOf(pod, { main: failed }, { final: true }).phase, "Failed");
  assert.is(statusOf(pod, {}, { final: true }).phase, "Failed", "it never started");
});

test("never takes an end back", () => {
  assert.is(statusOf(boundPod(), { main: up }, {}, { phase: "Failed" }).phase, "Failed");
});

test("tells why the kubelet refused or ended a pod", () => {
  const verdict = { reason: "OutOfcpu", message: "too much" };
  const { phase, reason, message } = statusOf(boundPod(), {}, { final: true, verdict });
  assert.equal([phase, reason, message], ["Failed", "OutOfcpu", "too much"]);
});

test("shows a back-off instead of the end, and the end as the last state", () => {
  const waiting = { reason: "CrashLoopBackOff", message: "back-off" };
  const status = statusOf(boundPod(), { main: after(...running(), exited("c0", 1), { fact: "backingOff", waiting }) });
  assert.equal(status.containerStatuses?.[0]?.state, { waiting });
  assert.is(status.containerStatuses?.[0]?.lastState?.terminated?.exitCode, 1);
});

test("is not ready while a readiness gate is closed", () => {
  const spec = { readinessGates: [{ conditionType: "example.com/a" }, { conditionType: "example.com/b" }] };
  const status = { conditions: [{ type: "example.com/b", status: "False" }] };
  assert.is(
    conditions(statusOf(boundPod(spec, { status }), { main: up }))[2],
    'Ready False ReadinessGatesNotReady corresponding condition of pod readiness gate "example.com/a" does not exist., ' +
      'the status of pod readiness gate "example.com/b" is not "True", but False',
  );
});

test("moves a condition's instant only with its status", () => {
  const before = statusOf(boundPod(), { main: up });
  const since = (before.conditions ?? []).map(({ type, status }) => ({ type, status, lastTransitionTime: "2020-01-01T00:00:00Z" }));
  const now = statusOf(boundPod(), { main: after(...running("c0", 0, ["readiness"])) }, {}, { conditions: since });
  assert.equal(
    now.conditions?.map(({ lastTransitionTime }) => lastTransitionTime),
    ["2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z", "1970-01-01T00:01:00Z", "1970-01-01T00:01:00Z", "2020-01-01T00:00:00Z"],
  );
});
