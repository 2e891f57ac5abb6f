// Controllers at work on an API server in memory, in virtual time.
import type { Client } from "#lib/client.ts";
import type { ControllerDefinition } from "#lib/controller.ts";
import { Informers } from "#lib/informers.ts";
import { silent } from "#lib/log.ts";
import { seededRandom } from "#lib/random.ts";
import { startApiServer, type TestServer } from "./api-server.ts";

/** Runs controllers, which lead, by the client on the server. Stopping closes the server too. */
export const runControllers = (api: TestServer, client: Client, ...definitions: readonly ControllerDefinition[]): Controlled => {
  const over = new AbortController();
  const ports = { client, clock: api.clock, random: seededRandom(1), logger: silent };
  const informers = new Informers(ports);
  for (const definition of definitions) {
    const controller = definition.create({ ...ports, informers });
    controller.start(over.signal);
    controller.lead(true);
  }
  informers.start(over.signal);
  const stop = async (): Promise<void> => {
    over.abort();
    await api.close();
  };
  return { api, stop };
};

/** An API server with these controllers. Stop it. */
export const controlling = async (...definitions: readonly ControllerDefinition[]): Promise<Controlled> => {
  const api = await startApiServer();
  return runControllers(api, api.client(), ...definitions);
};

/** What runs, and how it ends. */
export type Controlled = { readonly api: TestServer; readonly stop: () => Promise<void> };
