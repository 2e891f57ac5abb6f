import * as assert from "uvu/assert";
import { createActor, type SnapshotFrom } from "xstate";
import { podMachine, type PodPorts } from "#actors/kubelet/pod/io.ts";
import type { Stage } from "#actors/kubelet/pod/decide.ts";
import type { Input, PodEvent } from "#actors/kubelet/pod/machine.ts";
import { suite } from "#test/support/suite.ts";
import { settled } from "#test/support/simulated-clock.ts";

const test = suite("machine of a pod");

/** Ports that do nothing and say what they were asked. */
class Script implements PodPorts {
  readonly asked: string[] = [];
  stage: Stage = "pulling";
  verdict: { reason: string; message: string } | undefined;
  fails = new Set<string>();
  admit() {
    this.asked.push("admit");
    return this.verdict;
  }
  prepare = () => this.#step("prepare");
  terminate = (verdict: { reason: string } | undefined) => this.#step(verdict === undefined ? "terminate" : `terminate ${verdict.reason}`);
  remove = () => this.#step("remove");
  look = () => this.stage;
  perform() {}
  report() {}
  backOff(failures: number) {
    this.asked.push(`backOff ${failures}`);
  }
  succeeded = () => true;
  async #step(name: string): Promise<void> {
    this.asked.push(name);
    if (this.fails.has(name)) throw new Error(name);
  }
}

const FRESH: Input = { known: false, ended: false, deleted: false };
const pathOf = ({ value }: SnapshotFrom<ReturnType<typeof podMachine>>): string =>
  typeof value === "string" ? value : Object.entries(value).flat().join(".");

const life = async (input: Input, script: Script, ...events: readonly (PodEvent | (() => void))[]): Promise<string> => {
  const actor = createActor(podMachine(script), { input }).start();
  await settled();
  for (const event of events) {
    if (typeof event === "function") event();
    else actor.send(event);
    // one event after the other
    await settled();
  }
  const path = pathOf(actor.getSnapshot());
  actor.stop();
  return path;
};

test("admits, prepares and becomes active", async () => {
  const script = new Script();
  assert.is(await life(FRESH, script), "active.pulling");
  assert.equal(script.asked, ["admit", "prepare"]);
});

test("follows the stage of its decisions", async () => {
  const script = new Script();
  const at = (stage: Stage) => () => void (script.stage = stage);
  assert.is(await life(FRESH, script, at("initializing"), { type: "changed" }), "active.initializing");
  const other = new Script();
  assert.is(await life(FRESH, other, () => void (other.stage = "running"), { type: "changed" }), "active.running");
});

test("does not admit again a pod that was admitted before", async () => {
  const script = new Script();
  await life({ ...FRESH, known: true }, script);
  assert.equal(script.asked, ["prepare"]);
});

test("ends a pod that is refused, and removes it when it is deleted", async () => {
  const script = new Script();
  script.verdict = { reason: "OutOfcpu", message: "" };
  assert.is(await life(FRESH, script), "ended.succeeded");
  assert.equal(script.asked, ["admit", "terminate OutOfcpu"]);
  assert.is(await life(FRESH, script, { type: "deleted" }), "removed");
});

test("prepares again after a back-off", async () => {
  const script = new Script();
  script.fails.add("prepare");
  assert.is(await life(FRESH, script), "preparingAgain");
  assert.is(await life(FRESH, script, () => script.fails.clear(), { type: "due" }), "active.pulling");
  assert.equal(script.asked.slice(-2), ["backOff 1", "prepare"]);
});

test("ends, in time and past its time", async () => {
  const script = new Script();
  script.stage = "completed";
  assert.is(await life(FRESH, script), "ended.succeeded");
  script.stage = "overdue";
  await life(FRESH, script);
  assert.is(script.asked.at(-1), "terminate DeadlineExceeded");
});

test("removes a deleted pod only after its end, and tries again when that fails", async () => {
  const script = new Script();
  script.fails.add("remove");
  assert.is(await life(FRESH, script, { type: "deleted" }), "removingAgain");
  assert.equal(script.asked, ["admit", "prepare", "terminate", "remove", "backOff 1"]);
  script.fails = new Set(["terminate"]);
  assert.is(await life(FRESH, script, { type: "deleted" }), "terminatingAgain");
  assert.is(await life(FRESH, script, { type: "deleted" }, () => script.fails.clear(), { type: "due" }), "removed");
});

test("starts nothing more once it has begun to end", async () => {
  const script = new Script();
  script.fails.add("terminate");
  assert.is(await life(FRESH, script, { type: "deleted" }, { type: "changed" }), "terminatingAgain");
});

test("does not delete an object that is gone already", async () => {
  const script = new Script();
  assert.is(await life(FRESH, script, { type: "gone" }), "removed");
  assert.not(script.asked.includes("remove"));
});

test("cleans up after a pod that had ended before", async () => {
  const script = new Script();
  assert.is(await life({ known: true, ended: true, deleted: false }, script), "ended.succeeded");
  assert.equal(script.asked, ["terminate"]);
});

test("ends a pod that the node cannot keep, once, wherever it is in its life", async () => {
  const evicted = { type: "evicted", verdict: { reason: "Evicted", message: "" } } as const;
  const script = new Script();
  assert.is(await life(FRESH, script, evicted, evicted), "ended.succeeded");
  assert.equal(script.asked, ["admit", "prepare", "terminate Evicted"]);
  const ending = new Script();
  assert.is(await life(FRESH, ending, { type: "deleted" }, evicted), "removed");
  assert.not(ending.asked.includes("terminate Evicted"));
});
