// All of discovery in one document for each of /api and /apis. upstream: KEP-3352, apidiscovery.k8s.io
import type { Kind } from "#api/kind.ts";
import type { AggregatedForm } from "./aggregated-type.ts";
import type { ServedGroup, ServedVersion } from "./groups.ts";
import type { Remotes } from "./remotes.ts";
import { subresourcesOf } from "./resources.ts";

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
