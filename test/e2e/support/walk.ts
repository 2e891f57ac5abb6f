// The walk that the README describes, and what a cluster must survive, in one place after the other: the same tests for
// every user and every kind of address.
import { once } from "node:events";
import { createInterface } from "node:readline";
import * as assert from "uvu/assert";
import { realPort } from "#lib/cluster-network.ts";
import { suite } from "#test/support/suite.ts";
import { VERSIONS, type Version } from "./clients.ts";
import { TestCluster } from "./cluster.ts";
import { deploymentOf } from "./expected.ts";
import { converged, Load, wrongAnswers } from "./load.ts";
import { need } from "./packages.ts";
import type { Place } from "./place.ts";

const KILLED = ["api-server", "node-worker-1", "nats-server", "controllers"] as const;
const HELLO = ["get", "pods", "-l", "app=hello", "--no-headers"] as const;
const KEPT = [
  "get",
  "deploy,rs,svc,cm,secret,sa,ns,nodes",
  "-A",
  "--no-headers",
  "-o",
  "custom-columns=K:.kind,N:.metadata.name,U:.metadata.uid",
];

const lines = (text: string): readonly string[] =>
  text
    .trim()
    .split("\n")
    .filter((line) => line !== "");
const namesOf = (text: string): ReadonlySet<string> => new Set(lines(text).map((line) => line.split(/\s+/)[0] ?? ""));
const running =
  (count: number) =>
  (stdout: string): boolean =>
    lines(stdout).length === count && lines(stdout).every((line) => / 1\/1 +Running /.test(line));

// What `kubectl get pods -w` says, until it has shown what is wanted.
const watchUntil = async (up: TestCluster, version: Version, shown: RegExp): Promise<void> => {
  const child = up.startKubectl(["get", "pods", "-w", "--no-headers"], version);
  if (child.stdout === null) throw new Error("no output");
  for await (const line of createInterface({ input: child.stdout })) if (shown.test(line)) break;
  child.kill();
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
};

/** The README's session with one kubectl. */
const session = async (up: TestCluster, version: Version): Promise<void> => {
  const type = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await up.kubectl(args, version);
    assert.is(code, 0, `kubectl ${args.join(" ")}: ${stderr}`);
    return stdout;
  };
  const nodes = await type("get", "nodes", "-o", "wide", "--no-headers");
  assert.equal(
    lines(nodes).map((line) => line.split(/\s+/).slice(0, 3).join(" ")),
    ["control-plane Ready control-plane", "worker-1 Ready <none>", "worker-2 Ready <none>"],
  );
  const pods = await type("get", "pods", "-A", "-o", "wide");
  for (const name of ["coredns-", "kube-apiserver-control-plane", "kube-controller-manager-control-plane", "nats-control-plane"])
    assert.match(pods, name);
  assert.match(await type("get", "nodes,pods", "-A", "-o", "wide"), /node\/worker-1 /);
  await type("apply", "-f", "examples/hello/");
  assert.match(await type("rollout", "status", "deploy/hello", "--timeout=60s"), "successfully rolled out");
  await up.until(["logs", "deploy/hello"], (text) => text.includes("message of the day"));
  const log = await type("logs", "deploy/hello");
  assert.match(log, /^Hello, world, from hello-/m);
  assert.match(log, "a token of 17 letters was given");
  assert.match(log, "Every component of this cluster is a state machine.");
  assert.match(await type("logs", "deploy/hello", "--tail=1", "--timestamps"), /^\d{4}-\d\d-\d\dT/);
  assert.is(await type("scale", "deploy/hello", "--replicas=50"), "deployment.apps/hello scaled\n");
  await type("rollout", "status", "deploy/hello", "--timeout=60s");
  const before = namesOf(await up.until(HELLO, running(50)));
  const watching = watchUntil(up, version, / Terminating /);
  assert.is(lines(await type("delete", "pod", "-l", "app=hello", "--wait=false")).length, 50);
  const after = namesOf(await up.until(HELLO, running(50)));
  assert.equal(
    [...after].filter((name) => before.has(name)),
    [],
    "all were replaced",
  );
  await watching;
  await type("scale", "deploy/hello", "--replicas=3");
  await up.until(HELLO, running(3));
  await type("set", "env", "deploy/hello", `AUDIENCE=${version}`);
  await type("rollout", "status", "deploy/hello", "--timeout=60s");
  await up.until(["logs", "deploy/hello"], (text) => text.includes(`Hello, ${version}, from hello-`));
  assert.is(await type("rollout", "undo", "deploy/hello"), "deployment.apps/hello rolled back\n");
  await type("rollout", "status", "deploy/hello", "--timeout=60s");
  await up.until(["logs", "deploy/hello"], (text) => text.includes("Hello, world, from hello-"));
  assert.match(await type("rollout", "history", "deploy/hello"), /^REVISION +CHANGE-CAUSE$/m);
  assert.match(await type("describe", "deploy/hello"), /ScalingReplicaSet .* deployment-controller +Scaled up replica set hello-/);
  const [name = ""] = namesOf(await up.until(HELLO, running(3)));
  const described = await type("describe", "pod", name);
  for (const reason of ["Scheduled", "Created", "Started"]) assert.match(described, new RegExp(`Normal +${reason} `));
  assert.match(await type("get", "events", "--field-selector", `involvedObject.name=${name}`), /Successfully assigned default\/hello-/);
  assert.match(await type("get", "deploy", "hello"), /^hello +3\/3 +3 +3 /m);
};

