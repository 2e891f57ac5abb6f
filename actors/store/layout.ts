// How a bucket lies in JetStream: as a KV bucket, so that `nats kv` reads it. upstream: nats-architecture-and-design ADR-8
import type { StreamConfig } from "#lib/nats/jetstream.ts";
import type { Bucket } from "#lib/store.ts";

export const BUCKETS: readonly Bucket[] = ["objects", "leases", "events"];

const NANOS_PER_SECOND = 1_000_000_000;
/** The API server deletes events after an hour; what it could not delete goes without a marker. */
const EVENT_MAX_AGE_SECONDS = 2 * 3600;
/** How long JetStream remembers a write's id. Longer than the store goes on repeating a write. */
const DUPLICATE_WINDOW_SECONDS = 60;

export const streamOf = (bucket: Bucket): string => `KV_${bucket}`;

/** What stands before a key in the subjects of the bucket. */
export const prefixOf = (bucket: Bucket): string => `$KV.${bucket}.`;

/** The key, not an object's, whose value is the revision up to which delete markers have been dropped. */
export const FLOOR_KEY = "compacted";

export const HEADERS = {
  /** The write happens only when the subject's newest message has this sequence. */
  expected: "Nats-Expected-Last-Subject-Sequence",
  /** A message with an id that JetStream remembers is not stored again. */
  id: "Nats-Msg-Id",
  operation: "KV-Operation",
} as const;

/** The bucket's stream. */
export const streamConfig = (bucket: Bucket, replicas: number): Partial<StreamConfig> & { readonly name: string } => ({
  name: streamOf(bucket),
  subjects: [`${prefixOf(bucket)}>`],
  retention: "limits",
  storage: "file",
  discard: "new",
  max_msgs_per_subject: 1,
  max_msgs: -1,
  max_bytes: -1,
  max_msg_size: -1,
  max_consumers: -1,
  max_age: bucket === "events" ? EVENT_MAX_AGE_SECONDS * NANOS_PER_SECOND : 0,
  duplicate_window: DUPLICATE_WINDOW_SECONDS * NANOS_PER_SECOND,
  num_replicas: replicas,
  allow_rollup_hdrs: true,
  allow_direct: true,
  deny_delete: false,
  deny_purge: false,
});
