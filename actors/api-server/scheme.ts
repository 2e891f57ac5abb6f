// The kinds that the server serves now. Those of api/resources.ts are there from the start; others come, change and go while
// the server runs, each set of them with an owner. upstream: apimachinery's runtime.Scheme, apiextensions-apiserver's crdHandler
import type { Kind } from "#api/kind.ts";

/** Where requests find a kind. */
export type Place = { readonly group: string; readonly version: string; readonly resource: string };

/** What an object says that it is. */
export type TypeName = { readonly group: string; readonly version: string; readonly kind: string };

const placeOf = ({ group, version, resource }: Place): string => `${group}/${version}/${resource}`;
const typeOf = ({ group, version, kind }: TypeName): string => `${group}/${version}/${kind}`;

/** The table of kinds of one server. */
export class Scheme {
  readonly #builtIn: readonly Kind[];
  readonly #owned = new Map<string, readonly Kind[]>();
  readonly #listeners: (() => void)[] = [];
  #kinds: readonly Kind[];
  #hidden: readonly Kind[] = [];
  #byPlace: ReadonlyMap<string, Kind>;
  #byType: ReadonlyMap<string, Kind>;

  constructor(builtIn: readonly Kind[]) {
    this.#builtIn = builtIn;
    this.#kinds = builtIn;
    this.#byPlace = new Map(builtIn.map((kind) => [placeOf(kind), kind]));
    this.#byType = new Map(builtIn.map((kind) => [typeOf(kind), kind]));
  }

  /** Every kind that is served, in the order of discovery. */
  get kinds(): readonly Kind[] {
    return this.#kinds;
  }

  /** Every kind whose objects are kept; those that are not served come first, for others may be served in their place. */
  get kept(): readonly Kind[] {
    return [...this.#hidden, ...this.#kinds];
  }

  /** The kind that a path names by its plural. */
  find(place: Place): Kind | undefined {
    return this.#byPlace.get(placeOf(place));
  }

  /** The kind that an object names by apiVersion and kind. */
  ofType(type: TypeName): Kind | undefined {
    return this.#byType.get(typeOf(type));
  }

  /** From now on `owner` has these kinds served, and no others of its own. A place that is taken stays with who has it. */
  replace(owner: string, kinds: readonly Kind[]): void {
    if (kinds.length === 0) this.#owned.delete(owner);
    else this.#owned.set(owner, kinds);
    const all = [...this.#builtIn, ...[...this.#owned.values()].flat()];
    this.#kinds = all.filter(({ hidden }) => hidden !== true);
    this.#hidden = all.filter(({ hidden }) => hidden === true);
    this.#byPlace = new Map(this.#kinds.toReversed().map((kind) => [placeOf(kind), kind]));
    this.#byType = new Map(this.#kinds.toReversed().map((kind) => [typeOf(kind), kind]));
    for (const listener of this.#listeners) listener();
  }

  /** Calls `listener` after every change. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }
}
