// One node's process: kubelet, kube-proxy and the runtime of its pods.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createKubelet } from "#actors/kubelet/kubelet.ts";
import { DEFAULTS, type KubeletConfig } from "#actors/kubelet/ports.ts";
import { probeIo } from "#actors/kubelet/probe/dial.ts";
import { createKubeProxy } from "#actors/kube-proxy/kube-proxy.ts";
import { RANGES } from "#actors/cluster/definition.ts";
import { systemUpstreams } from "#addons/dns/forward.ts";
import { Client } from "#lib/client.ts";
import type { ApiTransport } from "#lib/api.ts";
import type { ComponentPorts } from "#lib/component.ts";
import { Informers } from "#lib/informers.ts";
import { serveNode } from "#lib/nats/serve-node.ts";
import { withBuiltins } from "#runtime/builtin.ts";
import { createNodeImages } from "#runtime/images/node-images.ts";
import { LogFiles } from "#runtime/logs/logs.ts";
import { readMachine, readSystem } from "#runtime/machine.ts";
import { PodNetwork } from "#runtime/network/pod-network.ts";
import { createNodeRuntime } from "#runtime/node-runtime.ts";
import type { Runtime } from "#runtime/port.ts";
import { createVolumes } from "#runtime/volumes/disk.ts";
import { throughCluster } from "./cluster-probes.ts";
import { clusterNetwork, mayBindLow, nodeAddress } from "../addresses.ts";
import { COMPILE_CACHE_DIR } from "../compile-cache.ts";
import { DNS_IMAGE } from "../manifests.ts";
import { VERSION } from "../version.ts";
import { dnsAddon } from "./dns-addon.ts";
import { aborted, startProcess, type Process } from "./process.ts";
import { staticPods, staticStatusOf } from "./static-pods.ts";
import { transportsOf } from "./transports.ts";

const CONTROL_PLANE = "control-plane";
const ROLE = "node-role.kubernetes.io/control-plane";

const configOf = ({ definition, layout }: Process, name: string, address: string): KubeletConfig => {
  const { dns } = RANGES[definition.network];
  const isControlPlane = name === CONTROL_PLANE;
  return {
    ...DEFAULTS,
    nodeName: name,
    addresses: [address],
    taints: isControlPlane ? [{ key: ROLE, effect: "NoSchedule" }] : [],
    kubeletVersion: `v1.36.0+orrery.${VERSION}`,
    system: readSystem(),
    clusterDns: [dns],
    hostDns: { nameservers: systemUpstreams([dns]), searches: [], options: [] },
    logsDir: join(layout.node(name), "logs"),
    staticPods: isControlPlane ? staticPods : [],
  };
};

type Place = { readonly name: string; readonly address: string; readonly as: (identity: string) => ApiTransport };

const runtimeOf = async (
  process: Process,
  { name, address, as }: Place,
): Promise<{ readonly runtime: Runtime; readonly network: PodNetwork }> => {
  const { clock, random, layout } = process;
  const network = new PodNetwork();
  const images = createNodeImages(layout.images, random);
  const guests = await createNodeRuntime({
    images,
    network,
    clock,
    random,
    dataDir: layout.node(name),
    cacheDir: COMPILE_CACHE_DIR,
    nodeAddress: address,
    cluster: clusterNetwork(process.definition.network),
  });
  const allocate = (uid: string): string => network.allocate(uid);
  const release = (uid: string): void => network.release(uid);
  return {
    network,
    runtime: withBuiltins(guests, { [DNS_IMAGE]: dnsAddon(process, as) }, { clock, random, allocate, release, nodeAddress: address }),
  };
};

/** Runs until the process is told to end. */
export const runNode = async (data: string, name: string): Promise<void> => {
  const process = startProcess(data, `node-${name}`);
  const { layout, definition, clock, random, logger, inspect, signal } = process;
  await process.begun;
  const address = nodeAddress(definition.network, definition.nodes.indexOf(name));
  const dir = layout.node(name);
  mkdirSync(dir, { recursive: true });
  const connection = await process.connect(`node-${name}`);
  const as = transportsOf(connection, process);
  const portsAs = (identity: string): ComponentPorts => ({ client: new Client(as(identity)), clock, random, logger, inspect });
  const { runtime, network } = await runtimeOf(process, { name, address, as });
  const kubelet = createKubelet(
    {
      ...portsAs(`system:node:${name}`),
      runtime,
      disk: createVolumes(join(dir, "pods"), random),
      logs: new LogFiles(clock),
      probes: throughCluster(probeIo, clusterNetwork(definition.network)),
      machine: () => readMachine(dir),
      usePodCidr: (cidr) => network.use(cidr),
      staticStatus: staticStatusOf(layout),
    },
    configOf(process, name, address),
  );
  const proxyPorts = portsAs("system:kube-proxy");
  const informers = new Informers(proxyPorts);
  const proxy = createKubeProxy({ ...proxyPorts, informers }, { node: { name, addresses: [address] }, mayBindLow: mayBindLow() });
  const stopServing = serveNode({ connection, clock, random }, name, kubelet.handler);
  kubelet.start();
  proxy.start(signal);
  informers.start(signal);
  process.ready();
  await aborted(signal);
  stopServing();
  await Promise.all([kubelet.stop(), proxy.stopped]);
  await runtime.close();
  await connection.close();
};
