// What other API servers say in OpenAPI, as this server passes it on. upstream: kube-aggregator/pkg/controllers/{openapi,openapiv3}
import { isJsonObject, type JsonObject } from "#api/meta/json.ts";
import { openapiV3Of } from "#api/schema/openapi-convert.ts";
import { openapiPath } from "#api/schema/openapi-operations.ts";
import type { ApiResponse } from "#lib/api.ts";
import type { AggregatedVersion } from "../aggregation/aggregated-servers.ts";
import type { PathRequest } from "../https/path-handler.ts";
import type { Scheme } from "../scheme.ts";
import { documentAnswer, documentOf, kept, type Document } from "./document.ts";
import { servedGroups } from "./groups.ts";
import type { RemoteDocuments } from "./remote-documents.ts";
import type { Remotes } from "./remotes.ts";

/** Documents of version 3 that were made of those of version 2, by these. */
const converted = new WeakMap<JsonObject, Document>();

/** What a server says that knows version 2 alone. upstream: openapiv2converter */
const conversionOf = ({ places, swagger }: RemoteDocuments): Document | undefined => {
  if (places !== undefined || swagger === undefined) return undefined;
  const present = converted.get(swagger.value) ?? documentOf(openapiV3Of(swagger.value));
  converted.set(swagger.value, present);
  return present;
};

/** Where the documents of another server's group and version are. */
const placesOf = (remotes: Remotes, version: AggregatedVersion): JsonObject => {
  const documents = remotes.documents(version.name);
  if (documents === undefined) return {};
  const conversion = conversionOf(documents);
  const place = openapiPath(version);
  const own = conversion && { [place]: { serverRelativeURL: `/openapi/v3/${place}?hash=${hashOf(conversion)}` } };
  return own ?? documents.places?.value ?? {};
};

const hashOf = ({ etag }: Document): string => etag.replaceAll('"', "");

/** Their entries in the index of version 3. */
export const remotePlaces = (remotes: Remotes): JsonObject =>
  Object.assign({}, ...remotes.versions.map((remote) => placesOf(remotes, remote))) as JsonObject;

/** The group and version of another server that has a document at a place of the index. */
export const remoteAt = (remotes: Remotes, place: string): AggregatedVersion | undefined =>
  remotes.versions.find((remote) => Object.hasOwn(placesOf(remotes, remote), place));

/** What other servers add to the document of everything, the most important first. */
export const swaggersOf = ({ kinds }: Scheme, remotes: Remotes): readonly JsonObject[] =>
  servedGroups(kinds, remotes.versions)
    .flatMap(({ versions }) => versions)
    .map(({ remote }) => remote && remotes.documents(remote.name)?.swagger?.value)
    .filter((swagger) => swagger !== undefined);

/** What the server answers now, and how. upstream: specProxier.handleGroupVersion */
const forwarded = async (remotes: Remotes, name: string, { path, query, header }: PathRequest): Promise<ApiResponse> => {
  const asked = Object.entries({ Accept: header("accept"), "If-None-Match": header("if-none-match") });
  const headers = Object.fromEntries(asked.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
  const { etag, ...answer } = await remotes.get(name, `${path}?${query.toString()}`, headers);
  return { ...answer, headers: { Vary: "Accept", ...(etag === undefined ? {} : { ETag: etag }) } };
};

/** The document of another server at a place of the index. Throws: ServiceUnavailable. */
export const remoteDocument = async (
  remotes: Remotes,
  [remote, place]: readonly [AggregatedVersion, string],
  request: PathRequest,
): Promise<ApiResponse> => {
  const documents = remotes.documents(remote.name);
  const conversion = documents && conversionOf(documents);
  const found = conversion === undefined ? await forwarded(remotes, remote.name, request) : documentAnswer(conversion, request);
  const where = placesOf(remotes, remote)[place];
  const hash = request.query.get("hash");
  const isNamed = hash !== null && isJsonObject(where) && String(where["serverRelativeURL"]).endsWith(`hash=${hash}`);
  return found.code === 200 && isNamed ? kept(found) : found;
};
