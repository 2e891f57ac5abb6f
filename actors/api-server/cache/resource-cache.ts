// The objects of one resource as the store has them, their recent changes, and who watches them.
//
// S3 a watch begun at revision N sees every change after N that it asked for, or is told that some are forgotten.
import type { Kind } from "#api/kind.ts";
import type { KubeObject } from "#api/meta/object.ts";
import type { Change, StoreKey } from "#lib/store.ts";
import { ChangeEvent, frameOf, type View } from "./change-event.ts";
import { Entry } from "./entry.ts";
import { History, type HistoryLimits } from "./history.ts";
import { selects, type Selection } from "./selection.ts";
import { SortedMap } from "./sorted-map.ts";
import { encodeValue, hasHead, headOf, parseBytes } from "./splice.ts";
import { WatcherIndex } from "./watcher-index.ts";
import type { Watcher } from "./watcher.ts";

type Objects = SortedMap<Entry>;

/** Where a list begins: after this object. */
export type Position = { readonly namespace: string; readonly name: string };

/** The cache of one resource. */
export class ResourceCache {
  readonly kind: Kind;
  readonly watchers = new WatcherIndex();
  /** Changes that came after the cache was filled. */
  received = 0;
  /** How large all objects together are. */
  bytes = 0;
  readonly #head: Uint8Array;
  readonly #namespaces = new SortedMap<Objects>();
  readonly #limits: HistoryLimits;
  readonly #listeners: ((event: ChangeEvent) => void)[] = [];
  #history: History;

  constructor(kind: Kind, limits: HistoryLimits) {
    this.kind = kind;
    this.#head = headOf(kind);
    this.#limits = limits;
    this.#history = new History(limits, 0);
  }

  /** A watch can begin at this revision or a later one. */
  get floor(): number {
    return this.#history.floor;
  }

  /** How many objects there are. */
  get size(): number {
    return this.#namespaces.values().reduce((sum, { size }) => sum + size, 0);
  }

  get(namespace: string, name: string): Entry | undefined {
    return this.#namespaces.get(namespace)?.get(name);
  }

  /** Takes a change that was in the store before the cache was: there is no history of it. */
  load(change: Change): void {
    this.#replace(change, this.#entryOf(change));
  }

  /** From here on changes are remembered; `revision` is the last one loaded. */
  loaded(revision: number): void {
    this.#history = new History(this.#limits, revision);
  }

