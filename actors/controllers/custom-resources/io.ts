// Reads and writes of the controller that accepts, establishes and ends CustomResourceDefinitions.
import { CLEANUP, customResourceDefinitions } from "#api/apiextensions/v1/custom-resource-definition.ts";
import { objectKey } from "#api/meta/object.ts";
import { isReason } from "#api/meta/status.ts";
import type { Resource } from "#api/meta/resource.ts";
import type { Client } from "#lib/client.ts";
import { changesOf, defineController } from "#lib/controller.ts";
import { decide, type Action, type Observed } from "./decide.ts";
import { definedResource } from "./resource.ts";

const absent = (error: unknown): undefined => {
  if (isReason(error, "NotFound") || isReason(error, "MethodNotAllowed")) return undefined;
  throw error;
};

const remainingOf = async (client: Client, resource: Resource | undefined, signal: AbortSignal): Promise<number> => {
  if (resource === undefined) return 0;
  const list = await client.list(resource, { limit: 1 }, signal).catch(absent);
  return list?.items.length ?? 0;
};

const empty = async (client: Client, resource: Resource | undefined, signal: AbortSignal): Promise<void> => {
  if (resource === undefined) return;
  const { items } = (await client.list(resource, {}, signal).catch(absent)) ?? { items: [] };
  const namespaces = new Set(items.map(({ metadata }) => metadata.namespace));
  await Promise.all(Array.from(namespaces, (namespace) => client.deleteCollection(resource, { namespace }, {}, signal).catch(absent)));
};

/** Accepts names, establishes, and cleans up. */
export const customResourceController = defineController<Observed, Action>("customresourcedefinition-controller", ({ informers }) => {
  const all = informers.of(customResourceDefinitions, { indexers: { group: ({ spec }) => [spec.group] } });
  // What one definition lets go of, another of its group may get.
  const inGroup = ({ spec }: { readonly spec: { readonly group: string } }): readonly string[] =>
    all.byIndex("group", spec.group).map(objectKey);
  return {
    watches: [changesOf(all, (definition) => [objectKey(definition), ...inGroup(definition)])],
    observe: async (key, { client, signal }) => {
      const definition = all.get(key);
      if (definition === undefined) return undefined;
      const others = all.byIndex("group", definition.spec.group).filter((other) => objectKey(other) !== key);
      const isEnding = definition.metadata.deletionTimestamp !== undefined;
      return { definition, others, remaining: isEnding ? await remainingOf(client, definedResource(definition), signal) : 0 };
    },
    decide,
    act: async (action, { client, signal }) => {
      const { definition } = action;
      if (action.do === "empty") return empty(client, definedResource(definition), signal);
      if (action.do === "report") return client.update(customResourceDefinitions, definition, { subresource: "status" }, signal);
      const finalizers = (definition.metadata.finalizers ?? []).filter((name) => name !== CLEANUP);
      return client.update(customResourceDefinitions, { ...definition, metadata: { ...definition.metadata, finalizers } }, {}, signal);
    },
  };
});
