// A node without a runtime, in the manner of kwok: it registers, renews its lease, and says of every pod bound to it that
// it runs. For worlds in which the nodes are not what is tested.
import type { V1Pod, V1PodStatus } from "#api/generated/types.ts";
import { leases } from "#api/coordination/v1/lease.ts";
import { nodes } from "#api/core/v1/node.ts";
import { pods } from "#api/core/v1/pod.ts";
import type { Stored } from "#api/meta/object.ts";
import { isReason } from "#api/meta/status.ts";
import type { Client } from "#lib/client.ts";
import { sleep, toMicroTime, toTime } from "#lib/clock.ts";
import type { ComponentPorts } from "#lib/component.ts";
import { changesOf, defineController, ownKey, type ControllerDefinition } from "#lib/controller.ts";
import { Informers } from "#lib/informers.ts";
import { aNode } from "#test/support/objects.ts";
import type { NodeMachine } from "./node-machine.ts";

type Action = { readonly do: "start" | "report" | "stop" | "finalize"; readonly pod: Stored<V1Pod> };

const LEASE_SECONDS = 40;
const RENEW_MS = 10_000;

/** Runs the node until `signal` is aborted. */
export const runHollowNode = (ports: ComponentPorts, machine: NodeMachine, signal: AbortSignal): void => {
  const informers = new Informers(ports);
  const kubelet = hollowKubelet(machine).create({ ...ports, informers });
  kubelet.start(signal);
  kubelet.lead(true);
  informers.start(signal);
  void heartbeat(ports, machine.name, signal);
};

const hollowKubelet = (machine: NodeMachine): ControllerDefinition =>
  defineController<Stored<V1Pod>, Action>(`kubelet-${machine.name}`, ({ clock, informers }) => {
    const bound = informers.of(pods, { fieldSelector: `spec.nodeName=${machine.name}` });
    return {
      workers: 10,
      watches: [changesOf(bound, ownKey)],
      observe: (key) => bound.get(key),
      decide: (pod) => decide(pod, machine.runs(pod.metadata.uid)),
      act: async ({ do: what, pod }, { client, signal }) => {
        const containers = (pod.spec?.containers ?? []).map(({ name }) => ({ uid: pod.metadata.uid, container: name }));
        if (what === "start") for (const start of containers) machine.started(start);
        if (what === "stop") for (const start of containers) machine.ended(start);
        if (what === "report") await report(client, pod, toTime(clock.now()), signal);
        if (what === "finalize") await finalize(client, pod, signal);
      },
    };
  });

const decide = (pod: Stored<V1Pod>, runs: boolean): readonly Action[] => {
  if (pod.metadata.deletionTimestamp !== undefined) return [...(runs ? [{ do: "stop", pod } as const] : []), { do: "finalize", pod }];
  const isReported = pod.status?.phase === "Running";
  return [...(runs ? [] : [{ do: "start", pod } as const]), ...(isReported ? [] : [{ do: "report", pod } as const])];
};

const report = async (client: Client, pod: Stored<V1Pod>, now: string, signal: AbortSignal): Promise<void> => {
  const isTrue = (type: string) => ({ type, status: "True", lastTransitionTime: now });
  const status: V1PodStatus = {
    phase: "Running",
    startTime: now,
    conditions: ["PodScheduled", "Initialized", "ContainersReady", "Ready"].map(isTrue),
    containerStatuses: (pod.spec?.containers ?? []).map(({ name, image = "" }) => ({
      name,
      image,
      imageID: image,
      ready: true,
      restartCount: 0,
      started: true,
      state: { running: { startedAt: now } },
    })),
  };
  const patch = {
    type: "application/merge-patch+json",
    subresource: "status",
    body: { metadata: { uid: pod.metadata.uid }, status },
  } as const;
  await client.patch(pods, pod.metadata, patch, signal);
};

const finalize = async (client: Client, { metadata }: Stored<V1Pod>, signal: AbortSignal): Promise<void> => {
  try {
    await client.delete(pods, metadata, { gracePeriodSeconds: 0, preconditions: { uid: metadata.uid } }, signal);
  } catch (error) {
    if (!isReason(error, "NotFound") && !isReason(error, "Conflict")) throw error;
  }
};

const heartbeat = async (ports: ComponentPorts, name: string, signal: AbortSignal): Promise<void> => {
  const { client, clock, logger } = ports;
  while (!signal.aborted) {
    try {
      await register(client, name, signal);
      await renew(client, name, toMicroTime(clock.now()), signal);
    } catch (error) {
      logger("warn", "heartbeat failed", { error });
    }
    await sleep(clock, RENEW_MS, signal).catch(() => undefined);
  }
};

/** The node as it is to be, unless it is there and ready. */
const register = async (client: Client, name: string, signal: AbortSignal): Promise<void> => {
  const node = aNode({ metadata: { name } });
  const present = await orCreate(
    () => client.get(nodes, { name }, signal),
    () => client.create(nodes, node, {}, signal),
  );
  const isReady = present.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True");
  if (isReady !== true) await client.update(nodes, { ...present, status: node.status }, { subresource: "status" }, signal);
};

const renew = async (client: Client, name: string, renewTime: string, signal: AbortSignal): Promise<void> => {
  const metadata = { namespace: "kube-node-lease", name };
  const spec = { holderIdentity: name, leaseDurationSeconds: LEASE_SECONDS, renewTime };
  const lease = await orCreate(
    () => client.get(leases, metadata, signal),
    () => client.create(leases, { metadata, spec }, {}, signal),
  );
  if (lease.spec?.renewTime !== renewTime) await client.update(leases, { ...lease, spec }, {}, signal);
};

const orCreate = async <T>(get: () => Promise<T>, create: () => Promise<T>): Promise<T> => {
  try {
    return await get();
  } catch (error) {
    if (!isReason(error, "NotFound")) throw error;
    return create();
  }
};
