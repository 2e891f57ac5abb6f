import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { layoutOf } from "#actors/cluster/layout.ts";
import { takeLock } from "#actors/cluster/lock.ts";
import { parseEncryption } from "#actors/store/encryption/config.ts";
import type { ProcessRecord } from "#actors/cluster/process/io.ts";
import { runProgram } from "#bin/command/program.ts";
import { VERSION } from "#bin/version.ts";
import { aDefinition } from "#test/actors/cluster/directory.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("bin/command");

/** Runs a command line; the answer is all that it said and its exit code. */
const run = async (...args: readonly string[]) => {
  const said = { out: "", err: "", code: 0 };
  await runProgram(args, {
    out: (text) => void (said.out += text),
    err: (text) => void (said.err += text),
    exitCode: (code) => void (said.code = code),
  });
  return said;
};

/** Gives a data directory of its own, with a cluster that does not run unless told otherwise. */
const inData = async (body: (data: string) => Promise<void>, cluster: string | undefined = JSON.stringify(aDefinition)): Promise<void> => {
  const data = mkdtempSync(join(tmpdir(), "orrery-"));
  try {
    if (cluster !== "") writeFileSync(join(data, "cluster.json"), cluster);
    await body(data);
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
};

test("says its version and that of the API", async () => {
  assert.equal(await run("version"), { out: `orrery ${VERSION}, Kubernetes API v1.36\n`, err: "", code: 0 });
  assert.is((await run("--version")).out, `${VERSION}\n`);
});

test("helps with every command, and shows no inner ones", async () => {
  const { out, code } = await run("--help");
  assert.is(code, 0);
  const commands = [...out.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name);
  assert.equal(commands, ["up", "status", "down", "kubeconfig", "image", "encryption", "kubectl", "version", "help"]);
  for (const command of ["up", "status", "down", "kubeconfig", "image", "encryption", "version"])
    assert.match((await run(command, "--help")).out, `Usage: orrery ${command}`);
});

const REFUSED: readonly (readonly [string, string])[] = [
  ["dance", "error: unknown command 'dance'"],
  ["up --port high", "error: option '--port <port>' argument 'high' is invalid. must be a whole number from 1 to 65535"],
  ["up --nats-port 65536", "error: option '--nats-port <port>' argument '65536' is invalid. must be a whole number from 1 to 65535"],
  ["up --nodes 1.5", "error: option '--nodes <count>' argument '1.5' is invalid. must be a whole number from 1 to 100"],
  ["up --network vpn", "error: option '--network <mode>' argument 'vpn' is invalid. Allowed choices are route, loopback."],
  ["up --colour", "error: unknown option '--colour'"],
  ["status -o yaml", "error: option '-o, --output <format>' argument 'yaml' is invalid. Allowed choices are json."],
  ["image load", "error: required option '-t, --tag <name>' not specified"],
  [
    "image load x.wasm -t UPPER",
    "error: option '-t, --tag <name>' argument 'UPPER' is invalid. \"UPPER\" is not an image name; give one such as registry.example/team/app:v1",
  ],
];
for (const [line, message] of REFUSED)
  test(`refuses ${line}`, async () => {
    assert.equal(await run(...line.split(" ")), { out: "", err: `${message}\n(add --help for the options)\n`, code: 1 });
  });

for (const command of ["status", "down", "kubeconfig", "encryption rotate", "kubectl"])
  test(`${command} says where there is no cluster`, () =>
    inData(async (data) => {
      const err = `orrery: ${data}: no cluster here; 'orrery up --data ${data}' makes one\n`;
      assert.equal(await run(...command.split(" "), "--data", data), { out: "", err, code: 1 });
    }, ""));

test("refuses a data directory of another version, and one that is damaged", async () => {
  await inData(
    async (data) =>
      assert.match((await run("status", "--data", data)).err, "this data directory has layout version 99, this orrery reads version 1"),
    JSON.stringify({ ...aDefinition, dataVersion: 99 }),
  );
  await inData(async (data) => assert.match((await run("status", "--data", data)).err, "cluster.json: not readable as JSON"), "{");
});

test("shows a cluster that does not run, and ends with 1", () =>
  inData(async (data) => {
    const { out, code } = await run("status", "--data", data);
    assert.is(out, "NAME     PID   ROLE         ADDRESS   STATE\norrery   -     supervisor   -         stopped\n");
    assert.is(code, 1);
    assert.is((await run("down", "--data", data)).out, "the cluster was not running\n");
  }));

test("shows every process of a cluster that runs", () =>
  inData(async (data) => {
    const layout = layoutOf(data);
    takeLock(layout.lock);
    mkdirSync(layout.processes);
    const record: ProcessRecord = {
      name: "api-server",
      role: "api-server",
      address: "https://127.0.0.1:6443",
      pid: 2 ** 30,
      startedAt: "",
    };
    writeFileSync(join(layout.processes, "api-server.json"), JSON.stringify(record));
    const { out, code } = await run("status", "--data", data, "-o", "json");
    assert.is(code, 0);
    assert.equal(JSON.parse(out), {
      data,
      id: "abc",
      network: "loopback",
      processes: [
        { name: "orrery", pid: process.pid, role: "supervisor", address: "", state: "running" },
        { name: "api-server", pid: 2 ** 30, role: "api-server", address: "https://127.0.0.1:6443", state: "stopped" },
      ],
    });
  }));

test("prints the administrator's kubeconfig", () =>
  inData(async (data) => {
    writeFileSync(layoutOf(data).kubeconfig, "apiVersion: v1\n");
    assert.is((await run("kubeconfig", "--data", data)).out, "apiVersion: v1\n");
  }));

test("loads a module as an image and lists it", () =>
  inData(async (data) => {
    const module = join(data, "app.wasm");
    writeFileSync(module, Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    const { out } = await run("image", "load", module, "-t", "shop:v2", "--data", data);
    const [, id = ""] = /^loaded docker\.io\/library\/shop:v2\n(sha256:[0-9a-f]{64})\n$/.exec(out) ?? [];
    const [head, row] = (await run("image", "ls", "--data", data)).out.split("\n");
    assert.match(head ?? "", /^IMAGE +ID +SIZE$/);
    assert.match(row ?? "", new RegExp(`^docker.io/library/shop:v2   ${id.slice(7, 19)}   0\\.\\d kB$`));
  }));

test("says why a file is no image", () =>
  inData(async (data) => {
    const text = join(data, "notes.txt");
    writeFileSync(text, "not a module");
    const { err, code } = await run("image", "load", text, "-t", "shop", "--data", data);
    assert.match(err, `orrery: ${text}: `);
    assert.is(code, 1);
    const missing = join(data, "missing.wasm");
    assert.match((await run("image", "load", missing, "-t", "shop", "--data", data)).err, `orrery: ${missing}: cannot be read: ENOENT`);
  }));

test("says that an image to push is not there", () =>
  inData(async (data) => {
    const { err, code } = await run("image", "push", "127.0.0.1:1/shop:v2", "--data", data);
    assert.match(err, /^orrery: .*127\.0\.0\.1:1\/shop:v2/);
    assert.is(code, 1);
  }));

test("up refuses one port for two servers, and makes nothing", () =>
  inData(async (data) => {
    const { err, code } = await run("up", "--data", data, "--network", "loopback", "--port", "7000", "--nats-port", "7000");
    assert.is(err, "orrery: the API server and nats-server cannot both have port 7000; give another with --port or --nats-port\n");
    assert.is(code, 1);
    assert.not(existsSync(layoutOf(data).cluster));
  }, ""));

test("encryption rotate puts a new key before the others, which stay", async () => {
  await inData(async (data) => {
    const { encryption } = layoutOf(data);
    const first = await run("encryption", "rotate", "--data", data);
    assert.match(first.out, /encrypts from now on\nthe next start of the cluster encrypts everything with it\n$/);
    const [old] = keysIn(encryption);
    writeFileSync(encryption, readFileSync(encryption, "utf8").replace(old ?? "", "old"));
    assert.is((await run("encryption", "rotate", "--data", data)).code, 0);
    const [newest, ...older] = keysIn(encryption);
    assert.equal([newest === "old", older], [false, ["old"]]);
    assert.is(statSync(encryption).mode & 0o777, 0o600);
    writeFileSync(encryption, "kind: Pod");
    const refused = await run("encryption", "rotate", "--data", data);
    assert.match(refused.err, /^orrery: .*encryption\.yaml: an encryption configuration is an object of apiVersion/);
    assert.is(refused.code, 1);
  });
});

/** The names of the keys of the first rule, the one that encrypts first. */
const keysIn = (path: string): readonly string[] =>
  parseEncryption(readFileSync(path, "utf8")).rules[0]?.providers[0]?.keys.map(({ name }) => name) ?? [];

test("up refuses a policy and a configuration that are none, and keeps neither", async () => {
  await inData(async (data) => {
    const file = join(data, "run-bad.yaml");
    writeFileSync(file, "kind: Pod");
    for (const option of ["--audit-policy", "--admission-config", "--encryption-config"]) {
      const { err, code } = await run("up", "--data", data, option, file);
      assert.is(code, 1);
      assert.match(err, new RegExp(`^orrery: ${file}: an (audit policy|(admission|encryption) configuration) is an object`));
    }
    const { auditPolicy, admission, encryption } = layoutOf(data);
    assert.not([auditPolicy, admission, encryption].some((path) => existsSync(path)));
  });
});
