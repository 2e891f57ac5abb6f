// The process of the scheduler and the controllers. Each speaks as its own identity; they share informers, which read as
// the controller manager. It works while it holds the Leases, as in a cluster with several of these processes.
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { controllersOf } from "#actors/controllers/index.ts";
import { controllerUser } from "#actors/cluster/identities.ts";
import { RANGES } from "#actors/cluster/definition.ts";
import { createScheduler } from "#actors/scheduler/scheduler.ts";
import { Client } from "#lib/client.ts";
import type { ComponentPorts } from "#lib/component.ts";
import { Elector } from "#lib/elect.ts";
import { Informers } from "#lib/informers.ts";
import { loadAuthority } from "#lib/pki/authority.ts";
import { startProcess, type Process } from "./process.ts";
import { transportsOf } from "./transports.ts";

const NODE_BITS = 20;

type Election = { readonly identity: string; readonly signal: AbortSignal; readonly onLeading: (leading: boolean) => void };

/** Resolves when the lease was given back. */
const elect = (ports: ComponentPorts, name: string, { identity, signal, onLeading }: Election): Promise<void> =>
  new Elector({ ...ports, lease: { namespace: "kube-system", name }, identity, onLeading }).run(signal);

const portsFor = ({ clock, random, inspect, logger }: Process, client: Client): ComponentPorts => ({
  client,
  clock,
  random,
  logger,
  inspect,
});

/** Runs until the process is told to end. */
export const runControllers = async (data: string): Promise<void> => {
  const process = startProcess(data, "controllers");
  const { definition, layout, signal } = process;
  await process.begun;
  const connection = await process.connect("controllers");
  const as = transportsOf(connection, process);
  const manager = portsFor(process, new Client(as("system:kube-controller-manager")));
  const informers = new Informers(manager);
  const pem = (name: string): string => readFileSync(join(layout.pki, name), "utf8");
  const certificate = pem("ca.crt");
  const definitions = controllersOf({
    certificate,
    authority: () => loadAuthority({ certificate, key: pem("ca.key") }, process),
    signingKey: () => pem("sa.key"),
    podRanges: { cluster: RANGES[definition.network].pods, nodeBits: NODE_BITS },
  });
  const controllers = definitions.map((each) =>
    each.create({ ...portsFor(process, new Client(as(controllerUser(each.name)))), informers }),
  );
  const scheduler = portsFor(process, new Client(as("system:kube-scheduler")));
  const schedulerPods = new Informers(scheduler);
  const scheduling = createScheduler({ ...scheduler, informers: schedulerPods });
  for (const component of [...controllers, scheduling]) component.start(signal);
  informers.start(signal);
  schedulerPods.start(signal);
  const identity = `${hostname()}_${definition.id}`; // the same after a crash: the supervisor never runs two
  const managing = elect(manager, "kube-controller-manager", {
    identity,
    signal,
    onLeading: (leading) => controllers.forEach((controller) => controller.lead(leading)),
  });
  const placing = elect(scheduler, "kube-scheduler", { identity, signal, onLeading: (leading) => scheduling.lead(leading) });
  await Promise.all([informers.synced(), schedulerPods.synced()]);
  process.ready();
  await Promise.all([managing, placing]);
  await connection.close();
};
