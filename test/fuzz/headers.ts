// Headers as they might come: what a client accepts and sends, and what somebody may try.
import { PATCHES } from "./patches.ts";
import type { Dice } from "./dice.ts";

const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";
const ACCEPTS = [
  "application/json",
  "*/*",
  "application/yaml",
  TABLE,
  `${TABLE},application/json`,
  "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
  "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
  "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
  "application/vnd.kubernetes.protobuf",
  "application/vnd.kubernetes.protobuf,application/json;q=0.5",
  "application/json;as=Table;v=v9;g=meta.k8s.io",
  "application/json;stream=watch",
  "text/html, ;;=,q=,*",
  "application/json;q=x;q=2;__proto__=1",
  "*/*,".repeat(500),
  "",
];
const BODIES = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf", "text/plain", "", ";"];
const ODD_TYPES = ["application/json; charset=utf-16", "APPLICATION/JSON", "application/json;;", "application/json,text/plain", "é/é"];

/** Headers that change who asks, how bytes are read, or what becomes of the connection. */
const ODD: readonly { readonly [name: string]: string }[] = [
  { "impersonate-user": "jane" },
  { "impersonate-user": "", "impersonate-group": "system:masters" },
  { "impersonate-user": "system:serviceaccount:a", "impersonate-uid": "x" },
  { "impersonate-user": "jane", "impersonate-extra-%ff": "x", "impersonate-extra-%zz": "x", "impersonate-extra-": "x" },
  { "impersonate-extra-__proto__": "x" },
  { "x-remote-user": "root", "x-remote-group": "system:masters" },
  { authorization: "Bearer x" },
  { authorization: "Basic Og==" },
  { authorization: "Bearer " },
  { "content-encoding": "gzip" },
  { "accept-encoding": "gzip" },
  { "accept-encoding": "gzip;q=0, br, *;q=x" },
  { "if-match": "*", "if-none-match": "x", range: "bytes=0-1" },
  { "user-agent": "" },
  { "user-agent": `${"x".repeat(300)}/é` },
  { host: "example.com:99999" },
  { "audit-id": "x".repeat(500) },
  { "x-http-method-override": "DELETE" },
  { expect: "100-continue" },
  { traceparent: "00-x-y-z" },
  { origin: "http://example.com", "access-control-request-method": "PUT" },
  { cookie: "a=b; __proto__=c" },
  { "x-long": "x".repeat(8_000) },
  { connection: "upgrade", upgrade: "websocket", "sec-websocket-key": "x", "sec-websocket-version": "13" },
  { connection: "upgrade", upgrade: "SPDY/3.1", "x-stream-protocol-version": "v4.channel.k8s.io" },
];

/** The content type of a body. */
export const typeOf = (dice: Dice, method: string): string => {
  if (dice.oneIn(20)) return dice.pick([...PATCHES, ...BODIES, ...ODD_TYPES]);
  if (method === "PATCH") return dice.pick(PATCHES);
  return dice.oneIn(15) ? "application/vnd.kubernetes.protobuf" : dice.pick(BODIES.slice(0, 2));
};

/** The headers of a request whose body, if it has one, is of this type. */
export const headersOf = (dice: Dice, type: string | undefined): { readonly [name: string]: string } => ({
  accept: dice.oneIn(4) ? dice.pick(ACCEPTS) : "application/json",
  ...(type === undefined || type === "" ? {} : { "content-type": type }),
  ...(dice.oneIn(25) ? dice.pick(ODD) : {}),
});
