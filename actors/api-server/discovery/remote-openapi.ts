// What other API servers say in OpenAPI, as this server passes it on. upstream: kube-aggregator/pkg/controllers/{openapi,openapiv3}
import { isJsonObject, type JsonObject } from "#api/meta/json.ts";
import type { ApiResponse } from "#lib/api.ts";
import type { PathRequest } from "../https/path-handler.ts";
import type { Scheme } from "../scheme.ts";
import { kept } from "./document.ts";
import { servedGroups } from "./groups.ts";
import type { Remotes } from "./remotes.ts";

/** Where the documents of another server's group and version are, by its APIService. */
const placesOf = (remotes: Remotes, name: string): JsonObject => remotes.documents(name)?.places?.value ?? {};

/** Their entries in the index of version 3. */
export const remotePlaces = (remotes: Remotes): JsonObject =>
  Object.assign({}, ...remotes.versions.map(({ name }) => placesOf(remotes, name))) as JsonObject;

/** The APIService whose server has the document at a place of the index. */
export const remoteAt = (remotes: Remotes, place: string): string | undefined =>
  remotes.versions.find(({ name }) => Object.hasOwn(placesOf(remotes, name), place))?.name;

/** What other servers add to the document of everything, the most important first. */
export const swaggersOf = ({ kinds }: Scheme, remotes: Remotes): readonly JsonObject[] =>
  servedGroups(kinds, remotes.versions)
    .flatMap(({ versions }) => versions)
    .map(({ remote }) => remote && remotes.documents(remote.name)?.swagger?.value)
    .filter((swagger) => swagger !== undefined);

/** The document of another server, as that sends it. upstream: specProxier.handleGroupVersion */
export const remoteDocument = async (
  remotes: Remotes,
  [name, place]: readonly [string, string],
  request: PathRequest,
): Promise<ApiResponse> => {
  const asked = Object.entries({ Accept: request.header("accept"), "If-None-Match": request.header("if-none-match") });
  const headers = Object.fromEntries(asked.flatMap(([header, value]) => (value === undefined ? [] : [[header, value]])));
  const { code, contentType, etag, body } = await remotes.get(name, `${request.path}?${request.query.toString()}`, headers);
  const found = { code, contentType, body, headers: { Vary: "Accept", ...(etag === undefined ? {} : { ETag: etag }) } };
  const hash = request.query.get("hash");
  const where = placesOf(remotes, name)[place];
  const isNamed = hash !== null && isJsonObject(where) && String(where["serverRelativeURL"]).endsWith(`hash=${hash}`);
  return code === 200 && isNamed ? kept(found) : found;
};
