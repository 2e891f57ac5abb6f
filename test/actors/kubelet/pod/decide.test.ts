import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { containersOf, restarts, type BoundPod } from "#actors/kubelet/pod/containers.ts";
import { decide, type Action, type Decision } from "#actors/kubelet/pod/decide.ts";
import { learn, UNKNOWN, type ContainerFacts, type Fact } from "#actors/kubelet/pod/facts.ts";
import { suite } from "#test/support/suite.ts";
import { aContainer, after, boundPod, exited, running } from "./pods.ts";

const test = suite("decide");

type Known = { readonly [container: string]: ContainerFacts };
const decided = (pod: BoundPod, known: Known = {}, now = 0): Decision =>
  decide({ pod, containers: new Map(Object.entries(known)), startedAt: 0, now });
/** The stage and what is to be done, in short. */
const short = ({ stage, actions }: Decision): string =>
  [stage, ...actions.map((action) => `${action.do} ${action.container.spec.name}`)].join(", ");

const init = aContainer({ name: "init" });
const sidecar = aContainer({ name: "side", restartPolicy: "Always" });
const two = { containers: [aContainer({ name: "a" }), aContainer({ name: "b" })] };
const up = after(...running());

test("starts every app container of a new pod at once", () => {
  assert.is(short(decided(boundPod(two))), "pulling, start a, start b");
});

test("asks for nothing that is under way", () => {
  const starting = after({ fact: "starting", image: "web:1", at: 0 });
  assert.is(short(decided(boundPod(two), { a: starting, b: starting })), "pulling");
});

test("names the stage of a pod", () => {
  assert.is(short(decided(boundPod(two), { a: up })), "starting, start b");
  assert.is(short(decided(boundPod(two), { a: up, b: up })), "running");
});

test("starts an init container only when the one before has ended well", () => {
  const pod = boundPod({ initContainers: [init, aContainer({ name: "next" })] });
  assert.is(short(decided(pod)), "pulling, start init");
  assert.is(short(decided(pod, { init: up })), "initializing");
  const done = after(...running(), exited("c0", 0));
  assert.is(short(decided(pod, { init: done })), "initializing, start next");
  assert.is(short(decided(pod, { init: done, next: done })), "starting, start main");
});

test("goes on past a sidecar when it has started, and keeps it up", () => {
  const pod = boundPod({ initContainers: [sidecar, init] });
  assert.is(short(decided(pod, { side: after(...running("c0", 0, ["startup"])) })), "initializing");
  assert.is(short(decided(pod, { side: up })), "initializing, start init");
  const gone = after(...running(), exited("c0", 0));
  assert.is(short(decided(pod, { side: gone, init: gone, main: up })), "running, start side");
});

test("ends a pod when an init container has failed for good", () => {
  const failed = after(...running(), exited("c0", 1));
  assert.is(decided(boundPod({ initContainers: [init], restartPolicy: "Never" }), { init: failed }).stage, "completed");
  assert.is(short(decided(boundPod({ initContainers: [init], restartPolicy: "OnFailure" }), { init: failed })), "initializing, start init");
});

test("ends a pod when all app containers have ended, though a sidecar runs", () => {
  const done = after(...running(), exited("c0", 0));
  const pod = boundPod({ initContainers: [sidecar], restartPolicy: "OnFailure" });
  assert.is(decided(pod, { side: up, main: done }).stage, "completed");
});

test("waits for the back-off, shows it after a moment, and starts when it has passed", () => {
  const crashed = after(...running("c0"), exited("c0", 1), ...running("c1"), exited("c1", 1));
  const pod = boundPod();
  assert.equal(decided(pod, { main: crashed }, 0).lookAgainAt, 1_000);
  assert.is(short(decided(pod, { main: crashed }, 1_000)), "running, backOff main");
  const shown = learn(crashed, { fact: "backingOff", waiting: { reason: "CrashLoopBackOff", message: "" } });
  assert.equal(decided(pod, { main: shown }, 2_000).lookAgainAt, 10_000);
  assert.is(short(decided(pod, { main: shown }, 10_000)), "running, start main");
});

test("does not wait for an image that nobody asks for any more", () => {
  const waiting = { reason: "ErrImagePull", message: "" };
  const failed = after({ fact: "starting", image: "wbe:1", at: 0 }, { fact: "startFailed", step: "pull", waiting, at: 0 });
  assert.is(short(decided(boundPod(), { main: failed }, 1)), "pulling, start main");
});

