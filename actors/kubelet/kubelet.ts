// A node's kubelet: registers the node, keeps its Lease and status, and runs the pods that are bound to it. This file joins
// the parts; when things happen stands in machine.ts, what a pod needs in pod/.
import { createActor } from "xstate";
import { nodes, type Node } from "#api/core/v1/node.ts";
import { pods, type Pod } from "#api/core/v1/pod.ts";
import { services, type Service } from "#api/core/v1/service.ts";
import { objectKey, type Stored } from "#api/meta/object.ts";
import { badRequest, notFound } from "#api/meta/status.ts";
import { runtimeClasses, type RuntimeClass } from "#api/node/v1/runtime-class.ts";
import { EventRecorder, type Happening } from "#lib/event-recorder.ts";
import { Informer, type Change } from "#lib/informer.ts";
import type { NodeHandler } from "#lib/node-api.ts";
import { admissionVerdict } from "./admission.ts";
import { Evictor } from "./eviction/evictor.ts";
import { kubeletMachine, type NodePorts } from "./io.ts";
import { logSource, type LogSource, type WhichLog } from "./logs/handler.ts";
import { podLogsDir } from "./logs/paths.ts";
import { Mirrors } from "./static-pods/mirrors.ts";
import { NodeWriter } from "./node/io.ts";
import { PodObjects } from "./objects.ts";
import { podServices } from "./pod-services.ts";
import { PodVolumes } from "./volumes/pod-volumes.ts";
import type { BoundPod } from "./pod/containers.ts";
import type { PodWorker } from "./pod/worker.ts";
import { Pods } from "./pods.ts";
import type { KubeletConfig, KubeletPorts } from "./ports.ts";
import type { ProbeCount } from "./probe/counts.ts";
import { Prober } from "./probe/prober.ts";
import { podReferences } from "./references.ts";
import { createHandler } from "./server/handler.ts";
import type { KubeletView } from "./server/view.ts";
import { Statuses } from "./statuses.ts";
import { Tokens } from "./tokens.ts";

const NO_CIDR = "container runtime network not ready: the node has no pod CIDR yet";

/** A running kubelet. */
export type Kubelet = {
  start(): void;
  /** Stops every pod's processes, says nothing of it to the API, and resolves when all is gone. */
  stop(): Promise<void>;
  /** Resolves when the node takes pods for the first time. */
  readonly ready: Promise<void>;
  /** What the API server asks of the node. */
  readonly handler: NodeHandler;
};

class NodeAgent implements NodePorts, KubeletView {
  readonly ready: Promise<void>;
  readonly stopped: Promise<void>;
  readonly #ports: KubeletPorts;
  readonly #config: KubeletConfig;
  readonly #closing = new AbortController();
  readonly #podInformer: Informer<Pod>;
  readonly #nodeInformer: Informer<Node>;
  readonly #services: Informer<Service>;
  readonly #runtimeClasses: Informer<RuntimeClass>;
  readonly #events: EventRecorder;
  readonly #objects: PodObjects;
  readonly #volumes: PodVolumes;
  readonly #statuses: Statuses;
  readonly #writer: NodeWriter;
  readonly #pods: Pods;
  readonly #mirrors: Mirrors;
  readonly #evictor: Evictor;
  readonly #prober: Prober;
  readonly #actor;
  readonly #markReady: () => void;
  #unsubscribe: readonly (() => void)[] = [];
  #notReady: string | undefined = NO_CIDR;

  constructor(ports: KubeletPorts, config: KubeletConfig) {
    const { nodeName } = config;
    const ready = Promise.withResolvers<void>();
    const stopped = Promise.withResolvers<void>();
    this.#ports = ports;
    this.#config = config;
    this.#markReady = ready.resolve;
    this.ready = ready.promise;
    this.stopped = stopped.promise;
    this.#podInformer = new Informer({ ...ports, resource: pods, fieldSelector: `spec.nodeName=${nodeName}` });
    this.#nodeInformer = new Informer({ ...ports, resource: nodes, fieldSelector: `metadata.name=${nodeName}` });
    this.#services = new Informer({ ...ports, resource: services });
    this.#runtimeClasses = new Informer({ ...ports, resource: runtimeClasses });
    this.#events = new EventRecorder({ ...ports, component: "kubelet", host: nodeName });
    this.#writer = new NodeWriter(ports, config);
    this.#statuses = new Statuses(ports, this.#closing.signal);
    this.#objects = new PodObjects(ports, (uids) => [...uids].forEach((uid) => this.#volumes.refresh(uid)));
    this.#volumes = this.#makeVolumes();
    this.#prober = this.#makeProber();
    this.#pods = this.#makePods();
    this.#mirrors = this.#makeMirrors();
    this.#evictor = this.#makeEvictor();
    const { clock, random, inspect } = ports;
    const options = { id: `kubelet/${nodeName}`, clock, ...(inspect === undefined ? {} : { inspect }) };
    this.#actor = createActor(kubeletMachine(this, random), options);
    this.#actor.subscribe({ complete: stopped.resolve, error: stopped.reject });
  }

