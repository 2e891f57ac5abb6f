// One request, from what it means to its answer: by subresource, then by verb.
import type { Kind } from "#api/kind.ts";
import { failure, type ApiError } from "#api/meta/status.ts";
import type { Verb } from "#api/meta/resource.ts";
import type { ApiResponse, StreamSink } from "#lib/api.ts";
import type { Call, Core } from "../core.ts";
import { paced } from "../paced.ts";
import { bind, bindByName } from "../subresources/binding.ts";
import { evict } from "../subresources/eviction.ts";
import { streamLog } from "../subresources/log.ts";
import { review } from "../subresources/review.ts";
import { getScale, putScale, scaleColumns } from "../subresources/scale.ts";
import { requestToken } from "../subresources/token.ts";
import { applyTo } from "./apply.ts";
import { isApply } from "./apply-call.ts";
import { respondComponents } from "./component-statuses.ts";
import { create } from "./create.ts";
import { decodeBody } from "./decode.ts";
import { deleteCollection, deleteOne } from "./delete.ts";
import { patch } from "./patch.ts";
import { get, list } from "./read.ts";
import { replace } from "./replace.ts";
import { formatOf, respondDeleted, respondObject, respondOther, respondPage, respondRow, viewOf } from "./respond.ts";
import { watch } from "./watch.ts";

type Handler = (core: Core, call: Call) => Promise<ApiResponse>;
type Handlers = { readonly [verb in Verb]?: Handler };

const onObject: Handlers = {
  get: async (core, call) => respondObject(core, call, 200, await get(core, call)),
  list: async (core, call) => respondPage(core, call, await list(core, call)),
  create: async (core, call) => respondObject(core, call, 201, await create(core, call, decodeBody(call))),
  update: async (core, call) => {
    const { shown, created } = await replace(core, call);
    return respondObject(core, call, created ? 201 : 200, shown);
  },
  patch: async (core, call) => {
    const { shown, created } = isApply(call) ? await applyTo(core, call) : { shown: await patch(core, call), created: false };
    return respondObject(core, call, created ? 201 : 200, shown);
  },
  delete: async (core, call) => {
    const deleted = await deleteOne(core, call);
    return "status" in deleted ? respondOther(call, 200, deleted.status) : respondObject(core, call, 200, deleted.shown);
  },
  deletecollection: async (core, call) => respondDeleted(core, call, await deleteCollection(core, call)),
};

const onScale: Handlers = {
  get: async (core, call) => respondRow(core, call, await getScale(core, call), scaleColumns),
  update: async (core, call) => respondRow(core, call, await putScale(core, call), scaleColumns),
  patch: async (core, call) => respondRow(core, call, await putScale(core, call), scaleColumns),
};

/** Subresources that are the object itself, under rules of their own. */
const OWN_RULES = ["", "status", "finalize", "approval", "resize", "ephemeralcontainers"];

const bySubresource: ReadonlyMap<string, Handlers> = new Map<string, Handlers>([
  ...OWN_RULES.map((name) => [name, onObject] as const),
  ["scale", onScale],
  ["binding", { create: async (core, call) => respondOther(call, 201, await bind(core, call)) }],
  ["eviction", { create: async (core, call) => respondOther(call, 201, await evict(core, call)) }],
  ["token", { create: async (core, call) => respondOther(call, 201, await requestToken(core, call)) }],
  ["log", { get: collectLog }],
]);

/** Kinds that are answered and never stored. */
const neverStored = ({ resource }: Kind): Handlers => {
  if (resource === "componentstatuses") return { get: respondComponents, list: respondComponents };
  if (resource === "bindings") return { create: async (core, call) => respondOther(call, 201, await bindByName(core, call)) };
  return { create: async (core, call) => respondOther(call, 201, await review(core, call)) };
};

const handlerOf = ({ kind, subresource }: Call, verb: Verb): Handler | undefined =>
  (kind.bucket === "none" ? neverStored(kind) : bySubresource.get(subresource))?.[verb];

const notImplemented = ({ kind, subresource }: Call): ApiError =>
  failure("MethodNotAllowed", `${kind.resource}/${subresource} is not supported by this cluster`);

/** Every answer about a kind that should not be used says so, beside what it says anyway. */
const withDeprecation = ({ ports }: Core, { kind: { deprecation }, request }: Call, answer: ApiResponse): ApiResponse => {
  if (deprecation === undefined) return answer;
  ports.audit?.annotate(request, "k8s.io/deprecated", () => "true");
  return { ...answer, warnings: [deprecation, ...(answer.warnings ?? [])] };
};

/** Answers an authorized call. Throws: ApiError. */
export const dispatch = async (core: Core, call: Call): Promise<ApiResponse> => {
  formatOf(call); // an answer that the client cannot read is refused before anything is done
  const handler = handlerOf(call, call.request.verb);
  if (handler === undefined) throw notImplemented(call);
  return withDeprecation(core, call, await handler(core, call));
};

/** Starts an authorized stream. Throws: ApiError before the first frame. */
export const dispatchStream = async (core: Core, call: Call, sink: StreamSink): Promise<void> => {
  if (call.request.verb === "watch") return watch(core, call, { view: viewOf(core, call, formatOf(call)), sink });
  if (call.subresource !== "log") throw notImplemented(call);
  await streamLog(core, call, paced({ write: (frame) => sink.write(frame), drained: () => sink.drained(call.signal) }));
  return sink.end();
};

/** A log for a client that does not stream. */
async function collectLog(core: Core, call: Call): Promise<ApiResponse> {
  const frames: Uint8Array[] = [];
  await streamLog(core, call, (frame) => frames.push(frame));
  return { code: 200, contentType: "text/plain", body: Buffer.concat(frames) };
}
