// The groups of /apis with their versions, each the most important one first: those of this server and those of others. Pure.
// upstream: kube-aggregator/pkg/apis/apiregistration/v1/helper/helpers.go SortedByGroupAndVersion
import type { Priority } from "#api/apiregistration/v1/priorities.ts";
import type { Kind } from "#api/kind.ts";
import { compareKubeVersions } from "#api/meta/kube-version.ts";
import type { AggregatedVersion } from "../aggregation/aggregated-servers.ts";
import { initialPriority, type PriorityOf } from "./priorities.ts";

/** A group's version. `remote` is the other server that answers for it; undefined: this one does, with `kinds`. */
export type ServedVersion = {
  readonly group: string;
  readonly version: string;
  readonly kinds: readonly Kind[];
  readonly remote?: AggregatedVersion | undefined;
};

/** A group with its versions, the preferred one first. */
export type ServedGroup = { readonly name: string; readonly versions: readonly ServedVersion[] };

type Ranked = ServedVersion & { readonly priority: Priority };

const keyOf = ({ group, version }: { readonly group: string; readonly version: string }): string => `${group}/${version}`;

const localVersion =
  (priorityOf: PriorityOf) =>
  (kinds: readonly Kind[]): readonly Ranked[] =>
    kinds.slice(0, 1).map(({ group, version }) => ({ group, version, kinds, priority: priorityOf(group, version) }));

const remoteVersion = (remote: AggregatedVersion): Ranked => ({
  group: remote.group,
  version: remote.version,
  kinds: [],
  remote,
  priority: { group: remote.groupPriorityMinimum, version: remote.versionPriority },
});

const byImportance = (a: Ranked, b: Ranked): number => b.priority.version - a.priority.version || compareKubeVersions(a.version, b.version);

/** The groups, the core group apart. A version that another server is registered for is that server's. */
export const servedGroups = (
  kinds: readonly Kind[],
  remotes: readonly AggregatedVersion[],
  priorityOf: PriorityOf = initialPriority,
): readonly ServedGroup[] => {
  const taken = new Set(remotes.map(keyOf));
  const local = kinds.filter((kind) => kind.group !== "" && !taken.has(keyOf(kind)));
  const versions = [...[...Map.groupBy(local, keyOf).values()].flatMap(localVersion(priorityOf)), ...remotes.map(remoteVersion)];
  return Array.from(
    Map.groupBy(versions, ({ group }) => group),
    ([name, own]) => ({
      name,
      versions: own.toSorted(byImportance),
      /** A group is as important as the most important of its versions. */
      priority: Math.max(...own.map(({ priority }) => priority.group)),
    }),
  ).toSorted((a, b) => b.priority - a.priority || (a.name < b.name ? -1 : 1));
};

/** The core group. */
export const coreGroup = (kinds: readonly Kind[]): ServedGroup => ({
  name: "",
  versions: [{ group: "", version: "v1", kinds: kinds.filter(({ group }) => group === "") }],
});
