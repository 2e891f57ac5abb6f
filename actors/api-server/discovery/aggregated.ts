// All of discovery in one document for each of /api and /apis. upstream: KEP-3352, apidiscovery.k8s.io
import type { Kind } from "#api/kind.ts";
import { groupsOf, subresourcesOf, versionsOf } from "./resources.ts";

/** Versions of the document that are served, newest first. */
const AGGREGATED_VERSIONS = ["v2", "v2beta1"] as const;

export type AggregatedVersion = (typeof AGGREGATED_VERSIONS)[number];

const gvk = ({ group, version, kind }: { readonly group: string; readonly version: string; readonly kind: string }) => ({
  group,
  version,
  kind,
});

const resourceOf = (kind: Kind) => {
  const subresources = subresourcesOf(kind).map((subresource) => ({
    subresource: subresource.name,
    responseKind: gvk(subresource),
    verbs: subresource.verbs.toSorted(),
  }));
  return {
    resource: kind.resource,
    responseKind: gvk(kind),
    scope: kind.namespaced ? "Namespaced" : "Cluster",
    singularResource: kind.singular,
    verbs: kind.verbs.toSorted(),
    ...(kind.shortNames.length === 0 ? {} : { shortNames: kind.shortNames }),
    ...(kind.categories.length === 0 ? {} : { categories: kind.categories }),
    ...(subresources.length === 0 ? {} : { subresources }),
  };
};

const groupOf = (kinds: readonly Kind[], group: string) => ({
  metadata: { ...(group === "" ? {} : { name: group }), creationTimestamp: null },
  versions: versionsOf(kinds, group).map((version) => ({
    version,
    // By name: kubectl lists what a category holds in this order.
    resources: kinds
      .filter((kind) => kind.group === group && kind.version === version)
      .map(resourceOf)
      .toSorted((a, b) => (a.resource < b.resource ? -1 : 1)),
    freshness: "Current",
  })),
});

/** The document at /api (`isCore`) or /apis. */
export const aggregated = (kinds: readonly Kind[], version: AggregatedVersion, isCore: boolean) => ({
  kind: "APIGroupDiscoveryList",
  apiVersion: `apidiscovery.k8s.io/${version}`,
  metadata: {},
  items: (isCore ? [""] : groupsOf(kinds)).map((group) => groupOf(kinds, group)),
});

/** The media type of a version of the document. */
export const aggregatedType = (version: AggregatedVersion): string =>
  `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;

/** The version that an Accept header asks for; undefined: none, or plain discovery first. */
export const aggregatedWanted = (accept = ""): AggregatedVersion | undefined => {
  for (const clause of accept.split(",")) {
    const parts = new Set(clause.split(";").map((part) => part.trim()));
    const isJson = parts.has("application/json");
    if (isJson && parts.size === 1) return undefined;
    if (!isJson || !parts.has("g=apidiscovery.k8s.io") || !parts.has("as=APIGroupDiscoveryList")) continue;
    const version = AGGREGATED_VERSIONS.find((known) => parts.has(`v=${known}`));
    if (version !== undefined) return version;
  }
  return undefined;
};