/** Tests of a cluster in the place that `makePlace` makes. */
export const walk = (name: string, makePlace: () => Place): void => {
  const test = suite(name, 240_000);
  let started: Promise<TestCluster> | undefined;
  const cluster = (): Promise<TestCluster> => {
    need("nats-server");
    started ??= TestCluster.start({ place: makePlace() });
    return started;
  };

  for (const version of VERSIONS)
    test(`the README's session, typed with kubectl ${version}`, async () => session(await cluster(), version));

  test("a Service and its DNS name lead to every pod, and cluster DNS answers for the API", async () => {
    const up = await cluster();
    const { place } = up;
    const mayBindLow = place.uid === undefined && process.getuid?.() === 0;
    const { ranges } = place;
    const dig = (of: string): Promise<string> => place.node("dig.ts", ranges.dns, String(realPort(53, mayBindLow)), of);
    assert.is(await dig("kubernetes.default.svc.cluster.local"), `${ranges.kubernetes}\n`);
    await up.ok("create", "-f", up.file("echo", { apiVersion: "apps/v1", kind: "Deployment", ...deploymentOf("default", "echo", 3) }));
    await up.ok("expose", "deploy/echo", "--port=80", "--target-port=8080");
    await up.ok("rollout", "status", "deploy/echo", "--timeout=60s");
    const address = (await dig("echo.default.svc.cluster.local")).trim();
    assert.is(address, await up.ok("get", "service", "echo", "-o", "jsonpath={.spec.clusterIP}"));
    const url = `http://${address}:${realPort(80, mayBindLow)}/`;
    const pods = await up.ok("get", "pods", "-l", "app=echo", "-o", 'jsonpath={range .items[*]}{.metadata.name}{"\\n"}{end}');
    const names = lines(pods).toSorted();
    const urls = Array.from({ length: 30 }, () => url);
    const answers = async (): Promise<readonly string[]> => {
      const texts = JSON.parse(await place.node("fetch.ts", ...urls)) as readonly string[];
      return [...new Set(texts.map((text) => text.trim()))].toSorted();
    };
    await up.eventually(answers, (seen) => seen.join("\n") === names.join("\n"), { what: `answers of ${url}` });
    await up.ok("delete", "service,deploy", "echo");
  });

  test(`nothing is lost or doubled when ${KILLED.join(", ")} are killed under load`, async () => {
    const up = await cluster();
    await up.ok("create", "namespace", "load");
    const load = new Load(up, 1);
    for (const killed of KILLED) {
      await load.more(100);
      const pid = await up.pidOf(killed);
      await up.place.run({ program: "kill", args: ["-9", String(pid)] });
      await up.eventually(
        () => up.processes(),
        (rows) => rows.some((row) => row.name === killed && row.pid !== pid && row.state === "running"),
        { what: `${killed} after kill -9` },
      );
    }
    await load.more(100);
    const expected = await load.end();
    await converged(up, expected);
    assert.equal(await wrongAnswers(up, expected.namespace), []);
    await up.ok("delete", "namespace", "load", "--timeout=60s");
  });

  test("every object and every pod comes back when the cluster is stopped and started", async () => {
    const up = await cluster();
    await up.until(HELLO, running(3));
    const before = await up.ok(...KEPT);
    const pods = await up.ok(...HELLO, "-o", "name");
    assert.is(await up.stop(), 0);
    assert.match(up.output, /\nstopped\n$/);
    assert.equal(
      (await up.processes()).map(({ name: of, state }) => `${of} ${state}`),
      ["orrery stopped"],
    );
    await up.up();
    assert.is(await up.ok(...KEPT), before);
    await up.until(HELLO, running(3));
    assert.is(await up.ok(...HELLO, "-o", "name"), pods);
  });

  test("kill -9 of the supervisor leaves nothing that the next start cannot clean", async () => {
    const up = await cluster();
    const before = await up.ok(...KEPT);
    const children = (await up.processes()).map(({ pid }) => pid);
    await up.stop("SIGKILL");
    await up.up();
    const now = await up.processes();
    assert.is(now.length, children.length);
    assert.equal(
      now.filter(({ pid, state }) => state !== "running" || children.includes(pid)),
      [],
    );
    assert.is(await up.ok(...KEPT), before);
    await up.until(HELLO, running(3));
  });

  test("Ctrl-C stops everything, and no process is left", async () => {
    const up = await cluster();
    const pids = (await up.processes()).map(({ pid }) => String(pid));
    assert.is(await up.stop(), 0);
    for (const pid of pids) assert.is.not((await up.place.run({ program: "kill", args: ["-0", pid] })).code, 0, `process ${pid}`);
    up.remove();
  });
};
