// An API server of somebody else's, as one would write it: it trusts the front proxy that the cluster's ConfigMap names,
// asks the cluster whether users may do what they ask for, and serves `flowers` of greenhouse.example.com/v1 from memory,
// with discovery, OpenAPI, Tables and watches.
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { subjectAccessReviews } from "#api/authorization/v1/subject-access-review.ts";
import { configMaps } from "#api/core/v1/config-map.ts";
import type { Client } from "#lib/client.ts";
import { parseResourcePath, verbOf } from "#lib/https/paths.ts";
import type { Credentials } from "#lib/pki/authority.ts";
import { documentAt } from "./extension-documents.ts";
import { fail, Flowers, send, type Asked } from "./extension-flowers.ts";

/** Who asked, as the front proxy says. */
type Asker = { readonly user: string; readonly groups: readonly string[]; readonly extra: Readonly<Record<string, string>> };

const TRUST = { namespace: "kube-system", name: "extension-apiserver-authentication" };

/** What is asked of flowers; undefined: it is about something else. */
const askedIn = (method: string, url: string): Asked | undefined => {
  const [path = "", query] = url.split("?");
  const place = parseResourcePath(path);
  if (place?.resource !== "flowers") return undefined;
  const { namespace = "", name = "" } = place;
  const watch = new URLSearchParams(query).get("watch");
  return { verb: verbOf(method, place, watch === "true" || watch === "1") ?? "", namespace, name };
};

/** What the cluster says about front proxies. */
const trustOf = async (client: Client): Promise<{ readonly authority: string; readonly names: readonly string[] }> => {
  const { data = {} } = await client.get(configMaps, TRUST);
  return {
    authority: data["requestheader-client-ca-file"] ?? "",
    names: JSON.parse(data["requestheader-allowed-names"] ?? "[]") as string[],
  };
};

/** A running extension server. */
export class ExtensionServer {
  readonly #server: Server;
  readonly #client: Client;
  readonly #names: readonly string[];
  readonly #flowers = new Flowers();
  /** Connections that are closed when they are used again. */
  readonly #doomed = new WeakSet<object>();
  /** Every request that came through the front proxy. */
  readonly seen: (Asker & { readonly method: string; readonly url: string; readonly headers: IncomingMessage["headers"] })[] = [];

  private constructor(
    client: Client,
    { certificate, key }: Credentials,
    trust: { readonly authority: string; readonly names: readonly string[] },
  ) {
    this.#client = client;
    this.#names = trust.names;
    this.#server = createServer({ cert: certificate, key, ca: trust.authority, requestCert: true, rejectUnauthorized: false });
    this.#server.on("request", (request, response) => void this.#answer(request, response));
    this.#server.on("upgrade", (request, socket) => this.#upgrade(request, socket));
  }

  /** Starts one at an address. `client` reads the ConfigMap and asks for access reviews. */
  static async start(client: Client, serving: Credentials, address = "127.0.0.1"): Promise<ExtensionServer> {
    const server = new ExtensionServer(client, serving, await trustOf(client));
    server.#server.listen(0, address);
    await once(server.#server, "listening");
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  /** Only the front proxy's word is taken. */
  #asker(request: IncomingMessage): Asker | undefined {
    const socket = request.socket as TLSSocket;
    const subject = socket.authorized ? new X509Certificate(socket.getPeerCertificate().raw).subject : "";
    if (!this.#names.some((name) => subject === `CN=${name}`)) return undefined;
    const { headersDistinct: headers } = request;
    const extra = Object.entries(headers).filter(([name]) => name.startsWith("x-remote-extra-"));
    return {
      user: headers["x-remote-user"]?.[0] ?? "",
      groups: headers["x-remote-group"] ?? [],
      extra: Object.fromEntries(extra.map(([name, values]) => [name.slice("x-remote-extra-".length), values?.join() ?? ""])),
    };
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asker = this.#asker(request);
    if (asker === undefined) return fail(response, 401, "Unauthorized", "Unauthorized");
    const { method = "", url = "/", headers } = request;
    this.seen.push({ ...asker, method, url, headers });
    if (this.#doomed.has(request.socket)) return void request.socket.destroy();
    if (url.endsWith("/last")) this.#doomed.add(request.socket);
    if (url.endsWith("/elsewhere")) return void response.writeHead(302, { location: "https://example.com/" }).end();
    const document = documentAt(url.replace(/\?.*/, ""), headers.accept);
    if (document !== undefined) return send(response, 200, document.value, document.contentType);
    const asked = askedIn(method, url);
    if (asked === undefined) return fail(response, 404, "NotFound", "the server could not find the requested resource");
    if (await this.#allows(asker, asked)) return this.#flowers.serve(request, response, asked);
    fail(response, 403, "Forbidden", `flowers.greenhouse.example.com is forbidden: the greenhouse says no to ${asker.user}`);
  }

  async #allows({ user, groups }: Asker, { verb, namespace }: Asked): Promise<boolean> {
    const resourceAttributes = { group: "greenhouse.example.com", version: "v1", resource: "flowers", verb, namespace };
    const review = await this.#client.create(subjectAccessReviews, { spec: { user, groups, resourceAttributes } });
    return review.status?.allowed === true;
  }

  /** Echoes what is said, after who says it. */
  #upgrade(request: IncomingMessage, socket: Duplex): void {
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n${this.#asker(request)?.user ?? "nobody"}:`,
    );
    socket.pipe(socket);
    socket.on("error", () => socket.destroy());
  }
}
