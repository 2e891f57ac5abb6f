// Which events are worth writing, and how: one that repeats becomes a count on the first, many that differ only in their
// message become one "combined" event, and a source that floods is cut off. Pure state; time is an argument.
// upstream: client-go/tools/record/events_cache.go
import type { CoreV1Event, V1EventSource, V1ObjectReference } from "#api/generated/types.ts";
import { toTime } from "./clock.ts";

/** An event as it happens, before it has a name or a count. */
export type Occurrence = {
  readonly about: V1ObjectReference;
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
  readonly source: V1EventSource;
  readonly reportingInstance: string;
};

/** What to write: a new event, or what has changed on the one that was written before. */
export type Writing =
  | { readonly do: "create"; readonly event: NamedEvent }
  | { readonly do: "patch"; readonly event: NamedEvent; readonly patch: EventPatch };
export type NamedEvent = CoreV1Event & { readonly metadata: { readonly name: string; readonly namespace: string } };
export type EventPatch = Pick<CoreV1Event, "count" | "lastTimestamp" | "message">;

/** upstream: maxLruCacheEntries, defaultAggregateMaxEvents, defaultAggregateIntervalInSeconds, defaultSpamBurst, defaultSpamQPS */
const LIMITS = { entries: 4_096, similar: 10, similarWithinMs: 600_000, burst: 25, refillMs: 300_000 };

type Similar = { readonly messages: Set<string>; lastAt: number };
type Observed = { readonly name: string; readonly firstTimestamp: string; count: number };
type Bucket = { tokens: number; at: number };

const NANOS_PER_MS = 1_000_000;

/** Remembers the events of one source. `chance`, in [0, 1), is where its names begin: no two sources should share it. */
export class EventCorrelation {
  readonly #similar = new Recent<Similar>(LIMITS.entries);
  readonly #observed = new Recent<Observed>(LIMITS.entries);
  readonly #buckets = new Recent<Bucket>(LIMITS.entries);
  #sequence: number;

  constructor(chance: number) {
    this.#sequence = Math.floor(chance * NANOS_PER_MS);
  }

  /** What to write of an occurrence; undefined: its source has said too much about this object. */
  correlate(occurrence: Occurrence, nowMs: number): Writing | undefined {
    const { message, key } = this.#aggregate(occurrence, nowMs);
    const writing = this.#count({ ...occurrence, message }, key, nowMs);
    return this.#spends(occurrence, nowMs) ? writing : undefined;
  }

  /** After this many different messages of one kind, only the kind counts. */
  #aggregate(occurrence: Occurrence, nowMs: number): { readonly message: string; readonly key: string } {
    const kind = kindOf(occurrence);
    const key = `${kind}|${occurrence.message}`;
    const known = this.#similar.get(kind);
    const similar =
      known !== undefined && nowMs - known.lastAt <= LIMITS.similarWithinMs ? known : { messages: new Set<string>(), lastAt: nowMs };
    similar.lastAt = nowMs;
    this.#similar.set(kind, similar);
    similar.messages.add(occurrence.message);
    if (similar.messages.size < LIMITS.similar) return { message: occurrence.message, key };
    similar.messages.delete(occurrence.message);
    return { message: `(combined from similar events): ${occurrence.message}`, key: kind };
  }

  #count(occurrence: Occurrence, key: string, nowMs: number): Writing {
    const now = toTime(nowMs);
    const before = this.#observed.get(key);
    const observed = before ?? { name: this.#nameOf(occurrence, nowMs), firstTimestamp: now, count: 0 };
    observed.count++;
    this.#observed.set(key, observed);
    const event = eventOf(occurrence, observed, now);
    if (before === undefined) return { do: "create", event };
    return { do: "patch", event, patch: { count: observed.count, lastTimestamp: now, message: occurrence.message } };
  }

  /** As upstream: the object's name and the instant in nanoseconds, which a sequence stands for within a millisecond. */
  #nameOf({ about }: Occurrence, nowMs: number): string {
    const nanos = BigInt(nowMs) * BigInt(NANOS_PER_MS) + BigInt(this.#sequence++ % NANOS_PER_MS);
    return `${about.name ?? ""}.${nanos.toString(16)}`;
  }

  /** A token bucket for each source and object. */
  #spends({ source, about }: Occurrence, nowMs: number): boolean {
    const key = [source.component, source.host, about.kind, about.namespace, about.name, about.uid, about.apiVersion].join("|");
    const bucket = this.#buckets.get(key) ?? { tokens: LIMITS.burst, at: nowMs };
    bucket.tokens = Math.min(LIMITS.burst, bucket.tokens + (nowMs - bucket.at) / LIMITS.refillMs);
    bucket.at = nowMs;
    this.#buckets.set(key, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  }
}

const kindOf = ({ source, about, type, reason, reportingInstance }: Occurrence): string =>
  [
    source.component,
    source.host,
    about.kind,
    about.namespace,
    about.name,
    about.uid,
    about.apiVersion,
    about.fieldPath,
    type,
    reason,
    reportingInstance,
  ].join("|");

const eventOf = ({ about, source, ...rest }: Occurrence, observed: Observed, now: string): NamedEvent => ({
  apiVersion: "v1",
  kind: "Event",
  metadata: { name: observed.name, namespace: about.namespace === undefined || about.namespace === "" ? "default" : about.namespace },
  involvedObject: about,
  ...rest,
  source,
  firstTimestamp: observed.firstTimestamp,
  lastTimestamp: now,
  count: observed.count,
  reportingComponent: source.component,
});

/** A map that forgets what was set longest ago. */
class Recent<V> {
  readonly #most: number;
  readonly #entries = new Map<string, V>();

  constructor(most: number) {
    this.#most = most;
  }

  get(key: string): V | undefined {
    return this.#entries.get(key);
  }

  set(key: string, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#most) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }
}
