// Reads and writes of the garbage collector, over the graph of owners.
import type { Stored } from "#api/meta/object.ts";
import type { Resource } from "#api/meta/resource.ts";
import { ignoreNotFound } from "#api/meta/status.ts";
import { defineController, type Reach } from "#lib/controller.ts";
import { decide, type Action, type Observed } from "./decide.ts";
import { Graph } from "./graph.ts";

/** The object as it was judged: one that has moved on may have found an owner, and is judged again. upstream: deleteObject */
const judged = ({ uid, resourceVersion }: Stored["metadata"]) => ({ uid, resourceVersion });

const act = async (resource: Resource, action: Action, { client, signal }: Reach): Promise<void> => {
  const { metadata } = action.object;
  const patch = (body: object): Promise<unknown> =>
    client
      .patch(
        resource,
        metadata,
        {
          type: "application/merge-patch+json",
          body: { metadata: { uid: metadata.uid, resourceVersion: metadata.resourceVersion, ...body } },
        },
        signal,
      )
      .catch(ignoreNotFound);
  if (action.do === "delete")
    await client
      .delete(resource, metadata, { propagationPolicy: action.policy, preconditions: judged(metadata) }, signal)
      .catch(ignoreNotFound);
  else if (action.do === "disown")
    await patch({ ownerReferences: (metadata.ownerReferences ?? []).filter(({ uid }) => !action.owners.includes(uid)) });
  else if (action.do === "unblock")
    await patch({ ownerReferences: (metadata.ownerReferences ?? []).map((owner) => ({ ...owner, blockOwnerDeletion: false })) });
  else await patch({ finalizers: (metadata.finalizers ?? []).filter((name) => name !== action.finalizer) });
};

type Located = Action & { readonly resource: Resource };

/** Collects what its owners have left behind. */
export const garbageCollector = defineController<Observed, Located>("generic-garbage-collector", (ports) => {
  const graph = new Graph(ports);
  const resourceOf = (object: Stored): Resource => {
    const found = graph.resourceOf(object);
    if (found === undefined) throw new Error(`${object.apiVersion} ${object.kind} is not served`);
    return found;
  };
  return {
    watches: [graph.changes],
    observe: async (key, reach) => {
      const object = graph.find(key);
      if (object === undefined) return undefined;
      const owners = await Promise.all(
        (object.metadata.ownerReferences ?? []).map(async (reference) => ({
          reference,
          state: await graph.stateOf(reference, object, reach),
        })),
      );
      const dependents = graph.dependents(object.metadata.uid).map(({ object: dependent }) => ({
        object: dependent,
        blocking:
          dependent.metadata.ownerReferences?.some(
            ({ uid, blockOwnerDeletion }) => uid === object.metadata.uid && blockOwnerDeletion === true,
          ) === true,
      }));
      return { object, owners, dependents };
    },
    decide: (observed) => decide(observed).map((action) => ({ ...action, resource: resourceOf(action.object) })),
    act: ({ resource, ...action }, reach) => act(resource, action, reach),
    workers: 20,
    actsAtOnce: 20,
  };
});
