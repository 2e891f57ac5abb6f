import type { V1Namespace } from "#api/generated/types.ts";
import type { Draft, KubeObject } from "#api/meta/object.ts";
import { toTime } from "#lib/clock.ts";
import type { Deletion } from "./deletion.ts";
import { metaOf } from "./metadata.ts";

/**
 * A namespace that holds finalizers in its spec is first marked as terminating; its controller empties it and takes the finalizers away.
 * Undefined: nothing holds it but, perhaps, what holds any object. upstream: pkg/registry/core/namespace/storage/storage.go Delete
 */
export const terminateNamespace = (own: Draft<KubeObject>, nowMs: number): Deletion | undefined => {
  const namespace = own as Draft<V1Namespace>;
  const meta = metaOf(own);
  if (meta.deletionTimestamp === undefined) {
    meta.deletionTimestamp = toTime(nowMs);
    namespace.status = { ...namespace.status, phase: "Terminating" };
    if ((namespace.spec?.finalizers ?? []).length > 0) return { do: "mark", object: own };
    return undefined;
  }
  return (namespace.spec?.finalizers ?? []).length > 0 ? { do: "keep" } : undefined;
};
