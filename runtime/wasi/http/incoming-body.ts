// The body of a message that comes, and its trailers. What the guest does not read stays in the network: node reads no
// further than its buffer.
import type { IncomingMessage } from "node:http";
import type { HostInterface } from "#runtime/wasi/component/linker.ts";
import { Pollable, Signal, type Waitable } from "#runtime/wasi/preview2/poll.ts";
import { failed, ok, type Result } from "#runtime/wasi/preview2/result.ts";
import { InputStream, type Source } from "#runtime/wasi/preview2/streams.ts";
import { errorCodeOf, HttpFailure, type ErrorCode } from "./error-code.ts";
import { receivedFields, type Fields } from "./fields.ts";

/** The bytes of a message. */
export class MessageSource implements Source {
  readonly #message: IncomingMessage;
  readonly #changed = new Signal();
  #hasEnded = false;
  #failure: HttpFailure | undefined;

  constructor(message: IncomingMessage) {
    this.#message = message;
    message.on("readable", () => {
      if (message.readableLength === 0) message.read(0); // the end comes when it is asked for
      this.#changed.announce();
    });
    message.on("end", () => {
      this.#hasEnded = true;
      this.#changed.announce();
    });
    message.on("error", (error) => this.#fail(error));
    message.on("close", () => {
      if (!this.#hasEnded) this.#fail(new HttpFailure({ tag: "connection-terminated" }));
    });
  }

  get isReady(): boolean {
    return this.#message.readableLength > 0 || this.hasEnded || this.#failure !== undefined;
  }

  get hasEnded(): boolean {
    return this.#hasEnded || this.#message.readableEnded;
  }

  get failure(): HttpFailure | undefined {
    return this.#failure;
  }

  watch(fn: () => void): () => void {
    return this.#changed.watch(fn);
  }

  read(most: number): Uint8Array | undefined {
    const { readableLength } = this.#message;
    if (readableLength > 0) {
      const bytes = this.#message.read(Math.min(most, readableLength)) as Uint8Array;
      if (most >= readableLength) this.#message.read(0); // the end comes when it is asked for
      return bytes;
    }
    if (this.#failure !== undefined) throw this.#failure;
    return this.hasEnded ? undefined : new Uint8Array();
  }

  close(): void {
    // The body it belongs to is what ends.
  }

  #fail(error: unknown): void {
    this.#failure ??= new HttpFailure(errorCodeOf(error), { cause: error });
    this.#changed.announce();
  }
}

type Trailers = Result<Result<Fields | undefined, ErrorCode>, undefined>;

/** The resource future-trailers. */
export class FutureTrailers implements Waitable {
  readonly #message: IncomingMessage;
  readonly #source: MessageSource;
  #isTaken = false;

  constructor(message: IncomingMessage, source: MessageSource) {
    this.#message = message;
    this.#source = source;
  }

  get isReady(): boolean {
    return this.#source.hasEnded || this.#source.failure !== undefined;
  }

  watch(fn: () => void): () => void {
    return this.#source.watch(fn);
  }

  get(): Trailers | undefined {
    if (!this.isReady) return undefined;
    if (this.#isTaken) return failed;
    this.#isTaken = true;
    const { failure } = this.#source;
    if (failure !== undefined) return ok({ tag: "err", val: failure.code });
    const { rawTrailers } = this.#message;
    return ok(ok(rawTrailers.length === 0 ? undefined : receivedFields(rawTrailers)));
  }

  [Symbol.dispose](): void {
    discard(this.#message);
  }
}

/** Lets go of a message: what is left of it is not waited for. */
export const discard = (message: IncomingMessage): void => {
  if (message.complete) message.resume();
  else message.destroy();
};

/** The resource incoming-body. */
export class IncomingBody {
  readonly #message: IncomingMessage;
  readonly #source: MessageSource;
  #isStreamed = false;
  #isFinished = false;

  constructor(message: IncomingMessage) {
    this.#message = message;
    this.#source = new MessageSource(message);
  }

  stream(): Result<InputStream, undefined> {
    if (this.#isStreamed) return failed;
    this.#isStreamed = true;
    return ok(new InputStream(this.#source));
  }

  finish(): FutureTrailers {
    this.#isFinished = true;
    this.#message.resume();
    return new FutureTrailers(this.#message, this.#source);
  }

  [Symbol.dispose](): void {
    if (!this.#isFinished) discard(this.#message);
  }
}

/** The functions of what comes in. */
export const incomingBodyFunctions: HostInterface = {
  "[method]incoming-body.stream": (self: IncomingBody) => self.stream(),
  "[static]incoming-body.finish": (self: IncomingBody) => self.finish(),
  "[method]future-trailers.subscribe": (self: FutureTrailers) => new Pollable(self),
  "[method]future-trailers.get": (self: FutureTrailers) => self.get(),
};
