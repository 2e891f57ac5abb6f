import type { KubeObject } from "#api/meta/object.ts";
import type { Resource } from "#api/meta/resource.ts";
import { sleep } from "#lib/clock.ts";
import { scopedTo } from "../cache/selection.ts";
import type { Entry } from "../cache/entry.ts";
import type { Surroundings } from "../admission/plugin.ts";
import type { Call, Core } from "../core.ts";

/** What the admission of a call may look at: the caches. */
export const surroundingsOf = ({ caches, ports }: Core, { signal }: Call): Surroundings => ({
  random: ports.random,
  find: <T extends KubeObject>(resource: Resource<T>, namespace: string, name: string) =>
    caches.object(resource, namespace, name) as T | undefined,
  list: <T extends KubeObject>(resource: Resource<T>, namespace?: string) =>
    objects(caches.of(resource)?.cache.select(scopedTo(namespace)) ?? []) as Iterable<T>,
  pause: (ms) => sleep(ports.clock, ms, signal),
  catchUp: async (resource) => caches.of(resource)?.bucket.catchUp(signal),
});

function* objects(entries: Iterable<Entry>): Generator<KubeObject> {
  for (const entry of entries) yield entry.object;
}
