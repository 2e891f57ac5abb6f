// Compressed headers of SPDY/3. All headers of a connection are one zlib stream in each direction, so they are read in the
// order in which they came. The SPDY protocol, draft 3, section 2.6.10.
import { createInflate, type Inflate } from "node:zlib";
import { DICTIONARY } from "./dictionary.ts";
import { SpdyError } from "./frames.ts";

/** Names in lower case. */
export type Headers = { readonly [name: string]: string };

/** More would be no headers of a stream. */
const MAX_BYTES = 64 * 1024;

class Cursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  number(): number {
    if (this.#at + 4 > this.#bytes.length) throw new SpdyError("headers are cut off");
    const value = this.#bytes.readUInt32BE(this.#at);
    this.#at += 4;
    return value;
  }

  text(): string {
    const length = this.number();
    if (this.#at + length > this.#bytes.length) throw new SpdyError("headers are cut off");
    const text = this.#bytes.toString("latin1", this.#at, this.#at + length);
    this.#at += length;
    return text;
  }
}

const parse = (bytes: Buffer): Headers => {
  const cursor = new Cursor(bytes);
  const headers: Record<string, string> = {};
  for (let left = cursor.number(); left > 0; left--) {
    const name = cursor.text().toLowerCase();
    headers[name] = cursor.text();
  }
  return headers;
};

/** Reads the headers of one direction, one after the other. */
export class HeaderReader {
  readonly #inflate: Inflate = createInflate({ dictionary: DICTIONARY });
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor() {
    this.#inflate.on("data", (chunk: Buffer) => this.#take(chunk));
  }

  /** Throws: SpdyError when they cannot be read. */
  async read(compressed: Buffer): Promise<Headers> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const fail = (error: Error): void => reject(new SpdyError(`headers cannot be read: ${error.message}`));
    [this.#chunks, this.#bytes] = [[], 0];
    this.#inflate.once("error", fail);
    this.#inflate.write(compressed, (error) => (error === null || error === undefined ? resolve() : fail(error)));
    await promise.finally(() => this.#inflate.off("error", fail));
    this.#inflate.read(); // what is left comes as data
    if (this.#bytes > MAX_BYTES) throw new SpdyError("headers are too long");
    return parse(Buffer.concat(this.#chunks));
  }

  close(): void {
    this.#inflate.on("error", () => undefined).destroy();
  }

  /** A few bytes may become very many. */
  #take(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > MAX_BYTES) this.#inflate.destroy();
    else this.#chunks.push(chunk);
  }
}

/** How the other direction's zlib stream begins: with the dictionary's checksum. */
const BEGINNING = Buffer.from("7820e3c6a7c2", "hex");
/** The number 0, four bytes, stored as they are; then an empty block, at which readers give what they have. */
const NO_HEADERS = Buffer.from("000400fbff00000000000000ffff", "hex");

/** No headers at all, compressed as far as they must be; the first of a connection begin its stream. */
export const emptyHeaders = (isFirst: boolean): Buffer => (isFirst ? Buffer.concat([BEGINNING, NO_HEADERS]) : NO_HEADERS);
