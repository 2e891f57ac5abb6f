import * as assert from "uvu/assert";
import { discoveryFault, discoveryPath, type Probe } from "#actors/api-server/aggregation/discovery-check.ts";
import { settled, SimulatedClock } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/aggregation/discovery-check");

const PATH = "/apis/example.com/v1";
const URL = `https://10.0.0.1:8443${PATH}`;
const locate = () => ({ host: "10.0.0.1", port: 8443 });
const { signal } = new AbortController();

const fault = (probe: Probe, clock = new SimulatedClock()) => discoveryFault({ path: PATH, locate, probe, clock }, signal);

test("asks for the version's own discovery; the core group's is elsewhere", () => {
  const priorities = { groupPriorityMinimum: 1, versionPriority: 1 };
  assert.is(discoveryPath({ metadata: { name: "v1.example.com" }, spec: { group: "example.com", version: "v1", ...priorities } }), PATH);
  assert.is(discoveryPath({ metadata: { name: "v1." }, spec: { version: "v1", ...priorities } }), "/api/v1");
});

test("one good answer of five is enough", async () => {
  let asked = 0;
  assert.is(await fault(async () => (++asked === 4 ? 200 : 500)), undefined);
  assert.is(asked, 5);
});

test("says why none is good", async () => {
  assert.is(await fault(async () => 503), `failing or missing response from ${URL}: bad status from ${URL}: 503`);
  const refused = () => Promise.reject(new Error("dial tcp 10.0.0.1:8443: connect: connection refused"));
  const why = `Get "${URL}": dial tcp 10.0.0.1:8443: connect: connection refused`;
  assert.is(await fault(refused), `failing or missing response from ${URL}: ${why}`);
});

test("says that nobody is there to be asked", async () => {
  const nowhere = { path: PATH, locate: () => ({ reason: "nobody" }), probe: async () => 200, clock: new SimulatedClock() };
  assert.is(await discoveryFault(nowhere, signal), "nobody");
});

test("a server that is silent for five seconds is not there", async () => {
  const clock = new SimulatedClock();
  const silent: Probe = (_endpoint, _path, ended) =>
    new Promise((_resolve, reject) => ended.addEventListener("abort", () => reject(ended.reason as Error), { once: true }));
  let said: string | undefined | false = false;
  void fault(silent, clock).then((found) => (said = found));
  await clock.advance(4_900);
  assert.is(said, false);
  await clock.advance(200);
  await settled();
  assert.is(
    said,
    `failing or missing response from ${URL}: Get "${URL}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
  );
});
