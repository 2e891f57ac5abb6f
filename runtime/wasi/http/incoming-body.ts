// The body of a message that comes, and its trailers.
import type { IncomingMessage } from "node:http";
import type { HostInterface } from "#runtime/wasi/component/linker.ts";
import { Pollable, type Waitable } from "#runtime/wasi/preview2/poll.ts";
import { failed, ok, type Result } from "#runtime/wasi/preview2/result.ts";
import { ReadableSource } from "#runtime/wasi/preview2/readable-source.ts";
import { InputStream } from "#runtime/wasi/preview2/streams.ts";
import { errorCodeOf, HttpFailure, type ErrorCode } from "./error-code.ts";
import { receivedFields, type Fields } from "./fields.ts";

const sourceOf = (message: IncomingMessage): ReadableSource =>
  new ReadableSource(message, { failureOf: (error) => new HttpFailure(errorCodeOf(error), { cause: error }), closeIsEnd: false });

type Trailers = Result<Result<Fields | undefined, ErrorCode>, undefined>;

/** The resource future-trailers. */
export class FutureTrailers implements Waitable {
  readonly #message: IncomingMessage;
  readonly #source: ReadableSource;
  #isTaken = false;

  constructor(message: IncomingMessage, source: ReadableSource) {
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
    if (failure !== undefined) return ok({ tag: "err", val: errorCodeOf(failure) });
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
  readonly #source: ReadableSource;
  #isStreamed = false;
  #isFinished = false;

  constructor(message: IncomingMessage) {
    this.#message = message;
    this.#source = sourceOf(message);
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
