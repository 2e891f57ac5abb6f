// The walk that the README describes, with the real command and the real kubectl; then what must survive.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import dns2 from "dns2";
import * as assert from "uvu/assert";
import { need } from "#test/e2e/support/packages.ts";
import { VERSIONS } from "#test/e2e/support/clients.ts";
import { runOrrery, TestCluster } from "#test/e2e/support/cluster.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("e2e/cluster", 240_000);
const DNS = "127.96.0.10";
let started: Promise<TestCluster> | undefined;
const cluster = (): Promise<TestCluster> => {
  need("nats-server");
  started ??= TestCluster.start();
  return started;
};
const lines = (text: string): readonly string[] =>
  text
    .trim()
    .split("\n")
    .filter((line) => line !== "");
const running =
  (count: number) =>
  (stdout: string): boolean =>
    lines(stdout).length === count && lines(stdout).every((line) => / 1\/1 +Running /.test(line));
const HELLO = ["get", "pods", "-l", "app=hello", "--no-headers"];

for (const version of VERSIONS) {
  test(`kubectl ${version} sees three ready nodes, the control plane and the hello example`, async () => {
    const up = await cluster();
    const { stdout } = await up.kubectl(["get", "nodes", "-o", "wide", "--no-headers"], version);
    assert.equal(
      lines(stdout).map((line) => line.split(/\s+/).slice(0, 3).join(" ")),
      ["control-plane Ready control-plane", "worker-1 Ready <none>", "worker-2 Ready <none>"],
    );
    const pods = await up.kubectl(["get", "pods", "-n", "kube-system", "--no-headers"], version);
    for (const name of [
      "coredns-",
      "kube-apiserver-control-plane",
      "kube-controller-manager-control-plane",
      "kube-scheduler-control-plane",
      "nats-control-plane",
    ])
      assert.match(pods.stdout, name);
    await up.until(HELLO, running(3));
  });
}
test("the hello example says what its ConfigMap, its Secret and its volume hold", async () => {
  const up = await cluster();
  await up.ok("apply", "-f", "examples/hello/");
  await up.ok("rollout", "status", "deploy/hello", "--timeout=60s");
  const log = await up.until(["logs", "deploy/hello"], (text) => text.includes("message of the day"));
  assert.match(log, /^Hello, world, from hello-/m);
  assert.match(log, "a token of 17 letters was given");
  assert.match(log, "Every component of this cluster is a state machine.");
  assert.match(await up.ok("logs", "deploy/hello", "--tail=1", "--timestamps"), /^\d{4}-\d\d-\d\dT/);
});
test("a Deployment scales, replaces deleted pods, rolls out and back", async () => {
  const up = await cluster();
  await up.ok("scale", "deploy/hello", "--replicas=20");
  await up.until(HELLO, running(20));
  await up.ok("delete", "pod", "-l", "app=hello", "--wait=false");
  await up.until(HELLO, running(20));
  await up.ok("scale", "deploy/hello", "--replicas=3");
  await up.until(HELLO, running(3));
  await up.ok("rollout", "restart", "deploy/hello");
  await up.ok("rollout", "status", "deploy/hello", "--timeout=60s");
  await up.ok("rollout", "undo", "deploy/hello");
  await up.ok("rollout", "status", "deploy/hello", "--timeout=60s");
  assert.match(await up.ok("rollout", "history", "deploy/hello"), /\n3 /);
});
test("cluster DNS and the API's cluster IP answer", async () => {
  await cluster();
  const port = process.getuid?.() === 0 ? 53 : 10_053;
  const { answers } = await dns2.UDPClient({ dns: DNS, port, timeout: 2_000 })("kubernetes.default.svc.cluster.local", "A");
  assert.equal(
    answers.map(({ address }) => address),
    ["127.96.0.1"],
  );
});
test("bad input gets Kubernetes' answers, and the server goes on", async () => {
  const up = await cluster();
  const create = async (name: string, object: unknown): Promise<string> => {
    const file = join(up.data, `${name}.json`);
    await import("node:fs").then(({ writeFileSync }) => writeFileSync(file, typeof object === "string" ? object : JSON.stringify(object)));
    return (await up.kubectl(["create", "-f", file])).stderr;
  };
  const map = (rest: object): object => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" }, ...rest });
  assert.match(await create("unknown", map({ nonsense: 1 })), 'unknown field "nonsense"');
  assert.match(
    await create("wrong", map({ data: { a: 1 } })),
    "cannot unmarshal number into Go struct field ConfigMap.data of type string",
  );
  assert.match(await create("name", map({ metadata: { name: "No_Good" } })), "a lowercase RFC 1123 subdomain must consist of");
  assert.match(
    await create("missing", { apiVersion: "v1", kind: "Pod", metadata: { name: "x" }, spec: { containers: [{ name: "c" }] } }),
    "spec.containers[0].image: Required value",
  );
  assert.match(await create("large", map({ data: { a: "x".repeat(10 * 1024 * 1024) } })), /too large|Too long/i);
  assert.match(await up.ok("get", "--raw", "/readyz"), "ok");
});
test("an image that is not there ends in ErrImagePull or ImagePullBackOff, and deleting the pod works", async () => {
  const up = await cluster();
  const { writeFileSync } = await import("node:fs");
  const file = join(up.data, "pod.json");
  writeFileSync(
    file,
    JSON.stringify({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "none" },
      spec: { containers: [{ name: "c", image: "127.0.0.1:9/none:v1" }] },
    }),
  );
  await up.ok("create", "-f", file);
  await up.until(["get", "pod", "none", "--no-headers"], (text) => /ErrImagePull|ImagePullBackOff/.test(text));
  await up.ok("delete", "pod", "none", "--timeout=30s");
});
for (const name of ["api-server", "node-worker-1", "nats-server"]) {
  test(`everything converges again after kill -9 of ${name}`, async () => {
    const up = await cluster();
    await up.ok("apply", "-f", "examples/hello/");
    const before = await up.ok("get", "configmaps", "-A", "-o", "name");
    const pid = await up.pidOf(name);
    process.kill(pid, "SIGKILL");
    await up.until(["get", "--raw", "/readyz"], (text) => text === "ok");
    await up.ok("scale", "deploy/hello", "--replicas=6");
    await up.until(HELLO, running(6));
    await up.ok("scale", "deploy/hello", "--replicas=3");
    await up.until(HELLO, running(3));
    assert.is(await up.ok("get", "configmaps", "-A", "-o", "name"), before);
  });
}
test("a second cluster is refused the data directory, with one clear line", async () => {
  const up = await cluster();
  const { code, stderr } = await runOrrery("up", "--data", up.data);
  assert.is(code, 1);
  assert.match(stderr, "in use by another cluster");
});
test("everything comes back when the cluster is stopped and started, and nothing is left when it is stopped", async () => {
  const up = await cluster();
  const before = await up.ok("get", "deploy,svc,cm,secret", "-A", "-o", "name");
  assert.is(await up.stop(), 0);
  const { stdout } = await runOrrery("status", "--data", up.data, "-o", "json");
  assert.equal(
    (JSON.parse(stdout) as { processes: { state: string }[] }).processes.map(({ state }) => state),
    ["stopped"],
  );
  await up.up();
  assert.is(await up.ok("get", "deploy,svc,cm,secret", "-A", "-o", "name"), before);
  await up.until(HELLO, running(3));
  assert.is(await up.stop(), 0);
  assert.match(readFileSync(join(up.data, "kubeconfig"), "utf8"), "certificate-authority-data");
  up.remove();
});
