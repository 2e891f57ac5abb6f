// A node under test: a kubelet on a real API server in memory, over a runtime, a disk and a machine that the test holds.
import { namespaces } from "#api/core/v1/namespace.ts";
import { nodes } from "#api/core/v1/node.ts";
import { pods, type Pod } from "#api/core/v1/pod.ts";
import { configMaps } from "#api/core/v1/config-map.ts";
import { serviceAccounts } from "#api/core/v1/service-account.ts";
import { events } from "#api/core/v1/event.ts";
import type { Stored } from "#api/meta/object.ts";
import { isReason } from "#api/meta/status.ts";
import { createKubelet, type Kubelet } from "#actors/kubelet/kubelet.ts";
import { DEFAULTS, type KubeletConfig, type KubeletPorts, type StaticStatus } from "#actors/kubelet/ports.ts";
import type { ProbeIo } from "#actors/kubelet/probe/io.ts";
import type { Client } from "#lib/client.ts";
import { silent } from "#lib/log.ts";
import { seededRandom } from "#lib/random.ts";
import { startApiServer, type TestServer } from "#test/support/api-server.ts";
import { aPod } from "#test/support/objects.ts";
import { settled, type SimulatedClock } from "#test/support/simulated-clock.ts";
import { FakeLogs, FakeVolumes } from "./fake-disk.ts";
import { FakeRuntime } from "./fake-runtime.ts";

/** Answers of containers, as the test sets them. */
export class FakeProbes implements ProbeIo {
  status = 200;
  readonly asked: string[] = [];
  refuses = false;
  async http(request: Parameters<ProbeIo["http"]>[0]): Promise<{ status: number; body: string }> {
    this.asked.push(`${request.host}:${request.port}${request.path}`);
    if (this.refuses) throw new Error("connection refused");
    return { status: this.status, body: "" };
  }
  async tcp(host: string, port: number): Promise<void> {
    this.asked.push(`${host}:${port}`);
    if (this.refuses) throw new Error(`dial tcp ${host}:${port}: connect: connection refused`);
  }
  async grpc(): Promise<string> {
    return this.refuses ? "NOT_SERVING" : "SERVING";
  }
}

/** How the node under test is set up. */
export const nodeConfig: KubeletConfig = {
  ...DEFAULTS,
  nodeName: "worker-1",
  addresses: ["127.0.0.1"],
  kubeletVersion: "v1.36.0+orrery.0.1.0",
  system: { architecture: "amd64", machineId: "m", systemUuid: "s", bootId: "b", kernelVersion: "6", osImage: "Linux" },
  clusterDns: ["10.96.0.10"],
  hostDns: { nameservers: ["127.0.0.53"], searches: [], options: [] },
  logsDir: "/logs",
};

/** One node and its API server. */
export class TestNode {
  readonly server: TestServer;
  readonly clock: SimulatedClock;
  readonly client: Client;
  readonly config: KubeletConfig;
  readonly disk = new FakeVolumes();
  readonly logs = new FakeLogs();
  readonly probes = new FakeProbes();
  readonly cidrs: string[] = [];
  memoryAvailableBytes = 4 * 1024 ** 3;
  readonly statics = new Map<string, StaticStatus>();
  runtime: FakeRuntime;
  kubelet: Kubelet;

  constructor(server: TestServer, config: KubeletConfig) {
    this.server = server;
    this.clock = server.clock;
    this.client = server.client();
    this.config = config;
    this.runtime = new FakeRuntime(this.clock);
    this.kubelet = createKubelet(this.#ports(), config);
  }

  #ports(): KubeletPorts {
    const gib = 1024 ** 3;
    return {
      client: this.client,
      clock: this.clock,
      random: seededRandom(7),
      logger: silent,
      runtime: this.runtime,
      disk: this.disk,
      logs: this.logs,
      probes: this.probes,
      machine: async () => ({
        cpus: 4,
        memoryBytes: 8 * gib,
        memoryAvailableBytes: this.memoryAvailableBytes,
        diskBytes: 100 * gib,
        diskAvailableBytes: 50 * gib,
      }),
      usePodCidr: (cidr) => this.cidrs.push(cidr),
      staticStatus: (name) => this.statics.get(name),
    };
  }

