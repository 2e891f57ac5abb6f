import * as assert from "uvu/assert";
import type { V1PodStatus, V1ResourceRequirements } from "#api/generated/types.ts";
import { Allocation } from "#actors/kubelet/allocation.ts";
import { decide } from "#actors/kubelet/pod/decide.ts";
import type { ContainerFacts } from "#actors/kubelet/pod/facts.ts";
import { restore } from "#actors/kubelet/pod/restore.ts";
import { podStatus } from "#actors/kubelet/pod/status.ts";
import { suite } from "#test/support/suite.ts";
import { pods } from "#api/core/v1/pod.ts";
import { aBoundPod, onNode, statusOf as statusOn, type TestNode } from "#test/actors/kubelet/node.ts";
import { aContainer, after, boundPod } from "./pods.ts";

const test = suite("resize of a pod");

const SMALL: V1ResourceRequirements = { requests: { cpu: "100m", memory: "10Mi" }, limits: { cpu: "1", memory: "20Mi" } };
const LARGE: V1ResourceRequirements = { requests: { cpu: "200m", memory: "10Mi" }, limits: { cpu: "1000m", memory: "40Mi" } };

/** A container that was started with these limits and runs. */
const upWith = ({ limits }: V1ResourceRequirements): ContainerFacts =>
  after(
    { fact: "starting", image: "web:1", limits, at: 0 },
    { fact: "created", id: "c0", imageId: "sha256:1" },
    { fact: "started", id: "c0", at: 0, probes: [] },
  );
const podWith = (resources: V1ResourceRequirements, restartPolicy = "NotRequired") =>
  boundPod({ containers: [aContainer({ resources, resizePolicy: [{ resourceName: "memory", restartPolicy }] })] });
const statusOf = (pod: ReturnType<typeof podWith>, main: ContainerFacts): V1PodStatus =>
  podStatus({
    pod,
    facts: { containers: new Map([["main", main]]), podIps: [], sandboxReady: true, startedAt: 0, final: false },
    hostIps: [],
    previous: {},
    now: 0,
  });
const shownOf = (status: V1PodStatus) => {
  const [main] = status.containerStatuses ?? [];
  return [main?.allocatedResources, main?.resources, status.conditions?.some(({ type }) => type === "PodResizeInProgress")];
};

test("a status tells what a container may have and what it has", () => {
  assert.equal(shownOf(statusOf(podWith(SMALL), upWith(SMALL))), [SMALL.requests, SMALL, false]);
  assert.equal(shownOf(statusOf(boundPod(), upWith({}))), [undefined, {}, false]);
});

test("new limits are in progress as long as the container runs under the old ones", () => {
  const progress = statusOf(podWith(LARGE), upWith(SMALL));
  assert.equal(shownOf(progress), [LARGE.requests, { requests: LARGE.requests, limits: SMALL.limits }, true]);
  assert.equal(shownOf(statusOf(podWith(LARGE), upWith(LARGE))), [LARGE.requests, LARGE, false]);
  assert.equal(shownOf(statusOf(podWith(LARGE), after({ fact: "starting", image: "web:1", limits: SMALL.limits, at: 0 }))), [
    LARGE.requests,
    LARGE,
    false,
  ]);
});

const decisions = (pod: ReturnType<typeof podWith>, main: ContainerFacts): readonly string[] =>
  decide({ pod, containers: new Map([["main", main]]), startedAt: 0, now: 0 }).actions.map((action) =>
    action.do === "stop" ? `stop because ${action.because}` : action.do,
  );

test("a container starts again for new limits only when its policy says so", () => {
  assert.equal(decisions(podWith(LARGE), upWith(SMALL)), []);
  assert.equal(decisions(podWith(LARGE, "RestartContainer"), upWith(SMALL)), ["stop because resize"]);
  assert.equal(decisions(podWith(LARGE, "RestartContainer"), upWith(LARGE)), []);
  const sameMemory = { ...LARGE, limits: { cpu: "2", memory: "20480Ki" } };
  assert.equal(decisions(podWith(sameMemory, "RestartContainer"), upWith(SMALL)), [], "what the policy is about has not changed");
});

test("a kubelet that starts anew knows under which limits containers run", () => {
  const pod = podWith(LARGE);
  const containers = [{ name: "main", state: "running", id: "c0", attempt: 0, imageId: "sha256:1", startedAt: 0 }] as unknown as Parameters<
    typeof restore
  >[1];
  const known = restore({ ...pod, status: statusOf(pod, upWith(SMALL)) }, containers, 0).get("main");
  assert.equal(known?.limits, SMALL.limits);
  assert.equal(restore(pod, containers, 0).get("main")?.limits, LARGE.limits, "nobody has said otherwise");
});

test("a node counts what a resized pod asks for now", () => {
  const allocation = new Allocation();
  allocation.take(podWith(SMALL));
  const before = allocation.used.get("cpu") ?? 0;
  allocation.renew(podWith(LARGE));
  assert.is(allocation.used.get("cpu"), before * 2);
  allocation.release("uid-1");
  allocation.renew(podWith(LARGE));
  assert.is(allocation.used.get("cpu"), 0);
});

const limit = (memory: string) => [{ name: "main", resources: { limits: { memory } } }];
const REF = { namespace: "default", name: "web" };
const resize = (node: TestNode, memory: string) =>
  node.client.patch(pods, REF, {
    type: "application/strategic-merge-patch+json",
    subresource: "resize",
    body: { spec: { containers: limit(memory) } },
  });
const progress = async (node: TestNode): Promise<boolean> =>
  (await node.pod()).status?.conditions?.some(({ type }) => type === "PodResizeInProgress") === true;
const withMemory = (extra: object = {}) => ({
  containers: [{ name: "main", image: "web:1", resources: { requests: { memory: "10Mi" }, limits: { memory: "20Mi" } }, ...extra }],
});

test("a resize is in progress until the container has its limits, and then no longer told of", () =>
  onNode(async (node) => {
    await node.bind(aBoundPod(withMemory()));
    await node.reaches("Running");
    assert.not(await progress(node));
    await resize(node, "40Mi");
    await node.until(() => progress(node));
    assert.is((await statusOn(node))?.resources?.limits?.["memory"], "20Mi");
    node.runtime.exit("main", 1);
    await node.until(async () => !(await progress(node)));
    await node.until(async () => (await statusOn(node))?.state?.running !== undefined);
    assert.is((await statusOn(node))?.resources?.limits?.["memory"], "40Mi");
    assert.is(node.runtime.configs.at(-1)?.memoryLimitBytes, 40 * 1024 ** 2);
  }));

test("a container whose policy asks for it starts again, in upstream's words", () =>
  onNode(async (node) => {
    await node.bind(aBoundPod(withMemory({ resizePolicy: [{ resourceName: "memory", restartPolicy: "RestartContainer" }] })));
    await node.reaches("Running");
    await resize(node, "40Mi");
    await node.until(async () => (await statusOn(node))?.restartCount === 1 && node.runtime.running.length === 1);
    assert.is(node.runtime.configs.at(-1)?.memoryLimitBytes, 40 * 1024 ** 2);
    assert.ok((await node.events()).includes("Normal Killing Container main resize requires restart"));
  }));
