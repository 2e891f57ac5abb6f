// The API server's process: the store on JetStream, the core over it, and its two doors, HTTPS and NATS.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { RANGES } from "#actors/cluster/definition.ts";
import type { VersionInfo } from "#actors/api-server/discovery/paths.ts";
import { createFront } from "#actors/api-server/front.ts";
import { createGuards, type Guards } from "#actors/api-server/guards.ts";
import type { HttpsServer } from "#actors/api-server/https/server.ts";
import type { HealthChecks } from "#actors/api-server/health/paths.ts";
import { MeasuredStore } from "#actors/api-server/metrics/measured-store.ts";
import { defaultConfig } from "#actors/api-server/ports.ts";
import { Scheme } from "#actors/api-server/scheme.ts";
import { createApiServer, type ApiServer } from "#actors/api-server/server.ts";
import { HttpsWebhookCaller } from "#actors/api-server/webhooks/https-caller.ts";
import { openJetStreamStore } from "#actors/store/jetstream.ts";
import { kinds } from "#api/resources.ts";
import type { ApiHandler } from "#lib/api.ts";
import type { SigningKey } from "#lib/pki/signing-key.ts";
import type { Connection } from "#lib/nats/connection.ts";
import { NatsNodeTransport } from "#lib/nats/node-transport.ts";
import { serveApi } from "#lib/nats/serve-api.ts";
import { clusterNetwork } from "../addresses.ts";
import { VERSION } from "../version.ts";
import { admissionOf } from "./admission.ts";
import { aggregationOf, type Aggregation } from "./aggregation.ts";
import { auditLogOf, type AuditLog } from "./audit-log.ts";
import { encryptedOver } from "./encrypted.ts";
import { aborted, startProcess, type Process } from "./process.ts";

/** Who signs service account tokens. */
const ISSUER = "https://kubernetes.default.svc.cluster.local";

/** The Kubernetes release that is served, with our own version. */
const versionOf = (buildDate: string): VersionInfo => ({
  major: "1",
  minor: "36",
  gitVersion: `v1.36.0+orrery.${VERSION}`,
  gitCommit: "",
  gitTreeState: "clean",
  buildDate,
  goVersion: `node ${process.version}`,
  compiler: "v8",
  platform: `${process.platform}/${process.arch === "x64" ? "amd64" : process.arch}`,
});

/** `handler` is the server with its audit log. */
type Parts = {
  readonly server: ApiServer;
  readonly handler: ApiHandler;
  readonly front: HttpsServer;
  readonly webhooks: HttpsWebhookCaller;
  readonly audit: AuditLog;
  readonly aggregation: Aggregation;
};

type Pem = (name: string) => string;

const pemsOf =
  (directory: string): Pem =>
  (name) =>
    readFileSync(join(directory, name), "utf8");

const certificatesOf = (pem: Pem) => ({
  serving: { certificate: pem("apiserver.crt"), key: pem("apiserver.key") },
  clientAuthority: pem("ca.crt"),
});

const createParts = (process: Process, connection: Connection, store: MeasuredStore): Parts => {
  const { definition, layout, clock, random, logger, inspect } = process;
  const pem = pemsOf(layout.pki);
  const signingKey: SigningKey = { privateKey: pem("sa.key"), publicKey: pem("sa.pub") };
  const address = { address: "127.0.0.1", port: definition.apiPort };
  const made: Guards[] = [];
  const scheme = new Scheme(kinds);
  const webhooks = new HttpsWebhookCaller(clock, clusterNetwork(definition.network));
  const audit = auditLogOf(process);
  const nodes = new NatsNodeTransport({ connection, clock, random });
  const shared = { clock, random, log: logger, scheme, nodes, audit: audit.auditor };
  const server = createApiServer({
    ...shared,
    store,
    webhooks,
    inspect,
    breathe: (onward) => void setImmediate(onward),
    config: { ...defaultConfig, ...admissionOf(process), serviceCidr: RANGES[definition.network].services, advertise: address },
    guards: (objects) => {
      const guards = createGuards(objects, { issuer: ISSUER, signingKey, clock, random });
      made.push(guards);
      return guards;
    },
  });
  const [guards] = made;
  if (guards === undefined) throw new Error("the API server was made without its guards");
  const handler = audit.wrap(server);
  const network = clusterNetwork(definition.network);
  const aggregation = aggregationOf(server, { clock, random, log: logger, network, pem });
  const front = createFront({
    ...shared,
    objects: server.objects,
    collectors: [() => server.families(), () => store.families(), () => aggregation.families()],
    handler,
    connect: server.connect.bind(server),
    network,
    flow: server.flow,
    guards,
    ...certificatesOf(pem),
    ...aggregation.front,
    address: `${address.address}:${address.port}`,
    version: versionOf(definition.createdAt),
    tokens: { issuer: ISSUER, publicKey: signingKey.publicKey },
    health: healthOf(server),
  });
  return { server, handler, front, webhooks, audit, aggregation };
};

const healthOf = (server: ApiServer): HealthChecks => ({
  live: [],
  ready: [{ name: "store", check: () => (server.state === "serving" ? undefined : `the API server is ${server.state}`) }],
});

/** Runs until the process is told to end. */
export const runApiServer = async (data: string): Promise<void> => {
  const process = startProcess(data, "api-server");
  const { definition, clock, random, signal } = process;
  await process.begun;
  const connection = await process.connect("api-server");
  const { store, rewrite } = encryptedOver(await openJetStreamStore({ connection, clock, random }, signal), process);
  const { server, handler, front, webhooks, audit, aggregation } = createParts(process, connection, new MeasuredStore(store, clock));
  const stopNats = serveApi({ connection, clock, random }, handler);
  await server.ready;
  await front.listen("127.0.0.1", definition.apiPort);
  process.ready();
  const working = Promise.all([rewrite(), aggregation.run(signal)]);
  await aborted(signal);
  await working;
  stopNats();
  await front.stop();
  await server.close();
  await audit.close();
  webhooks.close();
  await store.close();
  await connection.close();
};
