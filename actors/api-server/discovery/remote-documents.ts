// What one other server says of a group and version that it answers for: asked for, judged, and kept by its tag. What a server
// says wrongly counts as not said.
// upstream: kube-aggregator/pkg/apiserver/handler_discovery.go, kube-aggregator/pkg/controllers/{openapi,openapiv3}/aggregator
import { deepEqual } from "#api/meta/equal.ts";
import { isDeeper, isJsonObject, type JsonObject } from "#api/meta/json.ts";
import { groupVersionPath, openapiPath } from "#api/schema/openapi-operations.ts";
import { belowPath } from "#api/schema/openapi-merge.ts";
import { openapiProtobuf } from "#api/schema/openapi-protobuf.ts";
import type { AggregatedAnswer, AggregatedVersion } from "../aggregation/aggregated-servers.ts";
import { aggregatedType, FORMS, isAggregatedType } from "./aggregated-type.ts";
import { discoveryIn, discoveryOfList, type VersionDiscovery } from "./remote-discovery.ts";

/** A document, and the tag by which its server knows it. */
type Tagged<T> = { readonly value: T; readonly etag?: string | undefined };

/** What is known of one group and version of another server. */
export type RemoteDocuments = {
  readonly discovery: Tagged<VersionDiscovery>;
  /** Where its documents of OpenAPI v3 are, by their places in the index (`apis/apps/v1`). */
  readonly places?: Tagged<JsonObject> | undefined;
  /** Its part of the server's document of OpenAPI v2. */
  readonly swagger?: Tagged<JsonObject> | undefined;
};

/** Asks the server for a path. Throws: when there is no answer. */
export type Ask = (path: string, headers: Readonly<Record<string, string>>, timeoutMs: number) => Promise<AggregatedAnswer>;

/** upstream: fetchFreshDiscoveryForService, specDownloadTimeout */
const DISCOVERY_TIMEOUT_MS = 5_000;
const OPENAPI_TIMEOUT_MS = 60_000;

const JSON_TYPE = "application/json";
const AGGREGATED_TYPES = FORMS.map(aggregatedType).join(",");

const decoder = new TextDecoder();

/** Throws: SyntaxError, or when it is nested too deep to be walked. */
const parsed = ({ body }: AggregatedAnswer): unknown => {
  const value: unknown = JSON.parse(decoder.decode(body));
  if (isDeeper(value)) throw new Error("the document is nested too deep");
  return value;
};

const unexpected = (path: string, { code }: AggregatedAnswer): Error => new Error(`GET ${path}: the server answered ${code}`);

const ifChanged = (kept: Tagged<unknown> | undefined): Readonly<Record<string, string>> =>
  kept?.etag === undefined ? {} : { "If-None-Match": kept.etag };

/** What is there already, when it says the same: whoever made something of it need not make it anew. */
const tagged = <T>(kept: Tagged<T> | undefined, value: T, etag?: string): Tagged<T> => ({
  value: kept !== undefined && deepEqual(kept.value, value) ? kept.value : value,
  etag,
});

/** Nothing is known now of what it serves. */
export const stale = ({ version }: AggregatedVersion, kept: RemoteDocuments | undefined): Tagged<VersionDiscovery> =>
  tagged(kept?.discovery, { version, freshness: "Stale" });

const askDiscovery = async (ask: Ask, remote: AggregatedVersion, kept?: Tagged<VersionDiscovery>): Promise<Tagged<VersionDiscovery>> => {
  const answer = await ask("/apis", { Accept: AGGREGATED_TYPES, ...ifChanged(kept) }, DISCOVERY_TIMEOUT_MS);
  if (answer.code === 304 && kept !== undefined) return kept;
  if (answer.code === 503) throw unexpected("/apis", answer);
  if (answer.code === 200 && isAggregatedType(answer.contentType)) return tagged(kept, discoveryIn(parsed(answer), remote), answer.etag);
  const path = groupVersionPath(remote);
  const list = await ask(path, { Accept: JSON_TYPE }, DISCOVERY_TIMEOUT_MS);
  if (list.code !== 200) throw unexpected(path, list);
  return tagged(kept, discoveryOfList(parsed(list), remote));
};

type Asked<T> = { readonly path: string; readonly kept: Tagged<T> | undefined; readonly judge: (document: JsonObject) => T };

/** A document of OpenAPI; undefined: the server has none. */
const askOpenApi = async <T>(ask: Ask, { path, kept, judge }: Asked<T>): Promise<Tagged<T> | undefined> => {
  const answer = await ask(path, { Accept: JSON_TYPE, ...ifChanged(kept) }, OPENAPI_TIMEOUT_MS);
  if (answer.code === 304 && kept !== undefined) return kept;
  if (answer.code === 404) return undefined;
  if (answer.code !== 200) throw unexpected(path, answer);
  const document = parsed(answer);
  if (!isJsonObject(document)) throw new Error(`GET ${path}: the answer is no object`);
  return tagged(kept, judge(document), answer.etag);
};

/** Its own places among those that the server lists: one may not stand in another's way. */
const placesIn = (index: JsonObject, version: AggregatedVersion): JsonObject => {
  const paths = isJsonObject(index["paths"]) ? index["paths"] : {};
  const own = [`apis/${version.group}`, openapiPath(version)];
  return Object.fromEntries(Object.entries(paths).filter(([place, where]) => own.includes(place) && isJsonObject(where)));
};

/** Its own paths in the document. Throws: when they are not what can be written as Protobuf too. */
const swaggerIn = (document: JsonObject, version: AggregatedVersion): JsonObject => {
  const own = belowPath(document, `${groupVersionPath(version)}/`);
  openapiProtobuf(own);
  return own;
};

const valueOf = <T>(result: PromiseSettledResult<T>, otherwise: T): T => (result.status === "fulfilled" ? result.value : otherwise);

/** What the server says now; where it does not, what it said of OpenAPI stays. `failures` are the reasons. */
export const askRemote = async (
  ask: Ask,
  remote: AggregatedVersion,
  kept: RemoteDocuments | undefined,
): Promise<{ readonly documents: RemoteDocuments; readonly failures: readonly unknown[] }> => {
  const results = await Promise.allSettled([
    askDiscovery(ask, remote, kept?.discovery),
    askOpenApi(ask, { path: "/openapi/v3", kept: kept?.places, judge: (index) => placesIn(index, remote) }),
    askOpenApi(ask, { path: "/openapi/v2", kept: kept?.swagger, judge: (document) => swaggerIn(document, remote) }),
  ]);
  const [discovery, places, swagger] = results;
  return {
    documents: {
      discovery: valueOf(discovery, stale(remote, kept)),
      places: valueOf(places, kept?.places),
      swagger: valueOf(swagger, kept?.swagger),
    },
    failures: results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : [])),
  };
};