  start(): void {
    this.#actor.start();
  }

  stop(): Promise<void> {
    this.#actor.send({ type: "stop" });
    return this.stopped;
  }

  async recover(): Promise<void> {
    const { runtime } = this.#ports;
    const [sandboxes, containers] = await Promise.all([runtime.sandboxes(), runtime.containers()]);
    this.#pods.recover({ sandboxes, containers });
  }

  async register(signal: AbortSignal): Promise<void> {
    await this.#writer.register(signal);
    await this.#writer.report(this.#notReady, signal);
  }

  async sync(signal: AbortSignal): Promise<void> {
    const informers = [this.#nodeInformer, this.#services, this.#runtimeClasses, this.#podInformer];
    for (const informer of informers) informer.start(this.#closing.signal);
    this.#events.start(this.#closing.signal);
    await Promise.all(informers.map(({ synced }) => synced));
    const cidr = (): string | undefined => this.#node()?.spec?.podCIDR;
    await this.#nodeInformer.waitUntil(() => this.#node() !== undefined && (!this.#config.needsPodCidr || cidr() !== undefined), signal);
    const given = cidr();
    if (given !== undefined) this.#ports.usePodCidr(given);
    this.#notReady = undefined;
    await this.#removeOrphans();
  }

  takePods(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#unsubscribe = [
      this.#ports.runtime.subscribe((container) => this.#pods.containerChanged(container)),
      this.#nodeInformer.onChange(({ type }) => type === "deleted" && this.#actor.send({ type: "node.deleted" })),
      this.#podInformer.onChange((change) => this.#podChanged(change)),
    ];
    this.#mirrors.sync(this.#closing.signal);
    this.#markReady();
  }

  async renewLease(signal: AbortSignal): Promise<void> {
    await this.#writer.renewLease(signal);
  }

  async report(signal: AbortSignal): Promise<void> {
    this.#mirrors.sync(this.#closing.signal);
    await this.#writer.report(this.#notReady, signal);
  }

  relieve(): Promise<void> {
    return this.#evictor.relieve();
  }

  async drain(signal: AbortSignal): Promise<void> {
    await this.#pods.close(this.#config.shutdownGraceMs, signal);
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#closing.abort(new Error("the kubelet has stopped"));
  }

  complain(error: unknown): void {
    this.#ports.logger("warn", "step of the kubelet failed", { node: this.#config.nodeName, error });
  }

  /** The pods that are here, with those that show processes. */
  pods(): readonly Stored<Pod>[] {
    return [...this.#podInformer.values()];
  }

  workers(): Iterable<PodWorker> {
    return this.#pods.workers();
  }

  probeCounts(): readonly ProbeCount[] {
    return this.#prober.counts();
  }

  /** Throws: ApiError when the pod is not here, or its container has no log. */
  logOf(request: WhichLog): LogSource {
    const { namespace, pod } = request;
    const worker = this.#pods.worker(`${namespace}/${pod}`);
    if (worker !== undefined) return logSource(worker, this.#config.logsDir, request);
    const mirrored = this.#mirrors.of(`${namespace}/${pod}`);
    if (mirrored === undefined) throw notFound({ group: "", resource: "pods", name: pod });
    const process = this.#ports.staticStatus(mirrored.metadata?.name ?? "");
    if (process?.logPath === undefined) throw badRequest(`container "${request.container}" in pod "${pod}" has no log`);
    const { staticStatus } = this.#ports;
    return { path: process.logPath, running: () => staticStatus(mirrored.metadata?.name ?? "")?.running === true };
  }

  #node() {
    return this.#nodeInformer.get(this.#config.nodeName);
  }

  #record(pod: BoundPod, happening: Happening): void {
    this.#events.record({ ...pod, apiVersion: "v1", kind: "Pod" }, happening);
  }

  #podChanged(change: Change<Pod>): void {
    if (Mirrors.isMirror(change.object)) return this.#mirrors.sync(this.#closing.signal);
    return this.#pods.apply(change);
  }

