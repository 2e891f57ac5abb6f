// What expressions compute with. JSON is never converted as a whole: lists and maps wrap it, and convert what is asked for.

/** An unsigned integer, which JSON does not know. */
export class Uint {
  readonly value: bigint;
  constructor(value: bigint) {
    this.value = value;
  }
}

/** An instant, nanoseconds since 1970. */
export class Timestamp {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

/** A length of time, nanoseconds. */
export class Duration {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

/** A value or none. */
export class Optional {
  /** undefined: none. */
  readonly value: Value | undefined;
  constructor(value: Value | undefined) {
    this.value = value;
  }
}

/** The name of a type as a value: what `type(x)` gives. */
export class TypeName {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** A value with a type of its own that only functions look into: a quantity, a URL. */
export abstract class Opaque {
  abstract readonly type: string;
  /** Whether it is the same as another of its type. */
  abstract equals(other: Opaque): boolean;
}

/** How the items of a list are told apart; undefined: by their place. */
export type Associative = { readonly is: "set" } | { readonly is: "map"; readonly keys: readonly string[] };

/** A list. */
export class CelList {
  readonly #raw: readonly unknown[];
  readonly #convert: ((raw: unknown) => Value) | undefined;
  readonly associative: Associative | undefined;

  /** `convert` undefined: the items are values already. */
  constructor(raw: readonly unknown[], convert?: (raw: unknown) => Value, associative?: Associative) {
    this.#raw = raw;
    this.#convert = convert;
    this.associative = associative;
  }

  get size(): number {
    return this.#raw.length;
  }

  at(index: number): Value {
    const raw = this.#raw[index];
    return this.#convert === undefined ? (raw as Value) : this.#convert(raw);
  }

  *[Symbol.iterator](): Generator<Value> {
    for (let index = 0; index < this.#raw.length; index++) yield this.at(index);
  }
}

/** A map, or an object: to an expression both are the same. */
export interface CelMap {
  readonly isMap: true;
  readonly size: number;
  get(key: Value): Value | undefined;
  keys(): Iterable<Value>;
}

/** The map of entries that an expression made. */
export class EntryMap implements CelMap {
  readonly isMap = true;
  readonly #entries: ReadonlyMap<Value, Value>;

  /** Keys as `mapKey` makes them. */
  constructor(entries: ReadonlyMap<Value, Value>) {
    this.#entries = entries;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: Value): Value | undefined {
    return this.#entries.get(mapKey(key));
  }

  keys(): Iterable<Value> {
    return this.#entries.keys();
  }
}

/** A key as maps keep it: numbers that are equal are one key. */
export const mapKey = (key: Value): Value => {
  if (key instanceof Uint) return key.value;
  return typeof key === "number" && Number.isInteger(key) ? BigInt(key) : key;
};

/** What `Name{…}` makes. Fields that hold none are to be removed from what the struct is merged into. */
export class Struct implements CelMap {
  readonly isMap = true;
  readonly name: string;
  readonly fields: ReadonlyMap<string, Value | Optional>;

  constructor(name: string, fields: ReadonlyMap<string, Value>) {
    this.name = name;
    this.fields = fields;
  }

  get size(): number {
    return this.fields.size;
  }

  get(key: Value): Value | undefined {
    return typeof key === "string" ? this.fields.get(key) : undefined;
  }

  keys(): Iterable<Value> {
    return this.fields.keys();
  }
}

/** Any value. int is bigint, double is number. */
export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | Uint
  | Timestamp
  | Duration
  | Optional
  | TypeName
  | Opaque
  | CelList
  | CelMap;

/** True for a map or an object. */
export const isMap = (value: Value): value is CelMap => typeof value === "object" && value !== null && "isMap" in value;

/** An evaluation that has no value; the message is upstream's. */
export class EvalError extends Error {}

/** An evaluation that took more steps than it was given. */
export class CostExceeded extends Error {
  constructor() {
    super("operation cancelled: actual cost limit exceeded");
  }
}

/** Throws: EvalError, as cel-go says it of a call with arguments that no function takes. */
export const noSuchOverload = (): never => {
  throw new EvalError("no such overload");
};
