import * as assert from "uvu/assert";
import { metricsPaths } from "#actors/api-server/metrics/paths.ts";
import { RequestCounts } from "#actors/api-server/metrics/request-counts.ts";
import { Scheme } from "#actors/api-server/scheme.ts";
import { kinds } from "#api/resources.ts";
import { SimulatedClock } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("metrics/request-counts");
const pods = { group: "", version: "v1", resource: "pods", namespace: "a" };
const setUp = () => {
  const clock = new SimulatedClock();
  const counts = new RequestCounts(new Scheme(kinds), clock);
  const values = (name: string) => counts.families().find((family) => family.name === name)?.values ?? [];
  return { clock, counts, values };
};

test("counts requests by verb, resource, scope and code", () => {
  const { counts, values } = setUp();
  counts.begin({ ...pods, verb: "list" }, false)(200, 10);
  counts.begin({ ...pods, verb: "list" }, false)(200, 10);
  counts.begin({ ...pods, verb: "create" }, false)(409, 10);
  assert.equal(
    values("apiserver_request_total").map(({ labels, value }) => [labels["verb"], labels["scope"], labels["code"], value]),
    [
      ["LIST", "namespace", 200, 2],
      ["POST", "namespace", 409, 1],
    ],
  );
});

test("shows how long requests took, in buckets that add up", async () => {
  const { clock, counts, values } = setUp();
  const first = counts.begin({ ...pods, verb: "get", name: "x" }, false);
  await clock.advance(30);
  first(200, 5_000);
  counts.begin({ ...pods, verb: "get", name: "x" }, false)(200, 50);
  const durations = values("apiserver_request_duration_seconds");
  const bucket = (le: number | string) => durations.find(({ labels }) => labels["le"] === le)?.value;
  assert.equal([bucket(0.005), bucket(0.025), bucket(0.05), bucket(60), bucket("+Inf")], [1, 1, 2, 2, 2]);
  assert.is(durations.find(({ metricName }) => metricName?.endsWith("_sum"))?.value, 0.03);
  assert.is(values("apiserver_response_sizes").find(({ labels }) => labels["le"] === 1000)?.value, 1);
});

test("shows what is in progress, long requests apart", () => {
  const { counts, values } = setUp();
  const inFlight = () => values("apiserver_current_inflight_requests").map(({ value }) => value);
  const long = () => values("apiserver_longrunning_requests").map(({ value }) => value);
  const ends = [
    counts.begin({ ...pods, verb: "get" }, false),
    counts.begin({ ...pods, verb: "delete" }, false),
    counts.begin({ ...pods, verb: "watch" }, true),
  ];
  assert.equal([inFlight(), long()], [[1, 1], [1]]);
  for (const end of ends) end(200, 0);
  assert.equal([inFlight(), long()], [[0, 0], [0]]);
});

test("counts what is not served as one, whatever it is called", () => {
  const { counts, values } = setUp();
  for (let count = 0; count < 5; count++) counts.begin({ ...pods, verb: "get", resource: `nothing${count}` }, false)(404, 0);
  counts.begin({ ...pods, verb: "get", subresource: "nothing" }, false)(404, 0);
  assert.equal(
    values("apiserver_request_total").map(({ labels, value }) => [labels["resource"], value]),
    [["", 6]],
  );
});

test("tells applies, dry runs and connections apart", () => {
  const { counts, values } = setUp();
  const one = { ...pods, name: "x" };
  counts.begin({ ...one, verb: "patch", contentType: "application/apply-patch+yaml" }, false)(200, 0);
  counts.begin({ ...one, verb: "patch", contentType: "application/json-patch+json", options: { dryRun: ["All"] } }, false)(200, 0);
  counts.begin({ ...one, resource: "services", subresource: "proxy", verb: "get" }, true)(200, 0);
  assert.equal(
    values("apiserver_request_total").map(({ labels }) => [labels["verb"], labels["dry_run"]]),
    [
      ["APPLY", ""],
      ["PATCH", "All"],
      ["CONNECT", ""],
    ],
  );
});

test("names what is deprecated once it is asked for", () => {
  const { counts, values } = setUp();
  counts.begin({ ...pods, verb: "list" }, false)(200, 0);
  for (const verb of ["list", "watch"] as const) counts.begin({ ...pods, resource: "endpoints", verb }, false)(200, 0);
  assert.equal(values("apiserver_requested_deprecated_apis"), [
    { labels: { group: "", version: "v1", resource: "endpoints", subresource: "", removed_release: "" }, value: 1 },
  ]);
});

test("writes what Prometheus reads, the process's metrics too", async () => {
  const { counts } = setUp();
  counts.begin({ ...pods, verb: "list" }, false)(200, 10);
  const odd = {
    name: "odd",
    help: "Odd.",
    type: "gauge",
    values: [
      { labels: { a: 'x"\\\n' }, value: 1 },
      { labels: {}, value: 2 },
    ],
  } as const;
  const handler = metricsPaths([() => counts.families(), () => [odd]], () => []);
  const answer = await handler({ method: "GET", path: "/metrics", query: new URLSearchParams(), header: () => undefined });
  const text = Buffer.from(answer?.body ?? []).toString();
  assert.match(text, /^apiserver_request_total\{verb="LIST",.*,code="200"\} 1$/m);
  assert.match(text, /^# TYPE odd gauge\nodd\{a="x\\"\\\\\\n"\} 1\nodd 2\n$/m);
  assert.match(text, /^process_resident_memory_bytes \d+$/m);
  assert.match(answer?.contentType ?? "", /^text\/plain/);
});
