import * as assert from "uvu/assert";
import { decide, type Observed } from "#actors/controllers/node-lifecycle/decide.ts";
import { decidePod } from "#actors/controllers/node-lifecycle/evict.ts";
import type { Node } from "#api/core/v1/node.ts";
import type { Taint, Toleration } from "#api/core/v1/taint.ts";
import { aNode, aPod, stored } from "#test/support/objects.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("controllers/node-lifecycle");
const NOW = Date.parse("2026-01-01T01:00:00Z");
const GRACE = { silentMs: 40_000, startupMs: 60_000 };
const taint = (name: string, effect: string): Taint => ({ key: `node.kubernetes.io/${name}`, effect });
type Parts = {
  readonly ready?: string | undefined;
  readonly taints?: readonly Taint[];
  readonly spec?: Node["spec"];
  readonly pressed?: string;
};
const node = ({ ready, taints, spec, pressed }: Parts) => {
  const conditions = [
    ...(ready === undefined ? [] : [{ type: "Ready", status: ready }]),
    ...(pressed === undefined ? [] : [{ type: pressed, status: "True" }]),
  ];
  return stored(aNode({ spec: { ...spec, ...(taints === undefined ? {} : { taints }) }, status: { conditions } }));
};
const words = (parts: Parts, { silentMs = 0, ...rest }: Partial<Observed> & { readonly silentMs?: number } = {}) =>
  decide({ node: node(parts), heardAt: NOW - silentMs, anyReady: true, ...rest }, NOW, GRACE).map((action) => {
    if (action.do === "requeue") return `again in ${action.afterMs}`;
    if (action.do === "doubt") return `doubt ${action.conditions.map(({ type, status }) => `${type}=${status}`).join(" ")}`;
    return `taint ${action.taints.map(({ key, effect }) => `${key.replace("node.kubernetes.io/", "")}:${effect}`).join(" ")}`.trim();
  });

const READY = "again in 40000";
const CASES: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ["waits for the rest of the grace period", words({ ready: "True" }, { silentMs: 39_000 }), ["again in 1000"]],
  [
    "doubts all that the kubelet says once it is silent",
    words({ ready: "True", pressed: "DiskPressure" }, { silentMs: 40_000 }),
    ["doubt Ready=Unknown DiskPressure=Unknown MemoryPressure=Unknown PIDPressure=Unknown"],
  ],
  [
    "gives a node that has said nothing yet more time",
    words({ taints: [taint("not-ready", "NoSchedule")] }, { silentMs: 40_000 }),
    ["again in 20000"],
  ],
  [
    "does not doubt twice",
    words({ ready: "Unknown", taints: [taint("unreachable", "NoSchedule"), taint("unreachable", "NoExecute")] }, { silentMs: 50_000 }),
    [],
  ],
  ["taints a node that is not ready", words({ ready: "False" }), ["taint not-ready:NoSchedule not-ready:NoExecute", READY]],
  [
    "changes the taint of a node that falls silent",
    words({ ready: "Unknown", taints: [taint("not-ready", "NoSchedule"), taint("not-ready", "NoExecute")] }, { silentMs: 50_000 }),
    ["taint unreachable:NoSchedule unreachable:NoExecute"],
  ],
  [
    "takes taints off a ready node, but not those of others",
    words({ ready: "True", taints: [taint("unreachable", "NoExecute"), { key: "mine", effect: "NoSchedule" }] }),
    ["taint mine:NoSchedule", READY],
  ],
  [
    "drives no pod away while no node is ready",
    words({ ready: "Unknown", taints: [taint("unreachable", "NoExecute")] }, { silentMs: 50_000, anyReady: false }),
    ["taint unreachable:NoSchedule"],
  ],
  ["taints a cordoned node", words({ ready: "True", spec: { unschedulable: true } }), ["taint unschedulable:NoSchedule", READY]],
  [
    "takes the taint off a node that is not cordoned",
    words({ ready: "True", taints: [taint("unschedulable", "NoSchedule")] }),
    ["taint", READY],
  ],
  ["taints a node under pressure", words({ ready: "True", pressed: "MemoryPressure" }), ["taint memory-pressure:NoSchedule", READY]],
];
for (const [name, actual, expected] of CASES) test(name, () => assert.equal(actual, expected));

test("says what is unknown in the words of Kubernetes, and when a taint was added", () => {
  const [doubt] = decide({ node: node({ ready: "True" }), heardAt: 0, anyReady: true }, NOW, GRACE);
  assert.equal(doubt?.do === "doubt" && doubt.conditions[0], {
    type: "Ready",
    status: "Unknown",
    reason: "NodeStatusUnknown",
    message: "Kubelet stopped posting node status.",
    lastTransitionTime: "2026-01-01T01:00:00Z",
  });
  const [tainting] = decide({ node: node({ ready: "False" }), heardAt: NOW, anyReady: true }, NOW, GRACE);
  assert.is(tainting?.do === "taint" && tainting.taints[1]?.timeAdded, "2026-01-01T01:00:00Z");
});

const SINCE = "2026-01-01T00:59:00Z"; // a minute ago
const gone = { ...taint("unreachable", "NoExecute"), timeAdded: SINCE };
const bad = { ...taint("not-ready", "NoExecute"), timeAdded: SINCE };
const untimed = taint("unreachable", "NoExecute");
const bears = ({ key }: Taint, tolerationSeconds?: number): Toleration => ({
  key,
  operator: "Exists",
  ...(tolerationSeconds === undefined ? {} : { tolerationSeconds }),
});
const ofPod = (
  taints: readonly Taint[],
  tolerations: readonly Toleration[],
  parts: { readonly ready?: string; readonly dying?: boolean } = {},
) => {
  const pod = stored(
    aPod({ spec: { tolerations }, status: { conditions: [{ type: "Ready", status: "True" }] } }),
    parts.dying === true ? { deletionTimestamp: SINCE } : {},
  );
  const observed = { pod, node: node({ ready: parts.ready ?? "True", taints }), taintedSince: NOW - 10_000 };
  return decidePod(observed, NOW).map((action) => (action.do === "requeue" ? action.afterMs : action.do));
};
const POD_CASES: readonly (readonly [string, readonly (string | number)[], readonly (string | number)[]])[] = [
  ["leaves pods on a node without taints", ofPod([], []), []],
  ["leaves pods on a node that only keeps new ones away", ofPod([taint("unreachable", "NoSchedule")], []), []],
  ["evicts a pod that does not bear the taint", ofPod([gone], [bears(bad)]), ["evict"]],
  ["leaves a pod that bears all taints for ever", ofPod([gone, bad], [{ operator: "Exists" }]), []],
  ["waits as long as the pod bears it, from when the taint was added", ofPod([gone], [bears(gone, 300)]), [240_000]],
  ["evicts when that time is over", ofPod([gone], [bears(gone, 60)]), ["evict"]],
  ["counts the shortest of several", ofPod([gone, bad], [bears(gone, 300), bears(bad, 100)]), [40_000]],
  ["counts a taint without a time from when it was seen", ofPod([untimed], [bears(untimed, 30)]), [20_000]],
  ["takes readiness off pods of a lost node", ofPod([gone], [bears(gone, 300)], { ready: "Unknown" }), ["unready", 240_000]],
  ["leaves a pod alone that is being deleted", ofPod([gone], [], { ready: "False", dying: true }), []],
];
for (const [name, actual, expected] of POD_CASES) test(name, () => assert.equal(actual, expected));
