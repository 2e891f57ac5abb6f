// One watch: what it wants, and what waits for its client.
//
// S3 a watcher's client sees every change it asked for, in order, or its stream ends. A client that does not read is cut
// off; it comes back with the last revision it saw.
import { failure } from "#api/meta/status.ts";
import type { StreamSink } from "#lib/api.ts";
import { frameOf, type ChangeEvent, type View } from "./change-event.ts";
import type { Selection } from "./selection.ts";

export type WatcherOptions = {
  readonly selection: Selection;
  readonly view: View;
  readonly sink: StreamSink;
  readonly bookmarks: boolean;
  /** The bookmark's object at a revision; `initialEventsEnd` marks the end of the initial state. */
  readonly bookmark: (revision: number, initialEventsEnd: boolean) => Uint8Array;
  /** How many frames may wait for the client. */
  readonly maxWaiting: number;
};

/** One client's watch of a resource. */
export class Watcher {
  readonly selection: Selection;
  readonly view: View;
  readonly #options: WatcherOptions;
  readonly #ended = new AbortController();
  /** Frames of the initial state and of what was missed; made only when the client reads them. */
  #backlog: Iterator<Uint8Array> | undefined;
  #waiting: Uint8Array[] = [];
  #blocked = false;

  constructor(options: WatcherOptions) {
    this.selection = options.selection;
    this.view = options.view;
    this.#options = options;
  }

  /** Aborted when the watch has ended, by whichever side. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** Sends the backlog, and from now on what is offered. */
  start(backlog: Iterator<Uint8Array>): void {
    this.#backlog = backlog;
    this.#options.sink.opened?.();
    this.#pump();
  }

  /** Gives a change to the client, if it wants it. */
  offer(event: ChangeEvent): void {
    const type = event.seenBy(this.selection);
    if (type !== undefined) this.#send(event.frame(type, this.view));
  }

  /** Tells the client that it has seen everything up to `revision`. */
  bookmark(revision: number): void {
    if (this.#options.bookmarks) this.#send(frameOf("BOOKMARK", this.#options.bookmark(revision, false)));
  }

  /** Ends the stream; what waits is not sent. */
  end(error?: Error): void {
    if (this.ended.aborted) return;
    this.#waiting = [];
    this.#backlog = undefined;
    this.#ended.abort();
    this.#options.sink.end(error);
  }

  #send(frame: Uint8Array): void {
    if (this.ended.aborted) return;
    if (!this.#blocked) return this.#write(frame);
    this.#waiting.push(frame);
    if (this.#waiting.length > this.#options.maxWaiting) this.end(failure("TooManyRequests", "the watch was too slow to be kept"));
  }

  #write(frame: Uint8Array): void {
    if (this.#options.sink.write(frame)) return;
    this.#blocked = true;
    this.#options.sink.drained(this.ended).then(
      () => this.#pump(),
      (error: unknown) => this.end(error instanceof Error ? error : undefined),
    );
  }

  #pump(): void {
    this.#blocked = false;
    while (!this.#blocked && !this.ended.aborted) {
      const frame = this.#next();
      if (frame === undefined) return;
      this.#write(frame);
    }
  }

  #next(): Uint8Array | undefined {
    const next = this.#backlog?.next();
    if (next !== undefined && next.done !== true) return next.value;
    this.#backlog = undefined;
    return this.#waiting.shift();
  }
}
