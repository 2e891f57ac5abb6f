// Controllers at work on an API server in memory, in virtual time.
import type { ControllerDefinition } from "#lib/controller.ts";
import { Informers } from "#lib/informers.ts";
import { silent } from "#lib/log.ts";
import { seededRandom } from "#lib/random.ts";
import { startApiServer, type TestServer } from "./api-server.ts";

/** An API server with these controllers, which lead. Stop it. */
export const controlling = async (...definitions: readonly ControllerDefinition[]): Promise<Controlled> => {
  const api = await startApiServer();
  const over = new AbortController();
  const ports = { client: api.client(), clock: api.clock, random: seededRandom(1), logger: silent };
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

/** What runs, and how it ends. */
export type Controlled = { readonly api: TestServer; readonly stop: () => Promise<void> };
