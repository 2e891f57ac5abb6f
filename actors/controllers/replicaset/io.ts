// Reads and writes of the ReplicaSet controller, and of the ReplicationController's, which differ in kind and selector only.
import { pods, type Pod } from "#api/core/v1/pod.ts";
import { replicationControllers } from "#api/core/v1/replication-controller.ts";
import type { V1ReplicaSetStatus } from "#api/generated/types.ts";
import { replicaSets } from "#api/apps/v1/replica-set.ts";
import { controllerOf, objectKey, type KubeObject, type Stored } from "#api/meta/object.ts";
import type { Resource } from "#api/meta/resource.ts";
import { ignoreTerminating, isReason } from "#api/meta/status.ts";
import { matches, selectorOf, selectorOfLabels, type Selector } from "#api/meta/selector.ts";
import { toTime } from "#lib/clock.ts";
import { changesOf, defineController, ownKey, type ControllerDefinition, type ControllerPorts, type Reach } from "#lib/controller.ts";
import type { Informer } from "#lib/informer.ts";
import { controllerReference } from "../pods/claim.ts";
import { recheckOwner } from "../pods/recheck-owner.ts";
import { decide, REPLICA_FAILURE, type Action, type Failure, type Observed, type ReplicaOwner } from "./decide.ts";

/** One of the two kinds. */
type Flavour = {
  readonly name: string;
  readonly resource: Resource;
  readonly selector: (owner: ReplicaOwner) => Selector;
  /** Whether its status counts the pods that are being deleted. */
  readonly tellsTerminating: boolean;
};

const ORPHANS = "orphan/";
/** Writes of one owner that are on their way at once. */
const AT_ONCE = 64;

/** By the owner's UID; pods without one by their namespace, for adoption. */
const podIndex = (pod: Stored<Pod>): readonly string[] => [controllerOf(pod)?.uid ?? `${ORPHANS}${pod.metadata.namespace ?? ""}`];
const ownerIndex = (owner: Stored): readonly string[] => [controllerOf(owner)?.uid ?? ""];

const keysOfPod =
  ({ resource, selector }: Flavour, owners: Informer<KubeObject>) =>
  (pod: Stored<Pod>): readonly string[] => {
    const owner = controllerOf(pod);
    if (owner !== undefined) return owner.kind === resource.kind ? [`${pod.metadata.namespace ?? ""}/${owner.name}`] : [];
    return owners
      .byIndex("namespace", pod.metadata.namespace ?? "")
      .filter((candidate) => matches(selector(candidate as ReplicaOwner), pod.metadata.labels))
      .map(objectKey);
  };

class Replicas {
  readonly #flavour: Flavour;
  readonly #ports: ControllerPorts;
  readonly #pods: Informer<Pod>;
  readonly #owners: Informer<KubeObject>;
  /** By the owner's key. */
  readonly #failures = new Map<string, Failure>();

