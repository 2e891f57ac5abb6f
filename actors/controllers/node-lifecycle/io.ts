// Reads and writes of the node lifecycle: nodes and their leases, by the keys of nodes; pods on nodes that are lost or
// tainted, by the keys of pods. A pod is looked at when its node changes or it comes there, not when its status changes:
// a kubelet that lives may say again that its pod is ready.
import { leases } from "#api/coordination/v1/lease.ts";
import { nodes, type Node } from "#api/core/v1/node.ts";
import { pods, type Pod } from "#api/core/v1/pod.ts";
import { objectKey, type Stored } from "#api/meta/object.ts";
import { ignoreNotFound } from "#api/meta/status.ts";
import { toTime } from "#lib/clock.ts";
import { changesOf, defineController, ownKey, type ControllerDefinition, type ControllerPorts, type Reach } from "#lib/controller.ts";
import type { Change } from "#lib/informer.ts";
import { nodeNameOf } from "../pods/pod-state.ts";
import { decide, readyOf, type Action, type Grace, type Observed } from "./decide.ts";
import { decidePod, noExecute, type ObservedPod, type PodAction } from "./evict.ts";
import { Roll, type Meeting } from "./roll.ts";
import { Sightings } from "./sightings.ts";

const LEASES = "kube-node-lease";
/** upstream: --node-monitor-grace-period, --node-startup-grace-period */
const GRACE: Grace = { silentMs: 40_000, startupMs: 60_000 };
/** Who tells of evictions. upstream: a controller of its own, pkg/controller/tainteviction */
const EVICTION = "taint-eviction-controller";
const MERGE = "application/strategic-merge-patch+json";

type Seen =
  | ({ readonly of: "node"; readonly meetings: readonly Meeting[] } & Observed)
  | { readonly of: "gone"; readonly meetings: readonly Meeting[] }
  | ({ readonly of: "pod" } & ObservedPod);
type Doing = Exclude<Action | PodAction, { readonly do: "requeue" }> | Meeting;

const stateOf = (node: Node): string => JSON.stringify([readyOf(node)?.status, noExecute(node)]);
const isNewState = ({ old, object }: Change<Node>): boolean => old === undefined || stateOf(old) !== stateOf(object);
const isNewThere = ({ old, object }: Change<Pod>): boolean =>
  old === undefined ||
  nodeNameOf(old) !== nodeNameOf(object) ||
  JSON.stringify(old.spec?.tolerations) !== JSON.stringify(object.spec?.tolerations);

const doubt = async ({ node, conditions }: Extract<Doing, { do: "doubt" }>, { recorder }: ControllerPorts, { client, signal }: Reach) => {
  await client.update(nodes, { ...node, status: { ...node.status, conditions } }, { subresource: "status" }, signal);
  if (readyOf(node)?.status !== "True") return;
  const message = `Node ${node.metadata.name} status is now: NodeNotReady`;
  recorder.record(node, { type: "Normal", reason: "NodeNotReady", message });
};

const taint = async ({ node, taints }: Extract<Doing, { do: "taint" }>, { client, signal }: Reach): Promise<void> => {
  const { uid, resourceVersion } = node.metadata;
  await client.patch(nodes, node.metadata, { type: MERGE, body: { metadata: { uid, resourceVersion }, spec: { taints } } }, signal);
};

const sayOfPod = async (pod: Stored<Pod>, condition: object, { client, signal }: Reach): Promise<void> => {
  const body = { metadata: { uid: pod.metadata.uid }, status: { conditions: [condition] } };
  await client.patch(pods, pod.metadata, { type: MERGE, subresource: "status", body }, signal);
};

const unready = async (pod: Stored<Pod>, { clock, recorder }: ControllerPorts, reach: Reach): Promise<void> => {
  await sayOfPod(pod, { type: "Ready", status: "False", lastTransitionTime: toTime(clock.now()) }, reach);
  recorder.record(pod, { type: "Warning", reason: "NodeNotReady", message: "Node is not ready" });
};

