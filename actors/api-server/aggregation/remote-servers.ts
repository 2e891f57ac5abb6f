// The API servers behind APIServices, and how they are reached: at an endpoint of their Service, with the front proxy's
// certificate, and only when their own is what the APIService asks for.
import type { IncomingMessage } from "node:http";
import { request as httpsRequest, Agent } from "node:https";
import { createSecureContext } from "node:tls";
import { buffer } from "node:stream/consumers";
import { apiServices, type APIService } from "#api/apiregistration/v1/api-service.ts";
import { deepEqual } from "#api/meta/equal.ts";
import { hostPort } from "#api/meta/ip.ts";
import { failure } from "#api/meta/status.ts";
import type { User } from "#lib/api.ts";
import { dialError } from "#lib/dial-error.ts";
import { answerTo } from "#lib/https/answer.ts";
import type { ClusterNetwork } from "#lib/cluster-network.ts";
import type { Credentials } from "#lib/pki/authority.ts";
import type { Random } from "#lib/random.ts";
import { headersOfUser } from "../authn/request-header.ts";
import type { ObjectSource } from "../objects.ts";
import { drawEndpoint, type Endpoint, type Nowhere } from "../service-endpoint.ts";
import type { AggregatedAnswer, AggregatedServers, AggregatedVersion } from "./aggregated-servers.ts";
import { isAvailable, serviceRefOf } from "./availability.ts";

export type RemoteServersPorts = {
  readonly objects: ObjectSource;
  readonly random: Random;
  readonly network: ClusterNetwork;
  /** By which servers know that we speak for users. */
  readonly frontProxyClient: Credentials;
};

/** A server behind an APIService. */
export type RemoteServer = {
  readonly version: AggregatedVersion;
  /** Draws one of its endpoints. */
  locate(): Endpoint | Nowhere;
  /** Makes connections to it. Throws: what is wrong with the APIService's caBundle. */
  agents(): Agents;
  /** Nobody is to be connected with any more. */
  close(): void;
};

/** Whom the aggregator is when it asks for documents. upstream: openapi/aggregator/downloader.go aggregatorUser */
const AGGREGATOR: User = { name: "system:aggregator", groups: ["system:masters"] };

const versionOf = (name: string, service: APIService): AggregatedVersion => ({
  name,
  group: service.spec?.group ?? "",
  version: service.spec?.version ?? "",
  groupPriorityMinimum: service.spec?.groupPriorityMinimum ?? 0,
  versionPriority: service.spec?.versionPriority ?? 0,
  available: isAvailable(service),
});

/** How long a connection may take to be made, or be kept unused. upstream: the transport's dial timeout */
const PATIENCE_MS = 30_000;

/** Ways to connect to a server: `kept` uses connections again, which the server may have closed meanwhile, `fresh` never does. */
type Agents = { readonly kept: Agent; readonly fresh: Agent };

const agentsOf = (
  { caBundle = "", insecureSkipTLSVerify = false }: NonNullable<APIService["spec"]>,
  serverName: string,
  client: Credentials,
): Agents => {
  const ca = Buffer.from(caBundle, "base64").toString("utf8");
  const secureContext = createSecureContext({ cert: client.certificate, key: client.key, ...(ca === "" ? {} : { ca }) });
  const tls = { secureContext, servername: serverName, rejectUnauthorized: !insecureSkipTLSVerify, timeout: PATIENCE_MS };
  return { kept: new Agent({ ...tls, keepAlive: true }), fresh: new Agent(tls) };
};

/** Lets what is in progress end, and keeps no connection. */
const retire = ({ kept }: Agents): void => {
  kept.maxFreeSockets = 0;
  for (const sockets of Object.values(kept.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
};

const answerOf = async (response: IncomingMessage): Promise<AggregatedAnswer> => {
  const { "content-type": contentType = "", etag } = response.headers;
  return { code: response.statusCode ?? 0, contentType, etag, body: await buffer(response) };
};

type Known = { readonly spec: APIService["spec"]; readonly server: RemoteServer };

const PATH = /^\/(?:api(?=\/|$)|apis\/([^/]+)\/([^/]+)(?=\/|$))/;

/** Follows the APIServices as long as the objects are followed. */
export class RemoteServers implements AggregatedServers {
  readonly #ports: RemoteServersPorts;
  readonly #servers = new Map<string, Known>();
  readonly #listeners = new Set<() => void>();
  #versions: readonly AggregatedVersion[] = [];

  constructor(ports: RemoteServersPorts) {
    this.#ports = ports;
    ports.objects.follow(apiServices, ({ name }, service) => this.#changed(name, service));
  }

  get versions(): readonly AggregatedVersion[] {
    return this.#versions;
  }

  onChange(changed: () => void): () => void {
    const listener = (): void => changed();
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Whose a path is; undefined: ours. upstream: APIAggregator.AddAPIService */
  find(path: string): RemoteServer | undefined {
    if (this.#servers.size === 0) return undefined;
    const [found, group, version] = PATH.exec(path) ?? [];
    return found === undefined ? undefined : this.#servers.get(group === undefined ? "v1." : `${version ?? ""}.${group}`)?.server;
  }

  async get(name: string, path: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<AggregatedAnswer> {
    const server = this.#servers.get(name)?.server;
    const endpoint = server?.version.available === true ? server.locate() : undefined;
    if (server === undefined || endpoint === undefined || "reason" in endpoint) throw failure("ServiceUnavailable", "service unavailable");
    const asked = { ...headers, ...headersOfUser(AGGREGATOR), host: hostPort(endpoint) };
    try {
      return await answerOf(
        await answerTo(httpsRequest({ ...endpoint, path, headers: asked, agent: server.agents().fresh, signal }), undefined),
      );
    } catch (error) {
      const why = error instanceof Error ? dialError(endpoint.host, endpoint.port, error).message : String(error);
      throw failure("ServiceUnavailable", `error trying to reach service: ${why}`);
    }
  }

  /** Keeps no connection any more. */
  close(): void {
    for (const { server } of this.#servers.values()) server.close();
  }

  #changed(name: string, service: APIService | undefined): void {
    const before = this.#servers.get(name);
    const now = service?.spec?.service === undefined ? undefined : this.#known(before, versionOf(name, service), service);
    if (now === before) return;
    if (now === undefined) this.#servers.delete(name);
    else this.#servers.set(name, now);
    if (now?.spec !== before?.spec) before?.server.close();
    this.#tell();
  }

  /** Connections stay as long as the APIService leads to the same server; what says the same is the same. */
  #known(before: Known | undefined, version: AggregatedVersion, service: APIService): Known {
    if (before === undefined || !deepEqual(before.spec, service.spec))
      return { spec: service.spec, server: this.#serverOf(service, version) };
    return deepEqual(before.server.version, version) ? before : { spec: before.spec, server: { ...before.server, version } };
  }

  #serverOf(service: APIService, version: AggregatedVersion): RemoteServer {
    const ports = this.#ports;
    const { spec } = service;
    const ref = serviceRefOf(service);
    if (spec === undefined || ref === undefined) throw new Error("a local APIService leads to no other server");
    let agents: Agents | undefined;
    return {
      version,
      locate: () => drawEndpoint(ports, ref),
      agents: () => (agents ??= agentsOf(spec, `${ref.name}.${ref.namespace}.svc`, ports.frontProxyClient)),
      close: () => agents && retire(agents),
    };
  }

  #tell(): void {
    const all = Array.from(this.#servers.values(), ({ server }) => server.version);
    this.#versions = all.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    for (const listener of this.#listeners) listener();
  }
}
