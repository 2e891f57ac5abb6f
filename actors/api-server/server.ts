// The API server: everything between a decoded request and the store. Transports hand it requests, whoever carries them.
//
// A1 nothing is written without authorization and admission. A2 an invalid object is never stored. A3 a conflict is always
// reported. S3 every watcher sees an ordered history, per key complete to its end, or an honest 410.
import { createActor, fromPromise, type ActorRefFrom } from "xstate";
import { services } from "#api/core/v1/service.ts";
import type { KubeObject } from "#api/meta/object.ts";
import { ApiError, failure, internal } from "#api/meta/status.ts";
import type { ApiHandler, ApiRequest, ApiResponse, StreamSink, User } from "#lib/api.ts";
import { Client } from "#lib/client.ts";
import { sleep, toTime } from "#lib/clock.ts";
import type { Inspector } from "#lib/inspect.ts";
import { MemoryTransport } from "#lib/memory-transport.ts";
import { AdmissionMetrics } from "./admission/metrics/admission-metrics.ts";
import { ServiceAllocator } from "./allocators/service-allocator.ts";
import { attributesOf, refusal, type ResourceAttributes } from "./authorizer.ts";
import { bootstrap } from "./bootstrap/bootstrap.ts";
import { ensureServiceCidr } from "./bootstrap/service-cidr.ts";
import { Caches } from "./cache/caches.ts";
import { LiveObjects } from "./cache/live-objects.ts";
import type { Call, Core } from "./core.ts";
import { serveCustomResources } from "./custom-resources.ts";
import { bookmark, Compactor, every, expireEvents, watchersOf } from "./housekeeping.ts";
import { FlowControl, TurnedAway, type Ticket } from "./flow/flow-control.ts";
import { keepFlowObjects } from "./flow/upkeep.ts";
import { machine } from "./machine.ts";
import type { ObjectSource } from "./objects.ts";
import { cacheFamilies } from "./metrics/cache-metrics.ts";
import type { Family } from "#lib/metrics.ts";
import { dispatch, dispatchStream } from "./pipeline/dispatch.ts";
import { InProgress } from "./pipeline/in-progress.ts";
import { resolve } from "./pipeline/resolve.ts";
import { respondError } from "./pipeline/respond.ts";
import type { ApiServerPorts, Guards } from "./ports.ts";
import { admittedConnection } from "./subresources/connect.ts";

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

/** Whom the server is when it writes what every cluster has. upstream: the loopback client */
export const SELF: User = { name: "system:apiserver", groups: ["system:masters", "system:authenticated"] };

/** The answer, with how its request was placed. */
const placed = (response: ApiResponse, { headers }: Pick<Ticket, "headers">): ApiResponse => ({
  ...response,
  headers: { ...headers, ...response.headers },
});

