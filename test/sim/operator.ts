// The hands of a scenario: they do what a person with kubectl does, again and again until it is done, and look at the store
// to see what became of it.
import { deployments } from "#api/apps/v1/deployment.ts";
import type { V1Container, V1Deployment, V1Node, V1Pod, V1ReplicaSet } from "#api/generated/types.ts";
import type { Draft, KubeObject, ObjectRef, Stored } from "#api/meta/object.ts";
import type { Resource } from "#api/meta/resource.ts";
import { isReason } from "#api/meta/status.ts";
import { isPodTerminal } from "#api/core/v1/pod-status.ts";
import type { DeleteOptions } from "#lib/client.ts";
import type { Cluster } from "./cluster.ts";
import { Violation } from "./world.ts";

/** The Deployment of the scenario. */
export const PLACE = { namespace: "default", name: "web" };

/** The container of the Deployment: five fit on a node. */
export const web = (image: string): Draft<V1Container> => ({ name: "main", image, resources: { requests: { cpu: "700m" } } });

type Spec = Draft<NonNullable<V1Deployment["spec"]>>;

/** What a cluster must do within this time once nothing goes wrong any more. */
const CONVERGES_WITHIN_MS = 1_800_000;

const unless = (reason: "AlreadyExists" | "NotFound") => (error: unknown) => {
  if (!isReason(error, reason)) throw error;
};

export class Operator {
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  async create<T extends KubeObject>(resource: Resource<T>, object: T): Promise<void> {
    const { operator } = this.#cluster;
    await this.#cluster.insist(() => operator.create(resource, object).catch(unless("AlreadyExists")));
  }

  async delete(resource: Resource, ref: ObjectRef, options?: DeleteOptions): Promise<void> {
    const { operator } = this.#cluster;
    await this.#cluster.insist(() => operator.delete(resource, ref, options).catch(unless("NotFound")));
  }

  /** Changes the Deployment's spec. */
  async edit(change: (spec: Spec) => void): Promise<void> {
    const { operator } = this.#cluster;
    await this.#cluster.insist(async () => {
      const deployment = structuredClone(await operator.get(deployments, PLACE)) as Draft<Stored<V1Deployment>>;
      if (deployment.spec !== undefined) change(deployment.spec);
      await operator.update(deployments, deployment);
    });
  }

  scale(replicas: number): Promise<void> {
    return this.edit((spec) => {
      spec.replicas = replicas;
    });
  }

  setImage(image: string): Promise<void> {
    return this.edit((spec) => {
      spec.template.spec = { ...spec.template.spec, containers: [web(image)] };
    });
  }

  /** Lets time pass until it holds. Throws: Violation C2 when it does not in half an hour. */
  async converge(what: string, reached: () => boolean): Promise<void> {
    const { history, world } = this.#cluster;
    if (await world.until(reached, CONVERGES_WITHIN_MS)) return;
    for (const resource of ["deployments.apps", "replicasets.apps", "pods", "nodes"]) {
      for (const object of history.list<V1Pod>(resource)) world.log.write(world.clock.now(), "left", `${resource} ${summary(object)}`);
    }
    throw new Violation("C2", `${what} did not converge`);
  }

  /** True when the Deployment has so many ready pods of the image, and nothing else of it runs. */
  isRolledOut(count: number, image: string): boolean {
    const { history } = this.#cluster;
    const [deployment] = history.list<V1Deployment>("deployments.apps");
    const { replicas, readyReplicas, updatedReplicas, observedGeneration } = deployment?.status ?? {};
    const present = history.list<V1Pod>("pods").filter((pod) => pod.metadata.labels?.["app"] === "web" && !isPodTerminal(pod));
    const counts = [replicas, readyReplicas, updatedReplicas, present.length];
    return (
      observedGeneration === deployment?.metadata.generation &&
      counts.every((each) => each === count) &&
      present.every(({ spec, status }) => spec?.containers[0]?.image === image && status?.phase === "Running") &&
      history.list<V1ReplicaSet>("replicasets.apps").filter(({ spec }) => spec?.replicas !== 0).length === 1
    );
  }

  /** How many nodes are ready. */
  readyNodes(): number {
    const isReady = ({ status }: V1Node): boolean =>
      status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") === true;
    return this.#cluster.history.list<V1Node>("nodes").filter(isReady).length;
  }
}

const summary = ({ metadata, spec, status }: Stored<V1Pod>): string => {
  const { name, deletionTimestamp, finalizers } = metadata;
  return JSON.stringify({ name, deletionTimestamp, finalizers, nodeName: spec?.nodeName, status });
};
