// The scenario: a Deployment is created, scaled, rolled out and deleted, while what the seed says goes wrong.
import type { V1Deployment, V1Pod, V1ReplicaSet } from "#api/generated/types.ts";
import { deployments } from "#api/apps/v1/deployment.ts";
import type { Draft, Stored } from "#api/meta/object.ts";
import { isReason } from "#api/meta/status.ts";
import { aDeployment } from "#test/support/objects.ts";
import { Cluster } from "./cluster.ts";
import { plague } from "./faults.ts";
import { runHollowNode } from "./hollow-node.ts";
import { bootManager } from "./manager.ts";
import { NodeMachine } from "./node-machine.ts";
import { checkLists, firstOrphan, watchObjects } from "./object-invariants.ts";
import { watchPods } from "./pod-invariants.ts";
import { Violation, type World } from "./world.ts";

const NODES = ["worker-1", "worker-2", "worker-3"];
const PLACE = { namespace: "default", name: "web" };

/** Plays the scenario out. Throws: Violation. */
export const rollout = async (world: World): Promise<void> => {
  const cluster = new Cluster(world);
  const machines = NODES.map((name) => new NodeMachine(name));
  watchObjects(cluster.history, world.violated.bind(world));
  watchPods(cluster.history, machines, world.violated.bind(world));
  for (const name of ["manager-1", "manager-2"]) world.process(name, bootManager(name));
  for (const machine of machines) {
    world.process(machine.name, (life) => {
      const user = { name: `system:node:${machine.name}`, groups: ["system:nodes", "system:authenticated"] };
      runHollowNode({ ...life, client: life.connect(user) }, machine, life.signal);
    });
  }
  for (const process of world.processes.values()) process.start();
  const { isOver } = plague(world, { victims: [...world.processes.keys()], store: cluster.store, withinMs: 240_000, count: 15 });
  try {
    await play(cluster, isOver);
  } finally {
    cluster.end();
  }
};

const play = async (cluster: Cluster, isOver: () => boolean): Promise<void> => {
  const { history, operator, world } = cluster;
  await cluster.insist(() => operator.create(deployments, aDeployment({ metadata: PLACE })).catch(unless("AlreadyExists")));
  await world.pass(60_000);
  await change(cluster, (draft) => (draft.replicas = 10));
  await world.pass(60_000);
  await change(cluster, (draft) => ((draft.template.spec ??= { containers: [] }).containers = [{ name: "main", image: "web:2" }]));
  await world.pass(120_000);
  await converge(cluster, "the rollout", () => isOver() && isRolledOut(cluster));
  await cluster.insist(() => operator.delete(deployments, PLACE).catch(unless("NotFound")));
  await converge(cluster, "the deletion", () =>
    ["deployments.apps", "replicasets.apps", "pods"].every((resource) => history.list(resource).length === 0),
  );
  await checkRest(cluster);
};

const checkRest = async (cluster: Cluster): Promise<void> => {
  const { history, operator } = cluster;
  await converge(cluster, "the collection of what nobody owns", () => firstOrphan(history) === undefined);
  await cluster.insist(() => checkLists(history, operator));
};

const converge = async (cluster: Cluster, what: string, reached: () => boolean): Promise<void> => {
  const { history, world } = cluster;
  if (await world.until(reached, 1_800_000)) return;
  for (const resource of ["deployments.apps", "replicasets.apps", "pods", "nodes"]) {
    for (const object of history.list<V1Pod>(resource)) world.log.write(world.clock.now(), "left", `${resource} ${summary(object)}`);
  }
  throw new Violation("C2", `${what} did not converge`);
};

const summary = ({ metadata, spec, status }: Stored<V1Pod>): string => {
  const { name, deletionTimestamp, finalizers } = metadata;
  return JSON.stringify({ name, deletionTimestamp, finalizers, nodeName: spec?.nodeName, status });
};

const unless = (reason: "AlreadyExists" | "NotFound") => (error: unknown) => {
  if (!isReason(error, reason)) throw error;
};

const change = (cluster: Cluster, edit: (spec: Draft<NonNullable<V1Deployment["spec"]>>) => void): Promise<unknown> =>
  cluster.insist(async () => {
    const deployment = structuredClone(await cluster.operator.get(deployments, PLACE)) as Draft<Stored<V1Deployment>>;
    if (deployment.spec !== undefined) edit(deployment.spec);
    await cluster.operator.update(deployments, deployment as Stored<V1Deployment>);
  });

const isRolledOut = ({ history }: Cluster): boolean => {
  const [deployment] = history.list<V1Deployment>("deployments.apps");
  const { replicas, readyReplicas, updatedReplicas, observedGeneration } = deployment?.status ?? {};
  const pods = history.list<V1Pod>("pods");
  const sets = history.list<V1ReplicaSet>("replicasets.apps");
  return (
    observedGeneration === deployment?.metadata.generation &&
    [replicas, readyReplicas, updatedReplicas, pods.length].every((count) => count === 10) &&
    pods.every(({ spec, status }) => spec?.containers[0]?.image === "web:2" && status?.phase === "Running") &&
    sets.filter(({ spec }) => spec?.replicas !== 0).length === 1
  );
};
