// A real API server on loopback before a real extension server, registered as an administrator registers one.
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { request, type RequestOptions } from "node:https";
import type { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import { apiServices, type APIService } from "#api/apiregistration/v1/api-service.ts";
import { clusterRoleBindings } from "#api/rbac/v1/cluster-role-binding.ts";
import { clusterRoles } from "#api/rbac/v1/cluster-role.ts";
import { configMaps } from "#api/core/v1/config-map.ts";
import { services } from "#api/core/v1/service.ts";
import { endpointSlices } from "#api/discovery/v1/endpoint-slice.ts";
import type { KubeObject, Stored } from "#api/meta/object.ts";
import type { Resource } from "#api/meta/resource.ts";
import type { ObjectSource } from "#actors/api-server/objects.ts";
import { Client } from "#lib/client.ts";
import { systemClock } from "#lib/clock.ts";
import { HttpsTransport } from "#lib/https/transport.ts";
import { createAuthority } from "#lib/pki/authority.ts";
import { systemRandom } from "#lib/random.ts";
import { ExtensionServer } from "#test/support/extension-server.ts";
import { startDevServer } from "../dev-server.ts";

export const NAME = "v1.greenhouse.example.com";
export const PATH = "/apis/greenhouse.example.com/v1";
export const FLOWERS = `${PATH}/namespaces/default/flowers`;
const PLACE = { namespace: "default", name: "greenhouse" };

/** An answer, its body as text. */
export type Answer = { readonly code: number; readonly headers: IncomingMessage["headers"]; readonly text: string };

type Ask = Pick<RequestOptions, "method" | "headers"> & { readonly body?: unknown; readonly user?: string };

/** What `read` finds in the first object in which it finds anything, now or later. */
const seen = <T extends KubeObject, R>(
  objects: ObjectSource,
  resource: Resource<T>,
  read: (object: Stored<T>) => R | undefined,
): Promise<R> => {
  const { promise, resolve } = Promise.withResolvers<R>();
  objects.follow(resource, (_ref, object) => {
    const found = object && read(object);
    if (found !== undefined) resolve(found);
  });
  return promise;
};

/** The parts of a test. */
export class Greenhouse {
  readonly client: Client;
  readonly extension: ExtensionServer;
  readonly #dev: Awaited<ReturnType<typeof startDevServer>>;
  readonly #ending = new AbortController();
  readonly #authority: string;
  readonly #running: Promise<void>;

  private constructor(parts: {
    readonly client: Client;
    readonly extension: ExtensionServer;
    readonly dev: Awaited<ReturnType<typeof startDevServer>>;
    readonly authority: string;
    readonly ending: AbortController;
    readonly running: Promise<void>;
  }) {
    this.client = parts.client;
    this.extension = parts.extension;
    this.#dev = parts.dev;
    this.#authority = parts.authority;
    this.#ending = parts.ending;
    this.#running = parts.running;
  }

  /** The extension server has a Service, but no APIService yet. */
  static async start(): Promise<Greenhouse> {
    const dev = await startDevServer();
    const ending = new AbortController();
    const running = dev.aggregator.run(ending.signal);
    const client = new Client(new HttpsTransport(dev.access));
    const authority = await createAuthority("greenhouse-ca", { clock: systemClock, random: systemRandom });
    const serving = await authority.serving({ name: "greenhouse", dns: ["greenhouse.default.svc"], ips: [] });
    await seen(dev.handler.objects, configMaps, ({ metadata }) => metadata.name === "extension-apiserver-authentication" || undefined);
    const extension = await ExtensionServer.start(client, serving);
    await client.create(services, { metadata: PLACE, spec: { ports: [{ name: "https", port: 443 }] } });
    const greenhouse = new Greenhouse({ client, extension, dev, authority: authority.credentials.certificate, ending, running });
    await greenhouse.showEndpoint();
    return greenhouse;
  }

  get dev(): Awaited<ReturnType<typeof startDevServer>> {
    return this.#dev;
  }

  /** Puts the extension server's endpoint behind its Service. */
  async showEndpoint(): Promise<void> {
    const labels = { "kubernetes.io/service-name": PLACE.name };
    const ports = [{ name: "https", port: this.extension.port }];
    const endpoints = [{ addresses: ["127.0.0.1"], conditions: { ready: true } }];
    await this.client.create(endpointSlices, { metadata: { ...PLACE, labels }, addressType: "IPv4", endpoints, ports });
  }

  /** Writes the APIService. */
  async register(spec: Partial<NonNullable<APIService["spec"]>> = {}): Promise<void> {
    const caBundle = Buffer.from(this.#authority).toString("base64");
    const whole = { group: "greenhouse.example.com", version: "v1", groupPriorityMinimum: 1000, versionPriority: 15, service: PLACE };
    await this.client.create(apiServices, { metadata: { name: NAME }, spec: { ...whole, caBundle, ...spec } });
  }

  /** Waits until the condition Available has this reason, and gives its message. */
  condition(reason: string): Promise<string> {
    return seen(this.#dev.handler.objects, apiServices, ({ metadata, status }) => {
      const found = status?.conditions?.find((one) => one.type === "Available");
      return metadata.name === NAME && found?.reason === reason ? (found.message ?? "") : undefined;
    });
  }

  /** Lets everybody who is named do these verbs on flowers, and extension servers ask about it. */
  async allow(user: string, verbs: readonly string[]): Promise<void> {
    const metadata = { name: `flowers-${user}` };
    await this.client.create(clusterRoles, { metadata, rules: [{ apiGroups: ["greenhouse.example.com"], resources: ["flowers"], verbs }] });
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: metadata.name };
    const subjects = [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: user }];
    await this.client.create(clusterRoleBindings, { metadata, roleRef, subjects });
  }

  /** A request that has begun to be answered. */
  async open(path: string, { user, body, ...options }: Ask = {}): Promise<IncomingMessage> {
    const { client, certificateAuthority: ca } = user === undefined ? this.#dev.access : await this.#dev.clientOf(user);
    const sent = request({
      host: "127.0.0.1",
      port: this.#dev.port,
      path,
      ca,
      cert: client.certificate,
      key: client.key,
      agent: false,
      ...options,
    });
    const answered = once(sent, "response") as Promise<[IncomingMessage]>;
    sent.end(body === undefined ? undefined : JSON.stringify(body));
    return (await answered)[0];
  }

  async ask(path: string, asked?: Ask): Promise<Answer> {
    const response = await this.open(path, asked);
    return { code: response.statusCode ?? 0, headers: response.headers, text: await text(response) };
  }

  /** The connection after a change of its protocol, and what was said on it by then. */
  async upgrade(path: string): Promise<{ readonly socket: Duplex; readonly head: Buffer }> {
    const { client, certificateAuthority: ca } = this.#dev.access;
    const identity = { ca, cert: client.certificate, key: client.key, agent: false };
    const sent = request({
      host: "127.0.0.1",
      port: this.#dev.port,
      path,
      ...identity,
      headers: { connection: "Upgrade", upgrade: "echo" },
    });
    const upgraded = once(sent, "upgrade") as Promise<[IncomingMessage, Duplex, Buffer]>;
    sent.end();
    const [, socket, head] = await upgraded;
    return { socket, head };
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#running;
    await this.extension.stop().catch(() => undefined);
    await this.client.transport.close();
    await this.#dev.stop();
  }
}

/** Runs a test with a greenhouse that is stopped afterwards. */
export const withGreenhouse = async (body: (greenhouse: Greenhouse) => Promise<void>): Promise<void> => {
  const greenhouse = await Greenhouse.start();
  try {
    await body(greenhouse);
  } finally {
    await greenhouse.stop();
  }
};
