import * as assert from "uvu/assert";
import { learn, nextAttempt, UNKNOWN } from "#actors/kubelet/pod/facts.ts";
import { suite } from "#test/support/suite.ts";
import { after, exited, exitOf, running } from "./pods.ts";

const test = suite("facts of a container");

test("counts each container that was created", () => {
  assert.is(nextAttempt(UNKNOWN), 0);
  const first = after(...running("c0"));
  assert.is(first.attempt, 0);
  assert.is(nextAttempt(first), 1);
  const second = after(...running("c0"), exited("c0", 1, 5), ...running("c1", 6));
  assert.is(second.attempt, 1);
  assert.is(second.last?.exitCode, 1);
});

test("takes no news of an older container", () => {
  const facts = after(...running("c0"), exited("c0", 1), ...running("c1"));
  assert.is(learn(facts, exited("c0", 9)), facts);
  assert.is(learn(facts, { fact: "probed", probe: "liveness", id: "c0", passes: false }), facts);
});

test("remembers an end that came before its start was told", () => {
  const [starting, created, started] = running("c0");
  const facts = [starting, created, exited("c0", 0), started].reduce((known, fact) => (fact ? learn(known, fact) : known), UNKNOWN);
  assert.is(facts.state, "exited");
  assert.is(facts.task, undefined);
});

test("waits for the probes that it has", () => {
  const facts = after(...running("c0", 0, ["startup", "readiness"]));
  assert.equal([facts.started, facts.ready], [false, false]);
  const started = learn(facts, { fact: "probed", probe: "startup", id: "c0", passes: true });
  assert.is(started.started, true);
  assert.is(learn(started, { fact: "probed", probe: "readiness", id: "c0", passes: true }).ready, true);
  assert.is(learn(started, { fact: "probed", probe: "liveness", id: "c0", passes: false }).unhealthy, "liveness");
  assert.is(learn(started, { fact: "probed", probe: "liveness", id: "c0", passes: true }), started);
});

test("may start at once after its first end, and later after the next", () => {
  const once = after(...running("c0"), exited("c0", 1, 1_000));
  assert.equal(once.retry, { at: 1_000, failedAt: 1_000, as: "CrashLoopBackOff" });
  const twice = after(...running("c0"), exited("c0", 1, 1_000), ...running("c1", 1_000), exited("c1", 1, 2_000));
  assert.is(twice.retry?.at, 12_000);
});

test("waits longer for each pull that fails, and starts anew once one has gone well", () => {
  const waiting = { reason: "ErrImagePull", message: "no" };
  const failed = (at: number) => ({ fact: "startFailed", step: "pull", waiting, at }) as const;
  const facts = after(failed(0), failed(10_000));
  assert.equal(facts.retry, { at: 30_000, failedAt: 10_000, as: "ImagePullBackOff" });
  assert.is(learn(facts, { fact: "created", id: "c0", imageId: "" }).pullBackOff, undefined);
});

test("waits ten seconds after what has no back-off of its own", () => {
  const facts = after({ fact: "startFailed", step: "create", waiting: { reason: "CreateContainerConfigError", message: "" }, at: 5 });
  assert.equal(facts.retry, { at: 10_005, failedAt: 5 });
});

test("leaves a container that could not be run to its restart policy", () => {
  const waiting = { reason: "RunContainerError", message: "no" };
  const failed = { fact: "startFailed", step: "run", waiting, at: 0 } as const;
  const [starting, created] = running("c0");
  const ended = after(...[starting, created].filter((fact) => fact !== undefined), { fact: "exited", exit: exitOf("c0", 128) }, failed);
  assert.is(ended.retry?.as, "CrashLoopBackOff");
  assert.is(ended.task, undefined);
  const ending = after(...[starting, created].filter((fact) => fact !== undefined), failed);
  assert.is(ending.task, "stopping", "nothing else starts before its end is known");
});
