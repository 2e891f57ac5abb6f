// How fast the store creates objects, beside raw JetStream publishing with the same headers on the same server, in turns.
import { connect as dial, headers, type NatsConnection } from "@nats-io/transport-node";
import { openJetStreamStore } from "#actors/store/jetstream.ts";
import { streamConfig } from "#actors/store/layout.ts";
import { systemClock } from "#lib/clock.ts";
import { connect } from "#lib/nats/connection.ts";
import { systemRandom } from "#lib/random.ts";
import { keyOf } from "#test/contract/store.ts";
import { startNats, TEST_USER } from "#test/support/nats.ts";
import { median, type Figure, type Figures } from "./figures.ts";

const VALUE = new Uint8Array(1024).fill(120);
const ROUNDS = 5;

type Create = (name: string) => Promise<unknown>;

/** Creates `count` keys with `inFlight` at a time. The answer is creations per second. */
const rate = async (create: Create, inFlight: number, count: number, tag: string): Promise<number> => {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await create(`${tag}-${next++}`);
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: inFlight }, lane));
  return (count * 1000) / (performance.now() - startedAt);
};

/** A publish as a client of JetStream would write it. */
const rawCreate =
  (nats: NatsConnection): Create =>
  async (name) => {
    const head = headers();
    head.set("Nats-Expected-Last-Subject-Sequence", "0");
    head.set("Nats-Msg-Id", `raw-${name}`);
    const answer = await nats.request(`$KV.raw.core.configmaps.default.${name}`, VALUE, { headers: head, timeout: 5000 });
    const { error } = answer.json<{ error?: unknown }>();
    if (error !== undefined) throw new Error(JSON.stringify(error));
  };

/** Measures creations per second, serial and with 64 in flight. */
export const run = async (): Promise<Figures> => {
  await using server = await startNats();
  const raw = await dial({ servers: [server.server], user: TEST_USER.user, pass: TEST_USER.password });
  const config = { ...streamConfig("objects", 1), name: "KV_raw", subjects: ["$KV.raw.>"] };
  await raw.request("$JS.API.STREAM.CREATE.KV_raw", JSON.stringify(config));
  const connection = await connect({ servers: [server.server], ...TEST_USER, name: "bench", clock: systemClock });
  const store = await openJetStreamStore({ connection, clock: systemClock, random: systemRandom });
  const ours: Create = (name) => store.put("objects", keyOf(name), VALUE, 0);
  const theirs = rawCreate(raw);
  const figures: Figure[] = [];
  for (const [inFlight, count] of [
    [1, 2_000],
    [64, 20_000],
  ] as const) {
    const rates: { ours: number[]; theirs: number[] } = { ours: [], theirs: [] };
    for (let round = 0; round < ROUNDS; round++) {
      rates.theirs.push(await rate(theirs, inFlight, count, `${inFlight}-${round}`));
      rates.ours.push(await rate(ours, inFlight, count, `${inFlight}-${round}`));
    }
    figures.push({
      what: `create, ${inFlight} in flight`,
      value: median(rates.ours),
      unit: "/s",
      beside: { what: "raw publish", value: median(rates.theirs) },
      mark: { atLeast: 0.6 },
    });
  }
  await store.close();
  await connection.close();
  await raw.close();
  return figures;
};
