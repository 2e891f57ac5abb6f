import * as assert from "uvu/assert";
import { allOf, apiServerPermissions, componentPermissions, nodePermissions, rootOf } from "#lib/nats/address.ts";
import { checkVersion, isAtLeast, parseVersion, serverConfig } from "#lib/nats/server-config.ts";
import { natsVersion, startNats } from "#test/support/nats.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("lib/nats/server-config");
const old = parseVersion("nats-server: v2.9.10");
const base = { serverName: "control-plane", host: "127.0.0.1", port: 4222, storeDir: "/data/nats", users: [] };

test("reads the version that nats-server prints", () => {
  assert.equal(old, { major: 2, minor: 9, patch: 10 });
  assert.equal(parseVersion("nats-server: v2.11.0-beta.1\n"), { major: 2, minor: 11, patch: 0 });
  assert.throws(() => parseVersion("command not found"), /no nats-server version in "command not found"/);
});

test("compares versions by number, not by text", () => {
  assert.ok(isAtLeast(parseVersion("2.10.0"), parseVersion("2.9.10")));
  assert.ok(isAtLeast(parseVersion("3.0.0"), parseVersion("2.9.10")));
  assert.not.ok(isAtLeast(parseVersion("2.9.9"), parseVersion("2.9.10")));
});

test("refuses a server that is too old, saying what is needed", () => {
  checkVersion(parseVersion("v2.9.0"));
  assert.throws(() => checkVersion(parseVersion("v2.8.4")), /nats-server 2\.8\.4 is too old: Orrery needs 2\.9\.0 or newer/);
});

test("syncs every write where the server can", () => {
  assert.not.match(serverConfig({ ...base, version: old }), /sync_interval/);
  assert.match(serverConfig({ ...base, version: parseVersion("2.10.0") }), /sync_interval: always/);
});

test("writes the whole file", () => {
  const permissions = componentPermissions(["system:kube-scheduler"]);
  assert.is(
    serverConfig({
      ...base,
      version: old,
      pidFile: "/data/nats.pid",
      logFile: "/data/nats.log",
      users: [
        { user: "scheduler", password: 'a"b\\c', permissions },
        { user: "root", password: "x" },
      ],
    }),
    `server_name: "control-plane"
host: "127.0.0.1"
port: 4222
pid_file: "/data/nats.pid"
log_file: "/data/nats.log"
max_payload: 8388608
ping_interval: "20s"
ping_max: 2
jetstream {
  store_dir: "/data/nats"
}
authorization {
  users: [
    { user: "scheduler", password: "a\\"b\\\\c", permissions: {
      publish: { allow: ["api.system=3Akube-scheduler.request", "api.system=3Akube-scheduler.stream", "api.system=3Akube-scheduler.flow.>"] }
      subscribe: { allow: ["api.system=3Akube-scheduler.reply.>"] }
    } }
    { user: "root", password: "x" }
  ]
}
`,
  );
});

test("gives a node its own root and the API server every root and the store", () => {
  assert.equal(nodePermissions("worker-1"), {
    publish: ["node.worker-1.reply.>"],
    subscribe: ["node.worker-1.request", "node.worker-1.stream", "node.worker-1.flow.>"],
  });
  const server = apiServerPermissions("api-server");
  assert.ok(server.publish.includes("$KV.>"));
  assert.ok(server.subscribe.includes("_INBOX.api-server.>"));
  assert.equal(allOf(nodePermissions("a"), componentPermissions(["b"])).subscribe.at(-1), "api.b.reply.>");
});

test("finds who speaks in a subject", () => {
  assert.equal(rootOf("api.system=3Anode=3Aa=2Eb.request"), { root: "api.system=3Anode=3Aa=2Eb", name: "system:node:a.b" });
  assert.equal(rootOf("node.worker-1"), { root: "node.worker-1", name: "worker-1" });
});

test("is understood by the nats-server here", async () => {
  checkVersion(natsVersion());
  await using server = await startNats([{ user: "a", password: "$2 \"'\\{}#", permissions: apiServerPermissions("a") }]);
  assert.ok(server.port > 0);
});
