// Rollouts simulated to their end: decide, apply, let pods become ready in some order, and again.
import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { decide, type Action } from "#actors/controllers/deployment/decide.ts";
import { templateHash } from "#actors/controllers/deployment/hash.ts";
import { fenceposts, shareOut } from "#actors/controllers/deployment/replica-counts.ts";
import { boundsOf } from "#actors/controllers/deployment/rollout.ts";
import { deploymentController } from "#actors/controllers/deployment/io.ts";
import { deployments, type Deployment } from "#api/apps/v1/deployment.ts";
import { replicaSets, type ReplicaSet } from "#api/apps/v1/replica-set.ts";
import type { Draft, Stored } from "#api/meta/object.ts";
import { startApiServer } from "#test/support/api-server.ts";
import { runControllers } from "#test/support/controlling.ts";
import { deafTo } from "#test/support/deaf-client.ts";
import { aDeployment, stored } from "#test/support/objects.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("controllers/deployment");

/** A Deployment, its sets, and pods that become available when told. */
class Rollout {
  deployment: Draft<Stored<Deployment>>;
  sets: Draft<Stored<ReplicaSet>>[] = [];
  events: string[] = [];
  nowMs = Date.UTC(2026, 0, 1);

  constructor(spec: Partial<NonNullable<Deployment["spec"]>>) {
    const base = aDeployment({
      metadata: { name: "web" },
      spec: { replicas: 3, progressDeadlineSeconds: 600, ...spec },
    });
    this.deployment = structuredClone(stored(base, { uid: "d", generation: 1 })) as Draft<Stored<Deployment>>;
  }

  image(image: string): void {
    const [container] = this.deployment.spec?.template.spec?.containers ?? [];
    if (container !== undefined) container.image = image;
    this.deployment.metadata.generation = (this.deployment.metadata.generation ?? 0) + 1;
  }

  scale(replicas: number): void {
    if (this.deployment.spec !== undefined) this.deployment.spec.replicas = replicas;
  }

  decide(): readonly Action[] {
    const podsOf = (uid: string): number => this.sets.find(({ metadata }) => metadata.uid === uid)?.status?.replicas ?? 0;
    return decide({ deployment: this.deployment, sets: this.sets, podsOf }, this.nowMs).filter((action) => action.do !== "requeue");
  }

  /** Applies one decision; the answer is how many actions there were. */
  step(): number {
    const actions = this.decide();
    for (const action of actions) this.#apply(action);
    this.nowMs += 1_000;
    return actions.length;
  }

  /** The kubelets' and the ReplicaSet controller's part: up to `most` pods of a set become ready. */
  settle(most = Number.POSITIVE_INFINITY): void {
    for (const set of this.sets) {
      const wanted = set.spec?.replicas ?? 0;
      const ready = Math.min(wanted, (set.status?.availableReplicas ?? 0) + most);
      set.status = { replicas: wanted, readyReplicas: ready, availableReplicas: ready, observedGeneration: set.metadata.generation ?? 0 };
    }
  }

  get wanted(): number {
    return this.sets.reduce((sum, { spec }) => sum + (spec?.replicas ?? 0), 0);
  }

  get available(): number {
    return this.sets.reduce((sum, { status }) => sum + (status?.availableReplicas ?? 0), 0);
  }

  #apply(action: Action): void {
    if (action.do === "create")
      this.sets.push(
        structuredClone(
          stored(action.set, { uid: `rs-${this.sets.length}`, creationTimestamp: new Date(this.nowMs).toISOString() }),
        ) as Draft<Stored<ReplicaSet>>,
      );
    if (action.do === "report") this.deployment.status = structuredClone(action.status) as Draft<Deployment>["status"];
    if (action.do === "revise")
      this.deployment.metadata.annotations = {
        ...this.deployment.metadata.annotations,
        "deployment.kubernetes.io/revision": action.revision,
      };
    if (action.do === "delete") this.sets = this.sets.filter(({ metadata }) => metadata.uid !== action.set.metadata.uid);
    const set = this.sets.find(({ metadata }) => "set" in action && metadata.name === action.set.metadata?.name);
    if (set === undefined || (action.do !== "resize" && action.do !== "annotate")) return;
    set.metadata.annotations = { ...action.annotations };
    if (action.do === "resize" && set.spec !== undefined) set.spec.replicas = action.replicas;
  }
}

