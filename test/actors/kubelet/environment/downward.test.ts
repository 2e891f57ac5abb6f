import * as assert from "uvu/assert";
import { DownwardError, fieldValue, resourceValue, type NodeFacts } from "#actors/kubelet/environment/downward.ts";
import { suite } from "#test/support/suite.ts";
import { aContainer, boundPod } from "../pod/pods.ts";

const test = suite("downward API");

const node: NodeFacts = { podIps: ["10.64.0.1", "fd00::1"], hostIps: ["192.0.2.1"], allocatable: { cpu: "3500m", memory: "8Gi" } };
const pod = boundPod(
  { serviceAccountName: "robot" },
  { metadata: { labels: { b: "2", a: "1" }, annotations: { "example.com/text": 'say "hi"\n' } } },
);
const field = (fieldPath: string): string => fieldValue({ fieldPath }, pod, node);

const FIELDS: readonly (readonly [string, string])[] = [
  ["metadata.name", "web"],
  ["metadata.namespace", "default"],
  ["metadata.uid", "uid-1"],
  ["metadata.labels", 'a="1"\nb="2"'],
  ["metadata.annotations", 'example.com/text="say \\"hi\\"\\n"'],
  ["metadata.labels['a']", "1"],
  ["metadata.labels['none']", ""],
  ["metadata.annotations['example.com/text']", 'say "hi"\n'],
  ["spec.nodeName", "worker-1"],
  ["spec.serviceAccountName", "robot"],
  ["status.hostIP", "192.0.2.1"],
  ["status.hostIPs", "192.0.2.1"],
  ["status.podIP", "10.64.0.1"],
  ["status.podIPs", "10.64.0.1,fd00::1"],
];
for (const [path, value] of FIELDS) test(`gives ${path}`, () => assert.is(field(path), value));

test("refuses a path that is none", () => assert.throws(() => field("spec.other"), /unsupported fieldPath: spec.other/));

const container = aContainer({ resources: { limits: { memory: "100M" }, requests: { cpu: "250m" } } });
const RESOURCES: readonly (readonly [string, string | undefined, string])[] = [
  ["requests.cpu", undefined, "1"],
  ["requests.cpu", "1m", "250"],
  ["limits.cpu", "1m", "3500"],
  ["limits.memory", undefined, "100000000"],
  ["limits.memory", "1Mi", "96"],
  ["limits.memory", "0", "100000000"],
  ["requests.memory", undefined, "0"],
  ["limits.ephemeral-storage", undefined, "0"],
];
for (const [resource, divisor, value] of RESOURCES) {
  test(`gives ${resource} in units of ${divisor ?? "one"}`, () => assert.is(resourceValue({ resource, divisor }, container, node), value));
}

test("refuses a resource that is none", () => {
  assert.throws(
    () => resourceValue({ resource: "limits.love" }, container, node),
    (error: unknown) => error instanceof DownwardError,
  );
});
