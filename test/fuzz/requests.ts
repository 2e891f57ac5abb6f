// Requests as they might come: most are near to what a client sends, each is bent somewhere.
import type { Kind } from "#api/kind.ts";
import { apiVersionOf } from "#api/meta/resource.ts";
import { kinds } from "#api/resources.ts";
import { groupVersionPath } from "#api/schema/openapi-operations.ts";
import { examplesOf } from "#test/support/examples.ts";
import type { Dice } from "./dice.ts";
import { bentExample, NAMES, objectOf } from "./objects.ts";

/** A request as HTTP carries it. */
export type RawRequest = {
  readonly method: string;
  /** With the query. */
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: Uint8Array | undefined;
};

const METHODS = ["GET", "GET", "GET", "POST", "POST", "PUT", "PATCH", "PATCH", "DELETE", "HEAD", "OPTIONS"];
const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";
const ACCEPTS = [
  "application/json",
  "*/*",
  "application/yaml",
  TABLE,
  `${TABLE},application/json`,
  "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
  "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
  "application/vnd.kubernetes.protobuf",
  "application/json;as=Table;v=v9;g=meta.k8s.io",
  "application/json;stream=watch",
  "text/html, ;;=,q=,*",
  "",
];
const PATCHES = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
  "application/apply-patch+yaml",
];
const BODIES = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf", "text/plain", "", ";"];
const SELECTORS = ["a", "a=b", "a in (b,c)", "!a", "a=b,a!=b", "=", "in", "a in ()", "a>1", ",", "\u0000", "(((", "__proto__=x"];
const FIELDS = [
  "metadata.name=a",
  "metadata.namespace!=b",
  "spec.nodeName=",
  "status.phase=Running",
  "x=y",
  "=",
  "a==b",
  "\\",
  "constructor=a",
];
const REVISIONS = ["", "0", "1", "-1", "x", "1e3", "00", "99999999999999999999999"];
const FLAGS = ["", "0", "1", "true", "false", "x"];
const QUERY: { readonly [name: string]: readonly string[] } = {
  limit: ["0", "1", "2", "500", "-1", "x", "9223372036854775808"],
  continue: ["", "x", "eyJ2IjoibWV0YSJ9", "bnVsbA", "MQ", "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6LTEsInN0YXJ0IjoiYVwvYiJ9", "%%"],
  resourceVersion: REVISIONS,
  resourceVersionMatch: ["Exact", "NotOlderThan", "", "x"],
  labelSelector: SELECTORS,
  fieldSelector: FIELDS,
  watch: FLAGS,
  timeoutSeconds: ["1", "0", "-1", "x"],
  allowWatchBookmarks: FLAGS,
  sendInitialEvents: FLAGS,
  dryRun: ["All", "", "x"],
  fieldManager: ["m", "", "x".repeat(200), "\u0007"],
  fieldValidation: ["Strict", "Warn", "Ignore", "x"],
  force: FLAGS,
  propagationPolicy: ["Orphan", "Foreground", "Background", "x", ""],
  gracePeriodSeconds: ["0", "1", "-1", "x"],
  orphanDependents: FLAGS,
  pretty: FLAGS,
  includeObject: ["None", "Metadata", "Object", "x"],
  container: NAMES,
  tailLines: ["1", "-1", "x"],
  timeout: ["1s", "x"],
  __proto__x: [""],
};
const PATHS = [
  "/",
  "/api",
  "/apis",
  "/apis/apps",
  "/api/v1",
  "/openapi/v2",
  "/openapi/v3/api/v1",
  "/version",
  "/metrics",
  "/healthz/x",
  "/readyz",
];
const ESCAPES = ["%", "%00", "%2F", "%ff", "%E0%A4%A", "//", "/./", "/../", "?", "#", " ".replace(" ", "%20")];

const encoder = new TextEncoder();

const bent = (dice: Dice, path: string): string => {
  if (!dice.oneIn(12)) return path;
  const at = dice.below(path.length + 1);
  return path.slice(0, at) + dice.pick(ESCAPES) + path.slice(at);
};

/** Most are names that other requests use too. */
const nameIn = (dice: Dice, usual: readonly string[]): string => encodeURIComponent(dice.oneIn(6) ? dice.pick(NAMES) : dice.pick(usual));

const USUAL_NAMES = NAMES.slice(0, 4);

const pathOf = (dice: Dice, kind: Kind, method: string): string => {
  const isNamed = (method === "POST" || method === "GET") === dice.oneIn(method === "GET" ? 2 : 8);
  const below = isNamed && dice.oneIn(4) ? `/${dice.pick([...Object.keys(kind.subresources), "status", "x", "proxy/a"])}` : "";
  const inside = kind.namespaced === dice.oneIn(15) ? "" : `/namespaces/${nameIn(dice, ["default"])}`;
  return bent(dice, `${groupVersionPath(kind)}${inside}/${kind.resource}${isNamed ? `/${nameIn(dice, USUAL_NAMES)}` : ""}${below}`);
};