  /** Takes a change and tells the watchers. */
  apply(change: Change, at: number): void {
    this.received++;
    const entry = this.#entryOf(change);
    const previous = this.#replace(change, entry);
    if (previous === undefined && change.type === "delete") return;
    const event = new ChangeEvent(entry, { deleted: change.type === "delete", previous, at });
    this.#history.push(event);
    for (const listener of this.#listeners) listener(event);
    for (const watcher of this.watchers.candidates(event)) watcher.offer(event);
  }

  /** Tells of every later change, before watchers hear of it. */
  onChange(listener: (event: ChangeEvent) => void): void {
    this.#listeners.push(listener);
  }

  /** Every object, ordered by namespace and name. */
  *entries(): Generator<Entry> {
    for (const objects of this.#namespaces.values()) yield* objects.values();
  }

  /** The selected objects, ordered by namespace and name, from after a position. */
  *select(selection: Selection, after?: Position): Generator<Entry> {
    for (const namespace of this.#namespacesOf(selection, after)) {
      const objects = this.#namespaces.get(namespace);
      const start = after?.namespace === namespace ? `${after.name}\0` : "";
      for (const name of objects === undefined ? [] : namesOf(objects, selection, start)) {
        const entry = objects?.get(name);
        if (entry !== undefined && selects(selection, entry)) yield entry;
      }
    }
  }

  /** The selected objects as they stood at `revision`; undefined when that is forgotten. */
  selectAt(selection: Selection, revision: number, after?: Position): Iterable<Entry> | undefined {
    const changed = this.#history.undo(revision);
    if (changed === undefined) return undefined;
    if (changed.size === 0) return this.select(selection, after);
    const present = [...this.select({ ...selection }, after)].filter((entry) => !changed.has(placeOf(entry.key)));
    const then = [...changed.values()].filter((entry) => entry !== undefined && selects(selection, entry) && isAfter(entry.key, after));
    return [...present, ...(then as Entry[])].toSorted((a, b) => compare(a.key, b.key));
  }

  /** Begins a watch with the present state. `mark` closes that state, if given. */
  watchNow(watcher: Watcher, mark?: Uint8Array): void {
    this.#begin(watcher, initialFrames([...this.select(watcher.selection)], watcher.view, mark));
  }

  /** Begins a watch with the changes after `revision`. False: some of them are forgotten. */
  watchSince(watcher: Watcher, revision: number): boolean {
    const events = this.#history.since(revision);
    if (events === undefined) return false;
    this.#begin(watcher, missedFrames(events, watcher.selection, watcher.view));
    return true;
  }

  #begin(watcher: Watcher, backlog: Iterator<Uint8Array>): void {
    this.watchers.add(watcher);
    watcher.ended.addEventListener("abort", () => this.watchers.delete(watcher), { once: true });
    watcher.start(backlog);
  }

  #entryOf(change: Change): Entry {
    const isPlain = hasHead(change.value, this.#head);
    if (isPlain && this.kind.readStored === undefined) return new Entry(this.kind, change, this.#head.length);
    const object = parseBytes(change.value);
    const read = this.kind.readStored?.(object);
    if (isPlain && read === undefined) return new Entry(this.kind, change, this.#head.length);
    // to be read as something else, written by somebody who orders keys otherwise, or in another version
    const resource = this.kind.mixed === true ? { ...this.kind, version: versionOf(object) } : this.kind;
    const value = encodeValue(resource, read ?? object);
    return new Entry(this.kind, { ...change, value }, headOf(resource).length, change.value);
  }

  #replace({ type, key: { namespace, name } }: Change, entry: Entry): Entry | undefined {
    const objects = this.#namespaces.get(namespace);
    const previous = objects?.get(name);
    this.bytes += (type === "put" ? entry.bytes.length : 0) - (previous?.bytes.length ?? 0);
    if (type === "put") (objects ?? this.#addNamespace(namespace)).set(name, entry);
    else if (objects !== undefined) this.#remove(objects, entry.key);
    return previous;
  }

  #remove(objects: Objects, { namespace, name }: StoreKey): void {
    objects.delete(name);
    if (objects.size === 0) this.#namespaces.delete(namespace);
  }

  #addNamespace(namespace: string): Objects {
    const objects: Objects = new SortedMap();
    this.#namespaces.set(namespace, objects);
    return objects;
  }

  #namespacesOf({ namespace }: Selection, after: Position | undefined): Iterable<string> {
    if (namespace !== undefined) return after === undefined || after.namespace <= namespace ? [namespace] : [];
    return this.#namespaces.keys(after?.namespace);
  }
}

const namesOf = (objects: Objects, { name }: Selection, start: string): Iterable<string> =>
  name === undefined ? objects.keys(start) : name >= start ? [name] : [];

const versionOf = ({ apiVersion = "" }: KubeObject): string => apiVersion.slice(apiVersion.indexOf("/") + 1);

const placeOf = ({ namespace, name }: StoreKey): string => `${namespace}/${name}`;

const compare = (a: Position, b: Position): number => compareText(a.namespace, b.namespace) || compareText(a.name, b.name);
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const isAfter = (key: StoreKey, after: Position | undefined): boolean => after === undefined || compare(key, after) > 0;

function* initialFrames(entries: readonly Entry[], view: View, mark: Uint8Array | undefined): Generator<Uint8Array, undefined> {
  for (const entry of entries) yield frameOf("ADDED", view.encode(entry));
  if (mark !== undefined) yield frameOf("BOOKMARK", mark);
  return undefined;
}

function* missedFrames(events: readonly ChangeEvent[], selection: Selection, view: View): Generator<Uint8Array, undefined> {
  for (const event of events) {
    const type = event.seenBy(selection);
    if (type !== undefined) yield event.frame(type, view);
  }
  return undefined;
}
