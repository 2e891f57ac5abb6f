// Ways to the API server over one NATS connection, one for each identity that its user may speak as.
import type { ApiTransport } from "#lib/api.ts";
import type { Connection } from "#lib/nats/connection.ts";
import { NatsApiTransport } from "#lib/nats/api-transport.ts";
import type { Process } from "./process.ts";

/** Gives the transport of an identity. */
export const transportsOf =
  (connection: Connection, { clock, random }: Process): ((identity: string) => ApiTransport) =>
  (identity) =>
    new NatsApiTransport({ connection, clock, random }, identity);
