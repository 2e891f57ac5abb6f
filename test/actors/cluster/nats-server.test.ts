import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { ClusterError } from "#actors/cluster/definition.ts";
import { findNatsServer } from "#actors/cluster/nats-server.ts";
import { writeNatsConfig } from "#actors/cluster/nats-file.ts";
import { suite } from "#test/support/suite.ts";
import { aDefinition, inDirectory } from "./directory.ts";

const test = suite("cluster/nats-server");

/** Looks for nats-server where the first on the PATH prints this as its version. */
const findOne = async (printed: string): Promise<Awaited<ReturnType<typeof findNatsServer>>> => {
  const before = process.env["PATH"];
  let found: Awaited<ReturnType<typeof findNatsServer>> | undefined;
  await inDirectory(async ({ data }) => {
    const program = join(data, "nats-server");
    writeFileSync(program, `#!/bin/sh\necho '${printed}'\n`);
    chmodSync(program, 0o755);
    process.env["PATH"] = `${data}:${before ?? ""}`;
    found = await findNatsServer(() => undefined).finally(() => (process.env["PATH"] = before));
    assert.is(found.path, program);
  });
  assert.ok(found);
  return found;
};

const refusal = (printed: string): Promise<string> =>
  findOne(printed).then(
    () => "",
    (error: unknown) => (error instanceof ClusterError ? error.message : `no ClusterError: ${String(error)}`),
  );

test("takes the first nats-server on the PATH", async () => {
  const { printed, version } = await findOne("nats-server: v2.10.24");
  assert.is(printed, "nats-server: v2.10.24");
  assert.equal(version, { major: 2, minor: 10, patch: 24 });
});

test("refuses one that is too old, and one that says no version", async () => {
  assert.is(await refusal("nats-server: v2.8.4"), "nats-server 2.8.4 is too old: Orrery needs 2.9.0 or newer");
  assert.is(await refusal("hello"), 'no nats-server version in "hello"');
});

test("writes a configuration with every user, which its owner alone may read", () =>
  inDirectory((layout) => {
    const secrets = { "api-server": "one", controllers: "two", "node-control-plane": "three" };
    writeNatsConfig(
      layout,
      { ...aDefinition, natsPort: 4333, nodes: ["control-plane"] },
      { secrets, version: { major: 2, minor: 9, patch: 10 } },
    );
    const text = readFileSync(layout.nats.config, "utf8");
    for (const [user, password] of Object.entries(secrets)) assert.match(text, `user: "${user}", password: "${password}"`);
    assert.match(text, "4333");
    assert.match(text, layout.nats.store);
    assert.match(text, "orrery-abc");
    assert.is(statSync(layout.nats.config).mode & 0o077, 0);
    assert.not.match(text, /user: "[^"]*", password: "[^"]*" }/); // none without permissions
  }));
