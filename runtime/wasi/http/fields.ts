// The resource fields: the headers and trailers of HTTP messages, in order and as they are written. Pure.
import type { HostInterface } from "#runtime/wasi/component/linker.ts";
import { done, err, ok, type Result } from "#runtime/wasi/preview2/result.ts";

type HeaderError = { readonly tag: "invalid-syntax" | "forbidden" | "immutable" };
type Changed = Result<undefined, HeaderError>;

/** A name and a value. */
export type Field = readonly [string, Uint8Array];

// What belongs to the connection is the host's to say. reference: wasmtime-wasi-http DEFAULT_FORBIDDEN_HEADERS
const FORBIDDEN: ReadonlySet<string> = new Set([
  "connection",
  "host",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
]);

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** A name of a field or a method. RFC 9110 section 5.6.2 */
export const isToken = (text: string): boolean => TOKEN.test(text);

const isControl = (byte: number): boolean => (byte < 0x20 && byte !== 0x09) || byte === 0x7f;

// One message's fields; more would only fill the host's memory.
const MOST_BYTES = 128 * 1024;

const sizeOf = (fields: readonly Field[]): number => fields.reduce((sum, [name, value]) => sum + name.length + value.length, 0);

const errorOf = (name: string, values: readonly Uint8Array[]): HeaderError | undefined => {
  if (!isToken(name) || values.some((value) => value.some(isControl))) return { tag: "invalid-syntax" };
  return FORBIDDEN.has(name.toLowerCase()) ? { tag: "forbidden" } : undefined;
};

const isNamed =
  (name: string) =>
  ([other]: Field): boolean =>
    other.length === name.length && other.toLowerCase() === name.toLowerCase();

/** Headers or trailers. */
export class Fields {
  readonly #isImmutable: boolean;
  #all: readonly Field[];

  constructor(all: readonly Field[], isImmutable: boolean) {
    this.#all = all;
    this.#isImmutable = isImmutable;
  }

  get all(): readonly Field[] {
    return this.#all;
  }

  get(name: string): readonly Uint8Array[] {
    return this.#all.filter(isNamed(name)).map(([, value]) => value);
  }

  set(name: string, values: readonly Uint8Array[]): Changed {
    return this.#change(name, values, () => [...this.#without(name), ...values.map((value): Field => [name, value])]);
  }

  delete(name: string): Changed {
    return this.#change(name, [], () => this.#without(name));
  }

  append(name: string, value: Uint8Array): Changed {
    return this.#change(name, [value], () => [...this.#all, [name, value]]);
  }

  /** The same fields for somebody else: changes stay apart. */
  copy(isImmutable: boolean): Fields {
    return new Fields(this.#all, isImmutable);
  }

  #without(name: string): readonly Field[] {
    const isThis = isNamed(name);
    return this.#all.filter((field) => !isThis(field));
  }

  #change(name: string, values: readonly Uint8Array[], change: () => readonly Field[]): Changed {
    if (this.#isImmutable) return err({ tag: "immutable" });
    const error = errorOf(name, values);
    if (error !== undefined) return err(error);
    const all = change();
    if (sizeOf(all) > MOST_BYTES) throw new Error("the fields of an HTTP message are too large");
    this.#all = all;
    return done;
  }
}

const fromList = (all: readonly Field[]): Result<Fields, HeaderError> => {
  const fields = new Fields([], false);
  for (const [name, value] of all) {
    const changed = fields.append(name, value);
    if (changed.tag === "err") return changed;
  }
  return ok(fields);
};

/** The fields of a message that came, without those of its connection; `raw` are names and values by turns. */
export const receivedFields = (raw: readonly string[]): Fields => {
  const all = raw.flatMap((name, index): readonly Field[] =>
    index % 2 === 1 || FORBIDDEN.has(name.toLowerCase()) ? [] : [[name, Buffer.from(raw[index + 1] ?? "", "latin1")]],
  );
  return new Fields(all, true);
};

/** Names and values by turns, as node takes them. */
export const rawFields = ({ all }: Fields): string[] => all.flatMap(([name, value]) => [name, Buffer.from(value).toString("latin1")]);

/** The length that the fields say the body has. */
export const contentLength = (fields: Fields): number | undefined => {
  const [value] = fields.get("content-length");
  const text = value === undefined ? "" : Buffer.from(value).toString("latin1");
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
};

/** The functions of fields. */
export const fieldsFunctions: HostInterface = {
  "[constructor]fields": () => new Fields([], false),
  "[static]fields.from-list": fromList,
  "[method]fields.get": (self: Fields, name: string) => self.get(name),
  "[method]fields.has": (self: Fields, name: string) => self.get(name).length > 0,
  "[method]fields.set": (self: Fields, name: string, values: readonly Uint8Array[]) => self.set(name, values),
  "[method]fields.delete": (self: Fields, name: string) => self.delete(name),
  "[method]fields.append": (self: Fields, name: string, value: Uint8Array) => self.append(name, value),
  "[method]fields.entries": (self: Fields) => self.all,
  "[method]fields.clone": (self: Fields) => self.copy(false),
};
