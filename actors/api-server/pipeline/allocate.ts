import { services } from "#api/core/v1/service.ts";
import type { Kind } from "#api/kind.ts";
import type { Draft, KubeObject } from "#api/meta/object.ts";
import type { Core } from "../core.ts";

/** Gives an object what only the server can give. Dispose of the answer when the write is done. Throws: Invalid. */
export const allocate = (core: Core, kind: Kind, draft: Draft<KubeObject>, old?: KubeObject): Disposable => {
  if (kind.resource !== services.resource || kind.group !== services.group) return NOTHING;
  const release = core.services.settle(draft, old);
  return { [Symbol.dispose]: release };
};

const NOTHING: Disposable = { [Symbol.dispose]: () => undefined };
