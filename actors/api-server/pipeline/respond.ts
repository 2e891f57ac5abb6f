// Objects into the bytes of an answer. Plain JSON, which machines ask for, is joined from the bytes that are there.
import type { V1Status } from "#api/generated/types.ts";
import type { Column } from "#api/kind.ts";
import type { KubeObject } from "#api/meta/object.ts";
import { apiVersionOf } from "#api/meta/resource.ts";
import type { ApiError } from "#api/meta/status.ts";
import type { ApiResponse } from "#lib/api.ts";
import { stringify as toYaml } from "yaml";
import { plainView, type View } from "../cache/change-event.ts";
import type { Call, Core } from "../core.ts";
import { includeOf, partialOf, tableOf, type ListMeta } from "../table/table.ts";
import { negotiate, type Format } from "./negotiate.ts";
import type { Page } from "./read.ts";
import { readied } from "./ready.ts";
import { shownOf, type Shown } from "./shown.ts";
import { servedOf } from "./storage.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const encode = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value));

/** The format of the call's answer. Throws: NotAcceptable. */
export const formatOf = ({ kind, request }: Call): Format =>
  negotiate(request.accept, kind.bucket !== "none" || kind.columns !== undefined);

const answer = (call: Call, code: number, format: Format, json: Uint8Array): ApiResponse => ({
  code,
  contentType: format.media,
  body: format.media === "application/json" ? json : encoder.encode(toYaml(JSON.parse(decoder.decode(json)))),
  ...(call.warnings.length === 0 ? {} : { warnings: call.warnings }),
});

/** An answer that is one object. */
export const respondObject = async (core: Core, call: Call, code: number, shown: Shown): Promise<ApiResponse> => {
  await readied(call, [shown]);
  const format = formatOf(call);
  return answer(call, code, format, viewOf(core, call, format).encode(shown));
};

/** An answer of a type that is not the kind's: a Status, a Scale, a token. */
export const respondOther = (call: Call, code: number, body: V1Status | KubeObject): ApiResponse =>
  answer(call, code, { ...negotiate(call.request.accept, false), as: "object" }, encode(body));

/** An answer of another type than the kind's that has columns of its own: a Scale. */
export const respondRow = <T extends KubeObject>(core: Core, call: Call, object: T, columns: readonly Column<T>[]): ApiResponse => {
  const format = negotiate(call.request.accept, true);
  if (format.as !== "Table") return respondOther(call, 200, object);
  const metadata = { resourceVersion: object.metadata?.resourceVersion };
  const [include, nowMs] = [includeOf(call.options["includeObject"]), core.ports.clock.now()];
  const table = tableOf({ columns: columns as readonly Column<KubeObject>[] }, [object], { metadata, include, nowMs });
  return answer(call, 200, format, encode(table));
};

/** A failure. It is JSON whatever the client wants. */
export const respondError = (error: ApiError): ApiResponse => {
  const seconds = error.status.details?.retryAfterSeconds;
  return {
    code: error.code,
    contentType: "application/json",
    body: encode(error.status),
    ...(seconds === undefined ? {} : { headers: { "Retry-After": String(seconds) } }),
  };
};

/** How the call's objects are shown, one at a time: in answers and in watch events. */
export const viewOf = ({ ports, caches }: Core, { kind, options }: Call, { as, version }: Format): View => {
  const { fromStored, stored } = caches.of(kind) ?? {};
  const own = (object: KubeObject): KubeObject => (stored === kind ? object : (fromStored?.(object) ?? object));
  if (as === "PartialObjectMetadata") return { name: `partial ${version}`, encode: ({ object }) => encode(partialOf(object, version)) };
  if (as === "object") {
    if (stored === undefined || stored === kind) return plainView;
    return { name: apiVersionOf(kind), encode: ({ object }) => shownOf(kind, own(object)).bytes };
  }
  const include = includeOf(options["includeObject"]);
  return {
    name: `table ${version} ${apiVersionOf(kind)} ${include}`,
    encode: ({ object }) => {
      const metadata = { resourceVersion: object.metadata?.resourceVersion };
      return encode(tableOf(kind, [own(object)], { metadata, include, nowMs: ports.clock.now(), version }));
    },
  };
};

/** An answer that is a list. */
export const respondPage = async (core: Core, call: Call, page: Page): Promise<ApiResponse> => {
  await readied(call, page.entries);
  const format = formatOf(call);
  const metadata = { resourceVersion: String(page.revision), continue: page.continueToken, remainingItemCount: page.remaining };
  return answer(call, 200, format, listBytes(core, call, { shown: page.entries, metadata, format }));
};

/** What a deletecollection answers: the list of what there was. */
export const respondDeleted = async (core: Core, call: Call, shown: readonly Shown[]): Promise<ApiResponse> => {
  await readied(call, shown);
  const format = formatOf(call);
  const { revision } = servedOf(core, call).bucket;
  return answer(call, 200, format, listBytes(core, call, { shown, metadata: { resourceVersion: String(revision) }, format }));
};

type Listing = { readonly shown: readonly Shown[]; readonly metadata: ListMeta; readonly format: Format };

const listBytes = (core: Core, call: Call, { shown, metadata, format }: Listing): Uint8Array => {
  const { kind } = call;
  if (format.as === "Table") {
    const include = includeOf(call.options["includeObject"]);
    const { fromStored } = servedOf(core, call);
    const objects = shown.map(({ object }) => fromStored(object));
    return encode(tableOf(kind, objects, { metadata, include, nowMs: core.ports.clock.now(), version: format.version }));
  }
  const view = viewOf(core, call, format);
  const type =
    format.as === "object"
      ? { kind: kind.listKind, apiVersion: apiVersionOf(kind) }
      : { kind: "PartialObjectMetadataList", apiVersion: `meta.k8s.io/${format.version}` };
  return join(JSON.stringify({ ...type, metadata, items: [] }), shown.map(view.encode));
};

const COMMA = 0x2c;

/** Puts the items between the brackets that end `shell`. */
const join = (shell: string, items: readonly Uint8Array[]): Uint8Array => {
  const head = encoder.encode(shell.slice(0, -2));
  const length = items.reduce((sum, item) => sum + item.length + 1, head.length) + (items.length === 0 ? 2 : 1);
  const bytes = new Uint8Array(length);
  bytes.set(head);
  let at = head.length;
  for (const item of items) {
    bytes.set(item, at);
    at += item.length;
    bytes[at++] = COMMA;
  }
  bytes.set(encoder.encode("]}"), items.length === 0 ? at : at - 1);
  return bytes;
};
