// The API server: everything between a decoded request and the store. Transports hand it requests, whoever carries them.
// Here is its life: caches are filled, the cluster's first objects written, requests served, what is in progress finished.
//
// A1 nothing is written without authorization and admission. A2 an invalid object is never stored. A3 a conflict is always
// reported. S3 every watcher sees an ordered history, per key complete to its end, or an honest 410.
import { createActor, fromPromise, type ActorRefFrom } from "xstate";
import { services } from "#api/core/v1/service.ts";
import type { KubeObject } from "#api/meta/object.ts";
import type { ApiHandler, ApiRequest, ApiResponse, StreamSink, User } from "#lib/api.ts";
import type { Client } from "#lib/client.ts";
import { sleep, toTime } from "#lib/clock.ts";
import type { Inspector } from "#lib/inspect.ts";
import { AdmissionMetrics } from "./admission/metrics/admission-metrics.ts";
import { ServiceAllocator } from "./allocators/service-allocator.ts";
import type { ResourceAttributes } from "./authorizer.ts";
import { bootstrap } from "./bootstrap/bootstrap.ts";
import { ensureServiceCidr } from "./bootstrap/service-cidr.ts";
import { Caches } from "./cache/caches.ts";
import { LiveObjects } from "./cache/live-objects.ts";
import type { Core } from "./core.ts";
import { serveCustomResources } from "./custom-resources.ts";
import { bookmark, Compactor, every, expireEvents, watchersOf } from "./housekeeping.ts";
import { FlowControl } from "./flow/flow-control.ts";
import { keepFlowObjects } from "./flow/upkeep.ts";
import { machine } from "./machine.ts";
import type { ObjectSource } from "./objects.ts";
import { cacheFamilies } from "./metrics/cache-metrics.ts";
import type { Family } from "#lib/metrics.ts";
import type { ApiServerPorts, Guards } from "./ports.ts";
import { Requests } from "./requests.ts";

export type ApiServerOptions = ApiServerPorts & {
  /** Makes what guards the server from the objects that it reads. */
  readonly guards: (objects: ObjectSource) => Guards;
  readonly inspect?: Inspector | undefined;
};

/** An API server that runs. */
export interface ApiServer extends ApiHandler {
  /** The cluster's objects, from memory. */
  readonly objects: ObjectSource;
  /** Lets requests in by priority and fairness; those for paths that are no resources ask it themselves. */
  readonly flow: FlowControl;
  /** Where it is in its life: `serving`, `storeUnavailable`, or a name of before and after. */
  readonly state: string;
  /** What its caches hold and its admission does, as metrics. */
  families(): readonly Family[];
  /** Resolves when it first serves. */
  readonly ready: Promise<void>;
  /**
   * Lets somebody connect to what is behind an object: the connection's options, as admission has left them. The signal calls
   * the asking off. Throws: ApiError.
   */
  connect(user: User, request: ApiRequest, signal: AbortSignal): Promise<KubeObject>;
  /** Ends watches and lets what is in progress finish. */
  close(): Promise<void>;
}

/** How often what every cluster has is looked after, milliseconds. */
const UPKEEP_MS = 10_000;

/** How often the addresses of Services are. upstream: controlplane's RepairServicesInterval */
const REPAIR_MS = 180_000;

/** How long what is in progress may take when the server ends, milliseconds. */
const DRAIN_MS = 10_000;

/** Starts an API server. */
export const createApiServer = (options: ApiServerOptions): ApiServer => new Server(options);

class Server implements ApiServer {
  readonly objects = new LiveObjects();
  readonly flow: FlowControl;
  readonly ready: Promise<void>;
  readonly #options: ApiServerOptions;
  readonly #guards: Guards;
  readonly #requests: Requests;
  readonly #admission = new AdmissionMetrics();
  readonly #actor: ActorRefFrom<typeof machine>;
  readonly #closed = Promise.withResolvers<void>();
  readonly #closing = new AbortController();
  #filling = new AbortController();
  #core: Core | undefined;

  constructor(options: ApiServerOptions) {
    const { config, clock, inspect, scheme } = options;
    this.#options = options;
    this.#guards = options.guards(this.objects);
    const seats = config.maxReading + config.maxWriting;
    const holdings = (place: ResourceAttributes) => this.#core?.caches.of(place)?.cache;
    this.flow = new FlowControl({ objects: this.objects, clock, seats, holdings, breathe: options.breathe });
    const core = (isReading: boolean): Core | undefined => (this.#isServing(isReading) ? this.#core : undefined);
    const { signal: closing } = this.#closing;
    this.#requests = new Requests({ ports: options, guards: this.#guards, flow: this.flow, core, closing });
    const serving = Promise.withResolvers<void>();
    this.ready = serving.promise;
    this.#actor = createActor(this.#machine(), { id: "api-server", clock, ...(inspect === undefined ? {} : { inspect }) });
    this.#actor.subscribe({
      next: (snapshot) => {
        if (snapshot.matches({ running: "serving" })) serving.resolve();
      },
      complete: () => this.#closed.resolve(),
    });
    serveCustomResources({ scheme, caller: options.webhooks, objects: this.objects, random: options.random });
    scheme.onChange(() => this.#core?.caches.serve(scheme.kept));
    this.#actor.start();
    this.#keepHouse();
  }

  get state(): string {
    const { value } = this.#actor.getSnapshot();
    return typeof value === "string" ? value : value.running;
  }

