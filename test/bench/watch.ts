// What a watcher costs: one change told to a thousand watches over HTTP/2, and the memory that a stored pod takes. The API
// server keeps its store in memory here, so a pod is there twice: as the store has it, and in the watch cache.
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { pods } from "#api/core/v1/pod.ts";
import { serviceAccounts } from "#api/core/v1/service-account.ts";
import { Client } from "#lib/client.ts";
import { HttpsTransport } from "#lib/https/transport.ts";
import { startDevServer } from "#test/actors/api-server/dev-server.ts";
import { quantile, type Figure, type Figures } from "./figures.ts";
import type { WatchLoad } from "./watch-load.ts";

const WATCHES = 1_000;
const EVENTS = 300;
/** Events before those that are measured. */
const WARM_UP = 20;
const PODS = 10_000;
const IN_FLIGHT = 16;

type Dev = Awaited<ReturnType<typeof startDevServer>>;

const PLACE = { namespace: "default" };
const podNamed = (name: string) => ({
  metadata: { ...PLACE, name, labels: { app: "bench" } },
  spec: { schedulerName: "nobody", containers: [{ name: "main", image: "orrery.dev/examples/hello:v1" }] },
});

const startWatches = async ({ access }: Dev, revision: string): Promise<Worker> => {
  const load: WatchLoad = {
    url: access.server,
    tls: { ca: access.certificateAuthority, cert: access.client.certificate, key: access.client.key },
    path: `/api/v1/namespaces/default/pods?watch=1&resourceVersion=${revision}&fieldSelector=metadata.name%3Dwatched`,
    watches: WATCHES,
  };
  const worker = new Worker(new URL("watch-load.ts", import.meta.url), { workerData: load });
  await once(worker, "message");
  return worker;
};

/** Makes changes, each when all watches have seen the one before it, and answers how long each took to reach them all. */
const change = async (client: Client, worker: Worker, count: number): Promise<readonly number[]> => {
  const tookMs: number[] = [];
  for (let event = 0; event < count; event++) {
    const seen = once(worker, "message") as Promise<[number]>;
    const startedAt = performance.timeOrigin + performance.now();
    const body = { metadata: { annotations: { at: String(startedAt) } } };
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await client.patch(pods, { ...PLACE, name: "watched" }, { type: "application/merge-patch+json", body });
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    tookMs.push((await seen)[0] - startedAt);
  }
  return tookMs;
};

const measureEvents = async (client: Client, worker: Worker): Promise<Figures> => {
  await change(client, worker, WARM_UP);
  const before = process.threadCpuUsage();
  const tookMs = await change(client, worker, EVENTS);
  const { user, system } = process.threadCpuUsage(before);
  return [
    { what: `one event to ${WATCHES} watchers, p50`, value: quantile(tookMs, 0.5), unit: "ms" },
    { what: `one event to ${WATCHES} watchers, p99`, value: quantile(tookMs, 0.99), unit: "ms", mark: { atMost: 50 } },
    { what: "CPU a watcher and event", value: (user + system) / EVENTS / WATCHES, unit: "µs" },
  ];
};

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const usedBytes = (): number => {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

const measureMemory = async (client: Client): Promise<Figure> => {
  const names = Array.from({ length: PODS }, (_, index) => `stored-${index}`);
  const before = usedBytes();
  const lane = async (): Promise<void> => {
    // oxlint-disable-next-line no-await-in-loop -- a lane
    for (let name = names.pop(); name !== undefined; name = names.pop()) await client.create(pods, podNamed(name));
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  return { what: "memory a stored pod, the store's copy with it", value: (usedBytes() - before) / PODS / 1024, unit: "KiB" };
};

/** Measures on a server of its own. */
export const run = async (): Promise<Figures> => {
  const dev = await startDevServer();
  const transport = new HttpsTransport(dev.access);
  const client = new Client(transport);
  await client.create(serviceAccounts, { metadata: { ...PLACE, name: "default" } });
  const { metadata } = await client.create(pods, podNamed("watched"));
  const worker = await startWatches(dev, metadata.resourceVersion);
  const events = await measureEvents(client, worker);
  await worker.terminate();
  const memory = await measureMemory(client);
  await transport.close();
  await dev.stop();
  return [...events, memory];
};
