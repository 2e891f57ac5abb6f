// Discovery as other servers write it: all at once, or, where a server is older, one list for each group and version. Pure.
// upstream: apiserver/pkg/endpoints/installer.go ConvertGroupVersionIntoToDiscovery
import { isJsonObject, type JsonObject } from "#api/meta/json.ts";
import type { AggregatedVersion } from "../aggregation/aggregated-servers.ts";

/** What aggregated discovery says of one version of a group. Nothing but the name: nothing is known. */
export type VersionDiscovery = {
  readonly version: string;
  readonly resources?: readonly JsonObject[] | undefined;
  readonly freshness: "Current" | "Stale";
};

type GroupVersion = Pick<AggregatedVersion, "group" | "version">;

const listIn = (value: unknown, field: string): readonly JsonObject[] => {
  const list = isJsonObject(value) ? (value[field] ?? []) : undefined;
  if (!Array.isArray(list) || !list.every(isJsonObject)) throw new Error(`${field} is no list of objects`);
  return list;
};

const textIn = (object: JsonObject, field: string): string => {
  const text = object[field] ?? "";
  if (typeof text !== "string") throw new Error(`${field} is no text`);
  return text;
};

const NO_KIND: JsonObject = { group: "", version: "", kind: "" };

/** Clients of 1.26 need a kind everywhere. upstream: kubernetes/kubernetes#118361 */
const withKind = (resource: JsonObject): JsonObject => ({ ...resource, responseKind: resource["responseKind"] ?? NO_KIND });

const withKinds = (resource: JsonObject): JsonObject => ({
  ...withKind(resource),
  ...(resource["subresources"] === undefined ? {} : { subresources: listIn(resource, "subresources").map(withKind) }),
});

/** What a server's aggregated discovery says of a group and version. Throws: when it is no such document. */
export const discoveryIn = (document: unknown, { group, version }: GroupVersion): VersionDiscovery => {
  const found = listIn(document, "items")
    .filter(({ metadata }) => isJsonObject(metadata) && (metadata["name"] ?? "") === group)
    .flatMap((item) => listIn(item, "versions"))
    .find((item) => item["version"] === version);
  return { version, ...(found && { resources: listIn(found, "resources").map(withKinds) }), freshness: "Current" };
};

const kindOf = (resource: JsonObject): JsonObject => ({
  group: textIn(resource, "group"),
  version: textIn(resource, "version"),
  kind: textIn(resource, "kind"),
});

const scopeOf = ({ namespaced }: JsonObject): string => (namespaced === true ? "Namespaced" : "Cluster");

const optional = (resource: JsonObject, ...fields: readonly string[]): JsonObject =>
  Object.fromEntries(fields.filter((field) => resource[field] !== undefined).map((field) => [field, resource[field]]));

const parentOf = (resource: JsonObject): JsonObject => ({
  resource: textIn(resource, "name"),
  responseKind: kindOf(resource),
  scope: scopeOf(resource),
  singularResource: textIn(resource, "singularName"),
  ...optional(resource, "verbs", "shortNames", "categories"),
});

const childOf = (resource: JsonObject): JsonObject => ({
  subresource: textIn(resource, "name").replace(/^[^/]*\//, ""),
  responseKind: kindOf(resource),
  ...optional(resource, "verbs"),
});

/** What a server's list of one group and version says, a subresource under what it is of. Throws: when it is no such list. */
export const discoveryOfList = (list: unknown, { version }: GroupVersion): VersionDiscovery => {
  const byParent = Map.groupBy(listIn(list, "resources"), (resource) => textIn(resource, "name").split("/", 1)[0] ?? "");
  const resources = Array.from(byParent, ([name, all]): JsonObject => {
    const [first = {}] = all;
    if (all.some((one) => scopeOf(one) !== scopeOf(first))) throw new Error(`${name} has subresources of another scope`);
    const parent = all.find((one) => one["name"] === name);
    const children = all.filter((one) => one !== parent).map(childOf);
    return {
      ...(parent === undefined ? { resource: name, responseKind: NO_KIND, scope: scopeOf(first) } : parentOf(parent)),
      ...(children.length === 0 ? {} : { subresources: children }),
    };
  });
  return { version, resources, freshness: "Current" };
};
