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

/** Every version of a kind of the cluster's own may be named by an owner reference. */
const versionsOf = ({ spec }: CustomResourceDefinition, resource: Resource): readonly Resource[] =>
  spec.versions.filter(({ served }) => served).map(({ name }) => ({ ...resource, version: name }));

/** Objects by their owners. */
export class Graph {
  readonly #ports: ControllerPorts;
  readonly #informers = new Map<string, Informer<KubeObject>>();
  readonly #types = new Map<string, Resource>();
  readonly #absent = new Set<string>();

  constructor(ports: ControllerPorts) {
    this.#ports = ports;
    for (const resource of collected) this.#add(resource);
    for (const kind of kinds) this.#types.set(typeOf({ apiVersion: apiVersionOf(kind), kind: kind.kind }), kind);
  }

  /** Keys whose fate may have changed, of every kind that is there or comes. */
  readonly changes: KeySource = (enqueue) => {
    const ends = new Map<string, readonly (() => void)[]>();
    const follow = (name: string, informer: Informer<KubeObject>): void =>
      void ends.set(
        name,
        this.#sources(name, informer).map((subscribe) => subscribe(enqueue)),
      );
    for (const [name, informer] of this.#informers) follow(name, informer);
    const define = ({ type, object }: Change<CustomResourceDefinition>): void => {
      const resource = type === "deleted" ? undefined : definedResource(object);
      const name = object.metadata.name;
      const known = this.#informers.get(name);
      if (resource === undefined && known !== undefined) {
        for (const end of ends.get(name) ?? []) end();
        this.#remove(known.resource);
      } else if (resource !== undefined && known === undefined) follow(name, this.#add(resource));
      for (const version of resource === undefined ? [] : versionsOf(object, resource)) {
        this.#types.set(typeOf({ apiVersion: apiVersionOf(version), kind: version.kind }), version);
      }
    };
    const stop = this.#ports.informers.of(customResourceDefinitions).onChange(define);
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
    const asked = this.#absent.has(uid) ? undefined : await ask(kind, key, reach);
    if (asked?.metadata.uid === uid) return asked;
    this.#absent.add(uid);
    return undefined;
  }
}

const isDying = ({ metadata }: Stored): boolean => metadata.deletionTimestamp !== undefined;

const isWaiting = (owner: Stored): boolean => isDying(owner) && owner.metadata.finalizers?.includes(FOREGROUND) === true;

const keyOfOwner = (kind: Resource, reference: OwnerReference, object: Stored): string =>
  objectKey({ metadata: { name: reference.name, ...(kind.namespaced ? { namespace: object.metadata.namespace } : {}) } });

const ask = async (kind: Resource, key: string, { client, signal }: Reach): Promise<Stored | undefined> =>
  client.get(kind, refOfKey(key), signal).catch((error: unknown) => {
    if (isReason(error, "NotFound")) return undefined;
    throw error;
  });

/** Whether a change may decide over life and death. */
const isFate = ({ type, object, old }: Change<KubeObject>): boolean =>
  type !== "updated" ||
  object.metadata.deletionTimestamp !== old?.metadata.deletionTimestamp ||
  JSON.stringify([object.metadata.ownerReferences, object.metadata.finalizers]) !==
    JSON.stringify([old?.metadata.ownerReferences, old?.metadata.finalizers]);