/** Who asks, and for what. */
type Asker = { readonly user: User; readonly attributes: ResourceAttributes };

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
  readonly #admission = new AdmissionMetrics();
  readonly #inProgress = new InProgress();
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

  async handle(user: User, request: ApiRequest, signal: AbortSignal): Promise<ApiResponse> {
    this.#inProgress.enter();
    try {
      return await this.#inTurn(user, request, signal);
    } catch (error) {
      const answer = respondError(this.#failureOf(error, request, signal));
      return error instanceof TurnedAway ? placed(answer, error) : answer;
    } finally {
      this.#inProgress.leave();
    }
  }

  stream(user: User, request: ApiRequest, sink: StreamSink, signal: AbortSignal): void {
    const run = async (): Promise<void> => {
      const over = AbortSignal.any([signal, this.#closing.signal]);
      const attributes = attributesOf(request);
      // A watch holds its seat until it has begun; what else streams has none. upstream: longRunningRequestCheck
      const ticket = request.verb === "watch" ? await this.flow.enter(user, attributes, over, request.options) : undefined;
      try {
        const core = this.#serving(request);
        await dispatchStream(core, this.#understand({ user, attributes }, request, over), sink);
      } finally {
        ticket?.leave();
      }
    };
    run().catch((error: unknown) => sink.end(this.#failureOf(error, request, signal)));
  }

  async connect(user: User, request: ApiRequest, signal: AbortSignal): Promise<KubeObject> {
    try {
      const core = this.#serving({ ...request, verb: "get" }); // nothing is written, whatever the method
      return await admittedConnection(core, this.#understand({ user, attributes: attributesOf(request) }, request, signal));
    } catch (error) {
      throw this.#failureOf(error, request, signal);
    }
  }

  async close(): Promise<void> {
    this.#actor.send({ type: "drain" });
    await this.#closed.promise;
  }

  /** Answers a request when its turn has come. Throws: ApiError. */
  async #inTurn(user: User, request: ApiRequest, signal: AbortSignal): Promise<ApiResponse> {
    const attributes = attributesOf(request);
    const entering = this.flow.enter(user, attributes, signal, request.options);
    const ticket = entering instanceof Promise ? await entering : entering;
    try {
      return placed(await this.#answer(this.#serving(request), { user, attributes }, request, signal), ticket);
    } catch (error) {
      return placed(respondError(this.#failureOf(error, request, signal)), ticket);
    } finally {
      ticket.leave();
    }
  }

  async #answer(core: Core, asker: Asker, request: ApiRequest, signal: AbortSignal): Promise<ApiResponse> {
    return dispatch(core, this.#understand(asker, request, signal));
  }

  /** Throws: Forbidden, NotFound, MethodNotAllowed. */
  #understand({ user, attributes }: Asker, request: ApiRequest, signal: AbortSignal): Call {
    const decision = this.#guards.authorizer.authorize(user, attributes);
    this.#options.audit?.decided(request, decision);
    if (decision.decision !== "allow") throw refusal(user, attributes, decision);
    return resolve(this.#options.scheme, user, request, signal);
  }

  /** Throws: ServiceUnavailable unless the request can be served now. */
  #serving({ verb }: ApiRequest): Core {
    const { state } = this;
    const isReading = verb === "get" || verb === "list" || verb === "watch";
    const isServing = state === "serving" || (isReading && (state === "storeUnavailable" || state === "waitingForStore"));
    if (!isServing || this.#core === undefined) {
      throw failure("ServiceUnavailable", "the server is currently unable to handle the request", { retryAfterSeconds: 1 });
    }
    return this.#core;
  }

  #failureOf(error: unknown, { verb, group, resource, namespace, name }: ApiRequest, signal: AbortSignal): ApiError {
    if (error instanceof ApiError) return error;
    if (signal.aborted) return failure("Timeout", "Timeout: request did not complete within the allotted timeout");
    this.#options.log("error", "request failed", { verb, group, resource, namespace, name, error });
    return internal(error);
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
    const client = (): Client => this.#self(core);
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
    const client = this.#self(core);
    try {
      await keepFlowObjects(client, { objects: this.objects, clock }, signal);
      await bootstrap(client, { ...config, now: toTime(clock.now()) }, signal);
      await core.services.repair(clock.now());
    } catch (error) {
      this.#options.log("error", "the cluster's first objects could not be written", { error });
      throw error;
    }
  }

  /** A client that is the server itself, before it serves others. */
  #self(core: Core): Client {
    const handler: ApiHandler = {
      handle: (user, request, ended) =>
        this.#answer(core, { user, attributes: attributesOf(request) }, request, ended).catch((error: unknown) =>
          respondError(this.#failureOf(error, request, ended)),
        ),
      stream: (_user, _request, sink) => sink.end(),
    };
    return new Client(new MemoryTransport({ handler, user: SELF }));
  }

  async #keepUp(signal: AbortSignal): Promise<void> {
    const { clock, config } = this.#options;
    await this.#whileServing(signal, async (core) => {
      const client = this.#self(core);
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
    await Promise.race([this.#inProgress.idle(), late]);
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