const queryOf = (dice: Dice): string => {
  const pairs = Array.from({ length: dice.oneIn(2) ? 0 : dice.below(3) }, () => {
    const name = dice.pick(Object.keys(QUERY));
    return `${name}=${encodeURIComponent(dice.pick(QUERY[name] ?? [""]).toWellFormed())}`;
  });
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
};

const POINTERS = [
  "",
  "/",
  "/metadata",
  "/metadata/labels/a",
  "/spec/x/0",
  "/metadata/name",
  "/~2",
  "/__proto__/a",
  "/metadata/finalizers/-",
  "/status",
];
const jsonPatchOf = (dice: Dice): unknown =>
  Array.from({ length: dice.below(3) }, () => ({
    op: dice.pick(["add", "remove", "replace", "test", "move", "copy", "x"]),
    path: dice.pick(POINTERS),
    from: dice.pick(POINTERS),
    value: dice.pick<unknown>([null, "x", {}, [], 1]),
  }));

const DIRECTIVES: readonly unknown[] = [
  { $patch: "delete" },
  { $patch: "replace", metadata: {} },
  { $patch: "x" },
  { metadata: { $retainKeys: ["a"] } },
  { spec: { $setElementOrder: 1, "$setElementOrder/containers": [{ name: "a" }], containers: [{ name: "a", $patch: "delete" }] } },
  { metadata: { "$deleteFromPrimitiveList/finalizers": ["x"] } },
];

const patchOf = (dice: Dice, type: string): unknown => (type === PATCHES[0] ? jsonPatchOf(dice) : dice.pick(DIRECTIVES));

const contentOf = (dice: Dice, kind: Kind, type: string): unknown => {
  if (type === PATCHES[0] || (PATCHES.includes(type) && dice.oneIn(3))) return patchOf(dice, type);
  const examples = examplesOf(kind);
  return examples === undefined || dice.oneIn(3) ? madeOf(dice, kind) : bentExample(dice, examples);
};

/** An object after the kind's schema, or after that of a subresource. */
const madeOf = (dice: Dice, kind: Kind): unknown => {
  const { model = kind.model, ...of } = dice.pick<Pick<Kind, "group" | "version" | "kind"> & { readonly model?: string | undefined }>([
    kind,
    kind,
    ...Object.values(kind.subresources),
  ]);
  return objectOf(dice, model, { apiVersion: apiVersionOf(of), kind: of.kind });
};

const damaged = (dice: Dice, bytes: Uint8Array): Uint8Array => {
  const at = dice.below(bytes.length + 1);
  const damages = [
    () => bytes.subarray(0, at),
    () => encoder.encode("[".repeat(20_000)),
    () => encoder.encode(`{"metadata":${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}}`),
    () => encoder.encode("a: &a [*a, *a]\n"),
    () => encoder.encode("k8s\u0000\n\u0005\n\u0000\u0012\u0000"),
    () => new Uint8Array(0),
  ];
  if (dice.oneIn(2)) return dice.pick(damages)();
  const copy = Uint8Array.from(bytes);
  if (copy.length > 0) copy[at % copy.length] = dice.below(256);
  return copy;
};

const OVERSIZED = new Uint8Array(3 * 1024 * 1024 + 1).fill(0x20);

const bodyOf = (dice: Dice, kind: Kind, type: string): Uint8Array => {
  if (dice.oneIn(2_000)) return OVERSIZED;
  const bytes = encoder.encode(JSON.stringify(contentOf(dice, kind, type)));
  return dice.oneIn(6) ? damaged(dice, bytes) : bytes;
};

const typeOf = (dice: Dice, method: string): string => {
  if (dice.oneIn(20)) return dice.pick([...PATCHES, ...BODIES]);
  return dice.pick(method === "PATCH" ? PATCHES : BODIES.slice(0, 2));
};

const sendsBody = (dice: Dice, method: string): boolean =>
  !["GET", "HEAD", "OPTIONS"].includes(method) && (method !== "DELETE" || dice.oneIn(2));

/** The next request. */
export const requestOf = (dice: Dice): RawRequest => {
  const [kind, method] = [dice.pick(kinds), dice.pick(METHODS)];
  const type = typeOf(dice, method);
  const hasBody = sendsBody(dice, method);
  const path = dice.oneIn(40) ? bent(dice, dice.pick(PATHS)) : pathOf(dice, kind, method);
  const accept = dice.oneIn(4) ? dice.pick(ACCEPTS) : "application/json";
  return {
    method,
    url: path + queryOf(dice),
    headers: { accept, ...(hasBody && type !== "" ? { "content-type": type } : {}) },
    body: hasBody ? bodyOf(dice, kind, type) : undefined,
  };
};
