// What `orrery up` makes once the API answers: addons in every cluster, the hello example in a new one. And when it may say
// that the cluster is ready.
import { Resolver } from "node:dns/promises";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nodes, type Node } from "#api/core/v1/node.ts";
import { RANGES, readDefinition, type Definition } from "#actors/cluster/definition.ts";
import { layoutOf, type Layout } from "#actors/cluster/layout.ts";
import { Client } from "#lib/client.ts";
import { sleep, systemClock } from "#lib/clock.ts";
import { Informer } from "#lib/informer.ts";
import { silent } from "#lib/log.ts";
import { HttpsTransport } from "#lib/https/transport.ts";
import { systemRandom } from "#lib/random.ts";
import { ImageStore } from "#runtime/images/store.ts";
import { realPort } from "#lib/cluster-network.ts";
import { mayBindLow } from "../addresses.ts";
import { applyMissing, createMissing, readManifests } from "../apply.ts";
import { addons, clusterInfo } from "../manifests.ts";

const EXAMPLES = join(import.meta.dirname, "..", "..", "examples");
const ASK_MS = 25;
const DNS_TIMEOUT_MS = 1_000;

const pemOf = ({ pki }: Layout, name: string): string => readFileSync(join(pki, name), "utf8");

const serverOf = ({ apiPort }: Definition): string => `https://127.0.0.1:${apiPort}`;

/** The administrator's client. */
export const adminClient = (layout: Layout, definition: Definition): Client => {
  const client = { certificate: pemOf(layout, "admin.crt"), key: pemOf(layout, "admin.key") };
  return new Client(new HttpsTransport({ server: serverOf(definition), certificateAuthority: pemOf(layout, "ca.crt"), client }));
};

const infoOf = (layout: Layout, definition: Definition) => clusterInfo(serverOf(definition), pemOf(layout, "ca.crt"));

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

const NOT_READY = "node.kubernetes.io/not-ready";

/** The cluster that is being made, and its nodes. */
type World = { readonly layout: Layout; readonly definition: Definition; readonly client: Client; readonly nodes: Informer<Node> };

/** Marks the control plane's node: a node may not give itself a role. */
const labelControlPlane = async ({ client, nodes: informer }: World, signal: AbortSignal): Promise<void> => {
  await informer.waitUntil(() => informer.get("control-plane") !== undefined, signal);
  const body = { metadata: { labels: { [ROLE]: "" } } };
  await client.patch(nodes, { name: "control-plane" }, { type: "application/merge-patch+json", body }, signal);
};

const takesPods = (node: Node | undefined): boolean =>
  node?.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") === true &&
  node.spec?.taints?.some(({ key }) => key === NOT_READY) !== true;

const nodesReady = ({ definition, nodes: informer }: World, signal: AbortSignal): Promise<void> =>
  informer.waitUntil(() => definition.nodes.every((name) => takesPods(informer.get(name))), signal);

/** Makes addons; in a new cluster also the hello example, which people may delete for good. */
const makeAddons = async (world: World, ready: Promise<void>, signal: AbortSignal): Promise<void> => {
  const { layout, definition, client } = world;
  await Promise.all([
    createMissing(client, [...addons(RANGES[definition.network].dns), infoOf(layout, definition)], ready),
    loadExamples(layout),
    labelControlPlane(world, signal),
  ]);
  const made = join(layout.data, "example-made");
  if (existsSync(made)) return;
  await applyMissing(client, await readManifests(join(EXAMPLES, "hello")), ready);
  writeFileSync(made, "");
};

/** Asks every 25 ms, whether earlier questions are answered or not: those that nobody heard never are. */
const dnsAnswers = async ({ definition: { network } }: World, signal: AbortSignal): Promise<void> => {
  const answered = new AbortController();
  const ask = async (): Promise<void> => {
    const resolver = new Resolver({ timeout: DNS_TIMEOUT_MS, tries: 1 });
    resolver.setServers([`${RANGES[network].dns}:${realPort(53, mayBindLow())}`]);
    await resolver.resolve4("kubernetes.default.svc.cluster.local");
    answered.abort();
  };
  while (!answered.signal.aborted) {
    ask().catch(() => undefined);
    await sleep(systemClock, ASK_MS, signal);
  }
};

/**
 * Makes what a cluster should have, says `addons` over IPC, and resolves when every node is Ready and cluster DNS answers.
 * @param data the data directory, absolute
 */
export const runFirstObjects = async (data: string): Promise<void> => {
  const layout = layoutOf(data);
  const definition = readDefinition(readFileSync(layout.cluster, "utf8"), layout.cluster);
  const client = adminClient(layout, definition);
  const ending = new AbortController();
  const { signal } = ending;
  const informer = new Informer<Node>({ client, clock: systemClock, random: systemRandom, logger: silent, resource: nodes });
  informer.start(signal);
  const world = { layout, definition, client, nodes: informer };
  const ready = nodesReady(world, signal);
  await Promise.all([makeAddons(world, ready, signal).then(() => process.send?.("addons")), ready, dnsAnswers(world, signal)]);
  ending.abort();
  await client.transport.close();
};
