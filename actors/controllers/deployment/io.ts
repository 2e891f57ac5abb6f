// Reads and writes of the Deployment controller.
import { deployments, type Deployment } from "#api/apps/v1/deployment.ts";
import { replicaSets, type ReplicaSet } from "#api/apps/v1/replica-set.ts";
import { pods, type Pod } from "#api/core/v1/pod.ts";
import { controllerOf, objectKey, type Stored } from "#api/meta/object.ts";
import { matches, selectorOf } from "#api/meta/selector.ts";
import { isReason } from "#api/meta/status.ts";
import { changesOf, defineController, ownerKey, ownKey, type ControllerPorts, type Reach } from "#lib/controller.ts";
import { controllerReference } from "../pods/claim.ts";
import { recheckOwner } from "../pods/recheck-owner.ts";
import { hasEnded } from "../pods/pod-state.ts";
import { decide, type Action, type Observed } from "./decide.ts";
import { REVISION, sameTemplate, sizeOf } from "./replica-sets.ts";

const ORPHANS = "orphan/";
const setIndex = (set: Stored<ReplicaSet>): readonly string[] => [controllerOf(set)?.uid ?? `${ORPHANS}${set.metadata.namespace ?? ""}`];
const podIndex = (pod: Stored<Pod>): readonly string[] => [controllerOf(pod)?.uid ?? `${ORPHANS}${pod.metadata.namespace ?? ""}`];
const MERGE = "application/merge-patch+json";

type ActionOf<D extends Action["do"]> = Action & { readonly do: D };
type Act<D extends Action["do"]> = (action: ActionOf<D>, reach: Reach) => Promise<void>;

const actsOf = ({ recorder }: ControllerPorts): { readonly [D in Action["do"]]: Act<D> } => {
  const tell = (deployment: Stored<Deployment>, message: string): void =>
    recorder.record(deployment, { type: "Normal", reason: "ScalingReplicaSet", message });
  const own: Act<"adopt" | "release"> = async ({ do: what, deployment, set }, { client, signal }) => {
    if (what === "adopt") await recheckOwner(deployments, deployment, { client, signal });
    const others = (set.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== deployment.metadata.uid);
    const ownerReferences = what === "adopt" ? [...others, controllerReference(deployments, deployment)] : others;
    await client.patch(replicaSets, set.metadata, { type: MERGE, body: { metadata: { uid: set.metadata.uid, ownerReferences } } }, signal);
  };
  return {
    adopt: own,
    release: own,
    create: async ({ deployment, set }, reach) => {
      await create(deployment, set, reach);
      if (sizeOf(set) > 0) tell(deployment, `Scaled up replica set ${set.metadata?.name ?? ""} from 0 to ${sizeOf(set)}`);
    },
    resize: async ({ deployment, set, replicas, annotations }, { client, signal }) => {
      await client.update(
        replicaSets,
        { ...set, metadata: { ...set.metadata, annotations }, spec: { ...set.spec, replicas } } as ReplicaSet,
        {},
        signal,
      );
      if (replicas !== sizeOf(set))
        tell(
          deployment,
          `Scaled ${replicas > sizeOf(set) ? "up" : "down"} replica set ${set.metadata.name} from ${sizeOf(set)} to ${replicas}`,
        );
    },
    annotate: async ({ set, annotations }, { client, signal }) => {
      await client.update(replicaSets, { ...set, metadata: { ...set.metadata, annotations } }, {}, signal);
    },
    delete: async ({ set }, { client, signal }) => {
      await client.delete(replicaSets, set.metadata, { propagationPolicy: "Background", preconditions: { uid: set.metadata.uid } }, signal);
    },
    revise: async ({ deployment, revision }, { client, signal }) => {
      const annotations = { ...deployment.metadata.annotations, [REVISION]: revision };
      await client.update(deployments, { ...deployment, metadata: { ...deployment.metadata, annotations } }, {}, signal);
    },
    report: async ({ deployment, status }, { client, signal }) => {
      await client.update(deployments, { ...deployment, status }, { subresource: "status" }, signal);
    },
  };
};

/** Creates the set. Another set of that name means that the hash collided, unless it is ours and the same: then it is there already. */
const create = async (deployment: Stored<Deployment>, set: ReplicaSet, { client, signal }: Reach): Promise<void> => {
  try {
    await client.create(replicaSets, set, {}, signal);
  } catch (error) {
    if (!isReason(error, "AlreadyExists")) throw error;
    if (!(await isThere(deployment, set, { client, signal }))) await countCollision(deployment, { client, signal });
  }
};

const isThere = async ({ metadata }: Stored<Deployment>, set: ReplicaSet, { client, signal }: Reach): Promise<boolean> => {
  const found = await client.get(replicaSets, { namespace: metadata.namespace, name: set.metadata?.name ?? "" }, signal);
  return controllerOf(found)?.uid === metadata.uid && sameTemplate(found.spec?.template, set.spec?.template);
};

const countCollision = async (deployment: Stored<Deployment>, { client, signal }: Reach): Promise<void> => {
  const status = { ...deployment.status, collisionCount: (deployment.status?.collisionCount ?? 0) + 1 };
  await client.update(deployments, { ...deployment, status }, { subresource: "status" }, signal);
};

/** Rolls Deployments out. */
export const deploymentController = defineController<Observed, Action>("deployment-controller", (ports) => {
  const all = ports.informers.of(deployments, { indexers: { namespace: ({ metadata }) => [metadata.namespace ?? ""] } });
  const sets = ports.informers.of(replicaSets, { indexers: { deployment: setIndex } });
  const allPods = ports.informers.of(pods, { indexers: { controller: podIndex } });
  const acts = actsOf(ports);
  const keysOfSet = (set: Stored<ReplicaSet>): readonly string[] => {
    if (controllerOf(set) !== undefined) return ownerKey(deployments)(set);
    return all
      .byIndex("namespace", set.metadata.namespace ?? "")
      .filter(({ spec }) => matches(selectorOf(spec?.selector), set.metadata.labels))
      .map(objectKey);
  };
  /** Only a Recreate waits for pods to be gone. */
  const keysOfPod = (pod: Stored<Pod>): readonly string[] => {
    const [key] = ownerKey(replicaSets)(pod);
    const set = key === undefined ? undefined : sets.get(key);
    return set === undefined ? [] : keysOfSet(set).filter((of) => all.get(of)?.spec?.strategy?.type === "Recreate");
  };
  return {
    watches: [
      changesOf(all, ownKey),
      changesOf(sets, keysOfSet),
      changesOf(allPods, keysOfPod, ({ type, object }) => type === "deleted" || hasEnded(object)),
    ],
    observe: (key) => {
      const deployment = all.get(key);
      if (deployment === undefined) return undefined;
      const owned = sets.byIndex("deployment", deployment.metadata.uid);
      const orphans = sets.byIndex("deployment", `${ORPHANS}${deployment.metadata.namespace ?? ""}`);
      return {
        deployment,
        sets: [...owned, ...orphans],
        podsOf: (uid) => allPods.byIndex("controller", uid).filter((pod) => !hasEnded(pod)).length,
      };
    },
    decide,
    act: (action, reach) => (acts[action.do] as Act<Action["do"]>)(action, reach),
    workers: 5,
  };
});
