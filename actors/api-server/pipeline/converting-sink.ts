// The stream of a watch whose objects somebody else converts: each event waits until its object is ready, in order. Fields
// are selected by here, for they are the converted object's.
import { matchesFields, type FieldTerm } from "#api/meta/field-selector.ts";
import type { Kind } from "#api/kind.ts";
import { objectKey, type Stored } from "#api/meta/object.ts";
import type { StreamSink } from "#lib/api.ts";
import { frameOf, type EventType, type View } from "../cache/change-event.ts";
import { parseBytes } from "../cache/splice.ts";

type Event = { readonly type: EventType | "BOOKMARK" | "ERROR"; readonly object: Stored };

export type ConvertingOptions = {
  readonly kind: Kind;
  readonly view: View;
  readonly sink: StreamSink;
  readonly terms: readonly FieldTerm[];
};

/** Frames that may wait before the watcher is told to stop. */
const MOST_WAITING = 100;

/** Takes frames of stored objects and sends them as the client asked for them. */
export class ConvertingSink implements StreamSink {
  readonly #options: ConvertingOptions;
  /** The selected objects that the client knows. */
  readonly #known = new Set<string>();
  #waiting = 0;
  #queue: Promise<void> = Promise.resolve();
  readonly #ended = new AbortController();

  constructor(options: ConvertingOptions) {
    this.#options = options;
  }

  opened(): void {
    this.#options.sink.opened?.();
  }

  write(frame: Uint8Array): boolean {
    this.#waiting++;
    this.#queue = this.#queue.then(() => this.#send(frame));
    this.#queue.catch((error: unknown) => this.end(error instanceof Error ? error : undefined));
    return this.#waiting < MOST_WAITING;
  }

  async drained(): Promise<void> {
    await this.#queue;
  }

  end(error?: Error): void {
    if (this.#ended.signal.aborted) return;
    if (error !== undefined) this.#options.sink.end(error);
    else void this.#endAfterQueue();
    this.#ended.abort();
  }

  async #endAfterQueue(): Promise<void> {
    await this.#queue.catch(() => undefined);
    this.#options.sink.end();
  }

  async #send(frame: Uint8Array): Promise<void> {
    const converted = await this.#converted(parseBytes(frame) as unknown as Event, frame);
    this.#waiting--;
    if (converted === undefined || (this.#ended.signal.aborted && this.#waiting > 0)) return;
    if (!this.#options.sink.write(converted)) await this.#options.sink.drained(this.#ended.signal);
  }

  async #converted({ type, object }: Event, frame: Uint8Array): Promise<Uint8Array | undefined> {
    const { kind, view } = this.#options;
    if (type === "BOOKMARK" || type === "ERROR") return frame;
    await kind.storedAs?.ready?.([object], "served");
    const seen = this.#seen(type, object);
    return seen === undefined ? undefined : frameOf(seen, view.encode({ object, bytes: frame }));
  }

  #seen(type: EventType, object: Stored): EventType | undefined {
    if (this.#options.terms.length === 0) return type;
    const key = objectKey(object);
    const before = this.#known.has(key);
    if (type !== "DELETED" && this.#isSelected(object)) {
      this.#known.add(key);
      return before ? "MODIFIED" : "ADDED";
    }
    this.#known.delete(key);
    return before ? "DELETED" : undefined;
  }

  #isSelected(object: Stored): boolean {
    const { kind, terms } = this.#options;
    return matchesFields(terms, kind.fields?.(kind.storedAs?.fromStored(object) ?? object) ?? {});
  }
}
