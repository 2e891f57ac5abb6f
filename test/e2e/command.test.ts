// The `orrery` command as people type it: every subcommand, and one clear line with exit code 1 for whatever is in its way.
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import * as assert from "uvu/assert";
import { isRunning } from "#actors/cluster/lock.ts";
import { kubectlPath } from "#test/e2e/support/clients.ts";
import { orrery, runOrrery, TestCluster } from "#test/e2e/support/cluster.ts";
import { need } from "#test/e2e/support/packages.ts";
import { here, type Result } from "#test/e2e/support/place.ts";
import { freePort, startRegistry } from "#test/e2e/support/registry.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("e2e/command", 120_000);
const HELLO = "examples/hello/hello.wasm";

/** A directory that goes away with its test. */
const withDirectory = async (body: (dir: string) => Promise<void>): Promise<void> => {
  const dir = mkdtempSync(join(tmpdir(), "orrery-command-"));
  try {
    await body(dir);
  } finally {
    rmSync(dir, { recursive: true });
  }
};

const refused = ({ code, stdout, stderr }: Result, message: string | RegExp): void => {
  assert.is(code, 1);
  assert.is(stdout, "");
  assert.match(stderr, message);
  assert.match(stderr, /^orrery: [^\n]+\n$/, "one line");
};

/** A command that goes on. */
class Started {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  output = "";
  constructor(child: ChildProcess) {
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (this.output += chunk.toString()));
    this.ended = once(child, "close").then(([code]) => code as number | null);
  }
}

for (const command of [
  [],
  ["up"],
  ["down"],
  ["status"],
  ["kubeconfig"],
  ["image"],
  ["image", "load"],
  ["image", "push"],
  ["image", "ls"],
  ["version"],
]) {
  test(`${["orrery", ...command].join(" ")} --help says how it is used`, async () => {
    const { code, stdout, stderr } = await runOrrery(...command, "--help");
    assert.is(code, 0);
    assert.is(stderr, "");
    assert.match(stdout, `Usage: ${["orrery", ...command].join(" ")}`);
  });
}
test("orrery version, and a command that there is not", async () => {
  assert.match((await runOrrery("version")).stdout, /^orrery \d+\.\d+\.\d+, Kubernetes API v1\.36\n$/);
  const { code, stderr } = await runOrrery("nonsense");
  assert.is(code, 1);
  assert.match(stderr, "error: unknown command 'nonsense'");
});
for (const command of ["status", "down", "kubeconfig"]) {
  test(`orrery ${command} where no cluster is`, () =>
    withDirectory(async (dir) => {
      refused(await runOrrery(command, "--data", dir), `orrery: ${dir}: no cluster here; 'orrery up --data ${dir}' makes one`);
      assert.equal(readdirSync(dir), []);
    }));
}
test("a port that is in use, and nothing is made", () =>
  withDirectory(async (dir) => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { readonly port: number };
    const free = String(await freePort());
    const data = join(dir, "data");
    const up = (...ports: readonly string[]): Promise<Result> => runOrrery("up", "--data", data, "--network", "loopback", ...ports);
    for (const detach of [[], ["--detach"]]) {
      const [apiServer, nats] = [
        await up("--port", String(port), "--nats-port", free, ...detach),
        await up("--port", free, "--nats-port", String(port), ...detach),
      ];
      refused(apiServer, `port ${port} of 127.0.0.1, which the API server needs, is in use`);
      refused(nats, `port ${port} of 127.0.0.1, which nats-server needs, is in use`);
      assert.not(existsSync(data));
    }
    server.close();
  }));
test("a data directory of another version, a damaged one, and one with somebody else's files", () =>
  withDirectory(async (dir) => {
    const up = (...more: readonly string[]): Promise<Result> => runOrrery("up", "--data", dir, "--network", "loopback", ...more);
    writeFileSync(join(dir, "cluster.json"), '{"dataVersion":99}');
    refused(await up(), "has layout version 99, this orrery reads version 1; give another directory with --data");
    writeFileSync(join(dir, "cluster.json"), "{");
    refused(await up(), "not readable as JSON");
    assert.is(readFileSync(join(dir, "cluster.json"), "utf8"), "{");
    rmSync(join(dir, "cluster.json"));
    writeFileSync(join(dir, "letter.txt"), "Dear");
    for (const detach of [[], ["--detach"]]) {
      refused(await up(...detach), `${dir}: holds "letter.txt", which is not a cluster's; give another directory with --data`);
      assert.equal(readdirSync(dir), ["letter.txt"]);
    }
  }));
test("a nats-server that is too old", () =>
  withDirectory(async (dir) => {
    const program = join(dir, "nats-server");
    writeFileSync(program, "#!/bin/sh\necho nats-server: v2.8.4\n");
    chmodSync(program, 0o755);
    const data = join(dir, "data");
    const ports = ["--port", String(await freePort()), "--nats-port", String(await freePort())];
    const env = { PATH: `${dir}${delimiter}${process.env["PATH"] ?? ""}` };
    const result = await here().run({ ...orrery("up", "--data", data, "--network", "loopback", ...ports), env });
    refused(result, "orrery: nats-server 2.8.4 is too old: Orrery needs 2.9.0 or newer");
    assert.not(existsSync(data));
  }));
