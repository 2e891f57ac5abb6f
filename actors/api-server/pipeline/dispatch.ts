// One request, from what it means to its answer, verb by verb.
import type { Verb } from "#api/meta/resource.ts";
import type { ApiResponse, StreamSink } from "#lib/api.ts";
import type { Call, Core } from "../core.ts";
import { create } from "./create.ts";
import { decodeBody } from "./decode.ts";
import { deleteCollection, deleteOne } from "./delete.ts";
import { patch } from "./patch.ts";
import { get, list } from "./read.ts";
import { replace } from "./replace.ts";
import { formatOf, respondDeleted, respondObject, respondOther, respondPage, viewOf } from "./respond.ts";

import { watch } from "./watch.ts";

type Handler = (core: Core, call: Call) => Promise<ApiResponse>;

const createHandler: Handler = async (core, call) => respondObject(core, call, 201, await create(core, call, decodeBody(call)));

const updateHandler: Handler = async (core, call) => {
  const { shown, created } = await replace(core, call);
  return respondObject(core, call, created ? 201 : 200, shown);
};

const deleteHandler: Handler = async (core, call) => {
  const deleted = await deleteOne(core, call);
  return "status" in deleted ? respondOther(call, 200, deleted.status) : respondObject(core, call, 200, deleted.shown);
};

const handlers: { readonly [verb in Exclude<Verb, "watch">]: Handler } = {
  get: async (core, call) => respondObject(core, call, 200, await get(core, call)),
  list: async (core, call) => respondPage(core, call, await list(core, call)),
  create: createHandler,
  update: updateHandler,
  patch: async (core, call) => respondObject(core, call, 200, await patch(core, call)),
  delete: deleteHandler,
  deletecollection: async (core, call) => respondDeleted(core, call, await deleteCollection(core, call)),
};

/** Answers an authorized call. Throws: ApiError. */
export const dispatch = (core: Core, call: Call, verb: Exclude<Verb, "watch">): Promise<ApiResponse> => {
  formatOf(call); // an answer that the client cannot read is refused before anything is done
  return handlers[verb](core, call);
};

/** Starts an authorized stream. Throws: ApiError before the first frame. */
export const dispatchStream = async (core: Core, call: Call, sink: StreamSink): Promise<void> => {
  if (call.request.verb === "watch") return watch(core, call, { view: viewOf(core, call, formatOf(call)), sink });
  const response = await dispatch(core, call, call.request.verb);
  sink.write(response.body);
  return sink.end();
};
