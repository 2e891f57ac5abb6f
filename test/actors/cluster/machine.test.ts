import * as assert from "uvu/assert";
import { createActor, fromPromise, waitFor } from "xstate";
import { machine } from "#actors/cluster/machine.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("cluster/machine");

const STEPS = ["prepare", "startNats", "startApiServer", "startNodes", "applyAddons", "awaitReady", "stopAll"] as const;
type Step = (typeof STEPS)[number];

/** A cluster whose steps end at once, but for one that fails or never ends. */
const clusterOf = ({ failing, hanging }: { readonly failing?: Step; readonly hanging?: Step } = {}) => {
  const done: string[] = [];
  const aborted: string[] = [];
  const step = (name: Step) =>
    fromPromise<void>(async ({ signal }) => {
      done.push(name);
      signal.addEventListener("abort", () => aborted.push(name));
      if (name === failing) throw new Error(`${name} broke`);
      if (name === hanging) await new Promise<void>(() => undefined);
    });
  const actors = Object.fromEntries(STEPS.map((name) => [name, step(name)])) as Record<Step, ReturnType<typeof step>>;
  return { done, aborted, actor: createActor(machine.provide({ actors })).start() };
};

const ended = (actor: ReturnType<typeof clusterOf>["actor"]) => waitFor(actor, ({ status }) => status === "done");

test("starts parts in the order in which they need each other", async () => {
  const { actor, done } = clusterOf();
  await waitFor(actor, (snapshot) => snapshot.matches("ready"));
  assert.equal(done, ["prepare", "startNats", "startApiServer", "startNodes", "applyAddons", "awaitReady"]);
  actor.send({ type: "stop" });
  const { context } = await ended(actor);
  assert.is(done.at(-1), "stopAll");
  assert.is(context.error, undefined);
});

for (const failing of STEPS.slice(0, -1))
  test(`stops what was started when ${failing} fails, and keeps why`, async () => {
    const { actor, done } = clusterOf({ failing });
    const { context } = await ended(actor);
    assert.is(done.filter((name) => name === "stopAll").length, 1);
    assert.is((context.error as Error).message, `${failing} broke`);
  });

for (const hanging of STEPS.slice(0, -1))
  test(`can be stopped in the middle of ${hanging}, which is called off`, async () => {
    const { actor, done, aborted } = clusterOf({ hanging });
    await waitFor(actor, () => done.includes(hanging));
    actor.send({ type: "stop" });
    const { context } = await ended(actor);
    assert.ok(aborted.includes(hanging));
    assert.is(done.at(-1), "stopAll");
    assert.is(context.error, undefined);
  });

test("stops once, however often it is told to", async () => {
  const { actor, done } = clusterOf({ hanging: "stopAll" });
  await waitFor(actor, (snapshot) => snapshot.matches("ready"));
  actor.send({ type: "stop" });
  actor.send({ type: "stop" });
  assert.is(done.filter((name) => name === "stopAll").length, 1);
  actor.stop();
});

test("is stopped even when stopping fails", async () => {
  const { actor } = clusterOf({ failing: "stopAll" });
  await waitFor(actor, (snapshot) => snapshot.matches("ready"));
  actor.send({ type: "stop" });
  assert.is((await ended(actor)).value, "stopped");
});
