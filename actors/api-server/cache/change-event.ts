import type { KubeObject } from "#api/meta/object.ts";
import type { Entry } from "./entry.ts";
import { selects, type Selection } from "./selection.ts";

export type EventType = "ADDED" | "MODIFIED" | "DELETED";

/** How an object is shown: as it is, as a Table, as metadata only. Views of one `name` give the same bytes. */
export type View = {
  readonly name: string;
  readonly encode: (shown: { readonly bytes: Uint8Array; readonly object: KubeObject }) => Uint8Array;
};

/** The object itself. */
export const plainView: View = { name: "", encode: ({ bytes }) => bytes };

const encoder = new TextEncoder();
/** With the end of its line, which is how HTTP sends it: nothing is copied for a watcher. */
const TAIL = encoder.encode("}\n");
const HEADS = Object.fromEntries(
  ["ADDED", "MODIFIED", "DELETED", "BOOKMARK"].map((type) => [type, encoder.encode(`{"type":"${type}","object":`)]),
) as { readonly [type in EventType | "BOOKMARK"]: Uint8Array };

/** One watch event as it is sent. */
export const frameOf = (type: EventType | "BOOKMARK", object: Uint8Array): Uint8Array => {
  const head = HEADS[type];
  const frame = new Uint8Array(head.length + object.length + TAIL.length);
  frame.set(head);
  frame.set(object, head.length);
  frame.set(TAIL, head.length + object.length);
  return frame;
};

/** One change of one object. Its frames are made once, for all watchers that see it the same way. */
export class ChangeEvent {
  /** The object after a put; its last state, at the revision of the deletion, after a delete. */
  readonly entry: Entry;
  readonly deleted: boolean;
  /** The object before the change; undefined: it did not exist. */
  readonly previous: Entry | undefined;
  /** When the server heard of it, milliseconds since the epoch. */
  readonly at: number;
  readonly #frames = new Map<string, Uint8Array>();

  constructor(entry: Entry, options: { readonly deleted: boolean; readonly previous: Entry | undefined; readonly at: number }) {
    this.entry = entry;
    this.deleted = options.deleted;
    this.previous = options.previous;
    this.at = options.at;
  }

  get revision(): number {
    return this.entry.revision;
  }

  /** What a watcher with this selection sees: an object that comes to match is added, one that ceases to is deleted. */
  seenBy(selection: Selection): EventType | undefined {
    const before = this.previous !== undefined && selects(selection, this.previous);
    const after = !this.deleted && selects(selection, this.entry);
    if (after) return before ? "MODIFIED" : "ADDED";
    return before ? "DELETED" : undefined;
  }

  /** The frame of an answer of `seenBy`. */
  frame(type: EventType, view: View): Uint8Array {
    const id = type + view.name;
    let frame = this.#frames.get(id);
    if (frame === undefined) {
      frame = frameOf(type, view.encode(this.#shown(type)));
      this.#frames.set(id, frame);
    }
    return frame;
  }

  /** An object that left a selection is shown as it was when it last matched. upstream: cacher.go convertToWatchEvent */
  #shown(type: EventType): Entry {
    const left = type === "DELETED" && !this.deleted;
    return left && this.previous !== undefined ? this.previous.at(this.revision) : this.entry;
  }
}