  /** What is left on the node of pods that the API no longer has. */
  async #removeOrphans(): Promise<void> {
    const { runtime, disk, logger } = this.#ports;
    const bound = new Set(Array.from(this.#podInformer.values(), ({ metadata }) => metadata.uid));
    const sandboxes = (await runtime.sandboxes()).filter(({ uid }) => !bound.has(uid));
    const uids = (await disk.pods()).filter((uid) => !bound.has(uid));
    for (const { namespace, name } of sandboxes) logger("info", "pod is no longer bound here", { pod: `${namespace}/${name}` });
    await Promise.all([...sandboxes.map(({ id }) => runtime.removeSandbox(id)), ...uids.map((uid) => disk.remove(uid))]);
  }

  #makeVolumes(): PodVolumes {
    const { client, clock, logger, disk } = this.#ports;
    const tokens = new Tokens(client, clock);
    const nodeFacts = () => ({ ...this.#nodeFacts(), podIps: [] });
    return new PodVolumes({ clock, logger, disk, objects: this.#objects, tokens, nodeFacts });
  }

  #nodeFacts() {
    return { hostIps: this.#config.addresses, allocatable: this.#writer.allocatable };
  }

  /** The User-Agent of probes and hooks. */
  #probeAgent(): string {
    return `kube-probe/${this.#config.kubeletVersion.replace(/^v(\d+\.\d+).*$/, "$1")}`;
  }

  #makeProber(): Prober {
    const { clock, probes: io } = this.#ports;
    return new Prober({ clock, io, record: (pod, happening) => this.#record(pod, happening), agent: this.#probeAgent() });
  }

  #makePods(): Pods {
    const record = (pod: BoundPod, happening: Happening): void => this.#record(pod, happening);
    const parts = {
      ports: this.#ports,
      config: this.#config,
      record,
      objects: this.#objects,
      volumes: this.#volumes,
      prober: this.#prober,
      statuses: this.#statuses,
      services: this.#services,
      runtimeClasses: this.#runtimeClasses,
      nodeFacts: () => this.#nodeFacts(),
      agent: this.#probeAgent(),
    };
    return new Pods({
      services: podServices(parts),
      admit: (pod, allocation) => {
        const node = this.#node();
        return node === undefined ? undefined : (this.#evictor.verdictOn(pod) ?? admissionVerdict(pod, node, allocation));
      },
      hold: (pod) => this.#objects.hold(pod.metadata.uid, pod.metadata.namespace ?? "", podReferences(pod)),
      forget: (pod) => this.#forget(pod),
      relabeled: (pod) => this.#volumes.update(pod),
    });
  }

  #makeEvictor(): Evictor {
    const recordOfNode = (happening: Happening): void => {
      const node = this.#node();
      if (node !== undefined) this.#events.record({ ...node, apiVersion: "v1", kind: "Node" }, happening);
    };
    return new Evictor({
      ports: this.#ports,
      config: this.#config,
      workers: () => this.#pods.workers(),
      record: (pod, happening) => this.#record(pod, happening),
      recordOfNode,
    });
  }

  #makeMirrors(): Mirrors {
    const node = () => ({ name: this.#config.nodeName, uid: this.#node()?.metadata.uid ?? "" });
    return new Mirrors({ ports: this.#ports, config: this.#config, informer: this.#podInformer, statuses: this.#statuses, node });
  }

  #forget(pod: BoundPod): void {
    const { logs, logger } = this.#ports;
    const { uid } = pod.metadata;
    this.#objects.release(uid);
    this.#statuses.forget(uid);
    logs.remove(podLogsDir(this.#config.logsDir, pod)).catch((error: unknown) => {
      logger("warn", "logs of a pod not removed", { pod: objectKey(pod), error });
    });
  }
}

/** A kubelet over its ports. It does nothing before `start`. */
export const createKubelet = (ports: KubeletPorts, config: KubeletConfig): Kubelet => {
  const agent = new NodeAgent(ports, config);
  return { start: () => agent.start(), stop: () => agent.stop(), ready: agent.ready, handler: createHandler(ports, config, agent) };
};
