// What `orrery up` makes once the API answers: addons in every cluster, the hello example in a new one. And when it may say
// that the cluster is ready.
import { Resolver } from "node:dns/promises";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nodes, type Node } from "#api/core/v1/node.ts";
import { RANGES, type Definition } from "#actors/cluster/definition.ts";
import type { Layout } from "#actors/cluster/layout.ts";
import { Client } from "#lib/client.ts";
import { sleep, systemClock } from "#lib/clock.ts";
import { Informer } from "#lib/informer.ts";
import { silent } from "#lib/log.ts";
import { HttpsTransport } from "#lib/https/transport.ts";
import { systemRandom } from "#lib/random.ts";
import { ImageStore } from "#runtime/images/store.ts";
import { realPort } from "#runtime/network/ports.ts";
import { mayBindLow } from "../addresses.ts";
import { createMissing, readManifests } from "../apply.ts";
import { addons } from "../manifests.ts";

const EXAMPLES = join(import.meta.dirname, "..", "..", "examples");
const POLL_MS = 25;
/** A question that nobody hears yet is asked again soon. */
const DNS_TIMEOUT_MS = 100;

/** The administrator's client. */
export const adminClient = (layout: Layout, definition: Definition): Client => {
  const pem = (name: string): string => readFileSync(join(layout.pki, name), "utf8");
  const server = `https://127.0.0.1:${definition.apiPort}`;
  return new Client(
    new HttpsTransport({ server, certificateAuthority: pem("ca.crt"), client: { certificate: pem("admin.crt"), key: pem("admin.key") } }),
  );
};

const until = async (holds: () => Promise<boolean>, signal: AbortSignal): Promise<void> => {
  // polling is the point
  while (!(await holds())) await sleep(systemClock, POLL_MS, signal);
};

/** Gives the machine the images of the examples: `examples/hello/hello.wasm` is `orrery.dev/examples/hello:v1`. */
const loadExamples = async (layout: Layout): Promise<void> => {
  const store = new ImageStore(layout.images, systemRandom);
  const found = readdirSync(EXAMPLES).map((name) => ({ name, path: join(EXAMPLES, name, `${name}.wasm`) }));
  await Promise.all(
    found
      .filter(({ path }) => existsSync(path))
      .map(({ name, path }) => store.addProgram(`orrery.dev/examples/${name}:v1`, readFileSync(path))),
  );
};

const ROLE = "node-role.kubernetes.io/control-plane";

const watchNodes = (client: Client, signal: AbortSignal): Informer<Node> => {
  const informer = new Informer<Node>({ client, clock: systemClock, random: systemRandom, logger: silent, resource: nodes });
  informer.start(signal);
  return informer;
};

/** Marks the control plane's node: a node may not give itself a role. */
const labelControlPlane = async (client: Client, signal: AbortSignal): Promise<void> => {
  const watching = new AbortController();
  const informer = watchNodes(client, AbortSignal.any([signal, watching.signal]));
  await informer.waitUntil(() => informer.get("control-plane") !== undefined, signal);
  watching.abort();
  const body = { metadata: { labels: { [ROLE]: "" } } };
  await client.patch(nodes, { name: "control-plane" }, { type: "application/merge-patch+json", body }, signal);
};

/** Makes addons; in a new cluster also the hello example, which people may delete for good. */
export const makeAddons = async (layout: Layout, definition: Definition, signal: AbortSignal): Promise<void> => {
  const client = adminClient(layout, definition);
  await Promise.all([
    createMissing(client, addons(RANGES[definition.network].dns), signal),
    loadExamples(layout),
    labelControlPlane(client, signal),
  ]);
  const made = join(layout.data, "example-made");
  if (!existsSync(made)) {
    await createMissing(client, await readManifests(join(EXAMPLES, "hello")), signal);
    writeFileSync(made, "");
  }
  await client.transport.close();
};

const isReady = (node: Node | undefined): boolean =>
  node?.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;

const dnsAnswers = async ({ network }: Definition): Promise<boolean> => {
  const resolver = new Resolver({ timeout: DNS_TIMEOUT_MS, tries: 1 });
  resolver.setServers([`${RANGES[network].dns}:${realPort(53, mayBindLow())}`]);
  return resolver.resolve4("kubernetes.default.svc.cluster.local").then(
    (addresses) => addresses.length > 0,
    () => false,
  );
};

const nodesReady = async (client: Client, names: readonly string[], signal: AbortSignal): Promise<void> => {
  const informer = watchNodes(client, signal);
  await informer.waitUntil(() => names.every((name) => isReady(informer.get(name))), signal);
};

/** Resolves when every node is Ready and cluster DNS answers. */
export const awaitReady = async (layout: Layout, definition: Definition, signal: AbortSignal): Promise<void> => {
  const client = adminClient(layout, definition);
  const watching = new AbortController();
  const given = AbortSignal.any([signal, watching.signal]);
  await Promise.all([nodesReady(client, definition.nodes, given), until(() => dnsAnswers(definition), signal)]);
  watching.abort();
  await client.transport.close();
};
