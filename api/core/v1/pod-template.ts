import type { V1PodTemplate } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";

export type PodTemplate = V1PodTemplate;

/** PodTemplates: pod specs to make pods from. */
export const podTemplates: Kind<PodTemplate> = {
  group: "",
  version: "v1",
  resource: "podtemplates",
  kind: "PodTemplate",
  namespaced: true,
  singular: "podtemplate",
  listKind: "PodTemplateList",
  shortNames: [],
  categories: [],
  verbs: storedVerbs,
  model: "V1PodTemplate",
  bucket: "objects",
  status: false,
  subresources: {},
  strategy: { generation: true },
};
