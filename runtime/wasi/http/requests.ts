// Requests, of both directions, and what may be asked of one that goes out.
import type { HostInterface } from "#runtime/wasi/component/linker.ts";
import { done, failed, type Result } from "#runtime/wasi/preview2/result.ts";
import { isToken, receivedFields, type Fields } from "./fields.ts";
import { Received, Sent } from "./message.ts";

type Tagged = { readonly tag: string; readonly val?: string };

const METHODS: ReadonlySet<string> = new Set(["get", "head", "post", "put", "delete", "connect", "options", "trace", "patch"]);

const methodOf = (text: string): Tagged => {
  const known = text.toLowerCase();
  return METHODS.has(known) && text === text.toUpperCase() ? { tag: known } : { tag: "other", val: text };
};

const nameOf = ({ tag, val = "" }: Tagged): string => (tag === "other" ? val : tag.toUpperCase());

/** The resource incoming-request. */
export class IncomingRequest extends Received {}

const PATH = /^[\x21-\x7e\x80-\u{10ffff}]*$/u;
const AUTHORITY = /^(?:[^@/?#\s]*@)?(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~%!$&'()*+,;=-]+)(?::\d{0,5})?$/;

/** The resource outgoing-request. */
export class OutgoingRequest extends Sent {
  method: Tagged = { tag: "get" };
  path: string | undefined;
  scheme: Tagged | undefined;
  authority: string | undefined;

  constructor(headers: Fields) {
    super(headers, "HTTP-request-body-size");
  }

  get methodName(): string {
    return nameOf(this.method);
  }
}

/** The resource request-options; nanoseconds each. */
export class RequestOptions {
  connect: bigint | undefined;
  firstByte: bigint | undefined;
  betweenBytes: bigint | undefined;
}

// Sets when the value is one that can be sent.
const setting =
  <Value>(isGood: (value: Value) => boolean, set: (self: OutgoingRequest, value: Value) => void) =>
  (self: OutgoingRequest, value: Value): Result<undefined, undefined> => {
    if (!isGood(value)) return failed;
    set(self, value);
    return done;
  };

const orNone =
  (isGood: (text: string) => boolean) =>
  (text: string | undefined): boolean =>
    text === undefined || isGood(text);

const incoming: HostInterface = {
  "[method]incoming-request.method": ({ message }: IncomingRequest) => methodOf(message.method ?? "GET"),
  "[method]incoming-request.path-with-query": ({ message }: IncomingRequest) => message.url,
  "[method]incoming-request.scheme": () => ({ tag: "HTTP" }),
  "[method]incoming-request.authority": ({ message }: IncomingRequest) => message.headers.host,
  "[method]incoming-request.headers": ({ message }: IncomingRequest) => receivedFields(message.rawHeaders),
  "[method]incoming-request.consume": (self: IncomingRequest) => self.consume(),
};

const outgoing: HostInterface = {
  "[constructor]outgoing-request": (headers: Fields) => new OutgoingRequest(headers),
  "[method]outgoing-request.body": (self: OutgoingRequest) => self.body(),
  "[method]outgoing-request.method": ({ method }: OutgoingRequest) => method,
  "[method]outgoing-request.set-method": setting(
    (method: Tagged) => isToken(nameOf(method)),
    (self, method) => (self.method = method),
  ),
  "[method]outgoing-request.path-with-query": ({ path }: OutgoingRequest) => path,
  "[method]outgoing-request.set-path-with-query": setting(
    orNone((path) => PATH.test(path)),
    (self, path) => (self.path = path),
  ),
  "[method]outgoing-request.scheme": ({ scheme }: OutgoingRequest) => scheme,
  "[method]outgoing-request.set-scheme": setting(
    (scheme: Tagged | undefined) => scheme?.tag !== "other" || /^[A-Za-z][A-Za-z0-9+.-]*$/.test(scheme.val ?? ""),
    (self, scheme) => (self.scheme = scheme),
  ),
  "[method]outgoing-request.authority": ({ authority }: OutgoingRequest) => authority,
  "[method]outgoing-request.set-authority": setting(
    orNone((authority) => AUTHORITY.test(authority)),
    (self, authority) => (self.authority = authority),
  ),
  "[method]outgoing-request.headers": ({ headers }: OutgoingRequest) => headers.copy(true),
};

const option = (name: string, key: "connect" | "firstByte" | "betweenBytes"): HostInterface => ({
  [`[method]request-options.${name}`]: (self: RequestOptions) => self[key],
  [`[method]request-options.set-${name}`]: (self: RequestOptions, value: bigint | undefined) => {
    self[key] = value;
    return done;
  },
});

/** The functions of requests. */
export const requestFunctions: HostInterface = {
  ...incoming,
  ...outgoing,
  "[constructor]request-options": () => new RequestOptions(),
  ...option("connect-timeout", "connect"),
  ...option("first-byte-timeout", "firstByte"),
  ...option("between-bytes-timeout", "betweenBytes"),
};
