// The process that `orrery up` is: it supervises all others and makes what a new cluster has.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { answers, startCluster } from "#actors/cluster/cluster.ts";
import { ClusterError, DATA_VERSION, nodeNames, readDefinition, type Definition, type NetworkMode } from "#actors/cluster/definition.ts";
import { foreignEntry, layoutOf, type Layout } from "#actors/cluster/layout.ts";
import { createProgress } from "#actors/cluster/progress.ts";
import { systemClock } from "#lib/clock.ts";
import { systemRandom, uuid } from "#lib/random.ts";
import { addLocalRoute, canAddRoutes, removeLocalRoute } from "#runtime/network/local-route.ts";
import { COMPILE_CACHE_DIR } from "../compile-cache.ts";
import { localRanges, nodeAddress } from "../addresses.ts";
import type { UpOptions } from "../command/options.ts";
import { givenFiles } from "./given-files.ts";
import { startErrand, type Command, type Errand } from "./errand.ts";

const DEFAULTS = { nodes: 3, port: 6443, natsPort: 4222 };

const networkMode = async ({ network }: UpOptions, before: Definition | undefined): Promise<NetworkMode> => {
  const asked = network ?? before?.network;
  const can = asked === "loopback" ? false : await canAddRoutes();
  if (asked === "route" && !can)
    throw new ClusterError(
      "--network route needs root on Linux and the ip command (package iproute2); --network loopback needs neither, with a data directory of its own",
    );
  return can ? "route" : "loopback";
};

/** Nobody's photographs become a cluster's directory by a slip of the fingers. */
const refuseForeign = ({ data }: Layout): void => {
  const foreign = existsSync(data) ? foreignEntry(readdirSync(data)) : undefined;
  if (foreign !== undefined)
    throw new ClusterError(`${data}: holds "${foreign}", which is not a cluster's; give another directory with --data`);
};

const existing = (layout: Layout): Definition | undefined => {
  if (existsSync(layout.cluster)) return readDefinition(readFileSync(layout.cluster, "utf8"), layout.cluster);
  refuseForeign(layout);
  return undefined;
};

const fresh = (network: NetworkMode): Definition => ({
  dataVersion: DATA_VERSION,
  id: uuid(systemRandom).slice(0, 8),
  createdAt: new Date(systemClock.now()).toISOString(),
  apiPort: DEFAULTS.port,
  natsPort: DEFAULTS.natsPort,
  network,
  nodes: nodeNames(DEFAULTS.nodes),
});

const withPorts = (definition: Definition, { port = definition.apiPort, natsPort = definition.natsPort }: UpOptions): Definition => {
  if (port === natsPort)
    throw new ClusterError(`the API server and nats-server cannot both have port ${port}; give another with --port or --nats-port`);
  return { ...definition, apiPort: port, natsPort };
};

/** The cluster as it was, or a new one, with what was asked for. */
const definitionOf = async (layout: Layout, options: UpOptions): Promise<Definition> => {
  const before = existing(layout);
  const network = await networkMode(options, before);
  if (before !== undefined && before.network !== network)
    throw new ClusterError(
      `${layout.data}: this cluster has the network "${before.network}", which cannot be changed; give another directory with --data`,
    );
  const definition = before ?? fresh(network);
  return withPorts(options.nodes === undefined ? definition : { ...definition, nodes: nodeNames(options.nodes) }, options);
};

/** Who started it in the background waits for a message. */
const isDetached = process.send !== undefined;

const farewell = (layout: Layout, definition: Definition, seconds: number): string =>
  [
    "",
    `The cluster is ready after ${seconds.toFixed(1)} s: ${definition.nodes.length} nodes (${definition.nodes.join(", ")}), DNS, and the hello example.`,
    isDetached ? "Type:" : "Type in another terminal:",
    "",
    `  export KUBECONFIG=${layout.kubeconfig}`,
    "  kubectl get nodes,pods -A -o wide",
    "  kubectl logs deploy/hello",
    "",
    `${isDetached ? `orrery down --data ${layout.data}` : "Ctrl-C"} stops it; everything is kept in the data directory.`,
    "",
  ].join("\n");

const program = join(import.meta.dirname, "..", "orrery.ts");

/**
 * Where new objects of a process lie, MiB: V8 would take up to 32 of them before it looks for what lives on. An idle process
 * that has just started keeps all of that, and one at work gains little by more.
 */
const YOUNG_MIB = 8;

/** The command line of one of our processes. */
const commandOf = (data: string, ...words: readonly string[]): Command => ({
  command: process.execPath,
  args: [`--max-semi-space-size=${YOUNG_MIB}`, program, "run", ...words, "--data", data],
  env: { NODE_COMPILE_CACHE: COMPILE_CACHE_DIR },
});

/** Runs until the cluster is stopped. Throws: ClusterError. */
export const runSupervisor = async (options: UpOptions): Promise<void> => {
  const startedAt = performance.now();
  const layout = layoutOf(options.data);
  const definition = await definitionOf(layout, options);
  const keepGiven = givenFiles(layout, options);
  const prepare = async (): Promise<void> => {
    mkdirSync(layout.data, { recursive: true });
    writeFileSync(layout.cluster, JSON.stringify(definition));
    keepGiven();
    await Promise.all(localRanges(definition.network).map(addLocalRoute));
  };
  const runErrand = (role: string, signal: AbortSignal): Errand => startErrand(commandOf(layout.data, role), signal);
  let errand: Errand | undefined;
  const firstObjects = (signal: AbortSignal): Errand => (errand ??= runErrand("first-objects", signal));
  const cluster = startCluster({
    layout,
    definition,
    makePki: (signal) => runErrand("pki", signal).done,
    nodeAddress: (node) => nodeAddress(definition.network, definition.nodes.indexOf(node)),
    commandOf: (role, node) => commandOf(layout.data, role, ...(node === undefined ? [] : [node])),
    network: { prepare, undo: async () => void (await Promise.all(localRanges(definition.network).map(removeLocalRoute))) },
    applyAddons: (signal) => firstObjects(signal).said("addons"),
    awaitReady: (signal) => firstObjects(signal).done,
    progress: createProgress(
      () => performance.now(),
      (line) => process.stdout.write(line),
    ),
    clock: systemClock,
    random: systemRandom,
  });
  for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => cluster.stop());
  try {
    if (await cluster.ready) {
      process.stdout.write(farewell(layout, definition, (performance.now() - startedAt) / 1000));
      process.send?.({ ready: true });
    }
  } finally {
    await cluster.stopped;
  }
  if (await answers(definition.apiPort)) process.stderr.write("orrery: something still listens on the API server's port\n");
  else process.stdout.write("stopped\n");
};
