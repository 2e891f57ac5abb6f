// The scenario: a Deployment is created, scaled, rolled out and deleted, while what the seed says goes wrong.
import type { V1Deployment, V1Pod, V1ReplicaSet } from "#api/generated/types.ts";
import { deployments } from "#api/apps/v1/deployment.ts";
import { pods } from "#api/core/v1/pod.ts";
import type { Draft, Stored } from "#api/meta/object.ts";
import { isReason } from "#api/meta/status.ts";
import type { Random } from "#lib/random.ts";
import { aDeployment } from "#test/support/objects.ts";
import { Cluster } from "./cluster.ts";
import { between, oneOf, streamOf } from "./draw.ts";
import { plague } from "./faults.ts";
import { runHollowNode } from "./hollow-node.ts";
import { bootManager } from "./manager.ts";
import { NodeMachine } from "./node-machine.ts";
import { checkLists, firstOrphan, watchObjects } from "./object-invariants.ts";
import { watchPods } from "./pod-invariants.ts";
import { Violation, type World } from "./world.ts";

const NODES = ["worker-1", "worker-2", "worker-3"];
const REPLICAS = 10;
const LAST_IMAGE = "web:4";
const TURNS = 12;
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
  const count = between(streamOf(world.seed, "trouble"), 0, 40);
  const { isOver } = plague(world, { victims: [...world.processes.keys()], store: cluster.store, withinMs: TURNS * 20_000, count });
  try {
    await play(cluster, isOver);
  } finally {
    cluster.end();
  }
};

const play = async (cluster: Cluster, isOver: () => boolean): Promise<void> => {
  const { history, operator, world } = cluster;
  const random = streamOf(world.seed, "operator");
  await cluster.insist(() => operator.create(deployments, aDeployment({ metadata: PLACE })).catch(unless("AlreadyExists")));
  await world.pass(30_000);
  for (let turn = 0; turn < TURNS; turn++) {
    await oneOf(random, [scale, scale, rollOut, deletePod])(cluster, random);
    await world.pass(between(random, 1_000, 40_000));
  }
  await change(cluster, (spec) => (spec.replicas = REPLICAS));
  await change(cluster, (spec) => setImage(spec, LAST_IMAGE));
  await converge(cluster, "the rollout", () => isOver() && isRolledOut(cluster));
  await cluster.insist(() => operator.delete(deployments, PLACE).catch(unless("NotFound")));
  await converge(cluster, "the deletion", () =>
    ["deployments.apps", "replicasets.apps", "pods"].every((resource) => history.list(resource).length === 0),
  );
  await checkRest(cluster);
};

type Spec = Draft<NonNullable<V1Deployment["spec"]>>;
type Turn = (cluster: Cluster, random: Random) => Promise<unknown>;

const scale: Turn = (cluster, random) => {
  const replicas = between(random, 0, REPLICAS);
  return change(cluster, (spec) => (spec.replicas = replicas));
};

const rollOut: Turn = (cluster, random) => {
  const image = `web:${between(random, 1, 3)}`;
  return change(cluster, (spec) => setImage(spec, image));
};

/** Somebody deletes a pod by hand. */
const deletePod: Turn = async (cluster, random) => {
  const present = cluster.history.list<V1Pod>("pods");
  if (present.length === 0) return;
  const { metadata } = oneOf(random, present);
  await cluster.insist(() => cluster.operator.delete(pods, metadata).catch(unless("NotFound")));
};

const setImage = (spec: Spec, image: string): void => {
  spec.template.spec = { ...spec.template.spec, containers: [{ name: "main", image }] };
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

const change = (cluster: Cluster, edit: (spec: Spec) => void): Promise<unknown> =>
  cluster.insist(async () => {
    const deployment = structuredClone(await cluster.operator.get(deployments, PLACE)) as Draft<Stored<V1Deployment>>;
    if (deployment.spec !== undefined) edit(deployment.spec);
    await cluster.operator.update(deployments, deployment as Stored<V1Deployment>);
  });

const isRolledOut = ({ history }: Cluster): boolean => {
  const [deployment] = history.list<V1Deployment>("deployments.apps");
  const { replicas, readyReplicas, updatedReplicas, observedGeneration } = deployment?.status ?? {};
  const present = history.list<V1Pod>("pods");
  const sets = history.list<V1ReplicaSet>("replicasets.apps");
  return (
    observedGeneration === deployment?.metadata.generation &&
    [replicas, readyReplicas, updatedReplicas, present.length].every((count) => count === REPLICAS) &&
    present.every(({ spec, status }) => spec?.containers[0]?.image === LAST_IMAGE && status?.phase === "Running") &&
    sets.filter(({ spec }) => spec?.replicas !== 0).length === 1
  );
};
