// What requests and responses share, by direction.
import type { IncomingMessage } from "node:http";
import { failed, ok, type Result } from "#runtime/wasi/preview2/result.ts";
import { contentLength, type Fields } from "./fields.ts";
import { IncomingBody } from "./incoming-body.ts";
import { OutgoingBody } from "./outgoing-body.ts";

/** What the guest has received; its body is given once. */
export class Received {
  readonly message: IncomingMessage;
  #isConsumed = false;

  constructor(message: IncomingMessage) {
    this.message = message;
  }

  get isConsumed(): boolean {
    return this.#isConsumed;
  }

  consume(): Result<IncomingBody, undefined> {
    if (this.#isConsumed) return failed;
    this.#isConsumed = true;
    return ok(new IncomingBody(this.message));
  }
}

/** What the guest is about to send; its body is given once. */
export class Sent {
  readonly headers: Fields;
  readonly #sizeError: string;
  #body: OutgoingBody | undefined;

  /** `sizeError` is the code of a body that is longer or shorter than promised. */
  constructor(headers: Fields, sizeError: string) {
    this.headers = headers;
    this.#sizeError = sizeError;
  }

  /** The body, if the guest took it. */
  get taken(): OutgoingBody | undefined {
    return this.#body;
  }

  body(): Result<OutgoingBody, undefined> {
    if (this.#body !== undefined) return failed;
    this.#body = new OutgoingBody({ length: contentLength(this.headers), sizeError: this.#sizeError });
    return ok(this.#body);
  }
}
