// Reads and writes of the garbage collector: one informer for each kind that can be deleted, and the graph of owners that
// their indexes make.
import { kindByGvk, kinds } from "#api/resources.ts";
import { objectKey, refOfKey, type KubeObject, type OwnerReference, type Stored } from "#api/meta/object.ts";
import { groupResource, type Resource } from "#api/meta/resource.ts";
import { ignoreNotFound, isReason } from "#api/meta/status.ts";
import { changesOf, defineController, type ControllerPorts, type KeySource, type Reach } from "#lib/controller.ts";
import type { Informer } from "#lib/informer.ts";
import { decide, FOREGROUND, type Action, type Observed, type OwnerState } from "./decide.ts";

const collected: readonly Resource[] = kinds.filter(({ verbs, bucket }) => verbs.includes("delete") && bucket === "objects");

const ownersOf = ({ metadata }: Stored): readonly string[] => (metadata.ownerReferences ?? []).map(({ uid }) => uid);

class Graph {
  readonly #informers: ReadonlyMap<string, Informer<KubeObject>>;
  readonly #absent = new Set<string>();

  constructor({ informers }: ControllerPorts) {
    this.#informers = new Map(
      collected.map((resource) => [groupResource(resource), informers.of(resource, { indexers: { owner: ownersOf } })]),
    );
  }

  get all(): readonly (readonly [string, Informer<KubeObject>])[] {
    return [...this.#informers];
  }

  /** Splits `pods|default/web-1`. */
  find(key: string): { readonly informer: Informer<KubeObject>; readonly object: Stored } | undefined {
    const cut = key.indexOf("|");
    const informer = this.#informers.get(key.slice(0, cut));
    const object = informer?.get(key.slice(cut + 1));
    return informer === undefined || object === undefined ? undefined : { informer, object };
  }

  dependents(uid: string): readonly { readonly key: string; readonly object: Stored }[] {
    return this.all.flatMap(([name, informer]) =>
      informer.byIndex("owner", uid).map((object) => ({ key: `${name}|${objectKey(object)}`, object })),
    );
  }

  keysOfOwners(object: Stored): readonly string[] {
    return (object.metadata.ownerReferences ?? []).flatMap((reference) => {
      const kind = kindOf(reference);
      return kind === undefined ? [] : [`${groupResource(kind)}|${keyOfOwner(kind, reference, object)}`];
    });
  }

  /** What is known of an owner. Throws: ApiError. */
  async stateOf(reference: OwnerReference, object: Stored, reach: Reach): Promise<OwnerState> {
    const kind = kindOf(reference);
    if (kind === undefined) return "live"; // an owner of a kind that is not served cannot be judged
    const owner = await this.#owner(kind, keyOfOwner(kind, reference, object), reference.uid, reach);
    if (owner === undefined) return "absent";
    return isWaiting(owner) ? "waiting" : "live";
  }

  /** The owner with this UID; what no informer shows is asked of the server, once. */
  async #owner(kind: Resource, key: string, uid: string, reach: Reach): Promise<Stored | undefined> {
    const shown = this.#informers.get(groupResource(kind))?.get(key);
    if (shown?.metadata.uid === uid) return shown;
    const asked = this.#absent.has(uid) ? undefined : await ask(kind, key, reach);
    if (asked?.metadata.uid === uid) return asked;
    this.#absent.add(uid);
    return undefined;
  }
}

const isWaiting = ({ metadata }: Stored): boolean =>
  metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes(FOREGROUND) === true;

const kindOf = ({ apiVersion, kind }: OwnerReference): Resource | undefined => {
  const [group, version] = apiVersion.includes("/") ? apiVersion.split("/", 2) : ["", apiVersion];
  return kindByGvk(group ?? "", version ?? "", kind);
};

const keyOfOwner = (kind: Resource, reference: OwnerReference, object: Stored): string =>
  objectKey({ metadata: { name: reference.name, ...(kind.namespaced ? { namespace: object.metadata.namespace } : {}) } });

const ask = async (kind: Resource, key: string, { client, signal }: Reach): Promise<Stored | undefined> =>
  client.get(kind, refOfKey(key), signal).catch((error: unknown) => {
    if (isReason(error, "NotFound")) return undefined;
    throw error;
  });

const isFate = ({ type, object, old }: { readonly type: string; readonly object: Stored; readonly old?: Stored | undefined }): boolean =>
  type !== "updated" ||
  object.metadata.deletionTimestamp !== old?.metadata.deletionTimestamp ||
  JSON.stringify([object.metadata.ownerReferences, object.metadata.finalizers]) !==
    JSON.stringify([old?.metadata.ownerReferences, old?.metadata.finalizers]);

const sources = (graph: Graph): readonly KeySource[] =>
  graph.all.flatMap(([name, informer]) => [
    changesOf(
      informer,
      (object) => [`${name}|${objectKey(object)}`],
      (change) =>
        isFate(change) && (change.object.metadata.ownerReferences !== undefined || change.object.metadata.deletionTimestamp !== undefined),
    ),
    changesOf(
      informer,
      (object) => [...graph.dependents(object.metadata.uid).map(({ key }) => key), ...graph.keysOfOwners(object)],
      (change) => change.type !== "added" && isFate(change),
    ),
  ]);

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
  else await patch({ finalizers: (metadata.finalizers ?? []).filter((name) => name !== action.finalizer) });
};

type Located = Action & { readonly resource: Resource };

/** Collects what its owners have left behind. */
export const garbageCollector = defineController<Observed, Located>("generic-garbage-collector", (ports) => {
  const graph = new Graph(ports);
  const resourceOf = ({ apiVersion, kind }: Stored): Resource => {
    const found = kindOf({ apiVersion, kind, name: "", uid: "" });
    if (found === undefined) throw new Error(`${apiVersion} ${kind} is not served`);
    return found;
  };
  return {
    watches: sources(graph),
    observe: async (key, reach) => {
      const found = graph.find(key);
      if (found === undefined) return undefined;
      const { object } = found;
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
