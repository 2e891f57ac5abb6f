import * as assert from "uvu/assert";
import type { V1ContainerStatus } from "#api/generated/types.ts";
import { UNKNOWN } from "#actors/kubelet/pod/facts.ts";
import { restore } from "#actors/kubelet/pod/restore.ts";
import type { Container } from "#runtime/port.ts";
import { suite } from "#test/support/suite.ts";
import { boundPod } from "./pods.ts";

const test = suite("restore");

const status = (extra: Partial<V1ContainerStatus>): V1ContainerStatus => ({
  name: "main",
  image: "web:1",
  imageID: "sha256:1",
  containerID: "orrery://old",
  ready: true,
  started: true,
  restartCount: 2,
  ...extra,
});
const pod = (extra: Partial<V1ContainerStatus>) => boundPod({}, { status: { containerStatuses: [status(extra)] } });
const found = (extra: Partial<Container> = {}): Container => ({
  id: "old",
  sandboxId: "s",
  name: "main",
  attempt: 2,
  imageId: "sha256:1",
  state: "running",
  createdAt: 0,
  startedAt: 5,
  logPath: "",
  ...extra,
});
const ran = { running: { startedAt: "1970-01-01T00:00:01Z" } };

test("knows nothing of a pod that nobody has run", () => {
  assert.is(restore(boundPod(), [], 0).size, 0);
});

test("adopts what runs", () => {
  const facts = restore(pod({ state: ran }), [found()], 9).get("main");
  assert.equal([facts?.state, facts?.id, facts?.attempt, facts?.startedAt, facts?.ready], ["running", "old", 2, 5, true]);
});

test("counts what ran and is lost as ended", () => {
  const { state, attempt, exit } = restore(pod({ state: ran }), [], 9_000).get("main") ?? UNKNOWN;
  assert.equal([state, attempt, exit?.exitCode, exit?.reason], ["exited", 2, 137, "ContainerStatusUnknown"]);
  assert.equal([exit?.startedAt, exit?.finishedAt], [1_000, 9_000]);
});

test("remembers ends", () => {
  const terminated = { exitCode: 3, reason: "Error", finishedAt: "1970-01-01T00:00:02Z", containerID: "orrery://old" };
  const facts = restore(pod({ state: { terminated } }), [], 9).get("main");
  assert.equal(facts?.exit, {
    containerId: "old",
    exitCode: 3,
    reason: "Error",
    message: undefined,
    startedAt: undefined,
    finishedAt: 2_000,
  });
  const waiting = { state: { waiting: { reason: "CrashLoopBackOff" } }, lastState: { terminated } };
  const crashed = restore(pod(waiting), [], 9).get("main");
  assert.equal([crashed?.state, crashed?.exit?.exitCode, crashed?.last], ["exited", 3, undefined]);
});

test("believes the runtime more than the status", () => {
  const ended = found({ id: "new", attempt: 3, state: "exited", exitCode: 0, reason: "Completed", finishedAt: 7 });
  const facts = restore(pod({ state: ran }), [found({ state: "exited", exitCode: 1 }), ended], 9).get("main");
  assert.equal([facts?.state, facts?.attempt, facts?.exit?.exitCode, facts?.last?.reason], ["exited", 3, 0, "ContainerStatusUnknown"]);
});
