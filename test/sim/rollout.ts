// The scenario: pods come and go while what the seed says goes wrong. A Deployment behind Services is created, scaled, rolled
// out and robbed of its ReplicaSets at random, some pods run to their end, a node is lost for good, and in the end everything is
// deleted. Beside that owners come and go with what they own, rivals write to one object, a CronJob starts a Job each minute,
// and somebody tries what he may not.
import { deployments } from "#api/apps/v1/deployment.ts";
import { replicaSets } from "#api/apps/v1/replica-set.ts";
import { cronJobs } from "#api/batch/v1/cron-job.ts";
import { configMaps } from "#api/core/v1/config-map.ts";
import { nodes } from "#api/core/v1/node.ts";
import { pods } from "#api/core/v1/pod.ts";
import { services } from "#api/core/v1/service.ts";
import type { V1Pod, V1ReplicaSet, V1Service } from "#api/generated/types.ts";
import type { ObjectRef } from "#api/meta/object.ts";
import type { Random } from "#lib/random.ts";
import { aDeployment, aPod, aPodSpec, aService } from "#test/support/objects.ts";
import { Cluster } from "./cluster.ts";
import { between, chance, oneOf, streamOf } from "./draw.ts";
import { Dns } from "./dns.ts";
import { bootFamily, FAMILY } from "./family.ts";
import { plague } from "./faults.ts";
import { bootIntruder } from "./intruder.ts";
import { bootManager } from "./manager.ts";
import { bootNode } from "./node.ts";
import { NodeMachine } from "./node-machine.ts";
import { checkLists, firstOrphan, watchObjects } from "./object-invariants.ts";
import { Operator, PLACE, web } from "./operator.ts";
import { watchPods } from "./pod-invariants.ts";
import { bootRivals, COUNTER } from "./rivals.ts";
import { isNamed, isProxied } from "./service-check.ts";
import { aTimetable, bootJobs, isKept, TIMETABLE } from "./timetable.ts";
import type { World } from "./world.ts";

const NODES = ["worker-1", "worker-2", "worker-3"];
const MANAGERS = ["manager-1", "manager-2"];
/** Who ends Jobs is no part of the cluster, and has no trouble. */
const JOBS = "jobs";
const REPLICAS = 8;
const LAST_IMAGE = "web:4";
const TURNS = 8;
/** The most faults of the first part, and of the time after a node was lost. */
const TROUBLE = { turns: 30, loss: 8 };

/** Pods that end, by each restart policy, and one that does not hear that it should. */
const SHORT = [
  { name: "done", restartPolicy: "Never", args: ["sleep", "3000", "then", "exit", "0"] },
  { name: "failed", restartPolicy: "Never", args: ["sleep", "3000", "then", "exit", "1"] },
  { name: "tries", restartPolicy: "OnFailure", args: ["sleep", "3000", "then", "exit", "1"] },
  { name: "again", restartPolicy: "Always", args: ["sleep", "3000", "then", "exit", "0"] },
  { name: "deaf", restartPolicy: "Always", args: ["loop"] },
] as const;

/** Before the pods of the Deployment: one with an address of its own, one that is only a name. */
const SERVICES = [
  aService({ metadata: { name: "web" }, spec: { ports: [{ port: 80, targetPort: 8080 }] } }),
  aService({ metadata: { name: "peers" }, spec: { clusterIP: "None", ports: [{ port: 80, targetPort: 8080 }] } }),
];

const refOf = ({ metadata }: V1Service): { readonly namespace: string; readonly name: string } => ({
  namespace: PLACE.namespace,
  name: metadata?.name ?? "",
});

/** Plays the scenario out. Throws: Violation. */
export const rollout = async (world: World): Promise<void> => {
  const cluster = new Cluster(world);
  const violated = world.violated.bind(world);
  const { clock, seed } = world;
  const machines = NODES.map((name, place) => new NodeMachine(name, place, { clock, random: streamOf(seed, `machine/${name}`) }));
  const dns = new Dns();
  watchObjects(cluster.history, violated);
  watchPods(cluster.history, machines, violated);
  for (const name of MANAGERS) world.process(name, bootManager(name));
  for (const machine of machines) world.process(machine.name, bootNode(machine));
  world.process("dns", dns.boot);
  world.process("intruder", bootIntruder(violated));
  world.process("family", bootFamily);
  world.process("rivals", bootRivals);
  world.process(JOBS, bootJobs);
  for (const process of world.processes.values()) process.start();
  try {
    await new Play(cluster, machines, dns).run();
  } finally {
    cluster.end();
  }
};

class Play {
  readonly #cluster: Cluster;
  readonly #world: World;
  readonly #machines: readonly NodeMachine[];
  readonly #operator: Operator;
  readonly #dns: Dns;
  readonly #random: Random;

  constructor(cluster: Cluster, machines: readonly NodeMachine[], dns: Dns) {
    this.#cluster = cluster;
    this.#world = cluster.world;
    this.#machines = machines;
    this.#operator = new Operator(cluster);
    this.#dns = dns;
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
    const template = { metadata: { labels: { app: "web" } }, spec: aPodSpec({ containers: [web("web:1")] }) };
    await operator.create(deployments, aDeployment({ metadata: PLACE, spec: { template } }));
    for (const service of SERVICES) await operator.create(services, service);
    await operator.create(cronJobs, aTimetable());
    for (const { name, restartPolicy, args } of SHORT) {
      const containers = [{ name: "main", image: "toolbox:1", args }];
      await operator.create(pods, aPod({ metadata: { name }, spec: { restartPolicy, containers } }));
    }
  }

