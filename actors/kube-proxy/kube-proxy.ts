// The node's proxy in userspace: keeps a listener open for each address of each Service, and each listener's backends
// current. A Service whose address cannot be bound gets an event and is tried again; the others go on.
import { createActor, fromCallback, fromPromise } from "xstate";
import { services, type Service } from "#api/core/v1/service.ts";
import { endpointSlices, type EndpointSlice } from "#api/discovery/v1/endpoint-slice.ts";
import { objectKey, type Stored } from "#api/meta/object.ts";
import type { ComponentPorts } from "#lib/component.ts";
import type { InformerSource } from "#lib/informers.ts";
import { WorkQueue } from "#lib/workqueue.ts";
import { realPort } from "#lib/cluster-network.ts";
import { Balancer } from "./balancer.ts";
import { changes, frontsOf, type Front, type NodeSide } from "./decide.ts";
import { machine } from "./machine.ts";
import { openTcp, type Listening, type Open } from "./tcp.ts";
import { openUdp } from "./udp.ts";

/** Opens the listener of a front. Throws: when its address cannot be bound. */
export type Listen = (front: Front, options: Listening) => Promise<Open>;

/** `listen`: default on the machine's own network. */
export type KubeProxyPorts = ComponentPorts & { readonly informers: InformerSource; readonly listen?: Listen | undefined };
export type KubeProxyConfig = { readonly node: NodeSide; readonly mayBindLow: boolean };

type Listener = { readonly front: Front; readonly balancer: Balancer; readonly open: Open };

const SERVICE_LABEL = "kubernetes.io/service-name";

const serviceOf = (slice: Stored<EndpointSlice>): readonly string[] => {
  const name = slice.metadata.labels?.[SERVICE_LABEL];
  return name === undefined ? [] : [`${slice.metadata.namespace ?? ""}/${name}`];
};

/** All listeners of a node. */
class Listeners {
  readonly #byService = new Map<string, Map<string, Listener>>();
  readonly #ports: KubeProxyPorts;
  readonly #config: KubeProxyConfig;
  constructor(ports: KubeProxyPorts, config: KubeProxyConfig) {
    this.#ports = ports;
    this.#config = config;
  }

  /** Makes the listeners of a Service what it asks for. Throws: when one of its addresses cannot be bound; the rest is done. */
  async sync(key: string, service: Stored<Service> | undefined, slices: readonly EndpointSlice[]): Promise<void> {
    const listeners = this.#byService.get(key) ?? new Map<string, Listener>();
    this.#byService.set(key, listeners);
    const fronts = service === undefined ? [] : frontsOf(service, slices, this.#config.node);
    const { open, update, close } = changes(new Map([...listeners].map(([name, { front }]) => [name, front])), fronts);
    for (const front of update) listeners.get(front.key)?.balancer.update(front);
    await Promise.all(close.map((name) => this.#close(listeners, name)));
    const opened = await Promise.allSettled(open.map((front) => this.#open(listeners, front)));
    if (listeners.size === 0) this.#byService.delete(key);
    const failed = opened.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason as Error;
  }

  async close(): Promise<void> {
    await Promise.all(
      [...this.#byService.values()].flatMap((listeners) => [...listeners.keys()].map((name) => this.#close(listeners, name))),
    );
    this.#byService.clear();
  }

  async #open(listeners: Map<string, Listener>, front: Front): Promise<void> {
    const { clock, listen = (_front, given) => (front.protocol === "UDP" ? openUdp(given, clock) : openTcp(given)) } = this.#ports;
    const balancer = new Balancer(front);
    const options = {
      address: front.address,
      port: front.port,
      balancer,
      now: () => clock.now(),
      realPort: (port: number) => realPort(port, this.#config.mayBindLow),
    };
    const open = await listen(front, options);
    listeners.set(front.key, { front, balancer, open });
  }

  async #close(listeners: Map<string, Listener>, name: string): Promise<void> {
    const listener = listeners.get(name);
    listeners.delete(name);
    await listener?.open.close();
  }
}

/** Keeps listeners in step with what the informers hold, until stopped. */
class Proxier {
  readonly #queue: WorkQueue<string>;
  readonly #listeners: Listeners;
  readonly #ports: KubeProxyPorts;
  readonly #unsubscribe: readonly (() => void)[];
  #working: Promise<void> = Promise.resolve();

  constructor(ports: KubeProxyPorts, config: KubeProxyConfig) {
    this.#ports = ports;
    this.#listeners = new Listeners(ports, config);
    this.#queue = new WorkQueue({ clock: ports.clock });
    const all = ports.informers.of(services);
    const slices = ports.informers.of(endpointSlices, { indexers: { service: serviceOf } });
    for (const service of all.list()) this.#queue.add(objectKey(service));
    this.#unsubscribe = [
      all.onChange(({ object }) => this.#queue.add(objectKey(object))),
      slices.onChange(({ object }) => serviceOf(object).forEach((key) => this.#queue.add(key))),
    ];
    this.#working = this.#work();
  }

  async stop(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#queue.shutDown();
    await this.#working;
    await this.#listeners.close();
  }

  async #work(): Promise<void> {
    const { informers, logger } = this.#ports;
    const slices = informers.of(endpointSlices, { indexers: { service: serviceOf } });
    for await (const key of this.#queue.keys()) {
      try {
        await this.#listeners.sync(key, informers.of(services).get(key), slices.byIndex("service", key));
        this.#queue.forget(key);
      } catch (error) {
        logger("warn", "cannot listen for a service", { service: key, error });
        this.#queue.addRateLimited(key);
      }
      this.#queue.done(key);
    }
  }
}

/** The proxy of one node: runs from `start` until the signal is aborted; `stopped` resolves when every listener is closed. */
export const createKubeProxy = (
  ports: KubeProxyPorts,
  config: KubeProxyConfig,
): { start(signal: AbortSignal): void; readonly stopped: Promise<void> } => {
  const stopped = Promise.withResolvers<void>();
  let proxier: Proxier | undefined;
  const { informers, clock, inspect } = ports;
  const actor = createActor(
    machine.provide({
      actors: {
        sync: fromPromise(async () => {
          await Promise.all([informers.of(services).synced, informers.of(endpointSlices, { indexers: { service: serviceOf } }).synced]);
        }),
        proxy: fromCallback(() => {
          proxier = new Proxier(ports, config);
        }),
      },
    }),
    { id: "kube-proxy", clock, ...(inspect === undefined ? {} : { inspect }) },
  );
  return {
    start: (signal) => {
      signal.addEventListener(
        "abort",
        () => {
          actor.stop();
          void (proxier?.stop() ?? Promise.resolve()).then(stopped.resolve);
        },
        { once: true },
      );
      actor.start();
    },
    stopped: stopped.promise,
  };
};
