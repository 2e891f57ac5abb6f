// A client that keeps a cluster busy until it is told to end: `load.ts DATA SEED`. It creates, changes and deletes ConfigMaps
// and Deployments. A write whose answer got lost is sent again until there is an answer, so at the end every write of every
// object was acknowledged, and what must be there is known exactly. Standard output: a line for each acknowledged write with
// their number, and last a line with what must be there.
import { readFileSync } from "node:fs";
import { readDefinition } from "#actors/cluster/definition.ts";
import { layoutOf } from "#actors/cluster/layout.ts";
import { deployments } from "#api/apps/v1/deployment.ts";
import { configMaps } from "#api/core/v1/config-map.ts";
import type { ObjectRef } from "#api/meta/object.ts";
import type { Resource } from "#api/meta/resource.ts";
import { ApiError } from "#api/meta/status.ts";
import { adminClient } from "#bin/run/first-objects.ts";
import { sleep, systemClock } from "#lib/clock.ts";
import { seededRandom, type Random } from "#lib/random.ts";
import { deploymentOf, type Expected } from "#test/e2e/support/expected.ts";

const NAMESPACE = "load";
const ATTEMPT_MS = 5_000;
const RETRY_MS = 50;
const NAMES_OF_A_WRITER = 4;
const MOST_REPLICAS = 4;

const [data = "", seed = "1"] = process.argv.slice(2);
const layout = layoutOf(data);
const client = adminClient(layout, readDefinition(readFileSync(layout.cluster, "utf8"), layout.cluster));
const ending = new AbortController();
process.on("SIGTERM", () => ending.abort());

let acknowledged = 0;
let unsure = 0;

// Nobody knows whether this write happened.
const isUnsure = (error: unknown): boolean => {
  const code = error instanceof ApiError ? (error.status.code ?? 500) : 0;
  return (error as Error).name === "TimeoutError" || code === 429 || code >= 500;
};

const isCode = (error: unknown, code: number): boolean => error instanceof ApiError && error.status.code === code;

// Sends a write until it is answered. `done`: what the answer to a repeated write is when the lost one had happened.
const write = async (send: (signal: AbortSignal) => Promise<unknown>, done?: number): Promise<void> => {
  for (let repeated = false; ; repeated = true) {
    try {
      await send(AbortSignal.timeout(ATTEMPT_MS));
      break;
    } catch (error) {
      if (repeated && done !== undefined && isCode(error, done)) break;
      if (!isUnsure(error)) throw error;
      unsure++;
      await sleep(systemClock, RETRY_MS);
    }
  }
  process.stdout.write(`${++acknowledged}\n`);
};

const remove = (resource: Resource, ref: ObjectRef): Promise<void> => write((signal) => client.delete(resource, ref, {}, signal), 404);

/** One object's life: what it is now, undefined when it is not there. */
type Life<V> = {
  readonly create: (name: string, value: V) => Promise<void>;
  readonly change: (name: string, value: V) => Promise<void>;
  readonly remove: (name: string) => Promise<void>;
  readonly draw: (random: Random) => V;
};

const below = (random: Random, bound: number): number => Math.floor(random.next() * bound);

// Does things to objects that nobody else touches, until the end.
const writer = async <V>(names: readonly string[], random: Random, life: Life<V>, pauseMs: number): Promise<Record<string, V>> => {
  const now = new Map<string, V>();
  while (!ending.signal.aborted) {
    const name = names[below(random, names.length)] ?? "";
    const value = life.draw(random);
    if (!now.has(name)) await life.create(name, value).then(() => now.set(name, value));
    else if (below(random, 4) === 0) await life.remove(name).then(() => now.delete(name));
    else await life.change(name, value).then(() => now.set(name, value));
    await sleep(systemClock, pauseMs);
  }
  return Object.fromEntries(now);
};

const configMap = (name: string, value: string) => ({ metadata: { namespace: NAMESPACE, name }, data: { value } });
const configMapLife: Life<string> = {
  create: (name, value) => write((signal) => client.create(configMaps, configMap(name, value), {}, signal), 409),
  change: (name, value) => write((signal) => client.update(configMaps, configMap(name, value), {}, signal)),
  remove: (name) => remove(configMaps, { namespace: NAMESPACE, name }),
  draw: (random) => String(below(random, 1_000_000_000)),
};
const deploymentLife: Life<number> = {
  create: (name, replicas) => write((signal) => client.create(deployments, deploymentOf(NAMESPACE, name, replicas), {}, signal), 409),
  change: (name, replicas) => {
    const patch = { type: "application/merge-patch+json", body: { spec: { replicas } } } as const;
    return write((signal) => client.patch(deployments, { namespace: NAMESPACE, name }, patch, signal));
  },
  remove: (name) => remove(deployments, { namespace: NAMESPACE, name }),
  draw: (random) => below(random, MOST_REPLICAS + 1),
};

const namesOf = (prefix: string): readonly string[] => Array.from({ length: NAMES_OF_A_WRITER }, (_, index) => `${prefix}-${index}`);
const random = (index: number): Random => seededRandom(Number(seed) * 10 + index);
const maps = [0, 1, 2, 3].map((index) => writer(namesOf(`map-${index}`), random(index), configMapLife, 20));
const [replicas, ...contents] = await Promise.all([writer(namesOf("server"), random(9), deploymentLife, 200), ...maps]);
const expected: Expected = { namespace: NAMESPACE, configMaps: Object.assign({}, ...contents), deployments: replicas };
process.stdout.write(`${JSON.stringify({ ...expected, unsure })}\n`);
await client.transport.close();
