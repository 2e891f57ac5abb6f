// All of discovery in one document for each of /api and /apis. upstream: KEP-3352, apidiscovery.k8s.io
import type { Kind } from "#api/kind.ts";
import type { ServedGroup, ServedVersion } from "./groups.ts";
import { subresourcesOf } from "./resources.ts";

/** Versions of the document that are served, newest first. */
export const FORMS = ["v2", "v2beta1"] as const;

/** A version of the document. */
export type AggregatedForm = (typeof FORMS)[number];

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

const versionOf = ({ version, kinds }: ServedVersion) => ({
  version,
  // By name: kubectl lists what a category holds in this order.
  resources: kinds.map(resourceOf).toSorted((a, b) => (a.resource < b.resource ? -1 : 1)),
  freshness: "Current",
});

const groupOf = ({ name, versions }: ServedGroup) => ({
  metadata: { ...(name === "" ? {} : { name }), creationTimestamp: null },
  versions: versions.map(versionOf),
});

/** The document of these groups: of the core group at /api, of the others at /apis. */
export const aggregated = (groups: readonly ServedGroup[], version: AggregatedForm) => ({
  kind: "APIGroupDiscoveryList",
  apiVersion: `apidiscovery.k8s.io/${version}`,
  metadata: {},
  items: groups.map(groupOf),
});

/** The media type of a version of the document. */
export const aggregatedType = (version: AggregatedForm): string =>
  `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;

/** The version that an Accept header asks for; undefined: none, or plain discovery first. */
export const aggregatedWanted = (accept = ""): AggregatedForm | undefined => {
  for (const clause of accept.split(",")) {
    const parts = new Set(clause.split(";").map((part) => part.trim()));
    const isJson = parts.has("application/json");
    if (isJson && parts.size === 1) return undefined;
    if (!isJson || !parts.has("g=apidiscovery.k8s.io") || !parts.has("as=APIGroupDiscoveryList")) continue;
    const version = FORMS.find((known) => parts.has(`v=${known}`));
    if (version !== undefined) return version;
  }
  return undefined;
};
