// S3: a watch tells, in order, every change of what it selects, each as what it is to the selection (it came into it, changed
// in it, left it), and nothing else. One that begins with a list begins with the state at the revision of the list's end.
import type { Stored } from "#api/meta/object.ts";
import type { ApiRequest } from "#lib/api.ts";
import { placeOf, resourceOf, type History, type Seen } from "./history.ts";
import { selectionOf } from "./selection.ts";

type Frame = { readonly type: string; readonly object: Stored };
type Told = "ADDED" | "MODIFIED" | "DELETED";
/** A change, and what it is to the selection. */
type Next = { readonly seen: Seen; readonly type: Told };

const decoder = new TextDecoder();

/** Follows one watch along the history of its resource. */
export class WatchCheck {
  readonly #history: History;
  readonly #marks: readonly Seen[];
  readonly #request: ApiRequest;
  readonly #isSelected: (object: Stored) => boolean;
  /** What the list at the beginning has shown: revisions by place. */
  readonly #listed = new Map<string, number>();
  /** The revision up to which the watch has told everything; undefined while it gives the list. */
  #told: number | undefined;
  /** How many marks stand at or before it. */
  #place = 0;

  constructor(history: History, request: ApiRequest) {
    this.#history = history;
    this.#request = request;
    this.#marks = history.marks(resourceOf(request));
    this.#isSelected = selectionOf(request);
    const from = Number(request.options?.resourceVersion ?? 0);
    if (request.options?.sendInitialEvents !== true && from > 0) this.#tell(from);
  }

  /** What is wrong with the next frame, if something is. */
  frame(bytes: Uint8Array): string | undefined {
    const { type, object } = JSON.parse(decoder.decode(bytes)) as Frame;
    if (type === "ERROR") return undefined;
    const wrong = this.#told === undefined ? this.#list(type, object) : this.#change(type, object, this.#told);
    return wrong === undefined ? undefined : `watching ${resourceOf(this.#request)}: ${wrong}`;
  }

  #list(type: string, object: Stored): string | undefined {
    const revision = Number(object.metadata.resourceVersion);
    if (type !== "BOOKMARK") {
      const place = placeOf(keyOf(this.#request, object));
      if (type === "DELETED") this.#listed.delete(place);
      else this.#listed.set(place, revision);
      return undefined;
    }
    this.#tell(revision);
    return this.#request.options?.sendInitialEvents === true ? this.#differenceAt(revision) : undefined;
  }

  #differenceAt(revision: number): string | undefined {
    const state = [...this.#history.stateAt(resourceOf(this.#request), revision)].filter(([, object]) => this.#isSelected(object));
    const held = textOf(state.map(([place, { metadata }]) => [place, Number(metadata.resourceVersion)]));
    const shown = textOf([...this.#listed]);
    return held === shown ? undefined : `its list at ${revision} is ${shown}, the store held ${held}`;
  }

  #change(type: string, object: Stored, told: number): string | undefined {
    const revision = Number(object.metadata.resourceVersion);
    const isBookmark = type === "BOOKMARK";
    if (revision < told || (revision === told && !isBookmark)) return `${type} ${revision} after ${told}`;
    const next = this.#next();
    this.#tell(revision);
    if (isBookmark)
      return next !== undefined && next.seen.revision <= revision ? `${textOfNext(next)} before BOOKMARK ${revision}` : undefined;
    if (next?.seen.revision === revision && next.type === type) return undefined;
    return `${textOfNext(next)}, but ${type} ${revision}`;
  }

  /** The first change of what is selected that was not told. */
  #next(): Next | undefined {
    for (let place = this.#place; place < this.#marks.length; place++) {
      const seen = this.#marks[place] as Seen;
      const type = this.#typeOf(seen);
      if (type !== undefined) return { seen, type };
    }
    return undefined;
  }

  #typeOf({ object, old }: Seen): Told | undefined {
    const is = object !== undefined && this.#isSelected(object);
    const was = old !== undefined && this.#isSelected(old);
    if (is) return was ? "MODIFIED" : "ADDED";
    return was ? "DELETED" : undefined;
  }

  #tell(revision: number): void {
    this.#told = revision;
    while ((this.#marks[this.#place]?.revision ?? Number.POSITIVE_INFINITY) <= revision) this.#place++;
  }
}

const textOfNext = (next: Next | undefined): string =>
  next === undefined ? "nothing was to be told" : `${next.type} of ${placeOf(next.seen.key)}@${next.seen.revision} was not told`;

const keyOf = ({ group, resource }: ApiRequest, { metadata: { namespace = "", name } }: Stored) => ({ group, resource, namespace, name });

const textOf = (revisions: readonly (readonly [string, number])[]): string =>
  revisions
    .map(([place, revision]) => `${place}@${revision}`)
    .toSorted()
    .join(" ");