test("stops a container whose probe has condemned it or whose image has changed", () => {
  const sick = learn(up, { fact: "probed", probe: "liveness", id: "c0", passes: false });
  assert.is(short(decided(boundPod(), { main: sick })), "running, stop main");
  assert.is(short(decided(boundPod({ containers: [aContainer({ image: "web:2" })] }), { main: up })), "running, stop main");
});

test("knows a pod's deadline before and after", () => {
  const pod = boundPod({ activeDeadlineSeconds: 60 });
  assert.is(decided(pod, { main: up }, 59_999).lookAgainAt, 60_000);
  assert.is(decided(pod, { main: up }, 60_000).stage, "overdue");
});

test("starts ephemeral containers once, beside the others", () => {
  const pod = boundPod({ ephemeralContainers: [{ name: "debug", image: "web:1" }] });
  assert.is(short(decided(pod, { main: up })), "running, start debug");
  assert.is(short(decided(pod, { main: up, debug: after(...running(), exited("c0", 0)) })), "running");
});

test("restarts by the container's own rules before the pod's policy", () => {
  const rule = { action: "Restart", exitCodes: { operator: "In", values: [42] } };
  const container = { kind: "app", spec: aContainer({ restartPolicyRules: [rule] }) } as const;
  const pod = boundPod({ restartPolicy: "Never" });
  assert.equal(
    [0, 1, 42].map((code) => restarts(pod, container, code)),
    [false, false, true],
  );
});

const anyFact = (id: string): fc.Arbitrary<Fact> =>
  fc.oneof(
    fc.constant<Fact>({ fact: "starting", image: "web:1", at: 0 }),
    fc.constant<Fact>({ fact: "created", id, imageId: "" }),
    fc.constant<Fact>({ fact: "started", id, at: 0, probes: [] }),
    fc.integer({ min: 0, max: 2 }).map((code) => exited(id, code)),
    fc.constant<Fact>({ fact: "stopping" }),
    fc
      .constantFrom("pull", "create", "run")
      .map((step): Fact => ({ fact: "startFailed", step: step as "pull", waiting: { reason: "X", message: "" }, at: 0 })),
  );
const anyPod = fc
  .record({ restartPolicy: fc.constantFrom("Always", "OnFailure", "Never"), initContainers: fc.subarray([init, sidecar]) })
  .map((spec) => boundPod({ ...two, ...spec }));
const anyFacts = fc.array(anyFact("c0"), { maxLength: 8 }).map((facts) => facts.reduce(learn, UNKNOWN));

/** Holds of everything that is decided, whatever is known. */
const isLawful = (pod: BoundPod, action: Action, facts: ContainerFacts, now: number): void => {
  assert.is(facts.task, undefined);
  if (action.do === "stop") return assert.is(facts.state, "running");
  assert.is.not(facts.state, "running");
  if (action.do === "backOff") return undefined;
  if (facts.exit !== undefined) assert.ok(restarts(pod, action.container, facts.exit.exitCode));
  if (facts.image === "web:1") assert.ok(now >= (facts.retry?.at ?? 0));
  return undefined;
};

test("never starts what runs, what is under way, or what its policy leaves ended", () => {
  const known = fc.record({ a: anyFacts, b: anyFacts, init: anyFacts, side: anyFacts });
  const law = fc.property(anyPod, known, fc.integer({ min: 0, max: 50_000 }), (pod, facts, now) => {
    for (const action of decided(pod, facts, now).actions) {
      isLawful(pod, action, facts[action.container.spec.name as keyof typeof facts], now);
    }
  });
  fc.assert(law, { numRuns: 500 });
});

test("asks to be asked again, acts, or waits for something that is under way", () => {
  const law = fc.property(anyPod, anyFacts, (pod, facts) => {
    const known = Object.fromEntries(containersOf(pod).map(({ spec }) => [spec.name, facts]));
    const { stage, actions, lookAgainAt } = decided(pod, known);
    const idle = actions.length === 0 && lookAgainAt === undefined && stage !== "completed";
    if (idle) assert.ok(facts.task !== undefined || facts.state === "running");
  });
  fc.assert(law, { numRuns: 500 });
});
