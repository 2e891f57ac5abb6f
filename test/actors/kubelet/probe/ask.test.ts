import * as assert from "uvu/assert";
import type { V1Probe } from "#api/generated/types.ts";
import { probeAsk, urlOf } from "#actors/kubelet/probe/ask.ts";
import { delayMs, extend, verdictOf, type Run } from "#actors/kubelet/probe/count.ts";
import { healthRequest, healthStatus } from "#actors/kubelet/probe/grpc-health.ts";
import { suite } from "#test/support/suite.ts";
import { aContainer } from "#test/actors/kubelet/pod/pods.ts";

const test = suite("what probes ask");

const container = aContainer({ ports: [{ name: "http", containerPort: 8080 }] });
const ask = (probe: V1Probe) => probeAsk(probe, container, "10.64.0.1", "kube-probe/1.36");

test("asks by HTTP, with a port's name, and headers of the spec's own", () => {
  const httpHeaders = [
    { name: "accept", value: "text/plain" },
    { name: "User-Agent", value: "" },
  ];
  const asked = ask({ httpGet: { port: "http", path: "ready", scheme: "HTTPS", httpHeaders } });
  assert.equal(asked, {
    ask: "http",
    request: { scheme: "https", host: "10.64.0.1", port: 8080, path: "/ready", headers: [{ name: "accept", value: "text/plain" }] },
  });
  const plain = ask({ httpGet: { port: 80, host: "fd00::1" } });
  assert.is(plain.ask === "http" ? urlOf(plain.request) : "", "http://[fd00::1]:80/");
});

test("asks by connection and by gRPC", () => {
  assert.equal(ask({ tcpSocket: { port: 80 } }), { ask: "tcp", host: "10.64.0.1", port: 80 });
  assert.equal(ask({ grpc: { port: 80, service: "s" } }), { ask: "grpc", host: "10.64.0.1", port: 80, service: "s" });
});

test("says what it cannot ask", () => {
  assert.equal(ask({ tcpSocket: { port: "none" } }), { ask: "nothing", why: "couldn't find port: none" });
  assert.match(JSON.stringify(ask({ exec: { command: ["true"] } })), /exec is not supported/);
  assert.equal(ask({}), { ask: "nothing", why: "missing probe handler" });
});

test("takes so many answers in a row for a verdict", () => {
  const spec = { failureThreshold: 2, successThreshold: 1 };
  const verdicts: (boolean | undefined)[] = [];
  let run: Run | undefined;
  for (const passes of [false, true, false, false]) {
    run = extend(run, passes);
    verdicts.push(verdictOf(run, spec));
  }
  assert.equal(verdicts, [undefined, true, undefined, false]);
  assert.is(verdictOf({ passes: false, length: 3 }, {}), false);
});

test("asks a container that is not ready yet more often than its period", () => {
  assert.equal(
    [1, 2, 3, 9].map((asked) => delayMs("readiness", { periodSeconds: 5 }, false, asked)),
    [250, 500, 1000, 5000],
  );
  assert.is(delayMs("readiness", {}, true, 1), 10_000);
  assert.is(delayMs("liveness", { periodSeconds: 3 }, false, 1), 3_000);
});

test("speaks gRPC's health protocol", () => {
  assert.equal([...healthRequest("")], [0, 0, 0, 0, 0]);
  assert.equal([...healthRequest("ab")], [0, 0, 0, 0, 4, 0x0a, 2, 97, 98]);
  assert.equal(
    [[8, 1], [8, 2], [], [8, 9]].map((message) => healthStatus(Uint8Array.from([0, 0, 0, 0, message.length, ...message]))),
    ["SERVING", "NOT_SERVING", "UNKNOWN", "UNKNOWN"],
  );
  assert.is(healthRequest("s".repeat(200)).length, 5 + 3 + 200);
});
