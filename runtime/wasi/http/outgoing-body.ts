// The body of a message that goes out. It may be written before the message is on its way; then it waits here, and a guest
// that writes faster than the network takes waits too.
//
// B1 a body that is whole when its message leaves goes with its length, in one piece. B2 a body that was promised to be of
// another length, or that was dropped unfinished, breaks the connection: the other side must not take it for whole.
import type { OutgoingMessage } from "node:http";
import type { HostInterface } from "#runtime/wasi/component/linker.ts";
import { Signal } from "#runtime/wasi/signal.ts";
import { done, err, failed, ok, type Result } from "#runtime/wasi/preview2/result.ts";
import { OutputStream, type Sink } from "#runtime/wasi/preview2/streams.ts";
import { errorCodeOf, HttpFailure, type ErrorCode } from "./error-code.ts";
import { rawFields, type Fields } from "./fields.ts";

// Bytes that may wait for the network.
const MOST_WAITING = 1 << 16;

/** Sends the head of a message, with a body of `length` bytes if that is known, and answers where the body goes. */
export type Open = (length: number | undefined) => OutgoingMessage;

/** What the head of the message said of its body: a length, and by which name to complain. */
export type Promised = { readonly length: number | undefined; readonly sizeError: string };

type Stage = "open" | "finished" | "aborted";

const pairs = (raw: readonly string[]): [string, string][] =>
  raw.flatMap((name, index): [string, string][] => (index % 2 === 1 ? [] : [[name, raw[index + 1] ?? ""]]));

// Node sends the head of a message and a text in one piece, while bytes are another one.
const MOST_TEXT_BYTES = 16_384;

const endWith = (message: OutgoingMessage, pieces: readonly Uint8Array[]): void => {
  const whole = Buffer.concat(pieces);
  if (whole.length > MOST_TEXT_BYTES) message.end(whole);
  else message.end(whole.toString("latin1"), "latin1");
};

/** The resource outgoing-body, and the sink of its stream. */
export class OutgoingBody implements Sink {
  readonly #promised: Promised;
  readonly #changed = new Signal();
  readonly #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #writtenBytes = 0;
  #message: OutgoingMessage | undefined;
  #stage: Stage = "open";
  #isStreamed = false;
  #trailers: Fields | undefined;
  #failure: HttpFailure | undefined;

  constructor(promised: Promised) {
    this.#promised = promised;
  }

  /**
   * The message leaves, once the guest has had the time to finish what it is about to say: when it waits or ends. A guest that
   * calls what could suspend it goes on in a microtask, so that is after all of them. `refused` is called when it cannot leave.
   */
  leave(open: Open, refused: (error: unknown) => void): void {
    queueMicrotask(() => process.nextTick(() => this.#leave(open, refused)));
  }

  stream(): Result<OutputStream, undefined> {
    if (this.#isStreamed) return failed;
    this.#isStreamed = true;
    return ok(new OutputStream(this));
  }

  finish(trailers: Fields | undefined): Result<undefined, ErrorCode> {
    const { length, sizeError } = this.#promised;
    if (length !== undefined && length !== this.#writtenBytes) {
      this.#abort();
      return err({ tag: sizeError, val: BigInt(this.#writtenBytes) });
    }
    if (this.#failure !== undefined) return err(this.#failure.code);
    this.#trailers = trailers;
    this.#stage = "finished";
    if (this.#message !== undefined) this.#end(this.#message);
    return done;
  }

  get isReady(): boolean {
    return this.#failure !== undefined || this.room() !== 0;
  }

  /** What was written is in the host's hands; it is waited for only when there is too much of it. */
  get flushed(): this {
    return this;
  }

  watch(fn: () => void): () => void {
    return this.#changed.watch(fn);
  }

  room(): number | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#stage !== "open") return undefined;
    return Math.max(0, MOST_WAITING - this.#waitingBytes - (this.#message?.writableLength ?? 0));
  }

  write(bytes: Uint8Array): void {
    const { length = Infinity, sizeError } = this.#promised;
    this.#writtenBytes += bytes.length;
    if (this.#writtenBytes > length) throw new HttpFailure({ tag: sizeError, val: BigInt(this.#writtenBytes) });
    if (this.#message !== undefined) this.#message.write(bytes);
    else {
      this.#waiting.push(bytes);
      this.#waitingBytes += bytes.length;
    }
  }

  close(): void {
    // Only the body's end says that all was written.
  }

  [Symbol.dispose](): void {
    if (this.#stage === "open") this.#abort();
  }

  // Node refuses some heads that a guest can make, such as one that announces trailers for a body that has none.
  #leave(open: Open, refused: (error: unknown) => void): void {
    try {
      this.#start(open);
    } catch (error) {
      refused(error);
      this.#stage = "aborted";
      this.#failure ??= new HttpFailure({ tag: "HTTP-protocol-error" }, { cause: error });
      this.#changed.announce();
    }
  }

  #start(open: Open): void {
    const isWhole = this.#stage === "finished" && this.#trailers === undefined;
    const message = open(isWhole ? this.#waitingBytes : undefined);
    this.#message = message;
    const waiting = this.#waiting.splice(0);
    this.#waitingBytes = 0;
    if (this.#stage === "aborted") return void message.destroy();
    if (isWhole) return endWith(message, waiting);
    message.on("drain", () => this.#changed.announce());
    message.on("error", (error) => this.#fail(error));
    message.on("close", () => this.#fail(new HttpFailure({ tag: "connection-terminated" })));
    for (const bytes of waiting) message.write(bytes);
    if (this.#stage === "finished") this.#end(message);
    else this.#changed.announce();
  }

  #end(message: OutgoingMessage): void {
    if (this.#trailers !== undefined) message.addTrailers(pairs(rawFields(this.#trailers)));
    message.end();
  }

  #abort(): void {
    this.#stage = "aborted";
    this.#message?.destroy();
    this.#changed.announce();
  }

  #fail(error: unknown): void {
    if (this.#stage !== "open") return;
    this.#failure ??= new HttpFailure(errorCodeOf(error), { cause: error });
    this.#changed.announce();
  }
}

/** The functions of outgoing-body. */
export const outgoingBodyFunctions: HostInterface = {
  "[method]outgoing-body.write": (self: OutgoingBody) => self.stream(),
  "[static]outgoing-body.finish": (self: OutgoingBody, trailers: Fields | undefined) => self.finish(trailers),
};
