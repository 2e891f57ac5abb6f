// A change that the server makes itself, for a client that asked for something else: a binding, an eviction. It has passed
// the admission of that request, and is written until nobody comes between.
import type { Draft, KubeObject } from "#api/meta/object.ts";
import { RevisionConflict } from "#lib/store.ts";
import type { Entry } from "../cache/entry.ts";
import { isDryRun, type Call, type Core } from "../core.ts";
import { current, refresh, write } from "../pipeline/storage.ts";

/** Changes the call's object. `change` gets a copy to change, anew after each conflict. Throws: what `change` throws, NotFound. */
export const amend = async <T extends KubeObject>(core: Core, call: Call, change: (own: Draft<T>) => void): Promise<void> => {
  for (;;) {
    const entry = current(core, call);
    const own = entry.copy() as Draft<T>;
    change(own);
    if (isDryRun(call) || (await written(core, call, { entry, own }))) return;
    await refresh(core, call);
  }
};

/** False: somebody was quicker. */
const written = async (core: Core, call: Call, { entry, own }: { readonly entry: Entry; readonly own: KubeObject }): Promise<boolean> => {
  try {
    await write(core, call, own, entry.revision);
    return true;
  } catch (error) {
    if (error instanceof RevisionConflict) return false;
    throw error;
  }
};
