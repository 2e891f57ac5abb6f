// The graph of owners and dependents: one informer for each kind that can be deleted, kinds of the cluster's own among them,
// and the indexes of their owner references. Keys are `pods|default/web-1`.
import { customResourceDefinitions, type CustomResourceDefinition } from "#api/apiextensions/v1/custom-resource-definition.ts";
import { objectKey, refOfKey, type KubeObject, type OwnerReference, type Stored } from "#api/meta/object.ts";
import { apiVersionOf, groupResource, type Resource } from "#api/meta/resource.ts";
import { kinds } from "#api/resources.ts";
import { isReason } from "#api/meta/status.ts";
import { changesOf, type ControllerPorts, type KeySource, type Reach } from "#lib/controller.ts";
import type { Change, Informer } from "#lib/informer.ts";
import { definedResource } from "../custom-resources/resource.ts";
import { FOREGROUND, type OwnerState } from "./decide.ts";

const collected: readonly Resource[] = kinds.filter(
  ({ verbs, bucket, storedAs }) => verbs.includes("delete") && bucket === "objects" && storedAs === undefined,
);

const ownersOf = ({ metadata }: Stored): readonly string[] => (metadata.ownerReferences ?? []).map(({ uid }) => uid);

const typeOf = ({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): string => `${apiVersion} ${kind}`;

/** Every version of a kind of the cluster's own may be named by an owner reference, whichever it is read in. */
const typesOf = ({ spec: { group, versions } }: CustomResourceDefinition, { kind }: Resource): readonly string[] =>
  versions.map(({ name }) => typeOf({ apiVersion: apiVersionOf({ group, version: name }), kind }));

/** Owners that are remembered to be gone. */
const MOST_GONE = 10_000;

const remember = (gone: Set<string>, owner: string): void => {
  gone.add(owner);
  const [oldest] = gone;
  if (gone.size > MOST_GONE && oldest !== undefined) gone.delete(oldest);
};

/** Objects by their owners. */
export class Graph {
  readonly #ports: ControllerPorts;
  readonly #informers = new Map<string, Informer<KubeObject>>();
  readonly #types = new Map<string, Resource>();
  /** UIDs of owners that are known to be gone: what they owned is left behind, also when their kind is gone too. */
  readonly #deleted = new Set<string>();
  /** Owners that the server did not find at the place where a reference says that they are. */
  readonly #absent = new Set<string>();

  constructor(ports: ControllerPorts) {
    this.#ports = ports;
    for (const resource of collected) this.#add(resource);
    for (const kind of kinds) this.#types.set(typeOf({ apiVersion: apiVersionOf(kind), kind: kind.kind }), kind);
  }

  /** Keys whose fate may have changed, of every kind that is there or comes. */
  readonly changes: KeySource = (enqueue) => {
    const ends = new Map<string, readonly (() => void)[]>();
    const follow = (name: string, informer: Informer<KubeObject>): void => {
      const forget = informer.onChange(({ type, object }) => type === "deleted" && this.#lose(object));
      ends.set(name, [forget, ...this.#sources(name, informer).map((subscribe) => subscribe(enqueue))]);
    };
    const leave = (name: string, { resource }: Informer<KubeObject>): void => {
      for (const end of ends.get(name) ?? []) end();
      this.#remove(resource);
    };
    for (const [name, informer] of this.#informers) follow(name, informer);
    const define = (definition: Stored<CustomResourceDefinition>, resource: Resource): void => {
      const { name } = definition.metadata;
      if (!this.#informers.has(name)) follow(name, this.#add(resource));
      for (const type of typesOf(definition, resource)) this.#types.set(type, resource);
    };
    const stop = this.#ports.informers.of(customResourceDefinitions).onChange(({ type, object }) => {
      const known = this.#informers.get(object.metadata.name);
      const resource = type === "deleted" ? undefined : definedResource(object);
      if (type === "deleted") for (const owner of known?.list() ?? []) this.#lose(owner).forEach(enqueue);
      if (known !== undefined && known.resource.version !== resource?.version) leave(object.metadata.name, known);
      if (resource !== undefined) define(object, resource);
    });
    return () => {
      stop();
      for (const end of [...ends.values()].flat()) end();
    };
  };

  /** The object of a key. */
  find(key: string): Stored | undefined {
    const cut = key.indexOf("|");
    return this.#informers.get(key.slice(0, cut))?.get(key.slice(cut + 1));
  }

  dependents(uid: string): readonly { readonly key: string; readonly object: Stored }[] {
    return [...this.#informers].flatMap(([name, informer]) =>
      informer.byIndex("owner", uid).map((object) => ({ key: `${name}|${objectKey(object)}`, object })),
    );
  }

  /** The resource of an object, by what it says that it is. */
  resourceOf(type: { readonly apiVersion: string; readonly kind: string }): Resource | undefined {
    return this.#types.get(typeOf(type));
  }

  /** What is known of an owner. Throws: ApiError. */
  async stateOf(reference: OwnerReference, object: Stored, reach: Reach): Promise<OwnerState> {
    if (this.#deleted.has(reference.uid)) return "absent";
    const kind = this.resourceOf(reference);
    if (kind === undefined) return "live"; // an owner of a kind that is not served cannot be judged
    const owner = await this.#owner(kind, keyOfOwner(kind, reference, object), reference.uid, reach);
    if (owner === undefined) return "absent";
    return isWaiting(owner) ? "waiting" : "live";
  }

  #add(resource: Resource): Informer<KubeObject> {
    const informer = this.#ports.informers.of(resource, { indexers: { owner: ownersOf } });
    this.#informers.set(groupResource(resource), informer);
    return informer;
  }

  #remove(resource: Resource): void {
    this.#informers.delete(groupResource(resource));
    this.#ports.informers.drop(resource);
    for (const [type, known] of this.#types) if (groupResource(known) === groupResource(resource)) this.#types.delete(type);
  }

  /** The keys of what the object owned. */
  #lose({ metadata: { uid } }: Stored): readonly string[] {
    const keys = this.dependents(uid).map(({ key }) => key);
    if (keys.length > 0) remember(this.#deleted, uid);
    return keys;
  }

  #sources(name: string, informer: Informer<KubeObject>): readonly KeySource[] {
    return [
      changesOf(
        informer,
        (object) => [`${name}|${objectKey(object)}`],
        (change) => isFate(change) && (change.object.metadata.ownerReferences !== undefined || isDying(change.object)),
      ),
      changesOf(
        informer,
        (object) => [...this.dependents(object.metadata.uid).map(({ key }) => key), ...this.#keysOfOwners(object)],
        (change) => change.type !== "added" && isFate(change),
      ),
    ];
  }

  #keysOfOwners(object: Stored): readonly string[] {
    return (object.metadata.ownerReferences ?? []).flatMap((reference) => {
      const kind = this.resourceOf(reference);
      return kind === undefined ? [] : [`${groupResource(kind)}|${keyOfOwner(kind, reference, object)}`];
    });
  }

  /** The owner with this UID; what no informer shows is asked of the server, once. */
  async #owner(kind: Resource, key: string, uid: string, reach: Reach): Promise<Stored | undefined> {
    const shown = this.#informers.get(groupResource(kind))?.get(key);
    if (shown?.metadata.uid === uid) return shown;
    const place = `${groupResource(kind)}|${key}|${uid}`;
    const asked = this.#absent.has(place) ? undefined : await ask(kind, key, reach);
    if (asked?.metadata.uid === uid) return asked;
    remember(this.#absent, place);
    return undefined;
  }
}

const isDying = ({ metadata }: Stored): boolean => metadata.deletionTimestamp !== undefined;

const isWaiting = (owner: Stored): boolean => isDying(owner) && owner.metadata.finalizers?.includes(FOREGROUND) === true;

const keyOfOwner = (kind: Resource, reference: OwnerReference, object: Stored): string =>
  objectKey({ metadata: { name: reference.name, ...(kind.namespaced ? { namespace: object.metadata.namespace } : {}) } });

/** Undefined: there is no such object. Throws: ApiError, also while the kind is not served: that says nothing of the object. */
const ask = async (kind: Resource, key: string, { client, signal }: Reach): Promise<Stored | undefined> =>
  client.get(kind, refOfKey(key), signal).catch((error: unknown) => {
    if (isReason(error, "NotFound") && error.status.details?.name !== undefined) return undefined;
    throw error;
  });

/** Whether a change may decide over life and death. */
const isFate = ({ type, object, old }: Change<KubeObject>): boolean =>
  type !== "updated" ||
  object.metadata.deletionTimestamp !== old?.metadata.deletionTimestamp ||
  JSON.stringify([object.metadata.ownerReferences, object.metadata.finalizers]) !==
    JSON.stringify([old?.metadata.ownerReferences, old?.metadata.finalizers]);
