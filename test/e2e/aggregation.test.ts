// An API server of somebody else's beside a real cluster, by real kubectl: it is registered, found, used, and missed.
import { once } from "node:events";
import * as assert from "uvu/assert";
import { Client } from "#lib/client.ts";
import { systemClock } from "#lib/clock.ts";
import { HttpsTransport } from "#lib/https/transport.ts";
import { createAuthority } from "#lib/pki/authority.ts";
import { systemRandom } from "#lib/random.ts";
import { TestCluster } from "#test/e2e/support/cluster.ts";
import { ExtensionServer } from "#test/support/extension-server.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("e2e/aggregation", 180_000);

const NAME = "v1.greenhouse.example.com";
const PLACE = { namespace: "default", name: "greenhouse" };

/** What an extension server needs of a cluster, as its manual would say. */
const rights = [
  { apiVersion: "v1", kind: "ServiceAccount", metadata: PLACE },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: { namespace: "kube-system", name: "greenhouse-reads-trust" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "extension-apiserver-authentication-reader" },
    subjects: [{ kind: "ServiceAccount", ...PLACE }],
  },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: "greenhouse-asks-for-reviews" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:auth-delegator" },
    subjects: [{ kind: "ServiceAccount", ...PLACE }],
  },
];

const registration = (authority: string, port: number) => [
  { apiVersion: "v1", kind: "Service", metadata: PLACE, spec: { ports: [{ name: "https", port: 443 }] } },
  {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { ...PLACE, labels: { "kubernetes.io/service-name": PLACE.name } },
    addressType: "IPv4",
    endpoints: [{ addresses: ["127.0.0.1"], conditions: { ready: true } }],
    ports: [{ name: "https", port }],
  },
  {
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: { name: NAME },
    spec: {
      group: "greenhouse.example.com",
      version: "v1",
      groupPriorityMinimum: 1000,
      versionPriority: 15,
      service: PLACE,
      caBundle: Buffer.from(authority).toString("base64"),
    },
  },
];

const list = (items: readonly object[]) => ({ apiVersion: "v1", kind: "List", items });

/** Starts the server with a service account's rights, and registers it. */
const startGreenhouse = async (cluster: TestCluster): Promise<ExtensionServer> => {
  await cluster.ok("apply", "-f", cluster.file("rights", list(rights)));
  const token = (await cluster.ok("create", "token", "greenhouse")).trim();
  const encoded = await cluster.ok("config", "view", "--raw", "-o", "jsonpath={.clusters[0].cluster.certificate-authority-data}");
  const certificateAuthority = Buffer.from(encoded, "base64").toString();
  const client = new Client(
    new HttpsTransport({ server: `https://127.0.0.1:${cluster.ports.api}`, certificateAuthority, token: () => token }),
  );
  const authority = await createAuthority("greenhouse-ca", { clock: systemClock, random: systemRandom });
  const server = await ExtensionServer.start(
    client,
    await authority.serving({ name: "greenhouse", dns: ["greenhouse.default.svc"], ips: [] }),
  );
  await cluster.ok("apply", "-f", cluster.file("registration", list(registration(authority.credentials.certificate, server.port))));
  await cluster.ok("wait", "--for=condition=Available", `apiservice/${NAME}`, "--timeout=30s");
  return server;
};

const flower = (name: string, colour: string) => ({
  apiVersion: "greenhouse.example.com/v1",
  kind: "Flower",
  metadata: { name },
  spec: { colour },
});

const isFound = async (cluster: TestCluster): Promise<void> => {
  assert.match(await cluster.ok("get", "apiservice", NAME), /v1\.greenhouse\.example\.com +default\/greenhouse +True +\d+s/);
  assert.match(await cluster.ok("get", "apiservices"), /v1\.apps +Local +True/);
  const row = /^flowers +fl +greenhouse\.example\.com\/v1 +true +Flower/m;
  await cluster.until(["api-resources", "--api-group=greenhouse.example.com"], (out) => row.test(out));
  await cluster.until(["explain", "flower.spec"], (out) => out.includes("How it looks."));
  await cluster.until(["explain", "flower.spec", "--output=plaintext-openapiv2"], (out) => out.includes("How it looks."));
};

const isUsed = async (cluster: TestCluster, server: ExtensionServer): Promise<void> => {
  const watch = cluster.startKubectl(["get", "flowers", "--watch", "-o", "name"]);
  await cluster.eventually(
    async () => server.seen.some(({ url }) => url.includes("watch=true")),
    (isWatched) => isWatched,
    { what: "the watch" },
  );
  const said = once(watch.stdout ?? process.stdin, "data") as Promise<[Buffer]>;
  assert.is(await cluster.ok("create", "-f", cluster.file("rose", flower("rose", "red"))), "flower.greenhouse.example.com/rose created\n");
  assert.match((await said)[0].toString(), /^flower\.greenhouse\.example\.com\/rose/);
  watch.kill();
  assert.match(await cluster.ok("get", "fl"), /^NAME +COLOUR\nrose +red\n$/);
  assert.is(await cluster.ok("get", "flower", "rose", "-o", "jsonpath={.spec.colour}"), "red");
  const asked = server.seen.find(({ method }) => method === "POST");
  assert.equal([asked?.user, asked?.groups], ["kubernetes-admin", ["system:masters", "system:authenticated"]]);
  const refused = await cluster.kubectl(["get", "flowers", "--as=jane"]);
  assert.match(refused.stderr, 'User "jane" cannot list resource "flowers" in API group "greenhouse.example.com"');
  assert.is(await cluster.ok("delete", "flower", "rose"), 'flower.greenhouse.example.com "rose" deleted from default namespace\n');
};

const isMissed = async (cluster: TestCluster, server: ExtensionServer): Promise<void> => {
  await server.stop();
  await cluster.ok("label", "endpointslice", "greenhouse", "looked=again"); // else it is looked at every 30 seconds
  const dead = await cluster.until(["get", "apiservice", NAME], (out) => out.includes("False"));
  assert.match(dead, /default\/greenhouse +False \(FailedDiscoveryCheck\)/);
  const message = await cluster.ok("get", "apiservice", NAME, "-o", "jsonpath={.status.conditions[0].message}");
  assert.match(message, /^failing or missing response from https:.*: dial tcp 127\.0\.0\.1:\d+: connect: connection refused$/);
  const { code, stderr } = await cluster.kubectl(["get", "--raw", "/apis/greenhouse.example.com/v1/flowers"]);
  assert.equal([code, stderr], [1, "Error from server (ServiceUnavailable): the server is currently unable to handle the request\n"]);
  await cluster.ok("get", "pods,deployments");
  const unready = '[{"op":"replace","path":"/endpoints/0/conditions/ready","value":false}]';
  await cluster.ok("patch", "endpointslice", "greenhouse", "--type=json", "-p", unready);
  await cluster.until(["get", "apiservice", NAME], (out) => out.includes("False (MissingEndpoints)"));
  await cluster.ok("delete", "apiservice", NAME);
  await cluster.until(["api-resources", "--api-group=greenhouse.example.com"], (out) => !out.includes("flowers"));
};

test("another API server's resources are the cluster's, as long as it is there", async () => {
  const cluster = await TestCluster.start({ args: ["--nodes", "2"] });
  let server: ExtensionServer | undefined;
  try {
    server = await startGreenhouse(cluster);
    await isFound(cluster);
    await isUsed(cluster, server);
    await isMissed(cluster, server);
  } finally {
    await server?.stop().catch(() => undefined);
    await cluster.stop();
    cluster.remove();
  }
});
