// Empties a namespace that is being deleted, pods first, and lets it go when nothing is left in it.
// upstream: pkg/controller/namespace/deletion/namespaced_resources_deleter.go; KEP-5080 (ordered deletion)
import type { V1NamespaceCondition } from "#api/generated/types.ts";
import { namespaces, type Namespace } from "#api/core/v1/namespace.ts";
import { pods } from "#api/core/v1/pod.ts";
import { customResourceDefinitions } from "#api/apiextensions/v1/custom-resource-definition.ts";
import { kinds } from "#api/resources.ts";
import type { Stored } from "#api/meta/object.ts";
import { groupResource, type Resource } from "#api/meta/resource.ts";
import { toTime } from "#lib/clock.ts";
import type { Client } from "#lib/client.ts";
import { changesOf, defineController, ownKey, type Requeue } from "#lib/controller.ts";
import { definedResource } from "../custom-resources/resource.ts";

const FINALIZER = "kubernetes";
const AGAIN_MS = 500;
const builtIn: readonly Resource[] = kinds.filter(
  ({ namespaced, verbs, bucket, storedAs }) =>
    namespaced && verbs.includes("deletecollection") && bucket !== "none" && storedAs === undefined,
);

/** What is left in the namespace, by resource. `finalizers` counts objects by the finalizer that holds them. */
export type Left = { readonly resource: string; readonly count: number; readonly finalizers: readonly string[] };
export type Observed = { readonly namespace: Stored<Namespace>; readonly left: readonly Left[] };
export type Action =
  | { readonly do: "empty"; readonly namespace: string; readonly resources: readonly string[] }
  | { readonly do: "report"; readonly namespace: Stored<Namespace>; readonly conditions: readonly V1NamespaceCondition[] }
  | { readonly do: "finalize"; readonly namespace: Stored<Namespace> };

const condition = (
  type: string,
  holds: boolean,
  [bad, good]: readonly [readonly [string, string], readonly [string, string]],
): Omit<V1NamespaceCondition, "lastTransitionTime"> => ({
  type,
  status: holds ? "True" : "False",
  reason: holds ? bad[0] : good[0],
  message: holds ? bad[1] : good[1],
});

const conditionsOf = (left: readonly Left[]): readonly Omit<V1NamespaceCondition, "lastTransitionTime">[] => {
  const remaining = left.map(({ resource, count }) => `${resource} has ${count} resource instances`).join(", ");
  const held = [...new Set(left.flatMap(({ finalizers }) => finalizers))].toSorted();
  const counts = held
    .map((name) => `${name} in ${left.flatMap(({ finalizers }) => finalizers).filter((found) => found === name).length} resource instances`)
    .join(", ");
  return [
    condition("NamespaceContentRemaining", left.length > 0, [
      ["SomeResourcesRemain", `Some resources are remaining: ${remaining}`],
      ["ContentRemoved", "All content successfully removed"],
    ]),
    condition("NamespaceFinalizersRemaining", held.length > 0, [
      ["SomeFinalizersRemain", `Some content in the namespace has finalizers remaining: ${counts}`],
      ["ContentHasNoFinalizers", "All content-preserving finalizers finished"],
    ]),
  ];
};

/** Pods go first: what they use must outlive them. */
export const decide = ({ namespace, left }: Observed, nowMs: number): readonly (Action | Requeue)[] => {
  if (namespace.metadata.deletionTimestamp === undefined) return [];
  if (left.length === 0) return namespace.spec?.finalizers?.includes(FINALIZER) === true ? [{ do: "finalize", namespace }] : [];
  const before = namespace.status?.conditions ?? [];
  const conditions = conditionsOf(left).map((word) => {
    const old = before.find(({ type }) => type === word.type);
    return { ...word, lastTransitionTime: old?.status === word.status ? old.lastTransitionTime : toTime(nowMs) };
  });
  const told = conditions.every((word) =>
    before.some(({ type, status, message }) => type === word.type && status === word.status && message === word.message),
  );
  const names = left.map(({ resource }) => resource);
  const resources = names.includes("pods") ? ["pods"] : names;
  return [
    { do: "empty", namespace: namespace.metadata.name, resources },
    ...(told ? [] : [{ do: "report", namespace, conditions } as const]),
    { do: "requeue", afterMs: AGAIN_MS },
  ];
};

type Contents = { readonly namespace: string; readonly contents: readonly Resource[] };

const leftIn = async (client: Client, { namespace, contents }: Contents, signal: AbortSignal): Promise<readonly Left[]> => {
  const found = await Promise.all(
    contents.map(async (resource) => {
      const { items } = await client.list(resource, { namespace }, signal);
      return {
        resource: groupResource(resource),
        count: items.length,
        finalizers: items.flatMap(({ metadata }) => metadata.finalizers ?? []),
      };
    }),
  );
  return found.filter(({ count }) => count > 0);
};

/** Ends namespaces. */
export const namespaceController = defineController<Observed, Action>("namespace-controller", ({ informers }) => {
  const all = informers.of(namespaces);
  const allPods = informers.of(pods);
  const definitions = informers.of(customResourceDefinitions);
  const contentsNow = (): readonly Resource[] => [
    ...builtIn,
    ...definitions
      .list()
      .flatMap((definition) => definedResource(definition) ?? [])
      .filter(({ namespaced }) => namespaced),
  ];
  return {
    watches: [
      changesOf(all, ownKey, ({ object }) => object.metadata.deletionTimestamp !== undefined),
      changesOf(
        allPods,
        ({ metadata }) => [metadata.namespace ?? ""],
        ({ type, object }) => type === "deleted" && all.get(object.metadata.namespace ?? "")?.metadata.deletionTimestamp !== undefined,
      ),
    ],
    observe: async (key, { client, signal }) => {
      const namespace = all.get(key);
      if (namespace?.metadata.deletionTimestamp === undefined) return undefined;
      return { namespace, left: await leftIn(client, { namespace: key, contents: contentsNow() }, signal) };
    },
    decide,
    act: async (action, { client, signal }) => {
      if (action.do === "finalize") {
        const { namespace } = action;
        const finalizers = (namespace.spec?.finalizers ?? []).filter((name) => name !== FINALIZER);
        await client.update(namespaces, { ...namespace, spec: { ...namespace.spec, finalizers } }, { subresource: "finalize" }, signal);
      } else if (action.do === "report") {
        const { namespace, conditions } = action;
        await client.update(namespaces, { ...namespace, status: { ...namespace.status, conditions } }, { subresource: "status" }, signal);
      } else {
        const chosen = contentsNow().filter((resource) => action.resources.includes(groupResource(resource)));
        await Promise.all(chosen.map((resource) => client.deleteCollection(resource, { namespace: action.namespace }, {}, signal)));
      }
    },
    workers: 5,
  };
});
