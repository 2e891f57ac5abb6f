// The server's side of SPDY/3.1 over one connection: the client opens streams, each of which is a duplex stream here. It is
// what kubectl forwards ports by. Like the library of Kubernetes' own clients it knows no flow control of single streams: a
// stream whose bytes nobody takes holds up the connection. upstream: github.com/moby/spdystream
//
// S1 frames are taken in the order in which they came. S2 what was not ended by both sides is reset. S3 when the connection is
// over, or speaks something else, so are its streams, though nobody takes their bytes. S4 who does not read what it is answered
// is not listened to.
import { Duplex } from "node:stream";
import { encodeDataHeader, encodePing, encodeReply, encodeReset, FrameReader, SpdyError, type Frame } from "./frames.ts";
import { emptyHeaders, HeaderReader, type Headers } from "./headers.ts";

/** Bytes of a stream that may wait for whoever takes them. */
const MAX_WAITING_BYTES = 256 * 1024;
/** So many streams a client may have open. upstream: kubelet's port forwarding has none, its connections are few */
const MAX_STREAMS = 1024;

type Send = (frame: Buffer, done: (error?: Error | null) => void) => void;

/** A stream that the client has opened. */
export class SpdyStream extends Duplex {
  readonly headers: Headers;
  readonly #id: number;
  readonly #send: Send;
  #room = Promise.withResolvers<void>();
  #hasEnded = false;

  constructor(id: number, headers: Headers, send: Send) {
    super({ readableHighWaterMark: MAX_WAITING_BYTES });
    this.#id = id;
    this.headers = headers;
    this.#send = send;
  }

  /** Takes what the client has sent; resolves when there is room for more. */
  async receive(bytes: Buffer, ends: boolean): Promise<void> {
    if (this.destroyed || this.#hasEnded) return;
    this.#hasEnded = ends;
    const hasRoom = bytes.length === 0 || this.push(bytes);
    if (ends) this.push(null);
    else if (!hasRoom) await this.#room.promise;
  }

  override _read(): void {
    this.#room.resolve();
    this.#room = Promise.withResolvers();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#send(Buffer.concat([encodeDataHeader(this.#id, chunk.length, false), chunk]), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#send(encodeDataHeader(this.#id, 0, true), done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#room.resolve();
    if (!this.#hasEnded || !this.writableFinished) this.#send(encodeReset(this.#id), () => undefined);
    done(error);
  }
}

/** What a connection says, until it ends. */
async function* framesOf(connection: Duplex): AsyncGenerator<Frame> {
  const reader = new FrameReader();
  for await (const chunk of connection) yield* reader.read(chunk as Buffer);
}

class Session {
  readonly #connection: Duplex;
  readonly #onStream: (stream: SpdyStream) => void;
  readonly #reader = new HeaderReader();
  readonly #streams = new Map<number, SpdyStream>();
  #hasReplied = false;

  constructor(connection: Duplex, onStream: (stream: SpdyStream) => void) {
    this.#connection = connection;
    this.#onStream = onStream;
  }

  async run(): Promise<void> {
    this.#connection.once("close", () => this.#leave());
    try {
      for await (const frame of framesOf(this.#connection)) await this.#take(frame);
    } catch (error) {
      if (error instanceof SpdyError) throw error; // else the connection has broken, which is an end too
    } finally {
      this.#leave();
      this.#reader.close();
      this.#connection.destroy();
    }
  }

  #leave(): void {
    for (const stream of this.#streams.values()) stream.destroy();
  }

  async #take(frame: Frame): Promise<void> {
    switch (frame.is) {
      case "open":
        return this.#open(frame.stream, await this.#reader.read(frame.headers), frame.ends);
      case "data":
        return this.#streams.get(frame.stream)?.receive(frame.bytes, frame.ends);
      case "reset":
        return void this.#streams.get(frame.stream)?.destroy();
      case "ping":
        return this.#answer(encodePing(frame.id));
      case "goAway":
      case "other":
    }
  }

  async #open(id: number, headers: Headers, ends: boolean): Promise<void> {
    if (this.#streams.has(id) || this.#streams.size >= MAX_STREAMS) return this.#answer(encodeReset(id));
    const stream = new SpdyStream(id, headers, (bytes, done) => this.#write(bytes, done));
    this.#streams.set(id, stream);
    stream.on("error", () => undefined); // whoever uses it sees it closed
    stream.on("close", () => this.#streams.delete(id));
    const answered = this.#answer(encodeReply(id, emptyHeaders(!this.#hasReplied)));
    this.#hasReplied = true;
    void stream.receive(Buffer.alloc(0), ends);
    this.#onStream(stream);
    await answered;
  }

  /** Resolves when the connection has taken it, or is over. */
  #answer(bytes: Buffer): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#write(bytes, () => resolve());
    return promise;
  }

  #write(bytes: Buffer, done: (error?: Error | null) => void): void {
    if (this.#connection.writable) this.#connection.write(bytes, done);
    else done(new Error("the connection is over"));
  }
}

/** Serves a connection; resolves when it is over. Rejects: SpdyError when it speaks something else. */
export const serveSpdy = (connection: Duplex, onStream: (stream: SpdyStream) => void): Promise<void> =>
  new Session(connection, onStream).run();