test("of two that start in one directory at once one is refused; Ctrl-C while the other starts stops all of it", () =>
  withDirectory(async (dir) => {
    need("nats-server");
    const data = join(dir, "data");
    const begin = async (): Promise<Started> => {
      const ports = ["--port", String(await freePort()), "--nats-port", String(await freePort())];
      return new Started(here().start(orrery("up", "--data", data, "--network", "loopback", ...ports), ["ignore", "pipe", "pipe"]));
    };
    const both = await Promise.all([begin(), begin()]);
    const first = await Promise.race(both.map(async (each) => ({ each, code: await each.ended })));
    const other = both.find((each) => each !== first.each);
    assert.is(first.code, 1);
    assert.match(first.each.output, /^orrery: [^\n]*: in use by another cluster \(process \d+\); [^\n]*\n$/);
    other?.child.kill("SIGINT");
    assert.is(await other?.ended, 0);
    assert.match(other?.output ?? "", /stopped\n$/);
    assert.not.match(other?.output ?? "", "The cluster is ready");
    assert.not(existsSync(join(data, "lock")));
    assert.not(readdirSync(data).includes("run") && readdirSync(join(data, "run")).length > 0, "no process is recorded");
  }));
test("a cluster in the background: up --detach, status, kubeconfig, kubectl, image, down", () =>
  withDirectory(async (dir) => {
    need("nats-server");
    const up = new TestCluster(
      { api: await freePort(), nats: await freePort() },
      { data: join(dir, "data"), args: ["--detach", "--nodes", "2"] },
    );
    const started = await runOrrery(...up.upWords);
    assert.is(started.code, 0, started.stderr);
    assert.match(started.stdout, "The cluster is ready");

    const { code, stdout } = await up.orrery("status");
    assert.is(code, 0);
    assert.match(stdout, /^NAME +PID +ROLE +ADDRESS +STATE\norrery +\d+ +supervisor +- +running\n/);
    const rows = await up.processes();
    assert.equal(
      rows.map(({ name, state }) => `${name} ${state}`),
      ["orrery", "api-server", "controllers", "nats-server", "node-control-plane", "node-worker-1"].map((name) => `${name} running`),
    );
    assert.is((await up.orrery("kubeconfig")).stdout, readFileSync(join(up.data, "kubeconfig"), "utf8"));
    const env = { PATH: `${dirname(kubectlPath("1.35"))}${delimiter}${process.env["PATH"] ?? ""}`, HOME: dir };
    const kubectl = (...args: readonly string[]): Promise<Result> => here().run({ ...orrery("kubectl", "--data", up.data, ...args), env });
    assert.is((await kubectl("get", "nodes", "-o", "name")).stdout, "node/control-plane\nnode/worker-1\n");
    assert.is((await kubectl("get", "nothing")).code, 1);

    const words = up.upWords.filter((word) => word !== "--detach");
    refused(
      await runOrrery(...words),
      /: in use by another cluster \(process \d+\); stop it with 'orrery down', or give another directory/,
    );
    refused(
      await runOrrery(...words.map((word) => (word === up.data ? join(dir, "other") : word))),
      `port ${up.ports.api} of 127.0.0.1, which the API server needs, is in use`,
    );

    const registry = await startRegistry();
    const image = `${registry.host}/team/hello:v1`;
    const loaded = await up.orrery("image", "load", HELLO, "-t", image);
    assert.match(loaded.stdout, /^loaded .*\/team\/hello:v1\nsha256:[0-9a-f]{64}\n$/);
    assert.match((await up.orrery("image", "ls")).stdout, new RegExp(`^IMAGE +ID +SIZE\n(.*\n)*${image} +[0-9a-f]{12} +[0-9.]+ kB\n`));
    assert.is((await up.orrery("image", "push", image)).stdout, loaded.stdout.replace("loaded", "pushed"));
    refused(await up.orrery("image", "push", `${registry.host}/team/other:v1`), /other:v1/);
    refused(await up.orrery("image", "load", "package.json", "-t", image), "package.json: the file does not begin as WASM does");
    refused(await up.orrery("image", "load", join(dir, "none.wasm"), "-t", image), "none.wasm: cannot be read");
    await registry.stop();
    await up.ok("run", "loaded", `--image=${image}`, "--image-pull-policy=IfNotPresent");
    await up.until(["logs", "loaded"], (text) => text.startsWith("Hello"));

    assert.is((await up.orrery("down")).stdout, `stopped the cluster in ${up.data}\n`);
    assert.equal(
      rows.filter(({ pid }) => pid !== null && isRunning(pid)),
      [],
    );
    assert.is((await up.orrery("status")).code, 1);
    assert.is((await up.orrery("down")).stdout, "the cluster was not running\n");
    assert.ok(existsSync(join(up.data, "nats", "jetstream")), "objects stay");
  }));
