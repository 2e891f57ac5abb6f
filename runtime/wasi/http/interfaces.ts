// wasi:http: its interfaces for one guest.
import type { HostInterface } from "#runtime/wasi/component/linker.ts";
import type { Life } from "#runtime/wasi/life.ts";
import type { StreamFailure } from "#runtime/wasi/preview2/streams.ts";
import { HttpFailure } from "./error-code.ts";
import { fieldsFunctions } from "./fields.ts";
import { incomingBodyFunctions } from "./incoming-body.ts";
import { outgoingBodyFunctions } from "./outgoing-body.ts";
import { requestFunctions } from "./requests.ts";
import { responseFunctions } from "./responses.ts";
import { outgoingHandler, type HttpClient } from "./send.ts";

const TYPES: HostInterface = {
  "http-error-code": ({ cause }: StreamFailure) => (cause instanceof HttpFailure ? cause.code : undefined),
  ...fieldsFunctions,
  ...incomingBodyFunctions,
  ...outgoingBodyFunctions,
  ...requestFunctions,
  ...responseFunctions,
};

/** The interfaces of wasi:http, by name. */
export const httpInterfaces = (client: HttpClient, life: Life): Readonly<Record<string, HostInterface>> => ({
  "wasi:http/types": TYPES,
  "wasi:http/outgoing-handler": outgoingHandler(client, life),
});
