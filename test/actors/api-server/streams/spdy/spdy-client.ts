// A client of SPDY/3.1, as much of it as kubectl's library uses.
import { once } from "node:events";
import type { Duplex } from "node:stream";
import { constants, createDeflate } from "node:zlib";
import { DICTIONARY } from "#actors/api-server/streams/spdy/dictionary.ts";

/** A frame of the server: control frames by their type, data frames as 0. */
export type Seen = { readonly type: number; readonly stream: number; readonly ends: boolean; readonly bytes: Buffer };

const REPLY = 2;
const RESET = 3;
export const PING = 6;

export const control = (type: number, flags: number, payload: Buffer, version = 0x8003): Buffer => {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(version, 0);
  header.writeUInt16BE(type, 2);
  header.writeUInt8(flags, 4);
  header.writeUIntBE(payload.length, 5, 3);
  return Buffer.concat([header, payload]);
};

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

const text = (value: string): Buffer => Buffer.concat([u32(value.length), Buffer.from(value)]);

/** Speaks over a connection to a server. */
export class SpdyClient {
  readonly connection: Duplex;
  readonly #deflate = createDeflate({ dictionary: DICTIONARY, flush: constants.Z_SYNC_FLUSH });
  readonly #seen: Seen[] = [];
  #rest = Buffer.alloc(0);
  #next = 1;

  constructor(connection: Duplex) {
    this.connection = connection;
    connection.on("data", (chunk: Buffer) => this.#read(chunk));
    connection.on("error", () => undefined);
  }

  /** Opens a stream: its number. */
  async open(headers: Readonly<Record<string, string>>, ends = false): Promise<number> {
    const stream = this.#next;
    this.#next += 2;
    const list = Object.entries(headers).flatMap(([name, value]) => [text(name), text(value)]);
    const block = Buffer.concat([u32(Object.keys(headers).length), ...list]);
    await new Promise((resolve) => this.#deflate.write(block, resolve));
    const compressed = this.#deflate.read() as Buffer;
    this.connection.write(control(1, ends ? 1 : 0, Buffer.concat([u32(stream), u32(0), Buffer.alloc(2), compressed])));
    return stream;
  }

  send(stream: number, data: string | Buffer, ends = false): void {
    const bytes = Buffer.from(data);
    const header = Buffer.concat([u32(stream), u32(bytes.length)]);
    header.writeUInt8(ends ? 1 : 0, 4);
    this.connection.write(Buffer.concat([header, bytes]));
  }

  /** Resolves with what the server has said on a stream once it has ended the stream, or reset it. */
  async said(stream: number): Promise<string> {
    const over = ({ type, stream: of, ends }: Seen): boolean => of === stream && (type === RESET || (type === 0 && ends));
    await this.until((seen) => seen.some(over));
    return this.#seen
      .filter(({ type, stream: of }) => type === 0 && of === stream)
      .map(({ bytes }) => bytes.toString())
      .join("");
  }

  hasReply = (stream: number): boolean => this.#seen.some(({ type, stream: of }) => type === REPLY && of === stream);
  isReset = (stream: number): boolean => this.#seen.some(({ type, stream: of }) => type === RESET && of === stream);

  /** Waits for frames. */
  async until(isSo: (seen: readonly Seen[]) => boolean): Promise<void> {
    while (!isSo(this.#seen)) await once(this.connection, "data");
  }

  #read(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= 8) {
      const end = 8 + this.#rest.readUIntBE(5, 3);
      if (this.#rest.length < end) return;
      const isControl = this.#rest.readUInt8(0) >= 0x80;
      const payload = this.#rest.subarray(8, end);
      this.#seen.push({
        type: isControl ? this.#rest.readUInt16BE(2) : 0,
        stream: isControl ? payload.readUInt32BE(0) : this.#rest.readUInt32BE(0),
        ends: (this.#rest.readUInt8(4) & 1) === 1,
        bytes: payload,
      });
      this.#rest = this.#rest.subarray(end);
    }
  }
}