const finish = (rollout: Rollout, check: () => void = () => undefined, most = Number.POSITIVE_INFINITY): void => {
  for (let quiet = 0, steps = 0; quiet < 2; steps++) {
    if (steps > 500) throw new Error("the rollout does not end");
    quiet = rollout.step() === 0 ? quiet + 1 : 0;
    check();
    rollout.settle(most);
    check();
  }
};
const condition = (rollout: Rollout, type: string) => rollout.deployment.status?.conditions?.find((found) => found.type === type);

test("creates one set with the first revision and reports it complete", () => {
  const rollout = new Rollout({});
  finish(rollout);
  assert.equal(
    rollout.sets.map(({ spec }) => spec?.replicas),
    [3],
  );
  assert.is(rollout.deployment.metadata.annotations?.["deployment.kubernetes.io/revision"], "1");
  assert.is(condition(rollout, "Progressing")?.reason, "NewReplicaSetAvailable");
  assert.is(condition(rollout, "Available")?.status, "True");
  assert.is(rollout.sets[0]?.metadata.name, `web-${rollout.sets[0]?.metadata.labels?.["pod-template-hash"]}`);
});
test("rolls a new template out and comes back to the old set on a rollback", () => {
  const rollout = new Rollout({});
  finish(rollout);
  const [first] = rollout.sets;
  rollout.image("web:2");
  finish(rollout);
  assert.equal(
    rollout.sets.map(({ spec }) => spec?.replicas),
    [0, 3],
  );
  assert.is(rollout.deployment.metadata.annotations?.["deployment.kubernetes.io/revision"], "2");
  rollout.image("web:1");
  finish(rollout);
  assert.equal(
    rollout.sets.map(({ spec }) => spec?.replicas),
    [3, 0],
  );
  assert.is(rollout.sets[0]?.metadata.uid, first?.metadata.uid);
  assert.is(rollout.sets[0]?.metadata.annotations?.["deployment.kubernetes.io/revision"], "3");
  assert.is(rollout.sets[0]?.metadata.annotations?.["deployment.kubernetes.io/revision-history"], "1");
});
test("keeps within its bounds at every step, whatever becomes ready when", () => {
  const bound = fc.oneof(
    fc.integer({ min: 0, max: 4 }),
    fc.integer({ min: 0, max: 100 }).map((percent) => `${percent}%`),
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 12 }),
      bound,
      bound,
      fc.integer({ min: 1, max: 3 }),
      (replicas, maxSurge, maxUnavailable, most) => {
        const rollout = new Rollout({ replicas, strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge, maxUnavailable } } });
        finish(rollout);
        const { surge, unavailable } = boundsOf(rollout.deployment);
        rollout.image("web:2");
        finish(
          rollout,
          () => {
            assert.ok(rollout.wanted <= replicas + surge, `${rollout.wanted} pods wanted`);
            assert.ok(rollout.available >= replicas - unavailable, `${rollout.available} pods available`);
          },
          most,
        );
        assert.equal(
          rollout.sets.map(({ spec }) => spec?.replicas),
          [0, replicas],
        );
      },
    ),
    { numRuns: 60 },
  );
});
test("recreates: nothing new before the last old pod is gone", () => {
  const rollout = new Rollout({ strategy: { type: "Recreate" } });
  finish(rollout);
  rollout.image("web:2");
  rollout.step();
  assert.equal(
    rollout.sets.map(({ spec }) => spec?.replicas),
    [0],
  );
  rollout.step();
  assert.is(rollout.sets.length, 1, "old pods still run");
  finish(rollout);
  assert.equal(
    rollout.sets.map(({ spec }) => spec?.replicas),
    [0, 3],
  );
});
test("shares a new size out while a rollout is under way, and ends at it", () => {
  const rollout = new Rollout({ replicas: 10, strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } } });
  finish(rollout);
  rollout.image("web:2");
  rollout.step();
  rollout.step();
  rollout.scale(20);
  rollout.step();
  assert.is(rollout.wanted, 23);
  finish(rollout);
  assert.equal(
    rollout.sets.map(({ spec }) => spec?.replicas),
    [0, 20],
  );
});
test("keeps as many old revisions as its limit says", () => {
  const rollout = new Rollout({ revisionHistoryLimit: 2 });
  for (let version = 1; version <= 6; version++) {
    rollout.image(`web:${version}`);
    finish(rollout);
  }
  assert.equal(
    rollout.sets.map(({ metadata }) => metadata.annotations?.["deployment.kubernetes.io/revision"]),
    ["4", "5", "6"],
  );
});
test("does nothing while paused but scale, and says so", () => {
  const rollout = new Rollout({});
  finish(rollout);
  rollout.image("web:2");
  if (rollout.deployment.spec !== undefined) rollout.deployment.spec.paused = true;
  rollout.scale(5);
  finish(rollout);
  assert.equal(
    rollout.sets.map(({ spec }) => spec?.replicas),
    [5],
  );
  assert.is(condition(rollout, "Progressing")?.reason, "DeploymentPaused");
});
test("reports a rollout that stands still for longer than its deadline", () => {
  const rollout = new Rollout({});
  rollout.step();
  for (const set of rollout.sets) set.status = { replicas: 3, observedGeneration: 1 };
  rollout.step();
  rollout.step();
  rollout.nowMs += 601_000;
  rollout.step();
  assert.is(condition(rollout, "Progressing")?.reason, "ProgressDeadlineExceeded");
});
test("adopts a set that matches and releases one that no longer does", () => {
  const rollout = new Rollout({});
  finish(rollout);
  const [set] = rollout.sets;
  if (set === undefined) throw new Error("no set");
  const { ownerReferences } = set.metadata;
  delete set.metadata.ownerReferences;
  assert.equal(
    rollout.decide().map((action) => action.do),
    ["adopt"],
  );
  set.metadata.ownerReferences = ownerReferences;
  set.metadata.labels = { other: "x" };
  assert.is(rollout.decide()[0]?.do, "release");
});
test("says how many pods are being deleted once every set does", () => {
  const rollout = new Rollout({});
  finish(rollout);
  assert.is(rollout.deployment.status?.terminatingReplicas, undefined);
  const [set] = rollout.sets;
  if (set?.status === undefined) throw new Error("no set");
  for (const count of [2, 0]) {
    set.status = { ...set.status, terminatingReplicas: count };
    rollout.step();
    assert.is(rollout.deployment.status?.terminatingReplicas, count);
  }
});
test("no set is adopted by a Deployment of whose end the informer has not heard", async () => {
  const api = await startApiServer();
  const { client, deafen } = deafTo(api.client(), "deployments");
  const running = runControllers(api, client, deploymentController);
  const held = aDeployment({ metadata: { namespace: "default", name: "web", finalizers: ["example.com/hold"] }, spec: { replicas: 0 } });
  const { metadata } = await api.client().create(deployments, held);
  await api.clock.advance(5_000);
  deafen();
  await api.client().delete(deployments, metadata);
  const [set] = (await api.client().list(replicaSets, { namespace: "default" })).items;
  if (set === undefined) throw new Error("no set");
  const bare = { namespace: "default", name: "orphan", labels: set.metadata.labels };
  const orphan = await api.client().create(replicaSets, { metadata: bare, spec: set.spec });
  await api.clock.advance(5_000);
  assert.is((await api.client().get(replicaSets, orphan.metadata)).metadata.ownerReferences, undefined);
  await running.stop();
});
test("rounds surge up and unavailable down, never both to nothing", () => {
  assert.equal(fenceposts("25%", "25%", 3), { surge: 1, unavailable: 0 });
  assert.equal(fenceposts(0, "10%", 3), { surge: 0, unavailable: 1 });
});
test("shares out exactly what is to be added", () => {
  const sets = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 2, maxLength: 5 });
  fc.assert(
    fc.property(sets, fc.integer({ min: -20, max: 100 }), (sizes, add) => {
      const before = sizes.reduce((sum, size) => sum + size, 0);
      fc.pre(before + add >= 0);
      const sized = sizes.map((replicas, index) => ({ name: `s${index}`, replicas, createdAt: String(index), maxReplicas: before }));
      const after = [...shareOut(sized, add, before + add).values()];
      return after.every((size) => size >= 0) && after.reduce((sum, size) => sum + size, 0) === before + add;
    }),
  );
});
test("names a template's set the same whatever the order of its fields", () => {
  assert.is(
    templateHash({ spec: { containers: [{ name: "a", image: "b" }] } }, undefined),
    templateHash({ spec: { containers: [{ image: "b", name: "a" }] } }, undefined),
  );
  assert.is.not(templateHash({ spec: { containers: [] } }, undefined), templateHash({ spec: { containers: [] } }, 1));
});
