import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { RANGES } from "#actors/cluster/definition.ts";
import { deployments } from "#api/apps/v1/deployment.ts";
import { configMaps } from "#api/core/v1/config-map.ts";
import { serviceAccounts } from "#api/core/v1/service-account.ts";
import { services } from "#api/core/v1/service.ts";
import type { KubeObject } from "#api/meta/object.ts";
import { createMissing, readManifests } from "#bin/apply.ts";
import { addons, clusterInfo } from "#bin/manifests.ts";
import { startApiServer } from "#test/support/api-server.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("bin/apply");
const now = Promise.resolve();

/** A client of an API server in memory, on which pods can be made. */
const withClient = async (
  body: (client: ReturnType<Awaited<ReturnType<typeof startApiServer>>["client"]>) => Promise<void>,
): Promise<void> => {
  const api = await startApiServer({ config: { serviceCidr: RANGES.route.services } });
  try {
    const client = api.client();
    await client.create(serviceAccounts, { metadata: { namespace: "default", name: "default" } });
    await body(client);
  } finally {
    await api.close();
  }
};

test("every addon is an object that the API takes, and is made once", () =>
  withClient(async (client) => {
    const objects = [...addons(RANGES.route.dns), clusterInfo("https://127.0.0.1:6443", "CERTIFICATE")];
    await createMissing(client, objects, now);
    const dns = await client.get(services, { namespace: "kube-system", name: "kube-dns" });
    assert.is(dns.spec?.clusterIP, RANGES.route.dns);
    await createMissing(client, objects, now);
    const again = await client.get(services, { namespace: "kube-system", name: "kube-dns" });
    assert.is(again.metadata.resourceVersion, dns.metadata.resourceVersion);
  }));

test("cluster-info is a kubeconfig without a user", async () => {
  const { data = {} } = clusterInfo("https://127.0.0.1:6443", "CERTIFICATE");
  const { parse } = await import("yaml");
  const { clusters, users } = parse(data["kubeconfig"] ?? "") as { readonly clusters: unknown; readonly users: unknown };
  const cluster = { "certificate-authority-data": "Q0VSVElGSUNBVEU=", server: "https://127.0.0.1:6443" };
  assert.equal([clusters, users], [[{ name: "", cluster }], null]);
});

const EXAMPLES = new URL("../../examples/", import.meta.url);
/** A chart and a kind of their own: real clusters take them, test/e2e/helm.test.ts and operator.test.ts. */
const TAKEN_ELSEWHERE: ReadonlySet<string> = new Set(["chart", "operator"]);
const withManifests = readdirSync(EXAMPLES, { withFileTypes: true })
  .filter(
    (entry) =>
      entry.isDirectory() &&
      !TAKEN_ELSEWHERE.has(entry.name) &&
      readdirSync(new URL(entry.name, EXAMPLES)).some((file) => file.endsWith(".yaml")),
  )
  .map(({ name }) => name);
for (const name of withManifests)
  test(`the example ${name} is what the API takes`, () =>
    withClient(async (client) => {
      const objects = await readManifests(new URL(name, EXAMPLES).pathname);
      assert.ok(objects.length > 0);
      await createMissing(client, objects, now);
    }));

const SPEC = {
  spec: {
    selector: { matchLabels: { app: "a" } },
    template: { metadata: { labels: { app: "a" } }, spec: { containers: [{ name: "a", image: "a" }] } },
  },
} as object;

test("leaves what is there as people have made it", () =>
  withClient(async (client) => {
    const object = (data: Record<string, string>): KubeObject =>
      ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data }) as KubeObject;
    await createMissing(client, [object({ by: "us" })], now);
    await client.update(configMaps, { ...(await client.get(configMaps, { namespace: "default", name: "a" })), data: { by: "them" } });
    await createMissing(client, [object({ by: "us" })], now);
    assert.equal((await client.get(configMaps, { namespace: "default", name: "a" })).data, { by: "them" });
  }));

test("makes pods only when they may come, and all else before", () =>
  withClient(async (client) => {
    const gate = Promise.withResolvers<void>();
    const deployment: KubeObject = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a" }, ...SPEC };
    const settings: KubeObject = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } };
    const making = createMissing(client, [deployment, settings], gate.promise);
    while ((await client.list(configMaps, { namespace: "default" })).items.length === 0);
    assert.is((await client.list(deployments)).items.length, 0);
    gate.resolve();
    await making;
    assert.is((await client.list(deployments)).items.length, 1);
  }));

test("says what kind it does not know", () =>
  withClient(async (client) => {
    const message = await createMissing(client, [{ apiVersion: "example.org/v1", kind: "Toy", metadata: { name: "a" } }], now).then(
      () => "",
      (error: Error) => error.message,
    );
    assert.is(message, 'no matches for kind "Toy" in version "example.org/v1"');
  }));

test("reads every document of every YAML file of a folder", async () => {
  const dir = mkdtempSync(join(tmpdir(), "orrery-"));
  try {
    writeFileSync(join(dir, "b.yml"), "kind: B\n");
    writeFileSync(join(dir, "a.yaml"), "kind: A1\n---\n# nothing\n---\nkind: A2\n");
    writeFileSync(join(dir, "notes.txt"), "kind: C\n");
    const kinds = new Set((await readManifests(dir)).map(({ kind }) => kind));
    assert.equal(kinds, new Set(["A1", "A2", "B"]));
  } finally {
    rmSync(dir, { recursive: true });
  }
});
