// Controllers: how a folder under actors/ that holds only decide.ts and io.ts becomes a component. A definition names the
// controller and builds its parts from ports; the rest is shared by all: informers, workqueue, retries, leadership.
//
// C1 nothing is decided before every informer that the definition asked for has synced. C2 nothing is written while the
// controller does not lead. C3 `observe` gets a key only when the informers show what this controller last wrote for it.
import { controllerOf, objectKey, type KubeObject, type Stored } from "#api/meta/object.ts";
import { groupResource, type Resource } from "#api/meta/resource.ts";
import type { Clock } from "./clock.ts";
import type { ComponentPorts } from "./component.ts";
import { EventRecorder } from "./event-recorder.ts";
import type { Change, Informer } from "./informer.ts";
import type { InformerSource } from "./informers.ts";
import { createLeading } from "./leading.ts";
import type { Logger } from "./log.ts";
import type { Random } from "./random.ts";
import { Reconciler, type Reconcile, type ReconcilerObserver } from "./reconciler.ts";

export { TerminalError, type Reach, type Requeue } from "./reconciler.ts";

/** Gives keys to reconcile, from its subscription on. The answer unsubscribes. */
export type KeySource = (enqueue: (key: string) => void) => () => void;

/** What a definition builds a controller from. The client comes with each reconcile (`Reach`), so that its writes are known. */
export type ControllerPorts = {
  readonly informers: InformerSource;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Tells people what the controller did to an object. */
  readonly recorder: EventRecorder;
};

/** A controller's parts. */
export type ControllerSpec<Observed, Action> = Reconcile<Observed, Action> & {
  /** What wakes it: `changesOf` informers, mostly. */
  readonly watches: readonly KeySource[];
};

/** What a process gives a controller. `client` speaks as the controller's own service account; informers are shared. */
export type ControllerHost = ComponentPorts & {
  readonly informers: InformerSource;
  readonly observer?: ReconcilerObserver | undefined;
};

/** A running controller. */
export interface Controller {
  readonly name: string;
  /** Begins to sync, until `signal` is aborted. It works only once it leads. */
  start(signal: AbortSignal): void;
  /** Leadership was won or lost. */
  lead(leading: boolean): void;
}

/** A controller that a process can create. */
export type ControllerDefinition = {
  /** Its service account in kube-system, and the component in its events and metrics: `replicaset-controller`. */
  readonly name: string;
  create(host: ControllerHost): Controller;
};

/** Defines a controller. `name` is its service account, as upstream names it. */
export const defineController = <Observed, Action extends { readonly do: string }>(
  name: string,
  build: (ports: ControllerPorts) => ControllerSpec<Observed, Action>,
): ControllerDefinition => ({
  name,
  create: (host) => {
    const reads = new Reads(host.informers);
    const recorder = new EventRecorder({ ...host, component: name });
    const { clock, random, logger } = host;
    return run(name, build({ informers: reads, clock, random, logger, recorder }), { ...host, reads, recorder });
  },
});

/** Keys from the changes of an informer; of an updated object, the keys of its old state too. `when` may leave changes out. */
export const changesOf =
  <T extends KubeObject>(
    informer: Informer<T>,
    keysOf: (object: Stored<T>) => readonly string[],
    when: (change: Change<T>) => boolean = () => true,
  ): KeySource =>
  (enqueue) =>
    informer.onChange((change) => {
      if (!when(change)) return;
      const keys = keysOf(change.object);
      keys.forEach((key) => enqueue(key));
      if (change.old !== undefined) keysOf(change.old).forEach((key) => keys.includes(key) || enqueue(key));
    });

/** The object's own key, for `changesOf`. */
export const ownKey = (object: Stored): readonly string[] => [objectKey(object)];

/** The key of the object's managing owner if it is of this resource, for `changesOf`. */
export const ownerKey =
  ({ kind, group, namespaced }: Resource) =>
  (object: Stored): readonly string[] => {
    const owner = controllerOf(object);
    if (owner === undefined || owner.kind !== kind || groupOf(owner.apiVersion) !== group) return [];
    return [namespaced ? objectKey({ metadata: { namespace: object.metadata.namespace, name: owner.name } }) : owner.name];
  };

const groupOf = (apiVersion: string): string => apiVersion.slice(0, Math.max(0, apiVersion.indexOf("/")));

/** The informers that one controller has asked for. */
class Reads implements InformerSource {
  readonly #source: InformerSource;
  readonly #informers = new Map<string, Informer<KubeObject>>();

  constructor(source: InformerSource) {
    this.#source = source;
  }

  of: InformerSource["of"] = (resource, wanted) => {
    const informer = this.#source.of(resource, wanted);
    this.#informers.set(groupResource(resource), informer as unknown as Informer<KubeObject>);
    return informer;
  };

  drop(resource: Resource): void {
    this.#informers.delete(groupResource(resource));
    this.#source.drop(resource);
  }

  get(name: string): Informer<KubeObject> | undefined {
    return this.#informers.get(name);
  }

  async synced(): Promise<void> {
    await Promise.all([...this.#informers.values()].map((informer) => informer.synced));
  }
}

const run = <Observed, Action extends { readonly do: string }>(
  name: string,
  spec: ControllerSpec<Observed, Action>,
  { reads, recorder, inspect, ...host }: ControllerHost & { readonly reads: Reads; readonly recorder: EventRecorder },
): Controller => {
  const reconciler = new Reconciler(spec, {
    ...host,
    name,
    informerOf: (resource) => reads.get(resource),
    onPhase: (phase) => leading.tell(phase),
  });
  const leading = createLeading(name, { sync: () => reads.synced(), work: (signal) => reconciler.work(signal) }, { ...host, inspect });
  return {
    name,
    start: (signal) => {
      const unsubscribes = spec.watches.map((subscribe) => subscribe((key) => reconciler.queue.add(key)));
      const stop = (): void => {
        for (const unsubscribe of unsubscribes) unsubscribe();
        reconciler.queue.shutDown();
      };
      recorder.start(signal);
      leading.start(signal);
      signal.addEventListener("abort", stop, { once: true });
    },
    lead: leading.lead,
  };
};
