import { checkOverhead } from "#api/core/v1/pod-spec/validate-resources.ts";
import { defaultResourceList } from "#api/core/v1/resource-list.ts";
import { checkTolerations } from "#api/core/v1/taint.ts";
import type { V1RuntimeClass } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { broken, immutable, type Check } from "#api/meta/check.ts";
import { ageColumn, column, nameColumn } from "#api/meta/columns.ts";
import { docOf } from "#api/meta/docs.ts";
import { dns1123Label } from "#api/meta/names.ts";
import { checkLabels } from "#api/meta/validate-meta.ts";

export type RuntimeClass = V1RuntimeClass;

function* checkNew({ handler, overhead, scheduling }: RuntimeClass): Check {
  yield* broken("handler", handler ?? "", dns1123Label(handler ?? ""));
  if (overhead?.podFixed !== undefined) yield* checkOverhead("overhead", overhead.podFixed);
  yield* checkLabels("scheduling.nodeSelector", scheduling?.nodeSelector);
  yield* checkTolerations("scheduling.tolerations", scheduling?.tolerations);
}

/** RuntimeClasses: which runtime of a node runs a pod. */
export const runtimeClasses: Kind<RuntimeClass> = {
  group: "node.k8s.io",
  version: "v1",
  resource: "runtimeclasses",
  kind: "RuntimeClass",
  namespaced: false,
  singular: "runtimeclass",
  listKind: "RuntimeClassList",
  shortNames: [],
  categories: [],
  verbs: storedVerbs,
  model: "V1RuntimeClass",
  bucket: "objects",
  status: false,
  subresources: {},
  columns: [nameColumn, column("Handler", "string", docOf("V1RuntimeClass", "handler"), ({ handler }) => handler), ageColumn],
  setDefaults: ({ overhead }) => defaultResourceList(overhead?.podFixed),
  validate: (object, old) => [...(old === undefined ? checkNew(object) : immutable("handler", object.handler, old.handler))],
  strategy: { generation: false, requiresRevision: true },
};
