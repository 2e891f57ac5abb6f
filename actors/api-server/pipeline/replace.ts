// PUT: the object as the client has it. upstream: endpoints/handlers/update.go
import { conflict, isReason } from "#api/meta/status.ts";
import { subjectOf, type Call, type Core } from "../core.ts";
import { create } from "./create.ts";
import { decodeBody } from "./decode.ts";
import { checkPlace, metaOf } from "./metadata.ts";
import type { Shown } from "./shown.ts";
import { update } from "./update.ts";

/** The object, and whether it is new. */
export type Replaced = { readonly shown: Shown; readonly created: boolean };

/** Replaces the call's object, or creates it where its kind allows that. Throws: ApiError. */
export const replace = async (core: Core, call: Call): Promise<Replaced> => {
  const wished = () => {
    const draft = decodeBody(call);
    checkPlace(draft.metadata ?? {}, call);
    return draft;
  };
  try {
    return { shown: await update(core, call, wished), created: false };
  } catch (error) {
    if (!isReason(error, "NotFound") || call.kind.strategy.allowCreateOnUpdate !== true || call.subresource !== "") throw error;
    const draft = wished();
    const { uid = "" } = metaOf(draft);
    // who names an object by its UID means that one, which is gone
    if (uid !== "") throw conflict(subjectOf(call), `Precondition failed: UID in precondition: ${uid}, UID in object meta: `);
    delete metaOf(draft).resourceVersion;
    return { shown: await create(core, call, draft), created: true };
  }
};
