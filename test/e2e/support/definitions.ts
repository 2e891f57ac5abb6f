// Controllers beside an API server that has none. Without the one of CustomResourceDefinitions no name is accepted.
import { customResourceController } from "#actors/controllers/custom-resources/io.ts";
import { Client } from "#lib/client.ts";
import { systemClock } from "#lib/clock.ts";
import type { ControllerDefinition } from "#lib/controller.ts";
import { HttpsTransport, type HttpsTransportOptions } from "#lib/https/transport.ts";
import { Informers } from "#lib/informers.ts";
import { silent } from "#lib/log.ts";
import { systemRandom } from "#lib/random.ts";

/** Runs controllers until they are stopped. */
export const control = (access: HttpsTransportOptions, ...definitions: readonly ControllerDefinition[]): (() => Promise<void>) => {
  const transport = new HttpsTransport(access);
  const ports = { client: new Client(transport), clock: systemClock, random: systemRandom, logger: silent };
  const end = new AbortController();
  const informers = new Informers(ports);
  const controllers = definitions.map((definition) => definition.create({ ...ports, informers }));
  informers.start(end.signal);
  for (const controller of controllers) {
    controller.start(end.signal);
    controller.lead(true);
  }
  return async () => {
    end.abort();
    await transport.close();
  };
};

/** Establishes definitions until it is stopped. */
export const establishDefinitions = (access: HttpsTransportOptions): (() => Promise<void>) => control(access, customResourceController);
