import type { V1ResourceClaimTemplate } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { immutable, type Check } from "#api/meta/check.ts";
import { ageColumn, nameColumn } from "#api/meta/columns.ts";
import { checkAnnotations, checkLabels } from "#api/meta/validate-meta.ts";
import { checkDeviceClaim, defaultDeviceClaim } from "./device-claim.ts";

export type ResourceClaimTemplate = V1ResourceClaimTemplate;

/** upstream: pkg/apis/resource/validation/validation.go (ValidateResourceClaimTemplate, …Update) */
function* check({ spec }: ResourceClaimTemplate, old: ResourceClaimTemplate | undefined): Check {
  yield* checkLabels("spec.metadata.labels", spec?.metadata?.labels);
  yield* checkAnnotations("spec.metadata.annotations", spec?.metadata?.annotations);
  yield* checkDeviceClaim("spec.spec.devices", spec?.spec?.devices ?? {});
  if (old !== undefined) yield* immutable("spec", spec, old.spec);
}

/** ResourceClaimTemplates: claims that each pod gets one of its own of. */
export const resourceClaimTemplates: Kind<ResourceClaimTemplate> = {
  group: "resource.k8s.io",
  version: "v1",
  resource: "resourceclaimtemplates",
  kind: "ResourceClaimTemplate",
  namespaced: true,
  singular: "resourceclaimtemplate",
  listKind: "ResourceClaimTemplateList",
  shortNames: [],
  categories: [],
  verbs: storedVerbs,
  model: "V1ResourceClaimTemplate",
  bucket: "objects",
  status: false,
  subresources: {},
  columns: [nameColumn, ageColumn],
  setDefaults: ({ spec }) => defaultDeviceClaim(spec?.spec?.devices),
  validate: (object, old) => [...check(object, old)],
  strategy: { generation: false, returnsDeleted: true },
};
