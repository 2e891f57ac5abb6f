// Which keys of a bucket are delete markers, as far as this process has seen: creating over a marker must expect the marker's
// revision, and compaction must find the markers. A belief, kept cheap: JetStream has the last word.

/** A marker, and when this process first saw it. */
export type Marker = { readonly key: string; readonly revision: number; readonly seenAt: number };

/** The markers of one bucket. */
export class Markers {
  readonly #byKey = new Map<string, Marker>();

  /** The revision of the marker that stands on `key`. */
  at(key: string): number | undefined {
    return this.#byKey.get(key)?.revision;
  }

  /** A marker was written. */
  deleted(marker: Marker): void {
    if (marker.revision > (this.at(marker.key) ?? 0)) this.#byKey.set(marker.key, marker);
  }

  /** Something else was written, or the marker at this revision is gone. */
  replaced(key: string, revision: number): void {
    if (this.#byKey.size > 0 && revision >= (this.at(key) ?? Number.POSITIVE_INFINITY)) this.#byKey.delete(key);
  }

  /** The markers at or below `revision` that were seen at `seenBy` or before. */
  upTo(revision: number, seenBy: number): Marker[] {
    return Array.from(this.#byKey.values()).filter((marker) => marker.revision <= revision && marker.seenAt <= seenBy);
  }
}
