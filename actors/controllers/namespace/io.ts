// Reads and writes of the controller that ends namespaces.
import { namespaces } from "#api/core/v1/namespace.ts";
import { pods } from "#api/core/v1/pod.ts";
import { customResourceDefinitions } from "#api/apiextensions/v1/custom-resource-definition.ts";
import { kinds } from "#api/resources.ts";
import { groupResource, type Resource } from "#api/meta/resource.ts";
import type { Client } from "#lib/client.ts";
import { changesOf, defineController, ownKey } from "#lib/controller.ts";
import { definedResource } from "../custom-resources/resource.ts";
import type { Left } from "./conditions.ts";
import { decide, FINALIZER, type Action, type Observed } from "./decide.ts";

const builtIn: readonly Resource[] = kinds.filter(
  ({ namespaced, verbs, bucket, storedAs }) =>
    namespaced && verbs.includes("deletecollection") && bucket !== "none" && storedAs === undefined,
);

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
