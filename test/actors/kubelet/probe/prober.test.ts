import * as assert from "uvu/assert";
import type { V1Container } from "#api/generated/types.ts";
import { Prober } from "#actors/kubelet/probe/prober.ts";
import { FakeProbes } from "#test/actors/kubelet/node.ts";
import { aContainer, boundPod } from "#test/actors/kubelet/pod/pods.ts";
import { SimulatedClock } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("prober");

const tcpSocket = { port: 80 };

/** A probed container, and everything that was said of it. */
const watched = (probes: Partial<V1Container>, io = new FakeProbes()) => {
  const clock = new SimulatedClock(0);
  const said: string[] = [];
  const prober = new Prober({ clock, io, agent: "probe", record: (_pod, { message }) => said.push(message) });
  const container = { kind: "app", spec: aContainer(probes) } as const;
  const target = { pod: boundPod(), container, ip: "10.64.0.1", startedAt: 0 };
  const stop = prober.watch(target, (probe, passes) => said.push(`${probe} ${passes} at ${clock.now() / 1000}`));
  return { clock, io, said, stop };
};

test("asks after the initial delay, then every period", async () => {
  const { clock, io, stop } = watched({ livenessProbe: { tcpSocket, initialDelaySeconds: 7, periodSeconds: 5 } });
  await clock.advance(6_999);
  assert.is(io.asked.length, 0);
  await clock.advance(10_001);
  assert.is(io.asked.length, 3);
  stop();
  await clock.advance(60_000);
  assert.is(io.asked.length, 3);
});

test("asks the others only after startup has passed", async () => {
  const { clock, io, said } = watched({
    startupProbe: { tcpSocket, periodSeconds: 1, failureThreshold: 9 },
    readinessProbe: { tcpSocket, periodSeconds: 1 },
  });
  io.refuses = true;
  await clock.advance(2_000);
  assert.ok(said.every((text) => text.startsWith("Startup probe failed: dial tcp 10.64.0.1:80")));
  io.refuses = false;
  await clock.advance(1_000);
  assert.equal(said.slice(-2), ["startup true at 3", "readiness true at 3"]);
});

test("condemns a container once", async () => {
  const { clock, io, said } = watched({ livenessProbe: { tcpSocket, periodSeconds: 1, failureThreshold: 3 } });
  io.refuses = true;
  await clock.advance(60_000);
  assert.is(said.filter((text) => text.startsWith("liveness")).length, 1);
  assert.is(io.asked.length, 3);
});

test("says that an answer came too late", async () => {
  const slow = new FakeProbes();
  slow.http = (_request, signal?: AbortSignal) =>
    new Promise((_, reject) => signal?.addEventListener("abort", () => reject(new Error("aborted"))));
  const { clock, said } = watched({ readinessProbe: { httpGet: { port: 80 }, timeoutSeconds: 2, failureThreshold: 1 } }, slow);
  await clock.advance(2_000);
  assert.equal(said, [
    'Readiness probe failed: Get "http://10.64.0.1:80/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
    "readiness false at 2",
  ]);
});

test("judges statuses and health", async () => {
  const http = watched({ readinessProbe: { httpGet: { port: 80 }, failureThreshold: 1 } });
  http.io.status = 500;
  await http.clock.advance(0);
  assert.equal(http.said, ["Readiness probe failed: HTTP probe failed with statuscode: 500", "readiness false at 0"]);
  const grpc = watched({ readinessProbe: { grpc: { port: 80 }, failureThreshold: 1 } });
  grpc.io.refuses = true;
  await grpc.clock.advance(0);
  assert.is(grpc.said[0], 'Readiness probe failed: service unhealthy (responded with "NOT_SERVING")');
});

test("comes to no verdict by a probe that cannot be asked", async () => {
  const { clock, said } = watched({ livenessProbe: { exec: { command: ["true"] } } });
  await clock.advance(60_000);
  assert.ok(
    said.length > 3 && said.every((text) => text.startsWith("Liveness probe errored and resulted in unknown state: exec is not supported")),
  );
});
