// From creating a pod to seeing it Running, by a client over HTTPS that also watches, at ten new pods a second.
import { pods, type Pod } from "#api/core/v1/pod.ts";
import type { Client } from "#lib/client.ts";
import { sleep, systemClock } from "#lib/clock.ts";
import { Informer } from "#lib/informer.ts";
import { silent } from "#lib/log.ts";
import { systemRandom } from "#lib/random.ts";
import { withCluster } from "./cluster.ts";
import { quantile, type Figures } from "./figures.ts";
import { takenOf, total } from "./processes.ts";

const INTERVAL_MS = 100;
const WARM_UP = 20;
const COUNT = 200;

const podOf = (name: string): Pod => ({
  metadata: { name, namespace: "default", labels: { app: "bench" } },
  spec: {
    terminationGracePeriodSeconds: 1,
    containers: [{ name: "main", image: "orrery.dev/examples/hello:v1", imagePullPolicy: "IfNotPresent" }],
  },
});

/** Tells when each pod was first seen Running. */
const watchRunning = async (client: Client, signal: AbortSignal) => {
  const informer = new Informer<Pod>({
    client,
    clock: systemClock,
    random: systemRandom,
    logger: silent,
    resource: pods,
    namespace: "default",
    labelSelector: "app=bench",
  });
  const seenAt = new Map<string, number>();
  informer.onChange(({ object: { metadata, status } }) => {
    if (status?.phase === "Running" && !seenAt.has(metadata.name)) seenAt.set(metadata.name, performance.now());
  });
  informer.start(signal);
  await informer.synced;
  return { seenAt, all: (count: number): Promise<void> => informer.waitUntil(() => seenAt.size >= count, signal) };
};

/** Creates pods at their times, whether earlier ones are Running yet or not. Answers when each was sent. */
const createPods = async (client: Client, from: number, count: number): Promise<ReadonlyMap<string, number>> => {
  const sentAt = new Map<string, number>();
  const creations: Promise<unknown>[] = [];
  const startedAt = performance.now();
  for (let index = 0; index < count; index++) {
    const name = `bench-${from + index}`;
    // oxlint-disable-next-line no-await-in-loop -- one at a time is the load
    await sleep(systemClock, Math.max(0, startedAt + index * INTERVAL_MS - performance.now()));
    sentAt.set(name, performance.now());
    creations.push(client.create(pods, podOf(name)));
  }
  await Promise.all(creations);
  return sentAt;
};

/** Measures 200 pods after 20 that warm the cluster up. */
export const run = (): Promise<Figures> =>
  withCluster(async (cluster, client) => {
    const watching = AbortSignal.timeout(120_000);
    const { seenAt, all } = await watchRunning(client, watching);
    await createPods(client, 0, WARM_UP);
    await all(WARM_UP);
    const before = takenOf(cluster);
    const sentAt = await createPods(client, WARM_UP, COUNT);
    await all(WARM_UP + COUNT);
    const after = takenOf(cluster);
    const tookMs = [...sentAt].map(([name, at]) => (seenAt.get(name) ?? Number.NaN) - at);
    return [
      { what: "create to Running at 10 pods/s, p50", value: quantile(tookMs, 0.5), unit: "ms", mark: { atMost: 50 } },
      { what: "create to Running at 10 pods/s, p99", value: quantile(tookMs, 0.99), unit: "ms" },
      { what: "CPU a pod, all processes", value: (total(after, "cpuMs") - total(before, "cpuMs")) / COUNT, unit: "ms of CPU" },
      ...after.map(({ name, cpuMs }, place) => ({
        what: `CPU a pod, ${name}`,
        value: (cpuMs - (before[place]?.cpuMs ?? 0)) / COUNT,
        unit: "ms of CPU",
      })),
    ];
  });