  async #turns(): Promise<void> {
    const isOver = this.#trouble(NODES, TURNS * 20_000, TROUBLE.turns);
    await this.#world.pass(30_000);
    await this.#operator.delete(pods, { namespace: PLACE.namespace, name: "deaf" });
    for (let turn = 0; turn < TURNS; turn++) {
      await this.#turn();
      await this.#world.pass(between(this.#random, 1_000, 40_000));
    }
    await this.#operator.edit((spec) => {
      spec.replicas = REPLICAS;
    });
    await this.#operator.setImage(LAST_IMAGE);
    for (const service of SERVICES) await this.#operator.create(services, service);
    await this.#sweep(isOver);
    await this.#operator.converge("the rollout", () => isOver() && this.#operator.isRolledOut(REPLICAS, LAST_IMAGE));
    await this.#operator.converge("what leads to the pods", () => this.#isReachable());
    await this.#operator.converge("the timetable", () => isKept(this.#cluster.history, this.#world.clock.now()));
  }

  #turn(): Promise<void> {
    const random = this.#random;
    const present = this.#cluster.history.list<V1Pod>("pods");
    const sets = this.#cluster.history.list<V1ReplicaSet>("replicasets.apps");
    const turns: readonly (() => Promise<void>)[] = [
      () => this.#operator.scale(between(random, 0, REPLICAS)),
      () => this.#operator.scale(between(random, 0, REPLICAS)),
      () => this.#operator.setImage(`web:${between(random, 1, 3)}`),
      () => this.#burst(random),
      () => (present.length === 0 ? Promise.resolve() : this.#operator.delete(pods, oneOf(random, present).metadata)),
      () => (sets.length === 0 ? Promise.resolve() : this.#rob(oneOf(random, sets).metadata)),
      () => this.#toggle(oneOf(random, SERVICES)),
    ];
    return oneOf(random, turns)();
  }

  /** Nothing, and at once as much as there may be: many bindings in one moment. */
  async #burst(random: Random): Promise<void> {
    await this.#operator.scale(0);
    await this.#world.pass(between(random, 100, 5_000));
    await this.#operator.scale(REPLICAS);
  }

  /** The ReplicaSet goes and leaves its pods, which the next one adopts. */
  #rob(set: ObjectRef): Promise<void> {
    return this.#operator.delete(replicaSets, set, { propagationPolicy: "Orphan" });
  }

  /** Pods that nobody has adopted, since the Deployment had moved on, would stay for ever. */
  async #sweep(isOver: () => boolean): Promise<void> {
    const { history } = this.#cluster;
    const isOrphaning = (): boolean => history.list("replicasets.apps").some(({ metadata }) => metadata.deletionTimestamp !== undefined);
    await this.#operator.converge("the orphaning", () => isOver() && !isOrphaning());
    const orphans = history
      .list<V1Pod>("pods")
      .filter(({ metadata: { labels, ownerReferences = [] } }) => labels?.["app"] === "web" && ownerReferences.length === 0);
    for (const { metadata } of orphans) await this.#operator.delete(pods, metadata);
  }

  async #toggle(service: V1Service): Promise<void> {
    const isThere = this.#cluster.history.list("services").some(({ metadata }) => metadata.name === service.metadata?.name);
    await (isThere ? this.#operator.delete(services, refOf(service)) : this.#operator.create(services, service));
  }

  #isReachable(): boolean {
    const { history } = this.#cluster;
    const names = SERVICES.map((service) => refOf(service).name);
    return isNamed(history, this.#dns, names) && this.#machines.every(({ network }) => isProxied(history, network));
  }

  /** The machine breaks; somebody deletes its Node, sooner or later; in the end it comes back empty. */
  async #loseNode(): Promise<void> {
    const lost = oneOf(this.#random, this.#machines);
    const others = NODES.filter((name) => name !== lost.name);
    const process = this.#world.processes.get(lost.name);
    process?.crash();
    lost.losePower();
    const isOver = this.#trouble(others, 300_000, TROUBLE.loss);
    await this.#world.pass(between(this.#random, 1_000, 400_000));
    await this.#operator.delete(nodes, { name: lost.name });
    const isAway = (): boolean => this.#cluster.history.list<V1Pod>("pods").every(({ spec }) => spec?.nodeName !== lost.name);
    await this.#operator.converge(
      "what ran on the lost node",
      () => isOver() && isAway() && this.#operator.isRolledOut(REPLICAS, LAST_IMAGE),
    );
    process?.start();
    await this.#operator.converge("the return of the node", () => this.#operator.readyNodes() === NODES.length && this.#isReachable());
  }

  async #end(): Promise<void> {
    const { history, operator: client } = this.#cluster;
    await this.#operator.delete(deployments, PLACE);
    await this.#operator.delete(cronJobs, TIMETABLE);
    for (const name of ["family", "rivals"]) this.#world.processes.get(name)?.crash();
    for (const map of [...FAMILY, COUNTER]) await this.#operator.delete(configMaps, map);
    for (const service of SERVICES) await this.#operator.delete(services, refOf(service));
    for (const { name } of SHORT) await this.#operator.delete(pods, { namespace: PLACE.namespace, name });
    const resources = ["deployments.apps", "replicasets.apps", "pods", "jobs.batch"];
    await this.#operator.converge("the deletion", () => resources.every((resource) => history.list(resource).length === 0));
    await this.#operator.converge("the collection of what nobody owns", () => firstOrphan(history) === undefined);
    await this.#operator.converge("what led to the pods", () => this.#isReachable());
    await this.#cluster.insist(() => checkLists(history, client));
  }

  #trouble(nodeNames: readonly string[], withinMs: number, most: number): () => boolean {
    const spared = [JOBS, ...NODES.filter((name) => !nodeNames.includes(name))];
    const victims = [...this.#world.processes.keys()].filter((name) => !spared.includes(name));
    const { isOver } = plague(this.#world, {
      victims,
      managers: MANAGERS,
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
