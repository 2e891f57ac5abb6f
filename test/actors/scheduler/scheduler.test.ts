import * as assert from "uvu/assert";
import { nodes } from "#api/core/v1/node.ts";
import { pods } from "#api/core/v1/pod.ts";
import { serviceAccounts } from "#api/core/v1/service-account.ts";
import { createScheduler } from "#actors/scheduler/scheduler.ts";
import type { Client } from "#lib/client.ts";
import { Informers } from "#lib/informers.ts";
import { Inspection } from "#lib/inspect.ts";
import { silent } from "#lib/log.ts";
import { seededRandom } from "#lib/random.ts";
import { startApiServer } from "#test/support/api-server.ts";
import { aNode, aPod } from "#test/support/objects.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("scheduler");

/** A scheduler at an API server in memory. */
const withScheduler = async (body: (world: Awaited<ReturnType<typeof worldOf>>) => Promise<void>): Promise<void> => {
  const world = await worldOf();
  try {
    await body(world);
  } finally {
    world.abort.abort();
    await world.api.close();
  }
};

const worldOf = async () => {
  const api = await startApiServer();
  const { clock } = api;
  const client = api.client();
  await client.create(serviceAccounts, { metadata: { namespace: "default", name: "default" } }); // pods are admitted once it is there
  const abort = new AbortController();
  const inspection = new Inspection(clock);
  const ports = { client, clock, random: seededRandom(1), logger: silent, inspect: inspection.inspect };
  const informers = new Informers({ ...ports, inspect: undefined });
  const scheduler = createScheduler({ ...ports, informers });
  scheduler.start(abort.signal);
  informers.start(abort.signal);
  const state = () => inspection.actors().find(({ actor }) => actor === "scheduler")?.state;
  await clock.until(() => state() === "standby");
  return { abort, api, client, clock, scheduler, state };
};

/** A node that takes pods: new ones are tainted until they are ready. */
const addNode = async (client: Client): Promise<void> => {
  const { metadata } = await client.create(nodes, aNode());
  await client.patch(nodes, metadata, { type: "application/merge-patch+json", body: { spec: { taints: null } } });
};

const shown = async ({ client }: Awaited<ReturnType<typeof worldOf>>, name: string) => {
  const { spec, status } = await client.get(pods, { namespace: "default", name });
  const said = status?.conditions?.find(({ type }) => type === "PodScheduled");
  return [spec?.nodeName, said?.status, said?.message];
};

test("decides about nothing before it leads, and nothing after", () =>
  withScheduler(async (world) => {
    const { client, clock, scheduler, state } = world;
    await addNode(client);
    await client.create(pods, aPod());
    await clock.advance(60_000);
    assert.equal(await shown(world, "web"), [undefined, undefined, undefined]);
    scheduler.lead(true);
    await clock.advance(1_000);
    assert.equal(await shown(world, "web"), ["worker-1", "True", undefined]);
    assert.is(state(), "leading.settled");
    scheduler.lead(false);
    await client.create(pods, aPod({ metadata: { name: "late" } }));
    await clock.advance(60_000);
    assert.equal(await shown(world, "late"), [undefined, undefined, undefined]);
    assert.is(state(), "standby");
  }));

test("says why a pod fits nowhere, and binds it once a node can take it", () =>
  withScheduler(async (world) => {
    const { client, clock, scheduler, state } = world;
    scheduler.lead(true);
    await client.create(pods, aPod());
    await clock.advance(1_000);
    assert.equal(await shown(world, "web"), [undefined, "False", "no nodes available to schedule pods"]);
    assert.is(state(), "leading.backingOff");
    await addNode(client);
    await clock.advance(10_000);
    assert.equal(await shown(world, "web"), ["worker-1", "True", undefined]);
    assert.is(state(), "leading.settled");
  }));

test("leaves pods of other schedulers and gated ones alone", () =>
  withScheduler(async (world) => {
    const { client, clock, scheduler } = world;
    scheduler.lead(true);
    await addNode(client);
    await client.create(pods, aPod({ metadata: { name: "theirs" }, spec: { schedulerName: "other" } }));
    await client.create(pods, aPod({ metadata: { name: "gated" }, spec: { schedulingGates: [{ name: "example.org/wait" }] } }));
    await client.create(pods, aPod({ metadata: { name: "ours" } }));
    await clock.advance(60_000);
    assert.is((await shown(world, "ours"))[0], "worker-1");
    assert.is((await shown(world, "theirs"))[0], undefined);
    assert.is((await shown(world, "gated"))[0], undefined);
  }));
