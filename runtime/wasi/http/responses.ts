// Responses, of both directions.
import type { HostInterface } from "#runtime/wasi/component/linker.ts";
import { Signal } from "#runtime/wasi/signal.ts";
import { Pollable, type Waitable } from "#runtime/wasi/preview2/poll.ts";
import { done, failed, ok, type Result } from "#runtime/wasi/preview2/result.ts";
import type { ErrorCode } from "./error-code.ts";
import { receivedFields, type Fields } from "./fields.ts";
import { discard } from "./incoming-body.ts";
import { Received, Sent } from "./message.ts";

/** The resource incoming-response. */
export class IncomingResponse extends Received {
  [Symbol.dispose](): void {
    if (!this.isConsumed) discard(this.message);
  }
}

/** The resource outgoing-response. */
export class OutgoingResponse extends Sent {
  status = 200;

  constructor(headers: Fields) {
    super(headers, "HTTP-response-body-size");
  }

  setStatus(status: number): Result<undefined, undefined> {
    if (status < 200 || status > 999) return failed;
    this.status = status;
    return done;
  }
}

/** What a guest answers a request with. */
export type Answer = Result<OutgoingResponse, ErrorCode>;

/** The resource response-outparam. */
export class ResponseOut {
  readonly set: (answer: Answer) => void;
  constructor(set: (answer: Answer) => void) {
    this.set = set;
  }
}

/** The resource future-incoming-response. `abort` is called when nobody waits for it any more. */
export class FutureResponse implements Waitable {
  readonly #changed = new Signal();
  readonly #abort: () => void;
  #settled: Result<IncomingResponse, ErrorCode> | undefined;
  #isTaken = false;

  constructor(abort: () => void) {
    this.#abort = abort;
  }

  get isReady(): boolean {
    return this.#settled !== undefined;
  }

  watch(fn: () => void): () => void {
    return this.#changed.watch(fn);
  }

  /** The first answer holds. */
  settle(settled: Result<IncomingResponse, ErrorCode>): void {
    this.#settled ??= settled;
    this.#changed.announce();
  }

  get(): Result<Result<IncomingResponse, ErrorCode>, undefined> | undefined {
    if (this.#settled === undefined) return undefined;
    if (this.#isTaken) return failed;
    this.#isTaken = true;
    return ok(this.#settled);
  }

  [Symbol.dispose](): void {
    if (this.#settled === undefined) this.#abort();
    else if (!this.#isTaken && this.#settled.tag === "ok") this.#settled.val[Symbol.dispose]();
  }
}

/** The functions of responses. */
export const responseFunctions: HostInterface = {
  "[method]incoming-response.status": ({ message }: IncomingResponse) => message.statusCode,
  "[method]incoming-response.headers": ({ message }: IncomingResponse) => receivedFields(message.rawHeaders),
  "[method]incoming-response.consume": (self: IncomingResponse) => self.consume(),
  "[constructor]outgoing-response": (headers: Fields) => new OutgoingResponse(headers),
  "[method]outgoing-response.status-code": ({ status }: OutgoingResponse) => status,
  "[method]outgoing-response.set-status-code": (self: OutgoingResponse, status: number) => self.setStatus(status),
  "[method]outgoing-response.headers": ({ headers }: OutgoingResponse) => headers.copy(true),
  "[method]outgoing-response.body": (self: OutgoingResponse) => self.body(),
  "[static]response-outparam.set": ({ set }: ResponseOut, answer: Answer) => set(answer),
  "[method]future-incoming-response.subscribe": (self: FutureResponse) => new Pollable(self),
  "[method]future-incoming-response.get": (self: FutureResponse) => self.get(),
};
