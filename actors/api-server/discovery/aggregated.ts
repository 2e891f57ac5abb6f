// All of discovery in one document for each of /api and /apis. upstream: KEP-3352, apidiscovery.k8s.io
import type { Kind } from "#api/kind.ts";
import type { ServedGroup, ServedVersion } from "./groups.ts";
import type { Remotes } from "./remotes.ts";
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

const localVersion = ({ version, kinds }: ServedVersion) => ({
  version,
  // By name: kubectl lists what a category holds in this order.
  resources: kinds.map(resourceOf).toSorted((a, b) => (a.resource < b.resource ? -1 : 1)),
  freshness: "Current",
});

/** A version of another server is there once that has been asked. */
const versionOf = (version: ServedVersion, remotes: Remotes) =>
  version.remote === undefined ? localVersion(version) : remotes.documents(version.remote.name)?.discovery.value;

const groupOf = ({ name, versions }: ServedGroup, remotes: Remotes) => ({
  metadata: { ...(name === "" ? {} : { name }), creationTimestamp: null },
  versions: versions.map((version) => versionOf(version, remotes)).filter((version) => version !== undefined),
});

/** The document of these groups: of the core group at /api, of the others at /apis. */
export const aggregated = (groups: readonly ServedGroup[], form: AggregatedForm, remotes: Remotes) => ({
  kind: "APIGroupDiscoveryList",
  apiVersion: `apidiscovery.k8s.io/${form}`,
  metadata: {},
  items: groups.map((group) => groupOf(group, remotes)).filter(({ versions }) => versions.length > 0),
});

/** The media type of a version of the document. */
export const aggregatedType = (version: AggregatedForm): string =>
  `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;

/** The version that a media type says, with its parameters as a set. */
const formOf = (parts: ReadonlySet<string>): AggregatedForm | undefined =>
  parts.has("application/json") && parts.has("g=apidiscovery.k8s.io") && parts.has("as=APIGroupDiscoveryList")
    ? FORMS.find((form) => parts.has(`v=${form}`))
    : undefined;

const partsOf = (mediaType: string): ReadonlySet<string> => new Set(mediaType.split(";").map((part) => part.trim()));

/** Whether a media type is one of the document's. */
export const isAggregatedType = (mediaType: string): boolean => formOf(partsOf(mediaType)) !== undefined;

/** The version that an Accept header asks for; undefined: none, or plain discovery first. */
export const aggregatedWanted = (accept = ""): AggregatedForm | undefined => {
  for (const clause of accept.split(",")) {
    const parts = partsOf(clause);
    if (parts.has("application/json") && parts.size === 1) return undefined;
    const form = formOf(parts);
    if (form !== undefined) return form;
  }
  return undefined;
};
