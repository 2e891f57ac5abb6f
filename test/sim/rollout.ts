// The scenario: pods come and go while what the seed says goes wrong. A Deployment is created, scaled and rolled out at
// random, some pods run to their end, a node is lost for good, and in the end everything is deleted.
import { deployments } from "#api/apps/v1/deployment.ts";
import { nodes } from "#api/core/v1/node.ts";
import { pods } from "#api/core/v1/pod.ts";
import type { V1Pod } from "#api/generated/types.ts";
import type { Random } from "#lib/random.ts";
import { aDeployment, aPod } from "#test/support/objects.ts";
import { Cluster } from "./cluster.ts";
import { between, chance, oneOf, streamOf } from "./draw.ts";
import { plague } from "./faults.ts";
import { bootManager } from "./manager.ts";
import { bootNode } from "./node.ts";
import { NodeMachine } from "./node-machine.ts";
import { checkLists, firstOrphan, watchObjects } from "./object-invariants.ts";
import { Operator, PLACE } from "./operator.ts";
import { watchPods } from "./pod-invariants.ts";
import type { World } from "./world.ts";

const NODES = ["worker-1", "worker-2", "worker-3"];
const REPLICAS = 10;
const LAST_IMAGE = "web:4";
const TURNS = 12;
/** The most faults of the first part, and of the time after a node was lost. */
const TROUBLE = { turns: 40, loss: 10 };

/** Pods that end: by which policy, and what they do. upstream: restartPolicy */
const SHORT = [
  { name: "done", restartPolicy: "Never", args: ["sleep", "3000", "then", "exit", "0"] },
  { name: "failed", restartPolicy: "Never", args: ["sleep", "3000", "then", "exit", "1"] },
  { name: "tries", restartPolicy: "OnFailure", args: ["sleep", "3000", "then", "exit", "1"] },
  { name: "again", restartPolicy: "Always", args: ["sleep", "3000", "then", "exit", "0"] },
] as const;

/** Plays the scenario out. Throws: Violation. */
export const rollout = async (world: World): Promise<void> => {
  const cluster = new Cluster(world);
  const machines = NODES.map((name) => new NodeMachine(name, world.clock, streamOf(world.seed, `machine/${name}`)));
  watchObjects(cluster.history, world.violated.bind(world));
  watchPods(cluster.history, machines, world.violated.bind(world));
  for (const name of ["manager-1", "manager-2"]) world.process(name, bootManager(name));
  for (const machine of machines) world.process(machine.name, bootNode(machine));
  for (const process of world.processes.values()) process.start();
  try {
    await new Play(cluster, machines).run();
  } finally {
    cluster.end();
  }
};

class Play {
  readonly #cluster: Cluster;
  readonly #world: World;
  readonly #machines: readonly NodeMachine[];
  readonly #operator: Operator;
  readonly #random: Random;

  constructor(cluster: Cluster, machines: readonly NodeMachine[]) {
    this.#cluster = cluster;
    this.#world = cluster.world;
    this.#machines = machines;
    this.#operator = new Operator(cluster);
    this.#random = streamOf(cluster.world.seed, "play");
  }

  async run(): Promise<void> {
    await this.#begin();
    await this.#turns();
    await this.#loseNode();
    await this.#end();
  }

  async #begin(): Promise<void> {
    const operator = this.#operator;
    await operator.create(deployments, aDeployment({ metadata: PLACE }));
    for (const { name, restartPolicy, args } of SHORT) {
      const containers = [{ name: "main", image: "toolbox:1", args }];
      await operator.create(pods, aPod({ metadata: { name }, spec: { restartPolicy, containers } }));
    }
  }

  async #turns(): Promise<void> {
    const isOver = this.#trouble(NODES, TURNS * 20_000, TROUBLE.turns);
    await this.#world.pass(30_000);
    for (let turn = 0; turn < TURNS; turn++) {
      await this.#turn();
      await this.#world.pass(between(this.#random, 1_000, 40_000));
    }
    await this.#operator.edit((spec) => {
      spec.replicas = REPLICAS;
    });
    await this.#operator.setImage(LAST_IMAGE);
    await this.#operator.converge("the rollout", () => isOver() && this.#operator.isRolledOut(REPLICAS, LAST_IMAGE));
  }

  #turn(): Promise<void> {
    const random = this.#random;
    const present = this.#cluster.history.list<V1Pod>("pods");
    const turns: readonly (() => Promise<void>)[] = [
      () => this.#operator.scale(between(random, 0, REPLICAS)),
      () => this.#operator.scale(between(random, 0, REPLICAS)),
      () => this.#operator.setImage(`web:${between(random, 1, 3)}`),
      () => (present.length === 0 ? Promise.resolve() : this.#operator.delete(pods, oneOf(random, present).metadata)),
    ];
    return oneOf(random, turns)();
  }

  /** The machine breaks; somebody deletes its Node, sooner or later; in the end it comes back empty. */
  async #loseNode(): Promise<void> {
    const lost = oneOf(this.#random, this.#machines);
    const others = NODES.filter((name) => name !== lost.name);
    const process = this.#world.processes.get(lost.name);
    process?.crash();
    lost.losePower();
    const isOver = this.#trouble(others, 300_000, TROUBLE.loss);
    await this.#world.pass(between(this.#random, 1_000, 600_000));
    await this.#operator.delete(nodes, { name: lost.name });
    const isAway = (): boolean => this.#cluster.history.list<V1Pod>("pods").every(({ spec }) => spec?.nodeName !== lost.name);
    await this.#operator.converge(
      "what ran on the lost node",
      () => isOver() && isAway() && this.#operator.isRolledOut(REPLICAS, LAST_IMAGE),
    );
    process?.start();
    await this.#operator.converge("the return of the node", () => this.#operator.readyNodes() === NODES.length);
  }

  async #end(): Promise<void> {
    const { history, operator: client } = this.#cluster;
    await this.#operator.delete(deployments, PLACE);
    for (const { name } of SHORT) await this.#operator.delete(pods, { namespace: PLACE.namespace, name });
    const resources = ["deployments.apps", "replicasets.apps", "pods"];
    await this.#operator.converge("the deletion", () => resources.every((resource) => history.list(resource).length === 0));
    await this.#operator.converge("the collection of what nobody owns", () => firstOrphan(history) === undefined);
    await this.#cluster.insist(() => checkLists(history, client));
  }

  #trouble(nodeNames: readonly string[], withinMs: number, most: number): () => boolean {
    const victims = [...this.#world.processes.keys()].filter((name) => !NODES.includes(name) || nodeNames.includes(name));
    const { isOver } = plague(this.#world, {
      victims,
      store: this.#cluster.store,
      withinMs,
      count: between(this.#random, 0, most),
      onCrash: (victim, random) => {
        if (chance(random, 0.5)) this.#machines.find(({ name }) => name === victim)?.losePower();
      },
    });
    return isOver;
  }
}
