// The frames of SPDY/3.1, as far as streams of bytes need them. Pure. The SPDY protocol, draft 3.1, section 2.2 and 2.6.
//
// A control frame is u16 0x8003, u16 type, u8 flags, u24 length; a data frame is u32 stream, u8 flags, u24 length; then the payload.

/** What came in. Types that nobody here asks for are `other`. */
export type Frame =
  | { readonly is: "open"; readonly stream: number; readonly ends: boolean; readonly headers: Buffer }
  | { readonly is: "data"; readonly stream: number; readonly ends: boolean; readonly bytes: Buffer }
  | { readonly is: "reset"; readonly stream: number }
  | { readonly is: "ping"; readonly id: number }
  | { readonly is: "goAway" | "other" };

/** The other side does not speak the protocol. */
export class SpdyError extends Error {
  override readonly name = "SpdyError";
}

const HEADER_BYTES = 8;
/** No frame that we are sent may be longer. A client's frames are as long as what it read at once. */
const MAX_PAYLOAD_BYTES = 1024 * 1024;

const VERSION = 0x8003;
const FIN = 1;
const ID = 0x7fff_ffff;
const OPEN = 1;
const REPLY = 2;
const RESET = 3;
const PING = 6;
const GO_AWAY = 7;
const CANCEL = 5;

/** Throws: SpdyError. */
const payloadBytes = (header: Buffer): number => {
  const length = header.readUIntBE(5, 3);
  if (length > MAX_PAYLOAD_BYTES) throw new SpdyError(`a frame of ${length} bytes is too long`);
  return length;
};

const need = (payload: Buffer, bytes: number): Buffer => {
  if (payload.length < bytes) throw new SpdyError("a frame is too short");
  return payload;
};

const controlFrame = (type: number, ends: boolean, payload: Buffer): Frame => {
  switch (type) {
    case OPEN:
      return { is: "open", stream: need(payload, 10).readUInt32BE(0) & ID, ends, headers: payload.subarray(10) };
    case RESET:
      return { is: "reset", stream: need(payload, 8).readUInt32BE(0) & ID };
    case PING:
      return { is: "ping", id: need(payload, 4).readUInt32BE(0) };
    default:
      return { is: type === GO_AWAY ? "goAway" : "other" };
  }
};

const frameOf = (header: Buffer, payload: Buffer): Frame => {
  const ends = (header.readUInt8(4) & FIN) !== 0;
  const first = header.readUInt16BE(0);
  if (first < 0x8000) return { is: "data", stream: header.readUInt32BE(0), ends, bytes: payload };
  if (first !== VERSION) throw new SpdyError(`version ${first & 0x7fff} is not spoken here`);
  return controlFrame(header.readUInt16BE(2), ends, payload);
};

/** Puts frames together from what comes, each byte once, however small the pieces are. */
export class FrameReader {
  /** As long as the frame is known to be. */
  #frame = Buffer.allocUnsafe(HEADER_BYTES);
  #filled = 0;

  /** The frames that end in what has come. Throws: SpdyError. */
  *read(bytes: Buffer): Generator<Frame> {
    for (let at = 0; at < bytes.length;) {
      const taken = bytes.copy(this.#frame, this.#filled, at);
      at += taken;
      this.#filled += taken;
      if (this.#filled === HEADER_BYTES) this.#makeRoom();
      if (this.#filled < this.#frame.length) continue;
      yield frameOf(this.#frame, this.#frame.subarray(HEADER_BYTES));
      this.#frame = Buffer.allocUnsafe(HEADER_BYTES);
      this.#filled = 0;
    }
  }

  /** The header says how much follows it. */
  #makeRoom(): void {
    const frame = Buffer.allocUnsafe(HEADER_BYTES + payloadBytes(this.#frame));
    this.#frame.copy(frame);
    this.#frame = frame;
  }
}

const control = (type: number, payload: Buffer): Buffer => {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(VERSION, 0);
  header.writeUInt16BE(type, 2);
  header.writeUIntBE(payload.length, 5, 3);
  return Buffer.concat([header, payload]);
};

const numbers = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [at, value] of values.entries()) bytes.writeUInt32BE(value, at * 4);
  return bytes;
};

/** A stream is accepted. `headers` are compressed. */
export const encodeReply = (stream: number, headers: Buffer): Buffer => control(REPLY, Buffer.concat([numbers(stream), headers]));

/** A stream is given up. */
export const encodeReset = (stream: number): Buffer => control(RESET, numbers(stream, CANCEL));

/** The answer to a ping is the ping. */
export const encodePing = (id: number): Buffer => control(PING, numbers(id));

/** What stands before a stream's bytes. `ends`: they are its last. */
export const encodeDataHeader = (stream: number, length: number, ends: boolean): Buffer => {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(stream, 0);
  header.writeUInt8(ends ? FIN : 0, 4);
  header.writeUIntBE(length, 5, 3);
  return header;
};
