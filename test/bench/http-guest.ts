// Requests a second that the example web answers, beside a bare Node server on a thread of its own, in turns: with an instance
// for each request, and with instances that are reused.
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { run as start } from "#test/contract/runtime.ts";
import { openNode } from "#test/runtime/support.ts";
import { median, type Figure, type Figures } from "./figures.ts";
import type { HttpLoad } from "./http-load.ts";

const ROUNDS = 3;
const CONNECTIONS = 32;
const FOR_MS = 2000;
const WARM_MS = 500;

type Server = { readonly host: string; readonly port: number };

const load = async (server: Server, forMs = FOR_MS): Promise<number> => {
  const workerData: HttpLoad = { ...server, path: "/healthz", connections: CONNECTIONS, forMs };
  const worker = new Worker(new URL("http-load.ts", import.meta.url), { workerData });
  const [rate] = (await once(worker, "message")) as [number];
  await worker.terminate();
  return rate;
};

const compare = async (what: string, guest: Server, bare: Server): Promise<Figure> => {
  const rates: { readonly guest: number; readonly bare: number }[] = [];
  for (const server of [guest, bare]) await load(server, WARM_MS);
  for (let round = 0; round < ROUNDS; round++) rates.push({ guest: await load(guest), bare: await load(bare) });
  return {
    what,
    value: median(rates.map((each) => each.guest)),
    unit: "/s",
    beside: { what: "a bare Node server", value: median(rates.map((each) => each.bare)) },
  };
};

const measure = async (instances: "fresh" | "reuse", bare: Server): Promise<Figure> => {
  await using opened = await openNode("web");
  await start(opened, [], { annotations: { "orrery.dev/http-instances": instances } });
  const [sandbox] = await opened.runtime.sandboxes();
  return await compare(`GET, instances: ${instances}`, { host: sandbox?.ip ?? "", port: 8080 }, bare);
};

/** Measures both. */
export const run = async (): Promise<Figures> => {
  const plain = new Worker(new URL("http-plain.ts", import.meta.url));
  const [port] = (await once(plain, "message")) as [number];
  const bare = { host: "127.0.0.1", port };
  const figures = [await measure("fresh", bare), await measure("reuse", bare)];
  await plain.terminate();
  return figures;
};