  constructor(flavour: Flavour, ports: ControllerPorts) {
    this.#flavour = flavour;
    this.#ports = ports;
    this.#pods = ports.informers.of(pods, { indexers: { controller: podIndex } });
    this.#owners = ports.informers.of(flavour.resource, {
      indexers: { controller: ownerIndex, namespace: ({ metadata }) => [metadata.namespace ?? ""] },
    });
  }

  watches() {
    return [changesOf(this.#owners, ownKey), changesOf(this.#pods, keysOfPod(this.#flavour, this.#owners))];
  }

  observe(key: string): Observed | undefined {
    const owner = this.#owners.get(key);
    if (owner === undefined) {
      this.#failures.delete(key);
      return undefined;
    }
    const owned = this.#pods.byIndex("controller", owner.metadata.uid);
    const orphans = this.#pods.byIndex("controller", `${ORPHANS}${owner.metadata.namespace ?? ""}`);
    return {
      owner,
      selector: this.#flavour.selector(owner),
      pods: [...owned, ...orphans],
      related: this.#related(owner, owned),
      failure: this.#failures.get(key),
      tellsTerminating: this.#flavour.tellsTerminating,
    };
  }

  async act(action: Action, { client, signal }: Reach): Promise<void> {
    const { owner } = action;
    switch (action.do) {
      case "create":
        return this.#create(owner, { client, signal });
      case "delete":
        return this.#delete(owner, action.pod, { client, signal });
      case "adopt":
        return this.#adopt(owner, action.pod, { client, signal });
      case "release":
        return void (await client.patch(
          pods,
          action.pod.metadata,
          mergePatch({
            uid: action.pod.metadata.uid,
            ownerReferences: (action.pod.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner.metadata.uid),
          }),
          signal,
        ));
      case "report":
        return this.#report(owner, action.status, { client, signal });
    }
  }

  async #adopt(owner: ReplicaOwner, pod: Stored<Pod>, { client, signal }: Reach): Promise<void> {
    await recheckOwner(this.#flavour.resource, owner, { client, signal });
    const ownerReferences = [...(pod.metadata.ownerReferences ?? []), controllerReference(this.#flavour.resource, owner)];
    await client.patch(pods, pod.metadata, mergePatch({ uid: pod.metadata.uid, ownerReferences }), signal);
  }

  async #report(owner: ReplicaOwner, status: V1ReplicaSetStatus, { client, signal }: Reach): Promise<void> {
    if (status.conditions?.some(({ type }) => type === REPLICA_FAILURE) !== true) this.#failures.delete(objectKey(owner));
    await client.update(this.#flavour.resource, { ...owner, status } as KubeObject, { subresource: "status" }, signal);
  }

  async #create(owner: ReplicaOwner, { client, signal }: Reach): Promise<void> {
    const { metadata = {}, spec } = owner.spec?.template ?? {};
    const { labels, annotations, finalizers } = metadata;
    const ownerReferences = [controllerReference(this.#flavour.resource, owner)];
    const pod = {
      metadata: {
        generateName: `${owner.metadata.name}-`,
        namespace: owner.metadata.namespace,
        labels,
        annotations,
        finalizers,
        ownerReferences,
      },
      spec,
    };
    const created = await this.#attempt(owner, "FailedCreate", () => client.create(pods, pod, {}, signal).catch(ignoreTerminating));
    if (created === undefined) return; // no later try can succeed in a namespace that ends
    this.#ports.recorder.record(owner, { type: "Normal", reason: "SuccessfulCreate", message: `Created pod: ${created.metadata.name}` });
  }

  async #delete(owner: ReplicaOwner, pod: Stored<Pod>, { client, signal }: Reach): Promise<void> {
    const { name, uid } = pod.metadata;
    const gone = (error: unknown): void => {
      if (!isReason(error, "NotFound") && !isReason(error, "Conflict")) throw error;
    };
    await this.#attempt(owner, "FailedDelete", () => client.delete(pods, pod.metadata, { preconditions: { uid } }, signal).catch(gone));
    this.#ports.recorder.record(owner, { type: "Normal", reason: "SuccessfulDelete", message: `Deleted pod: ${name}` });
  }

  /** Remembers a failure for the status, until the next success or until nothing of the kind is wanted. */
  async #attempt<R>(owner: ReplicaOwner, reason: Failure["reason"], write: () => Promise<R>): Promise<R> {
    const { clock, recorder } = this.#ports;
    try {
      const result = await write();
      this.#failures.delete(objectKey(owner));
      return result;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#failures.set(objectKey(owner), { reason, message: why, at: toTime(clock.now()) });
      recorder.record(owner, { type: "Warning", reason, message: `Error ${reason === "FailedCreate" ? "creating" : "deleting"}: ${why}` });
      throw error;
    }
  }

  /** The pods of all ReplicaSets that have the same controller: an old and a new revision crowd a node together. */
  #related(owner: ReplicaOwner, owned: readonly Stored<Pod>[]): readonly Stored<Pod>[] {
    const controller = controllerOf(owner);
    if (controller === undefined) return owned;
    return this.#owners.byIndex("controller", controller.uid).flatMap(({ metadata }) => this.#pods.byIndex("controller", metadata.uid));
  }
}

const mergePatch = (metadata: object) => ({ type: "application/merge-patch+json", body: { metadata } }) as const;

const define = (flavour: Flavour): ControllerDefinition =>
  defineController<Observed, Action>(flavour.name, (ports) => {
    const replicas = new Replicas(flavour, ports);
    return {
      watches: replicas.watches(),
      observe: (key) => replicas.observe(key),
      decide,
      act: (action, reach) => replicas.act(action, reach),
      workers: 5,
      actsAtOnce: AT_ONCE,
    };
  });

/** Keeps the pods of ReplicaSets. */
export const replicaSetController = define({
  name: "replicaset-controller",
  resource: replicaSets,
  tellsTerminating: true,
  selector: (owner) => selectorOf((owner as { readonly spec?: { readonly selector?: Parameters<typeof selectorOf>[0] } }).spec?.selector),
});

/** Keeps the pods of ReplicationControllers. */
export const replicationController = define({
  name: "replication-controller",
  resource: replicationControllers,
  tellsTerminating: false,
  selector: (owner) =>
    selectorOfLabels((owner as { readonly spec?: { readonly selector?: { readonly [key: string]: string } } }).spec?.selector),
});
