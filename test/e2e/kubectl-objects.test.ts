// Real kubectl on objects that it did not make: one of every kind, and those that a new cluster begins with.
import * as assert from "uvu/assert";
import { kinds } from "#api/resources.ts";
import type { Kind } from "#api/kind.ts";
import { apiVersionOf } from "#api/meta/resource.ts";
import { applyMissing, readManifests } from "#bin/apply.ts";
import { Client } from "#lib/client.ts";
import { HttpsTransport } from "#lib/https/transport.ts";
import { examplesOf } from "#test/support/examples.ts";
import { suite } from "#test/support/suite.ts";
import { VERSIONS } from "./support/clients.ts";
import { atDesk, type Desk } from "./support/script.ts";

const test = suite("e2e/kubectl-objects", 60_000);

/** kubectl 1.32 describes these in beta versions alone, which Kubernetes 1.36 serves only when it is told to. */
const BETA_IN_1_32: ReadonlySet<string> = new Set(["IPAddress", "ServiceCIDR", "VolumeAttributesClass"]);

const maximal = (kind: Kind): object | undefined => examplesOf(kind)?.maximal;

const describable = (version: string): readonly object[] =>
  kinds
    .filter(({ bucket, kind }) => bucket !== "none" && !(version === "1.32" && BETA_IN_1_32.has(kind)))
    .map((kind) => ({ apiVersion: apiVersionOf(kind), kind: kind.kind, ...maximal(kind) }));

const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } };

for (const version of VERSIONS)
  test(`kubectl ${version} describes every kind`, () =>
    atDesk(version, async ({ kubectl, file }) => {
      const items = describable(version);
      file("all.json", { apiVersion: "v1", kind: "List", items: [account, ...items] });
      assert.is((await kubectl(["create", "-f", "all.json"])).code, 0);
      const { code, stdout, stderr } = await kubectl(["describe", "-f", "all.json"]);
      assert.equal(
        stderr.split("\n").filter((line) => line !== "" && !line.startsWith("Warning: ")), // a deprecated kind says so
        [],
      );
      assert.is(code, 0);
      assert.is(stdout.match(/^Name: /gm)?.length, items.length + 1);
    }));

const HELLO = new URL("../../examples/hello/", import.meta.url).pathname;

const makeHello = async ({ access }: Desk): Promise<void> => {
  const client = new Client(new HttpsTransport(access));
  await applyMissing(client, await readManifests(HELLO), Promise.resolve());
  await client.transport.close();
};

for (const version of VERSIONS)
  test(`kubectl ${version} applies the first example as if it had applied it before`, () =>
    atDesk(version, async (desk) => {
      await makeHello(desk);
      const { stdout, stderr } = await desk.kubectl(["apply", "-f", HELLO]);
      assert.is(stderr, "");
      const said = stdout.trimEnd().split("\n").toSorted();
      const CONFIGURED = "secret/hello configured"; // its stringData is never read back, so kubectl writes it each time
      assert.equal(said, ["configmap/hello unchanged", "deployment.apps/hello unchanged", CONFIGURED, "service/hello unchanged"]);
      const server = await desk.kubectl(["apply", "--server-side", "-f", HELLO]);
      assert.is(server.stderr, "");
    }));
