// Templates that pods are made from: in PodTemplates, ReplicaSets, Deployments and everything else that makes pods.
import type { V1PodTemplate, V1PodTemplateSpec } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import type { Check } from "#api/meta/check.ts";
import { column, formatLabels, nameColumn } from "#api/meta/columns.ts";
import { forbiddenField } from "#api/meta/field-error.ts";
import { checkAnnotations, checkLabels } from "#api/meta/validate-meta.ts";
import { checkPodAnnotations } from "./pod-annotations.ts";
import { defaultPodTemplate } from "./pod-spec/defaults.ts";
import { checkPodSpec } from "./pod-spec/validate.ts";
import { warnPodSpec } from "./pod-warnings.ts";

export type PodTemplate = V1PodTemplate;

/** Metadata and spec of a template. upstream: ValidatePodTemplateSpec */
export function* checkPodTemplate(path: string, template: V1PodTemplateSpec): Check {
  const { metadata = {}, spec = { containers: [] } } = template;
  yield* checkLabels(`${path}.labels`, metadata.labels);
  yield* checkAnnotations(`${path}.annotations`, metadata.annotations);
  yield* checkPodAnnotations(`${path}.annotations`, metadata.annotations, spec);
  yield* checkPodSpec(`${path}.spec`, spec, undefined);
  for (const _ of (spec.ephemeralContainers ?? []).slice(0, 1)) {
    yield forbiddenField(`${path}.spec.ephemeralContainers`, "ephemeral containers not allowed in pod template");
  }
}

/** Names and images of a template's containers: the wide columns of everything that makes pods. */
export const containerNames = (template: V1PodTemplateSpec | undefined): string =>
  (template?.spec?.containers ?? []).map(({ name }) => name).join(",");

/** See `containerNames`. */
export const containerImages = (template: V1PodTemplateSpec | undefined): string =>
  (template?.spec?.containers ?? []).map(({ image = "" }) => image).join(",");

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
  columns: [
    nameColumn,
    column("Containers", "string", "Names of each container in the template.", ({ template }) => containerNames(template)),
    column("Images", "string", "Images referenced by each container in the template.", ({ template }) => containerImages(template)),
    column("Pod Labels", "string", "The labels for the pod template.", ({ template }) => formatLabels(template?.metadata?.labels)),
  ],
  setDefaults: (draft) => defaultPodTemplate((draft.template ??= {})),
  validate: ({ template = {} }) => [...checkPodTemplate("template", template)],
  strategy: {
    generation: true,
    returnsDeleted: true,
    warnings: ({ template = {} }, old) => warnPodSpec("template.", template, old?.template),
  },
};
