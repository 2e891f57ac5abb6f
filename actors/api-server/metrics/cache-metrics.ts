import { groupResource } from "#api/meta/resource.ts";
import type { ResourceCache } from "../cache/resource-cache.ts";
import type { Family } from "#lib/metrics.ts";

/** What the watch caches hold, under upstream's names. */
export const cacheFamilies = (caches: readonly ResourceCache[]): readonly Family[] => [
  {
    name: "apiserver_storage_objects",
    help: "Number of stored objects at the time of last check split by kind.",
    type: "gauge",
    values: caches.map(({ kind, size }) => ({ labels: { resource: groupResource(kind) }, value: size })),
  },
  {
    name: "apiserver_watch_cache_events_received_total",
    help: "Counter of events received in watch cache broken by resource type.",
    type: "counter",
    values: caches.map(({ kind, received }) => ({ labels: { group: kind.group, resource: kind.resource }, value: received })),
  },
];
