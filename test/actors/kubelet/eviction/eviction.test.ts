import * as assert from "uvu/assert";
import type { V1PodSpec } from "#api/generated/types.ts";
import { evictionOf, pressureVerdict, type Consumer } from "#actors/kubelet/eviction/eviction.ts";
import { events } from "#api/core/v1/event.ts";
import { pods } from "#api/core/v1/pod.ts";
import { suite } from "#test/support/suite.ts";
import { aBoundPod, onNode } from "#test/actors/kubelet/node.ts";
import { aContainer, boundPod } from "#test/actors/kubelet/pod/pods.ts";

const test = suite("kubelet/eviction");

const MIB = 1024 ** 2;
const memory = { available: 60 * MIB, threshold: 100 * MIB };

/** A pod that asks for `request` MiB and uses `used`. */
const consumer = (
  name: string,
  used: number,
  { request = 0, ...spec }: Partial<V1PodSpec> & { readonly request?: number } = {},
): Consumer => {
  const resources = request === 0 ? {} : { resources: { requests: { memory: `${request}Mi` } } };
  return {
    pod: boundPod({ containers: [aContainer(resources)], ...spec }, { metadata: { name, uid: name } }),
    usage: new Map([["main", used * MIB]]),
  };
};

const firstOf = (...consumers: readonly Consumer[]): string | undefined => evictionOf(consumers, memory)?.pod.metadata.name;

test("ends first what uses more than it asked for, however important", () => {
  assert.is(firstOf(consumer("modest", 50, { request: 60 }), consumer("greedy", 20, { request: 10, priority: 1000 })), "greedy");
});

test("ends the less important of those, then the one that uses the most beyond its request", () => {
  const important = consumer("important", 90, { priority: 10 });
  assert.is(firstOf(important, consumer("plain", 20)), "plain");
  assert.is(firstOf(consumer("a", 80, { request: 70 }), consumer("b", 30, { request: 10 })), "b");
});

test("ends no critical pod", () => {
  assert.is(firstOf(consumer("dns", 500, { priority: 2_000_000_000 }), consumer("small", 1, { request: 5 })), "small");
  assert.is(firstOf(consumer("dns", 500, { priority: 2_000_000_000 })), undefined);
});

test("says it in upstream's words", () => {
  assert.equal(evictionOf([consumer("greedy", 64, { request: 10 })], memory)?.verdict, {
    reason: "Evicted",
    message:
      "The node was low on resource: memory. Threshold quantity: 100Mi, available: 60Mi. Container main was using 64Mi, request is 10Mi, has larger consumption of memory. ",
    evictionGraceMs: 1_000,
  });
});

test("takes no pod without requests while under pressure, but critical ones and those that tolerate it", () => {
  assert.is(pressureVerdict(boundPod())?.message, "The node had condition: [MemoryPressure]. ");
  assert.is(pressureVerdict(boundPod({ priority: 2_000_000_000 })), undefined);
  assert.is(pressureVerdict(boundPod({ containers: [aContainer({ resources: { requests: { memory: "1Mi" } } })] })), undefined);
  assert.is(pressureVerdict(boundPod({ tolerations: [{ operator: "Exists" }] })), undefined);
});

test("a node that is short of memory ends one pod after the other until it is not", () =>
  onNode(async (node) => {
    const named = (name: string) => ({ containers: [{ name, image: "web:1" }] });
    for (const [name, used] of [
      ["small", 10],
      ["large", 90],
      ["middle", 50],
    ] as const) {
      await node.bind(aBoundPod(named(name), { name }));
      await node.reaches("Running", name);
      node.runtime.memory.set(name, used * MIB);
    }
    node.memoryAvailableBytes = 60 * MIB;
    const { status } = await node.reaches("Failed", "large");
    node.memoryAvailableBytes = 2048 * MIB;
    assert.is(status?.reason, "Evicted");
    const disrupted = status?.conditions?.find(({ type }) => type === "DisruptionTarget");
    assert.equal([disrupted?.status, disrupted?.reason, disrupted?.message], ["True", "TerminationByKubelet", status?.message]);
    assert.equal(
      node.runtime.stops.map(({ name, graceMs }) => [name, graceMs]),
      [["large", 1_000]],
    );
    await node.clock.advance(60_000);
    assert.equal([...node.runtime.running].toSorted(), ["middle", "small"]);
    const { items } = await node.client.list(events);
    const said = new Set(items.map(({ type = "", reason = "", involvedObject }) => `${type} ${reason} ${involvedObject.kind ?? ""}`));
    assert.ok(said.has("Warning EvictionThresholdMet Node"));
    assert.ok(said.has("Warning Evicted Pod"));
  }));

test("a node that is short of memory does not take what it would have to end", () =>
  onNode(async (node) => {
    node.memoryAvailableBytes = 60 * MIB;
    await node.clock.advance(10_000);
    await node.bind(aBoundPod());
    assert.is((await node.reaches("Failed")).status?.message, "The node had condition: [MemoryPressure]. ");
    node.memoryAvailableBytes = 2048 * MIB;
    await node.clock.advance(10_000);
    await node.client.delete(pods, { namespace: "default", name: "web" });
    await node.bind(aBoundPod({}, { name: "later" }));
    await node.reaches("Running", "later");
  }));
