// HOW the node's own objects are written: its registration, its status, its Lease.
// upstream: pkg/kubelet/kubelet_node_status.go, component-helpers/apimachinery/lease/controller.go
import type { V1Lease, V1NodeStatus } from "#api/generated/types.ts";
import { leases, type Lease } from "#api/coordination/v1/lease.ts";
import { nodes, type Node } from "#api/core/v1/node.ts";
import { deepEqual } from "#api/meta/equal.ts";
import type { Stored } from "#api/meta/object.ts";
import { isReason } from "#api/meta/status.ts";
import { toMicroTime } from "#lib/clock.ts";
import type { KubeletConfig, KubeletPorts } from "../ports.ts";
import { newNode, nodeLabels, nodeStatus, withoutHeartbeat } from "./status.ts";

const LEASES = "kube-node-lease";
/** upstream: NodeLeaseDurationSeconds */
const LEASE_SECONDS = 40;
/** A status in which nothing has changed is written this often. upstream: nodeStatusReportFrequency */
const REPORT_MS = 300_000;

/** Writes the node's own objects. */
export class NodeWriter {
  readonly #ports: KubeletPorts;
  readonly #config: KubeletConfig;
  #status: V1NodeStatus = {};
  #uid = "";
  #writtenAt = Number.NEGATIVE_INFINITY;
  #lease: Stored<Lease> | undefined;

  constructor(ports: KubeletPorts, config: KubeletConfig) {
    this.#ports = ports;
    this.#config = config;
  }

  /** What the node can give away, as it was last reported. */
  get allocatable(): { readonly [resource: string]: string } {
    return this.#status.allocatable ?? {};
  }

  /** Creates the node, or gives the one that is there its labels. Throws: ApiError. */
  async register(signal: AbortSignal): Promise<void> {
    const { client } = this.#ports;
    const name = this.#config.nodeName;
    const found = await client.get(nodes, { name }, signal).catch((error: unknown) => {
      if (isReason(error, "NotFound")) return undefined;
      throw error;
    });
    const node = found ?? (await client.create(nodes, newNode(this.#config), {}, signal));
    if (found !== undefined) await this.#label(found, signal);
    this.#uid = node.metadata.uid;
    this.#status = node.status ?? {};
    this.#writtenAt = Number.NEGATIVE_INFINITY;
    this.#lease = undefined;
  }

  /** Writes the node's status when something in it has changed, or the last write is long ago. Throws: ApiError. */
  async report(notReady: string | undefined, signal: AbortSignal): Promise<void> {
    const { client, clock, runtime, machine } = this.#ports;
    const [images, facts] = await Promise.all([runtime.images(), machine()]);
    const runtimeVersion = `orrery-wasi://${runtime.version}`;
    const inputs = { config: this.#config, machine: facts, images, runtimeVersion, notReady, previous: this.#status, now: clock.now() };
    const status = nodeStatus(inputs);
    const same = deepEqual(withoutHeartbeat(status), withoutHeartbeat(this.#status));
    if (same && clock.now() - this.#writtenAt < REPORT_MS) return;
    const patch = { type: "application/strategic-merge-patch+json", subresource: "status", body: { status } } as const;
    await client.patch(nodes, { name: this.#config.nodeName }, patch, signal);
    this.#status = status;
    this.#writtenAt = clock.now();
  }

  /** Says that the node lives. Throws: ApiError. */
  async renewLease(signal: AbortSignal): Promise<void> {
    const { client } = this.#ports;
    const ref = { namespace: LEASES, name: this.#config.nodeName };
    try {
      this.#lease ??= await client.get(leases, ref, signal).catch((error: unknown) => {
        if (isReason(error, "NotFound")) return undefined;
        throw error;
      });
      this.#lease = await (this.#lease === undefined
        ? client.create(leases, this.#leaseNow({ metadata: ref }), {}, signal)
        : client.update(leases, this.#leaseNow(this.#lease), {}, signal));
    } catch (error) {
      this.#lease = undefined; // whoever has changed or deleted it, the next try reads it anew
      throw error;
    }
  }

  #leaseNow(lease: V1Lease): Lease {
    const { clock } = this.#ports;
    const name = this.#config.nodeName;
    return {
      metadata: { ...lease.metadata, ownerReferences: [{ apiVersion: "v1", kind: "Node", name, uid: this.#uid }] },
      spec: { holderIdentity: name, leaseDurationSeconds: LEASE_SECONDS, renewTime: toMicroTime(clock.now()) },
    };
  }

  async #label({ metadata }: Stored<Node>, signal: AbortSignal): Promise<void> {
    const labels = nodeLabels(this.#config);
    if (Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value)) return;
    const patch = { type: "application/merge-patch+json", body: { metadata: { labels } } } as const;
    await this.#ports.client.patch(nodes, { name: metadata.name }, patch, signal);
  }
}
