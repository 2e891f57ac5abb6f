// A whole API server in memory, for tests of what stands behind and before it.
import { kinds } from "#api/resources.ts";
import type { KubeObject, Stored } from "#api/meta/object.ts";
import type { Verb } from "#api/meta/resource.ts";
import type { V1Status } from "#api/generated/types.ts";
import { audited } from "#actors/api-server/audit/audited.ts";
import type { Auditor } from "#actors/api-server/audit/auditor.ts";
import { defaultConfig, type ApiServerConfig, type Guards } from "#actors/api-server/ports.ts";
import { Scheme } from "#actors/api-server/scheme.ts";
import { createApiServer, type ApiServer } from "#actors/api-server/server.ts";
import type { ObjectSource } from "#actors/api-server/objects.ts";
import { MemoryStore } from "#actors/store/memory.ts";
import type { ApiHandler, ApiRequest, ApiResponse, RequestOptions, StreamSink, User } from "#lib/api.ts";
import { Client } from "#lib/client.ts";
import { silent, type Logger } from "#lib/log.ts";
import { MemoryTransport } from "#lib/memory-transport.ts";
import type { NodeTransport } from "#lib/node-api.ts";
import { seededRandom, type Random } from "#lib/random.ts";
import type { Store } from "#lib/store.ts";
import type { WebhookCaller } from "#actors/api-server/webhooks/caller.ts";
import { SimulatedClock } from "./simulated-clock.ts";
import { MemoryWebhooks } from "./webhooks.ts";

/** Guards that let everybody do everything. */
export const openGuards: Guards = {
  authorizer: { authorize: () => ({ decision: "allow", reason: "" }) },
  reviews: { review: (_user, _kind, review) => Promise.resolve(review) },
  tokens: { issue: (_account, request) => Promise.resolve({ ...request, status: { token: "token" } }) },
  escalation: () => undefined,
};

export type TestServerOptions = {
  readonly store?: Store;
  readonly guards?: (objects: ObjectSource) => Partial<Guards>;
  readonly nodes?: NodeTransport;
  readonly webhooks?: WebhookCaller;
  readonly config?: Partial<ApiServerConfig>;
  readonly log?: Logger;
  readonly random?: Random;
  readonly clock?: SimulatedClock;
  readonly audit?: Auditor;
};

export const admin: User = { name: "admin", groups: ["system:masters", "system:authenticated"] };
export const alice: User = { name: "alice", groups: ["system:authenticated"] };

const noNodes: NodeTransport = { stream: () => Promise.reject(new Error("there are no nodes")) };

/** A server that serves, on a clock that stands still. Close it. */
export const startApiServer = async (options: TestServerOptions = {}): Promise<TestServer> => {
  const clock = options.clock ?? new SimulatedClock();
  const store = options.store ?? new MemoryStore();
  const server = createApiServer({
    store,
    clock,
    random: options.random ?? seededRandom(1),
    log: options.log ?? silent,
    scheme: new Scheme(kinds),
    nodes: options.nodes ?? noNodes,
    webhooks: options.webhooks ?? new MemoryWebhooks(),
    config: { ...defaultConfig, ...options.config },
    audit: options.audit,
    guards: (objects) => ({ ...openGuards, ...options.guards?.(objects) }),
  });
  for (const kind of kinds) server.objects.follow(kind, (_ref, object) => frozen(object));
  let isReady = false;
  void server.ready.then(() => (isReady = true));
  await clock.until(() => isReady);
  return new TestServer(server, { clock, store, audit: options.audit });
};

/** Objects of the cache are shared: whoever would change one is found out. */
const frozen = (value: unknown): void => {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  Object.values(value).forEach(frozen);
};

/** What of a request tests give; the rest is the core group and JSON. */
export type Ask = {
  readonly verb: Verb;
  /** `pods`, or `deployments.apps/v1`. */
  readonly of: string;
  readonly namespace?: string | undefined;
  readonly name?: string;
  readonly subresource?: string;
  readonly options?: RequestOptions;
  readonly body?: unknown;
  readonly type?: string;
  readonly accept?: string;
  readonly user?: User;
};

const decoder = new TextDecoder();

/** An answer, parsed. */
export type Answer = {
  readonly code: number;
  readonly body: KubeObject & V1Status & { readonly [field: string]: unknown };
  readonly raw: ApiResponse;
};

/** A sink that keeps its frames. */
export class Frames implements StreamSink {
  readonly frames: Uint8Array[] = [];
  ended = false;
  error: Error | undefined;
  /** While true the sink says that it is full. */
  full = false;
  #wake: (() => void)[] = [];

  write(frame: Uint8Array): boolean {
    this.frames.push(frame);
    return !this.full;
  }

  drained(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  /** The client reads again. */
  drain(): void {
    this.full = false;
    for (const wake of this.#wake.splice(0)) wake();
  }

  end(error?: Error): void {
    this.ended = true;
    this.error = error;
  }

  get events(): readonly { readonly type: string; readonly object: Stored }[] {
    return this.frames.map((frame) => JSON.parse(decoder.decode(frame)) as { type: string; object: Stored });
  }

  /** `ADDED web`, in order. */
  get story(): readonly string[] {
    return this.events.map(({ type, object }) => (type === "BOOKMARK" ? type : `${type} ${object.metadata.name}`));
  }
}

/** An API server under test. */
export class TestServer {
  readonly server: ApiServer;
  /** The server with its audit log. */
  readonly handler: ApiHandler;
  readonly clock: SimulatedClock;
  readonly store: Store;

  constructor(server: ApiServer, { clock, store, audit }: { clock: SimulatedClock; store: Store; audit?: Auditor | undefined }) {
    this.server = server;
    this.handler = audit === undefined ? server : audited(server, audit);
    this.clock = clock;
    this.store = store;
  }

  /** A typed client of this server. */
  client(user: User = admin): Client {
    return new Client(new MemoryTransport({ handler: this.handler, user }));
  }

  async ask(ask: Ask, signal = new AbortController().signal): Promise<Answer> {
    const raw = await this.handler.handle(ask.user ?? admin, requestOf(ask), signal);
    return { code: raw.code, body: JSON.parse(decoder.decode(raw.body)) as Answer["body"], raw };
  }

  /** Asks, and gives the object. Throws: when the answer is a failure. */
  async must<T = Stored>(ask: Ask): Promise<T> {
    const { code, body } = await this.ask(ask);
    if (code >= 400) throw new Error(`${code} ${body.message ?? ""}`);
    return body as unknown as T;
  }

  watch(ask: Omit<Ask, "verb">, signal = new AbortController().signal): Frames {
    const sink = new Frames();
    this.handler.stream(ask.user ?? admin, requestOf({ ...ask, verb: "watch" }), sink, signal);
    return sink;
  }

  close(): Promise<void> {
    return this.server.close();
  }
}

const encoder = new TextEncoder();

const requestOf = ({ of, body, type, user: _user, ...rest }: Ask): ApiRequest => {
  const [resource = "", groupVersion = ""] = of.split(/\.(.*)/s);
  const [group = "", version = "v1"] = groupVersion.split("/");
  const bytes = body === undefined ? {} : { body: encoder.encode(typeof body === "string" ? body : JSON.stringify(body)) };
  return { ...rest, group, version, resource, ...bytes, ...(type === undefined ? {} : { contentType: type }) };
};
