// Finds the watchers that may want a change. Each stands under the narrowest thing it asks for: a name, a field, a
// namespace, or nothing; so a change of a pod costs a few lookups, whether 5 kubelets watch or 5,000.
import type { ChangeEvent } from "./change-event.ts";
import type { Entry } from "./entry.ts";
import type { Selection } from "./selection.ts";
import type { Watcher } from "./watcher.ts";

const ALL = "";
const ofNamespace = (namespace: string): string => `ns/${namespace}`;
const ofName = (name: string): string => `name/${name}`;
const ofField = (field: string, value: string): string => `field/${field}/${value}`;

const placeIn = ({ name, namespace, terms, fieldsOf }: Selection): { readonly place: string; readonly field?: string } => {
  if (name !== undefined) return { place: ofName(name) };
  const term = fieldsOf !== undefined ? undefined : terms.find(({ op, value }) => op === "=" && value !== "");
  if (term !== undefined) return { place: ofField(term.field, term.value), field: term.field };
  return { place: namespace === undefined ? ALL : ofNamespace(namespace) };
};

/** The watchers of one resource. */
export class WatcherIndex {
  readonly #places = new Map<string, Set<Watcher>>();
  /** Fields by which some watcher stands, and how many do: only these are read from a changed object. */
  readonly #fields = new Map<string, number>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(watcher: Watcher): void {
    const { place, field } = placeIn(watcher.selection);
    const present = this.#places.get(place);
    if (present === undefined) this.#places.set(place, new Set([watcher]));
    else present.add(watcher);
    if (field !== undefined) this.#fields.set(field, (this.#fields.get(field) ?? 0) + 1);
    this.#size++;
  }

  delete(watcher: Watcher): void {
    const { place, field } = placeIn(watcher.selection);
    const present = this.#places.get(place);
    if (present?.delete(watcher) !== true) return;
    if (present.size === 0) this.#places.delete(place);
    if (field !== undefined) this.#release(field);
    this.#size--;
  }

  /** Every watcher that may want the change; each once. */
  *candidates({ entry, previous }: ChangeEvent): Generator<Watcher> {
    if (this.#size === 0) return;
    yield* this.#at(ALL);
    yield* this.#at(ofNamespace(entry.key.namespace));
    yield* this.#at(ofName(entry.key.name));
    for (const field of this.#fields.keys()) {
      const after = fieldOf(entry, field);
      const before = previous === undefined ? after : fieldOf(previous, field);
      yield* this.#at(ofField(field, after));
      if (before !== after) yield* this.#at(ofField(field, before));
    }
  }

  *all(): Generator<Watcher> {
    for (const watchers of this.#places.values()) yield* watchers;
  }

  #at(place: string): Iterable<Watcher> {
    return this.#places.get(place) ?? [];
  }

  #release(field: string): void {
    const count = (this.#fields.get(field) ?? 0) - 1;
    if (count > 0) this.#fields.set(field, count);
    else this.#fields.delete(field);
  }
}

const fieldOf = ({ facts }: Entry, field: string): string => facts.fields[field] ?? "";
