// What is served, as lists of resources: one document for each group and version. upstream: metav1.APIResourceList
import { createHash } from "node:crypto";
import type { V1APIGroup, V1APIGroupList, V1APIResource, V1APIResourceList, V1APIVersions } from "#api/generated/types.ts";
import type { Kind, Subresource } from "#api/kind.ts";
import { apiVersionOf } from "#api/meta/resource.ts";
import type { ServedGroup, ServedVersion } from "./groups.ts";

const STATUS_VERBS: Subresource["verbs"] = ["get", "patch", "update"];

/** A subresource with its name; `status` among them. */
export type NamedSubresource = Subresource & { readonly name: string };

/** A kind's subresources, by name. */
export const subresourcesOf = (kind: Kind): readonly NamedSubresource[] => {
  const { group, version } = kind;
  const found: NamedSubresource[] = kind.status ? [{ name: "status", verbs: STATUS_VERBS, group, version, kind: kind.kind }] : [];
  for (const [name, subresource] of Object.entries(kind.subresources)) found.push({ ...subresource, name });
  return found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
};

/** upstream: apiserver/pkg/endpoints/discovery StorageVersionHash */
const storageVersionHash = ({ group, version, kind }: Kind): string =>
  createHash("sha256").update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString("base64");

const resourceOf = (kind: Kind): V1APIResource => ({
  name: kind.resource,
  singularName: kind.singular,
  namespaced: kind.namespaced,
  kind: kind.kind,
  verbs: kind.verbs.toSorted(),
  ...(kind.shortNames.length === 0 ? {} : { shortNames: kind.shortNames }),
  ...(kind.categories.length === 0 ? {} : { categories: kind.categories }),
  ...(kind.bucket === "none" ? {} : { storageVersionHash: storageVersionHash(kind) }),
});

const subresourceOf = (parent: Kind, { name, group, version, kind, verbs }: NamedSubresource): V1APIResource => ({
  name: `${parent.resource}/${name}`,
  singularName: "",
  namespaced: parent.namespaced,
  ...(group === parent.group && version === parent.version ? {} : { group, version }),
  kind,
  verbs: verbs.toSorted(),
});

/** The resources of one group and version, ordered by name. */
export const resourceList = (kinds: readonly Kind[]): V1APIResourceList => ({
  kind: "APIResourceList",
  ...(kinds[0]?.group === "" ? {} : { apiVersion: "v1" }),
  groupVersion: kinds[0] === undefined ? "" : apiVersionOf(kinds[0]),
  resources: kinds
    .flatMap((kind) => [resourceOf(kind), ...subresourcesOf(kind).map((subresource) => subresourceOf(kind, subresource))])
    .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
});

const groupVersion = ({ group, version }: ServedVersion) => ({ groupVersion: apiVersionOf({ group, version }), version });

/** One group. */
export const apiGroup = ({ name, versions: served }: ServedGroup): V1APIGroup => {
  const versions = served.map(groupVersion);
  const [preferredVersion] = versions;
  return { name, versions, ...(preferredVersion === undefined ? {} : { preferredVersion }) };
};

/** All groups. */
export const apiGroupList = (groups: readonly ServedGroup[]): V1APIGroupList => ({
  kind: "APIGroupList",
  apiVersion: "v1",
  groups: groups.map(apiGroup),
});

/** The versions of the core group. `address` is the API server's, host and port. */
export const apiVersions = ({ versions }: ServedGroup, address: string): V1APIVersions => ({
  kind: "APIVersions",
  versions: versions.map(({ version }) => version),
  serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: address }],
});