const evict = async (pod: Stored<Pod>, { clock, recorder }: ControllerPorts, reach: Reach): Promise<void> => {
  const disruption = {
    type: "DisruptionTarget",
    status: "True",
    reason: "DeletionByTaintManager",
    message: "Taint manager: deleting due to NoExecute taint",
    lastTransitionTime: toTime(clock.now()),
  };
  const message = `Marking for deletion Pod ${objectKey(pod)}`;
  recorder.record(pod, { type: "Normal", reason: "TaintManagerEviction", message, component: EVICTION });
  await sayOfPod(pod, disruption, reach);
  await reach.client.delete(pods, pod.metadata, { preconditions: { uid: pod.metadata.uid } }, reach.signal);
};

const toNode = (action: Exclude<Doing, PodAction | Meeting>, ports: ControllerPorts, reach: Reach): Promise<void> =>
  action.do === "doubt" ? doubt(action, ports, reach) : taint(action, reach);

const toPod = async ({ do: what, pod }: Extract<Doing, PodAction>, ports: ControllerPorts, reach: Reach): Promise<void> => {
  await (what === "evict" ? evict(pod, ports, reach) : unready(pod, ports, reach)).catch(ignoreNotFound);
};

const decideSeen = (seen: Seen, nowMs: number, grace: Grace): readonly (Action | PodAction | Meeting)[] => {
  if (seen.of === "pod") return decidePod(seen, nowMs);
  return seen.of === "gone" ? seen.meetings : [...seen.meetings, ...decide(seen, nowMs, grace)];
};

/** Watches over nodes: doubts those that are silent, taints them, and takes pods off nodes that they do not tolerate. */
export const nodeLifecycleController = (grace: Grace = GRACE): ControllerDefinition =>
  defineController<Seen, Doing>("node-controller", (ports) => {
    const all = ports.informers.of(nodes);
    const allLeases = ports.informers.of(leases, { namespace: LEASES });
    const allPods = ports.informers.of(pods, { indexers: { node: (pod) => [nodeNameOf(pod)] } });
    const heard = new Sightings(ports.clock);
    const tainted = new Sightings(ports.clock);
    const roll = new Roll();
    const ofNode = (node: Stored<Node>): Seen => {
      const { name } = node.metadata;
      const renewed = allLeases.get(`${LEASES}/${name}`)?.spec?.renewTime;
      tainted.note(name, JSON.stringify(noExecute(node)));
      const heardAt = heard.note(name, JSON.stringify([node.metadata.uid, renewed, readyOf(node)?.lastHeartbeatTime]));
      const anyReady = all.list().some((each) => readyOf(each)?.status === "True");
      return { of: "node", meetings: roll.meetings(name, node), node, heardAt, anyReady };
    };
    const ofPod = (pod: Stored<Pod>): Seen | undefined => {
      const node = all.get(nodeNameOf(pod));
      if (node === undefined) return undefined;
      return { of: "pod", pod, node, taintedSince: tainted.note(node.metadata.name, JSON.stringify(noExecute(node))) };
    };
    const observeNode = (name: string): Seen | undefined => {
      const node = all.get(name);
      if (node !== undefined) return ofNode(node);
      for (const sightings of [heard, tainted]) sightings.forget(name);
      return { of: "gone", meetings: roll.meetings(name, undefined) };
    };
    return {
      watches: [
        changesOf(all, ownKey),
        changesOf(all, () => all.list().map(objectKey), isNewState),
        changesOf(all, ({ metadata }) => allPods.byIndex("node", metadata.name).map(objectKey), isNewState),
        changesOf(allLeases, ({ metadata }) => [metadata.name]),
        changesOf(allPods, ownKey, (change) => nodeNameOf(change.object) !== "" && isNewThere(change)),
      ],
      observe: (key) => {
        const pod = key.includes("/") ? allPods.get(key) : undefined;
        return pod === undefined ? observeNode(key) : ofPod(pod);
      },
      decide: (seen, nowMs) => decideSeen(seen, nowMs, grace),
      act: async (action, reach) => {
        if (action.do === "welcome" || action.do === "farewell") return roll.tell(action, ports.recorder);
        return "pod" in action ? toPod(action, ports, reach) : toNode(action, ports, reach);
      },
      workers: 8,
    };
  });
