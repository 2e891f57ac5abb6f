import * as assert from "uvu/assert";
import type { V1PodSpec } from "#api/generated/types.ts";
import { admissionVerdict } from "#actors/kubelet/admission.ts";
import { Allocation } from "#actors/kubelet/allocation.ts";
import { suite } from "#test/support/suite.ts";
import { aNode } from "#test/support/objects.ts";
import { aContainer, boundPod } from "./pod/pods.ts";

const test = suite("admission");

const asking = (cpu: string, uid = "uid-1", hostPort?: number) =>
  boundPod(
    { containers: [aContainer({ resources: { requests: { cpu } }, ports: [{ containerPort: 80, hostPort, protocol: "TCP" }] })] },
    { metadata: { uid } },
  );
const verdict = (spec: Partial<V1PodSpec>, allocation = new Allocation()) => admissionVerdict(boundPod(spec), aNode(), allocation);

test("takes what fits, and no more", () => {
  const allocation = new Allocation();
  allocation.take(asking("3", "a"));
  allocation.take(asking("3", "a"));
  assert.is(admissionVerdict(asking("1"), aNode(), allocation), undefined);
  const refused = { reason: "OutOfcpu", message: "Node didn't have enough resource: cpu, requested: 1001, used: 3000, capacity: 4000" };
  assert.equal(admissionVerdict(asking("1001m"), aNode(), allocation), refused);
  allocation.release("a");
  allocation.release("a");
  assert.is(admissionVerdict(asking("1001m"), aNode(), allocation), undefined);
});

test("has room for so many pods", () => {
  const allocation = new Allocation();
  for (let index = 0; index < 110; index++) allocation.take(asking("0", `pod-${index}`));
  assert.is(verdict({}, allocation)?.message, "Node didn't have enough resource: pods, requested: 1, used: 110, capacity: 110");
});

test("refuses a pod for another kind of node", () => {
  assert.is(verdict({ nodeSelector: { disk: "ssd" } })?.reason, "NodeAffinity");
  assert.is(verdict({ os: { name: "windows" } })?.reason, "PodOSNotSupported");
});

test("gives a port of the node once, on every address or on one", () => {
  const allocation = new Allocation();
  allocation.take(asking("0", "a", 8080));
  assert.is(admissionVerdict(asking("0", "b", 8080), aNode(), allocation)?.reason, "NodePorts");
  assert.is(admissionVerdict(asking("0", "b", 8081), aNode(), allocation), undefined);
  const onOne = { containers: [aContainer({ ports: [{ containerPort: 80, hostPort: 8080, hostIP: "127.0.0.1" }] })] };
  assert.is(verdict(onOne, allocation)?.reason, "NodePorts");
});
