// The API server's process: the store on JetStream, the core over it, and its two doors, HTTPS and NATS.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { RANGES } from "#actors/cluster/definition.ts";
import { createGuards, type Guards } from "#actors/api-server/guards.ts";
import { createHttpsServer } from "#actors/api-server/https/server.ts";
import { defaultConfig } from "#actors/api-server/ports.ts";
import { createApiServer } from "#actors/api-server/server.ts";
import { openJetStreamStore } from "#actors/store/jetstream.ts";
import { kinds } from "#api/resources.ts";
import { NatsNodeTransport } from "#lib/nats/node-transport.ts";
import { serveApi } from "#lib/nats/serve-api.ts";
import { frontParts, ISSUER } from "./front.ts";
import { aborted, startProcess } from "./process.ts";

/** Runs until the process is told to end. */
export const runApiServer = async (data: string): Promise<void> => {
  const process = startProcess(data, "api-server");
  const { definition, layout, clock, random, logger, inspect, signal } = process;
  const pem = (name: string): string => readFileSync(join(layout.pki, name), "utf8");
  const connection = await process.connect("api-server");
  const store = await openJetStreamStore({ connection, clock, random }, signal);
  const signingKey = { privateKey: pem("sa.key"), publicKey: pem("sa.pub") };
  let guards: Guards | undefined;
  const server = createApiServer({
    store,
    clock,
    random,
    log: logger,
    kinds,
    inspect,
    nodes: new NatsNodeTransport({ connection, clock, random }),
    config: {
      ...defaultConfig,
      serviceCidr: RANGES[definition.network].services,
      advertise: { address: "127.0.0.1", port: definition.apiPort },
    },
    guards: (objects) => (guards = createGuards(objects, { issuer: ISSUER, signingKey, clock, random })),
  });
  if (guards === undefined) throw new Error("the API server was made without its guards");
  const { authenticator, authorizer } = guards;
  const https = createHttpsServer({
    handler: server,
    authenticator,
    authorizer,
    serving: { certificate: pem("apiserver.crt"), key: pem("apiserver.key") },
    clientAuthority: pem("ca.crt"),
    ...frontParts(process, server),
    clock,
    random,
    log: logger,
  });
  const stopNats = serveApi({ connection, clock, random }, server);
  await server.ready;
  await https.listen("127.0.0.1", definition.apiPort);
  process.ready();
  await aborted(signal);
  stopNats();
  await https.stop();
  await server.close();
  await store.close();
  await connection.close();
};
