// A process in which two count in one ConfigMap, at the same instants: each reads it, adds one, and writes it back with the
// revision that it has read. A3: of two who have read the same, one is told of a conflict.
import { configMaps } from "#api/core/v1/config-map.ts";
import type { Client } from "#lib/client.ts";
import { ADMIN } from "./cluster.ts";
import type { Life } from "./process.ts";

/** What they count in. */
export const COUNTER = { namespace: "default", name: "counter" };

const EVERY_MS = 15_000;

/** Boots the process. */
export const bootRivals = ({ clock, connect }: Life): void => {
  for (const client of [connect(ADMIN), connect(ADMIN)]) {
    const again = (): void => {
      void count(client).catch(() => undefined);
      clock.setTimeout(again, EVERY_MS - (clock.now() % EVERY_MS));
    };
    again();
  }
};

const count = async (client: Client): Promise<void> => {
  const read = await client.get(configMaps, COUNTER).catch(() => client.create(configMaps, { metadata: COUNTER }));
  const value = Number(read.data?.["value"] ?? 0) + 1;
  await client.update(configMaps, { ...read, data: { value: String(value) } });
};
