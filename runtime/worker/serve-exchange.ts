// One request and its response: between node's HTTP server and the component.
import type { IncomingMessage, ServerResponse } from "node:http";
import { rawFields } from "#runtime/wasi/http/fields.ts";
import { OutgoingBody, type Open } from "#runtime/wasi/http/outgoing-body.ts";
import { IncomingRequest } from "#runtime/wasi/http/requests.ts";
import { ResponseOut, type Answer, type OutgoingResponse } from "#runtime/wasi/http/responses.ts";

/** Answers by a status and a line of text, if nothing was answered yet. */
export const refuse = (response: ServerResponse, status: number, text: string): void => {
  if (response.headersSent) response.destroy();
  else response.writeHead(status, ["content-type", "text/plain; charset=utf-8"]).end(`${text}\n`);
};

const NO_BODY: ReadonlySet<number> = new Set([204, 304]);

const emptyBody = (): OutgoingBody => {
  const body = new OutgoingBody({ length: undefined, sizeError: "HTTP-response-body-size" });
  body.finish(undefined);
  return body;
};

/** One exchange. */
export class Exchange {
  readonly request: IncomingRequest;
  readonly out: ResponseOut;
  readonly #response: ServerResponse;
  #body: OutgoingBody | undefined;
  #wasAnswered = false;

  constructor(message: IncomingMessage, response: ServerResponse) {
    this.#response = response;
    this.request = new IncomingRequest(message);
    this.out = new ResponseOut((answer) => this.#answer(answer));
  }

  /** The guest is done with it, or gave up. What it left open breaks off. */
  end(failure: Error | undefined): void {
    this.#body?.[Symbol.dispose]();
    if (this.#wasAnswered) return;
    const why = failure === undefined ? "returned without an answer" : `failed: ${failure.message}`;
    refuse(this.#response, 500, `the component ${why}`);
  }

  #answer(answer: Answer): void {
    this.#wasAnswered = true;
    if (answer.tag === "err") return refuse(this.#response, 500, `the component answered with an error: ${answer.val.tag}`);
    this.#body = answer.val.taken ?? emptyBody();
    this.#body.leave(this.#openFor(answer.val), (error) =>
      refuse(this.#response, 500, `the component's answer cannot be sent: ${(error as Error).message}`),
    );
  }

  #openFor({ headers, status }: OutgoingResponse): Open {
    return (length) => {
      const raw = rawFields(headers);
      const isBodyless = NO_BODY.has(status) || (this.request.message.method === "HEAD" && length === 0);
      if (length !== undefined && !isBodyless && headers.get("content-length").length === 0) raw.push("content-length", String(length));
      return this.#response.writeHead(status, raw);
    };
  }
}