  /** Kills the node's process and starts it again, with nothing of its runtime left unless `runtime` is given. */
  async restart(runtime = new FakeRuntime(this.clock, 100)): Promise<void> {
    this.runtime = runtime;
    this.kubelet = createKubelet(this.#ports(), this.config);
    this.kubelet.start();
    await this.until(() => true);
  }

  /** Creates a pod that is bound to this node. */
  bind(pod: Pod): Promise<Stored<Pod>> {
    return this.client.create(pods, { ...pod, spec: { containers: [], ...pod.spec, nodeName: this.config.nodeName } });
  }

  async pod(name = "web"): Promise<Stored<Pod>> {
    return this.client.get(pods, { namespace: "default", name });
  }

  async events(): Promise<readonly string[]> {
    const { items } = await this.client.list(events, { namespace: "default" });
    return items.map(({ type = "", reason = "", message = "" }) => `${type} ${reason} ${message}`);
  }

  /** Advances time, from timer to timer, until it holds. */
  async until(reached: () => boolean | Promise<boolean>, limitMs = 3_600_000): Promise<void> {
    const limit = this.clock.now() + limitMs;
    for (;;) {
      // the loop is time
      for (let turn = 0; turn < 5; turn++) await settled();
      if (await reached()) return;
      const at = this.clock.nextAt();
      if (at === undefined || at > limit) throw new Error(`not reached within ${limitMs} ms`);
      this.clock.step();
    }
  }

  /** Resolves once the pod's phase is this. */
  async reaches(phase: string, name = "web", limitMs = 3_600_000): Promise<Stored<Pod>> {
    await this.until(async () => (await this.pod(name)).status?.phase === phase, limitMs);
    return this.pod(name);
  }
}

/** A running node in a cluster of its own. Close it. */
export const startNode = async (config: Partial<KubeletConfig> = {}): Promise<TestNode> => {
  const server = await startApiServer();
  const node = new TestNode(server, { ...nodeConfig, needsPodCidr: false, ...config });
  for (const name of ["default", "kube-system", "kube-node-lease"]) {
    // three, once
    await node.client.create(namespaces, { metadata: { name } }).catch(() => undefined);
  }
  await node.client.create(serviceAccounts, { metadata: { namespace: "default", name: "default" } });
  const authority = { metadata: { namespace: "default", name: "kube-root-ca.crt" }, data: { "ca.crt": "certificate" } };
  await node.client.create(configMaps, authority);
  node.kubelet.start();
  if (node.config.needsPodCidr) return node;
  await node.until(async () => (await node.client.list(nodes)).items.length > 0);
  return node;
};

/** Runs a test on a node, and stops it. */
export const onNode = async (test: (node: TestNode) => Promise<void>, config: Partial<KubeletConfig> = {}): Promise<void> => {
  const node = await startNode(config);
  try {
    await test(node);
  } finally {
    await node.kubelet.stop();
    await node.server.close();
  }
};

/** `default/web`, its one container as told. */
export const aBoundPod = (spec: Partial<NonNullable<Pod["spec"]>> = {}, metadata: Pod["metadata"] = {}): Pod =>
  aPod({ metadata, spec: { terminationGracePeriodSeconds: 5, ...spec } });

/** Tells whether the pod's object is gone. */
export const isGone = (node: TestNode) => (): Promise<boolean> =>
  node.pod().then(
    () => false,
    (error) => isReason(error, "NotFound"),
  );

/** The status of a container of the pod. */
export const statusOf = async (node: TestNode, name = "main") =>
  (await node.pod()).status?.containerStatuses?.find((each) => each.name === name);
