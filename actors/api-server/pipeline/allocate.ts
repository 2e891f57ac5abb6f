// What of an object only the server can give: addresses and ports of Services.
import { services } from "#api/core/v1/service.ts";
import type { Kind } from "#api/kind.ts";
import type { Draft, KubeObject } from "#api/meta/object.ts";
import { NO_ALLOCATION, type Allocation } from "../allocators/allocation.ts";
import { isDryRun, type Call, type Core } from "../core.ts";

const isService = ({ group, resource }: Kind): boolean => resource === services.resource && group === services.group;

/** Gives an object what only the server can give, for as long as the answer is not disposed of. Throws: Invalid. */
export const allocate = (core: Core, call: Call, draft: Draft<KubeObject>, old?: KubeObject): Allocation | Promise<Allocation> =>
  isService(call.kind) && call.subresource === "" ? core.services.settle(draft, old, isDryRun(call)) : NO_ALLOCATION;

/** Takes back what an object had that is gone. */
export const deallocate = async (core: Core, { kind }: Call, object: KubeObject): Promise<void> => {
  if (isService(kind)) await core.services.giveBack(object);
};
