// A process with a kubelet and a kube-proxy, the real ones, on a simulated machine.
import { createKubeProxy } from "#actors/kube-proxy/kube-proxy.ts";
import { createKubelet } from "#actors/kubelet/kubelet.ts";
import { DEFAULTS, type KubeletConfig } from "#actors/kubelet/ports.ts";
import type { ProbeIo } from "#actors/kubelet/probe/io.ts";
import type { NodeMachine } from "./node-machine.ts";
import { Informers } from "#lib/informers.ts";
import { NodeNetwork } from "./node-network.ts";
import type { Life } from "./process.ts";

const PROXY = { name: "system:kube-proxy", groups: ["system:authenticated"] };
const GIB = 1024 ** 3;

const CONFIG = {
  ...DEFAULTS,
  addresses: ["127.0.0.1"],
  kubeletVersion: "v1.36.0+orrery.0.1.0",
  system: { architecture: "amd64", machineId: "m", systemUuid: "s", bootId: "b", kernelVersion: "6", osImage: "Linux" },
  clusterDns: ["10.96.0.10"],
  hostDns: { nameservers: ["127.0.0.53"], searches: [], options: [] },
  logsDir: "/logs",
} as const satisfies Omit<KubeletConfig, "nodeName">;

/** Every container is well. */
const probes: ProbeIo = {
  http: async () => ({ status: 200, body: "" }),
  tcp: async () => undefined,
  grpc: async () => "SERVING",
};

/** Boots the process. */
export const bootNode =
  (machine: NodeMachine) =>
  (life: Life): void => {
    const { clock, random, logger, signal, connect, mortal } = life;
    const user = { name: `system:node:${machine.name}`, groups: ["system:nodes", "system:authenticated"] };
    const kubelet = createKubelet(
      {
        client: connect(user),
        clock,
        random,
        logger,
        runtime: mortal(machine.runtime),
        disk: mortal(machine.disk),
        logs: mortal(machine.logs),
        probes,
        machine: async () => ({
          cpus: 4,
          memoryBytes: 8 * GIB,
          memoryAvailableBytes: 4 * GIB,
          diskBytes: 100 * GIB,
          diskAvailableBytes: 50 * GIB,
        }),
        usePodCidr: () => undefined,
        staticStatus: () => undefined,
      },
      { ...CONFIG, nodeName: machine.name },
    );
    const ports = { clock, random, logger, client: connect(PROXY) };
    const informers = new Informers(ports);
    const network = new NodeNetwork(random);
    machine.network = network;
    const node = { name: machine.name, addresses: [] };
    const proxy = createKubeProxy({ ...ports, informers, listen: network.listen }, { node, mayBindLow: true });
    kubelet.start();
    proxy.start(signal);
    informers.start(signal);
    signal.addEventListener("abort", () => void kubelet.stop().catch(() => undefined), { once: true });
  };
