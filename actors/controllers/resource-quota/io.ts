// Reads and writes of the quota controller. Admission charges quotas; this gives back what is gone. Objects are counted as the
// API server has them, since informers may be behind what was charged.
import { resourceQuotas } from "#api/core/v1/resource-quota.ts";
import type { Stored } from "#api/meta/object.ts";
import type { Resource } from "#api/meta/resource.ts";
import { kinds } from "#api/resources.ts";
import { deepEqual } from "#api/meta/equal.ts";
import { ignoreNotFound } from "#api/meta/status.ts";
import { evaluatorOf } from "#api/quota/evaluator.ts";
import { changesOf, defineController, ownKey, type ControllerDefinition, type KeySource } from "#lib/controller.ts";
import type { Change, Informer } from "#lib/informer.ts";
import { gathered } from "../pods/gathered.ts";
import { CustomKinds } from "./custom.ts";
import { countedBy, decide, type Action, type Observed } from "./decide.ts";

/** Everything of a namespace that can be deleted, and so gives something back. Events and leases are not limited. */
const limited: readonly Resource[] = kinds.filter(
  ({ namespaced, verbs, bucket, storedAs }) => namespaced && verbs.includes("delete") && bucket === "objects" && storedAs === undefined,
);

/** How long new objects gather. What they cost was charged before; a count made between that and their storing lacks them. */
const ADDED_MS = 1_000;

/** True when a change may have made the object cheaper: what makes it dearer was charged. */
const givesBack = ({ type, object, old }: Change<Stored>, resource: Resource, nowMs: number): boolean => {
  if (old === undefined) return type === "deleted";
  const { usage } = evaluatorOf(resource);
  return !deepEqual(usage(object, nowMs), usage(old, nowMs));
};

/** Keeps status.hard and status.used of every quota true. */
export const resourceQuotaController: ControllerDefinition = defineController<Observed, Exclude<Action, { readonly do: "requeue" }>>(
  "resourcequota-controller",
  ({ informers, clock }) => {
    const quotas = informers.of(resourceQuotas, { indexers: { namespace: ({ metadata }) => [metadata.namespace ?? ""] } });
    const quotasOf = ({ metadata }: Stored): readonly string[] => quotas.byIndex("namespace", metadata.namespace ?? "").flatMap(ownKey);
    const custom = new CustomKinds(informers);
    const changed = (resource: Resource): readonly KeySource[] => {
      const informer = informers.of(resource) as Informer<Stored>;
      return [
        gathered(
          changesOf(informer, quotasOf, (change) => quotasOf(change.object).length > 0 && givesBack(change, resource, clock.now())),
          clock,
        ),
        gathered(
          changesOf(informer, quotasOf, ({ type }) => type === "added"),
          clock,
          ADDED_MS,
        ),
      ];
    };
    return {
      watches: [
        changesOf(quotas, ownKey, ({ object, old }) => old === undefined || !deepEqual(object.spec, old.spec)),
        ...limited.flatMap(changed),
        custom.changes(changed, () => quotas.list().flatMap(ownKey)),
      ],
      observe: async (key, { client, signal }) => {
        const informed = quotas.get(key);
        if (informed === undefined) return undefined;
        const { namespace = "" } = informed.metadata;
        const resources = countedBy(informed, [...limited, ...custom.list()]);
        // the quota first: what is charged while the objects are read makes the write of its status fail, and it is done again
        const named = { namespace, fieldSelector: `metadata.name=${informed.metadata.name}` };
        const [quota] = (await client.list(resourceQuotas, named, signal)).items;
        if (quota === undefined) return undefined;
        const lists = await Promise.all(resources.map((resource) => client.list(resource, { namespace }, signal)));
        return { quota, counted: resources.map((resource, at) => ({ resource, objects: lists[at]?.items ?? [] })) };
      },
      decide,
      act: async ({ quota, status }, { client, signal }) => {
        await client.update(resourceQuotas, { ...quota, status }, { subresource: "status" }, signal).catch(ignoreNotFound);
      },
      workers: 5,
    };
  },
);
