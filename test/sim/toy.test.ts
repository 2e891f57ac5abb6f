// One small controller on the real API server, informers, workqueue and store: the mechanism without the domain.
import * as assert from "uvu/assert";
import type { V1ConfigMap } from "#api/generated/types.ts";
import { configMaps } from "#api/core/v1/config-map.ts";
import { isReason } from "#api/meta/status.ts";
import { changesOf, defineController } from "#lib/controller.ts";
import { Elector } from "#lib/elect.ts";
import { Informers } from "#lib/informers.ts";
import { suite } from "#test/support/suite.ts";
import { ADMIN, Cluster } from "./cluster.ts";
import { plague } from "./faults.ts";
import { World } from "./world.ts";

const test = suite("sim/toy", 60_000);

type Pair = { readonly name: string; readonly wanted: string | undefined; readonly copy: V1ConfigMap | undefined };
type Action =
  | { readonly do: "create" | "update"; readonly name: string; readonly value: string }
  | { readonly do: "delete"; readonly name: string };

/** Keeps a copy in `kube-public` of every ConfigMap in `default`. */
const copier = defineController<Pair, Action>("copier-controller", ({ informers }) => {
  const maps = informers.of(configMaps);
  return {
    workers: 3,
    watches: [changesOf(maps, ({ metadata: { namespace, name } }) => (namespace === "kube-system" ? [] : [name]))],
    observe: (name) => ({
      name,
      wanted: maps.get(`default/${name}`)?.data?.["value"],
      copy: maps.get(`kube-public/${name}`) as V1ConfigMap,
    }),
    decide: ({ name, wanted, copy }) => {
      if (wanted === undefined) return copy === undefined ? [] : [{ do: "delete", name }];
      if (copy === undefined) return [{ do: "create", name, value: wanted }];
      return copy.data?.["value"] === wanted ? [] : [{ do: "update", name, value: wanted }];
    },
    act: async (action, { client, signal }) => {
      const ref = { namespace: "kube-public", name: action.name };
      if (action.do === "delete") return client.delete(configMaps, ref, {}, signal);
      const copy = { metadata: ref, data: { value: action.value } };
      return action.do === "create" ? client.create(configMaps, copy, {}, signal) : client.update(configMaps, copy, {}, signal);
    },
  };
});

const MANAGERS = ["manager-1", "manager-2"];

const run = async (seed: number) => {
  const world = new World(seed);
  const cluster = new Cluster(world);
  const { history, operator } = cluster;
  for (const name of MANAGERS) {
    world.process(name, (life) => {
      const ports = { ...life, client: life.connect(ADMIN) };
      const informers = new Informers(ports);
      const controller = copier.create({ ...ports, informers });
      const elector = new Elector({
        ...ports,
        lease: { namespace: "kube-system", name: "copier" },
        identity: `${name}/${life.random.next()}`,
        onLeading: (leading) => controller.lead(leading),
      });
      informers.start(life.signal);
      controller.start(life.signal);
      void elector.run(life.signal);
    });
  }
  for (const process of world.processes.values()) process.start();
  const victims = [...world.processes.keys()];
  const { isOver } = plague(world, { victims, managers: MANAGERS, store: cluster.store, withinMs: 120_000, count: 12 });
  for (let turn = 0; turn < 30; turn++) {
    const name = `map-${turn % 7}`;
    const map = { metadata: { namespace: "default", name }, data: { value: String(turn) } };
    await cluster.insist(async () => {
      if (turn % 5 === 4)
        return operator
          .delete(configMaps, map.metadata)
          .catch((error: unknown) => isReason(error, "NotFound") || Promise.reject(error as Error));
      return operator
        .create(configMaps, map)
        .catch((error: unknown) => (isReason(error, "AlreadyExists") ? operator.update(configMaps, map) : Promise.reject(error as Error)));
    });
    await world.pass(4_000);
  }
  const values = (namespace: string) =>
    history
      .list<V1ConfigMap>("configmaps")
      .filter(({ metadata }) => metadata.namespace === namespace)
      .map(({ metadata, data }) => `${metadata.name}=${data?.["value"]}`)
      .toSorted()
      .join(" ");
  const isCopied = await world.until(() => isOver() && values("default") === values("kube-public"), 900_000);
  const outcome = { isCopied, digest: world.log.digest(), steps: world.steps, values: values("default"), tail: world.log.tail() };
  cluster.end();
  return outcome;
};

test("the copies converge whatever the seed lets go wrong", async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { isCopied, tail } = await run(seed);
    assert.ok(isCopied, `seed ${seed}\n${tail.slice(-40).join("\n")}`);
  }
});

test("the same seed gives the same log", async () => {
  const first = await run(1);
  const again = await run(1);
  assert.is(first.digest, again.digest);
  assert.ok(first.values.length > 0);
});
