import type { Kind } from "#api/kind.ts";
import type { Stored } from "#api/meta/object.ts";
import type { StoreKey } from "#lib/store.ts";
import { parseBytes, splice, unsplice } from "./splice.ts";

/** What selectors look at. It outlives the parsed object. */
export type Facts = { readonly labels: { readonly [key: string]: string }; readonly fields: { readonly [path: string]: string } };

const NONE: { readonly [key: string]: string } = {};

/** An object at one revision: its bytes as they are served, and what is read from them, each made when first asked for. */
export class Entry {
  readonly kind: Kind;
  readonly key: StoreKey;
  readonly revision: number;
  /** The JSON document, with resourceVersion. Shared: never written to. */
  readonly bytes: Uint8Array;
  readonly #headLength: number;
  readonly #lying: Uint8Array | undefined;
  #object: WeakRef<Stored> | undefined;
  #facts: Facts | undefined;

  /** `lying`: the bytes that lie in the store, when the object is read as something else than they say. */
  constructor(
    kind: Kind,
    change: { readonly key: StoreKey; readonly value: Uint8Array; readonly revision: number },
    headLength: number,
    lying?: Uint8Array,
  ) {
    this.kind = kind;
    this.key = change.key;
    this.revision = change.revision;
    this.#headLength = headLength;
    this.#lying = lying;
    this.bytes = splice(change.value, headLength, change.revision);
  }

  /** The parsed object. Shared: never written to. Bytes are small beside it, so it is kept only as long as somebody holds it. */
  get object(): Stored {
    const present = this.#object?.deref();
    if (present !== undefined) return present;
    const parsed = parseBytes(this.bytes) as Stored;
    this.#object = new WeakRef(parsed);
    return parsed;
  }

  /** The object for the caller alone. */
  copy(): Stored {
    return parseBytes(this.bytes) as Stored;
  }

  get facts(): Facts {
    this.#facts ??= { labels: this.object.metadata.labels ?? NONE, fields: this.kind.fields?.(this.object) ?? NONE };
    return this.#facts;
  }

  /** The bytes as the store holds them. */
  get value(): Uint8Array {
    return this.#lying ?? this.#value;
  }

  /** The store holds the object as it is read; if not, writing it unchanged changes the store. */
  get isAsStored(): boolean {
    return this.#lying === undefined;
  }

  get #value(): Uint8Array {
    return unsplice(this.bytes, this.#headLength);
  }

  /** The same object as if it had been written at `revision`. */
  at(revision: number): Entry {
    return new Entry(this.kind, { key: this.key, value: this.#value, revision }, this.#headLength, this.#lying);
  }
}