  families(): readonly Family[] {
    const caches = (this.#core?.caches.buckets ?? []).flatMap(({ resources }) => [...resources]);
    return [...cacheFamilies(caches), ...this.#admission.families()];
  }

  handle(user: User, request: ApiRequest, signal: AbortSignal): Promise<ApiResponse> {
    return this.#requests.handle(user, request, signal);
  }

  stream(user: User, request: ApiRequest, sink: StreamSink, signal: AbortSignal): void {
    this.#requests.stream(user, request, sink, signal);
  }

  connect(user: User, request: ApiRequest, signal: AbortSignal): Promise<KubeObject> {
    return this.#requests.connect(user, request, signal);
  }

  async close(): Promise<void> {
    this.#actor.send({ type: "drain" });
    await this.#closed.promise;
  }

  #isServing(isReading: boolean): boolean {
    const { state } = this;
    return state === "serving" || (isReading && (state === "storeUnavailable" || state === "waitingForStore"));
  }

  #machine() {
    const { store } = this.#options;
    return machine.provide({
      actors: {
        fill: fromPromise(() => this.#fill()),
        bootstrap: fromPromise(({ signal }) => this.#bootstrap(signal)),
        probe: fromPromise(async ({ signal }) => void (await store.revision("objects", signal))),
        finish: fromPromise(() => this.#finish()),
      },
    });
  }

  async #fill(): Promise<void> {
    const { scheme, store, clock, log, config } = this.#options;
    this.#filling.abort();
    this.#endWatches();
    this.#core = undefined;
    const filling = new AbortController();
    this.#filling = filling;
    const history = { maxAgeMs: config.historyMs, maxEvents: config.historyEvents };
    const caches = new Caches(scheme.kept, { store, clock, log, history });
    await caches.fill(filling.signal);
    this.objects.attach(caches); // with it come the kinds that the cluster itself defines
    caches.serve(scheme.kept);
    const core = this.#coreOver(caches);
    this.#core = core;
    expireEvents(core, filling.signal);
    void this.#watchCaches(caches, filling.signal);
  }

  #coreOver(caches: Caches): Core {
    const { config, random, log } = this.#options;
    const served = caches.of(services);
    if (served === undefined) throw new Error("the API server serves no Services");
    const client = (): Client => this.#requests.asSelf(core);
    const core: Core = {
      ports: this.#options,
      guards: this.#guards,
      caches,
      services: new ServiceAllocator(served.cache, { ...config, random, log, client, objects: this.objects }),
      admission: this.#admission,
      ending: new Map(),
      onStoreFailure: () => this.#actor.send({ type: "store.failed" }),
    };
    return core;
  }

  async #watchCaches(caches: Caches, filling: AbortSignal): Promise<void> {
    const error = await caches.lost();
    if (filling.aborted) return;
    this.#options.log("warn", "the store is followed anew", { error });
    this.#actor.send({ type: "caches.lost" });
  }

  async #bootstrap(signal: AbortSignal): Promise<void> {
    const core = this.#core;
    if (core === undefined) return;
    const { clock, config } = this.#options;
    const client = this.#requests.asSelf(core);
    try {
      await keepFlowObjects(client, { objects: this.objects, clock }, signal);
      await bootstrap(client, { ...config, now: toTime(clock.now()) }, signal);
      await core.services.repair(clock.now());
    } catch (error) {
      this.#options.log("error", "the cluster's first objects could not be written", { error });
      throw error;
    }
  }

  async #keepUp(signal: AbortSignal): Promise<void> {
    const { clock, config } = this.#options;
    await this.#whileServing(signal, async (core) => {
      const client = this.#requests.asSelf(core);
      await keepFlowObjects(client, { objects: this.objects, clock }, signal);
      await ensureServiceCidr(client, { ...config, now: toTime(clock.now()) }, signal);
    });
  }

  /** Does something that can as well be done the next time. */
  async #whileServing(signal: AbortSignal, work: (core: Core) => Promise<void>): Promise<void> {
    if (this.#core === undefined || this.state !== "serving") return;
    try {
      await work(this.#core);
    } catch (error) {
      if (!signal.aborted) this.#options.log("warn", "what every cluster has could not be kept up", { error });
    }
  }

  async #finish(): Promise<void> {
    this.#closing.abort();
    const waited = new AbortController();
    const late = sleep(this.#options.clock, DRAIN_MS, waited.signal).catch(() => undefined);
    await Promise.race([this.#requests.idle(), late]);
    waited.abort();
    this.#endWatches();
    this.#filling.abort();
  }

  #endWatches(): void {
    for (const watcher of this.#core === undefined ? [] : watchersOf(this.#core.caches)) watcher.end();
  }

  #keepHouse(): void {
    const { clock, config, store, log } = this.#options;
    const { signal } = this.#closing;
    const compactor = new Compactor(store, log);
    const withCaches = (work: (caches: Caches) => void) => () => (this.#core === undefined ? undefined : work(this.#core.caches));
    const repair = (): void => void this.#whileServing(signal, (core) => core.services.repair(clock.now()));
    void every(clock, UPKEEP_MS, () => void this.#keepUp(signal), signal);
    void every(clock, REPAIR_MS, repair, signal);
    void every(clock, config.bookmarkMs, withCaches(bookmark), signal);
    void every(
      clock,
      config.historyMs,
      withCaches((caches) => compactor.run(caches)),
      signal,
    );
  }
}
