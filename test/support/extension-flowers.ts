// The objects of the extension server: flowers, in memory.
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import type { KubeObject } from "#api/meta/object.ts";
import { FLOWERS_API, tableOf, wantsTable } from "./extension-documents.ts";

type Flower = KubeObject & { readonly spec?: { readonly colour?: string } };

type Watcher = (type: string, flower: Flower) => void;

/** What is asked of them. */
export type Asked = { readonly verb: string; readonly namespace: string; readonly name: string };

/** Sends a document. */
export const send = (response: ServerResponse, code: number, value: unknown, contentType = "application/json"): void =>
  void response.writeHead(code, { "content-type": contentType }).end(JSON.stringify(value));

/** Sends a Status. */
export const fail = (response: ServerResponse, code: number, reason: string, message: string): void =>
  send(response, code, { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, code });

/** All flowers. */
export class Flowers {
  readonly #flowers = new Map<string, Flower>();
  readonly #watchers = new Set<Watcher>();
  #revision = 1;

  async serve(request: IncomingMessage, response: ServerResponse, { verb, namespace, name }: Asked): Promise<void> {
    if (verb === "create") return this.#create(response, namespace, JSON.parse(await text(request)) as Flower);
    if (verb === "list") return this.#list(request, response, namespace);
    if (verb === "watch") return this.#watch(response, namespace);
    const found = this.#flowers.get(`${namespace}/${name}`);
    if (found === undefined) return fail(response, 404, "NotFound", `flowers.greenhouse.example.com "${name}" not found`);
    if (verb === "delete") {
      this.#flowers.delete(`${namespace}/${name}`);
      this.#tell("DELETED", found);
    }
    send(response, 200, wantsTable(request.headers.accept) ? tableOf([found], this.#revision) : found);
  }

  #create(response: ServerResponse, namespace: string, flower: Flower): void {
    const metadata = { creationTimestamp: "2026-01-01T00:00:00Z", uid: `uid-${this.#revision}`, ...flower.metadata, namespace };
    const made = {
      ...flower,
      apiVersion: FLOWERS_API,
      kind: "Flower",
      metadata: { ...metadata, resourceVersion: String(++this.#revision) },
    };
    this.#flowers.set(`${namespace}/${metadata.name ?? ""}`, made);
    this.#tell("ADDED", made);
    send(response, 201, made);
  }

  #in(namespace: string): readonly Flower[] {
    return [...this.#flowers.values()].filter(({ metadata }) => namespace === "" || metadata?.namespace === namespace);
  }

  #list(request: IncomingMessage, response: ServerResponse, namespace: string): void {
    const items = this.#in(namespace);
    const list = { kind: "FlowerList", apiVersion: FLOWERS_API, metadata: { resourceVersion: String(this.#revision) }, items };
    send(response, 200, wantsTable(request.headers.accept) ? tableOf(items, this.#revision) : list);
  }

  #watch(response: ServerResponse, namespace: string): void {
    response.writeHead(200, { "content-type": "application/json" }).flushHeaders();
    const watcher: Watcher = (type, flower) => {
      if (namespace === "" || flower.metadata?.namespace === namespace) response.write(`${JSON.stringify({ type, object: flower })}\n`);
    };
    this.#watchers.add(watcher);
    response.on("close", () => this.#watchers.delete(watcher));
  }

  #tell(type: string, flower: Flower): void {
    for (const watcher of this.#watchers) watcher(type, flower);
  }
}
