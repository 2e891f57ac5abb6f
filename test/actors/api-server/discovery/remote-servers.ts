// Other API servers, for tests: what each answers to a path is a table, which a test may change.
import { aggregatedType } from "#actors/api-server/discovery/aggregated-type.ts";
import type { AggregatedAnswer, AggregatedServers, AggregatedVersion } from "#actors/api-server/aggregation/aggregated-servers.ts";
import { failure } from "#api/meta/status.ts";

/** A JSON answer. */
export const answering = (document: unknown, more: Partial<AggregatedAnswer> = {}): AggregatedAnswer => ({
  code: 200,
  contentType: "application/json",
  etag: undefined,
  body: Buffer.from(JSON.stringify(document)),
  ...more,
});

/** The group and version that the server of these tests serves. */
export const FISH: AggregatedVersion = {
  name: "v1.sea.example.com",
  group: "sea.example.com",
  version: "v1",
  groupPriorityMinimum: 2_000,
  versionPriority: 10,
  available: true,
};

export const FISH_RESOURCE = {
  resource: "fish",
  responseKind: { group: "sea.example.com", version: "v1", kind: "Fish" },
  scope: "Namespaced",
  singularResource: "fish",
  verbs: ["get", "list"],
};

/** Its aggregated discovery, in which it lists another group too. */
export const fishDiscovery = (form: "v2" | "v2beta1" = "v2", resource: object = FISH_RESOURCE): AggregatedAnswer =>
  answering(
    {
      kind: "APIGroupDiscoveryList",
      apiVersion: `apidiscovery.k8s.io/${form}`,
      items: [
        { metadata: { name: "apps" }, versions: [{ version: "v1", resources: [{ ...FISH_RESOURCE, resource: "intruders" }] }] },
        { metadata: { name: "sea.example.com" }, versions: [{ version: "v1", resources: [resource], freshness: "Current" }] },
      ],
    },
    { contentType: aggregatedType(form), etag: '"fish"' },
  );

const operation = (reference: string) => ({ get: { responses: { 200: { description: "OK", schema: { $ref: reference } } } } });

/** Its document of OpenAPI v2: its own paths and a foreign one. */
export const fishSwagger = {
  swagger: "2.0",
  info: { title: "Fish", version: "v1" },
  paths: {
    "/apis/sea.example.com/v1/fish": {
      ...operation("#/definitions/com.example.sea.v1.Fish"),
      parameters: [{ $ref: "#/parameters/pretty-1" }],
    },
    "/apis/apps/v1/intruders": operation("#/definitions/com.example.sea.v1.Intruder"),
  },
  parameters: { "pretty-1": { name: "pretty", in: "query", type: "string" }, unused: { name: "unused", in: "query", type: "string" } },
  definitions: {
    "com.example.sea.v1.Fish": {
      type: "object",
      description: "Swims.",
      properties: { metadata: { $ref: "#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta" } },
    },
    "com.example.sea.v1.Intruder": { type: "object" },
    "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta": { type: "object", description: "As an older library has it." },
  },
};

/** Its index of OpenAPI v3, in which it lists more than its own. */
export const fishIndex = (hash: string) => ({
  paths: Object.fromEntries(
    ["apis/sea.example.com/v1", "api/v1", "apis/sea.example.com", "version"].map((place) => [
      place,
      { serverRelativeURL: `/openapi/v3/${place}?hash=${hash}` },
    ]),
  ),
});

type Answers = { [path: string]: AggregatedAnswer | "silent" | undefined };

/** Other API servers in memory. What is not in `answers` is 404; "silent" answers never. */
export class MemoryServers implements AggregatedServers {
  answers: Answers = {};
  readonly asked: { readonly path: string; readonly headers: Readonly<Record<string, string>> }[] = [];
  readonly #listeners = new Set<() => void>();
  #versions: readonly AggregatedVersion[];

  constructor(versions: readonly AggregatedVersion[], answers: Answers = {}) {
    this.#versions = versions;
    this.answers = answers;
  }

  get versions(): readonly AggregatedVersion[] {
    return this.#versions;
  }

  /** How many listen. */
  get listeners(): number {
    return this.#listeners.size;
  }

  /** Has these versions from now on. */
  become(versions: readonly AggregatedVersion[]): void {
    this.#versions = versions;
    for (const listener of this.#listeners) listener();
  }

  onChange(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => void this.#listeners.delete(changed);
  }

  async get(_name: string, path: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<AggregatedAnswer> {
    this.asked.push({ path, headers });
    const answer = this.answers[path.split("?", 1)[0] ?? ""];
    if (answer === undefined) return answering({}, { code: 404 });
    if (answer !== "silent")
      return answer.etag !== undefined && headers["If-None-Match"] === answer.etag ? { ...answer, code: 304 } : answer;
    const { promise, reject } = Promise.withResolvers<never>();
    signal.addEventListener("abort", () => reject(failure("ServiceUnavailable", "service unavailable")));
    return promise;
  }
}
