// CustomResourceDefinition: a kind that the cluster's users define. What it does to the API server stands in
// actors/api-server/custom-resources.
import type { V1CustomResourceDefinition } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { defaultDefinition, noteStoredVersion } from "#api/crd/definition.ts";
import { definitionErrors } from "#api/crd/definition-errors.ts";
import type { Draft } from "#api/meta/object.ts";

export type CustomResourceDefinition = V1CustomResourceDefinition;

/** The finalizer by which a definition stays until its objects are gone. upstream: apiextensions.CustomResourceCleanupFinalizer */
export const CLEANUP = "customresourcecleanup.apiextensions.k8s.io";

const withCleanup = (draft: Draft<CustomResourceDefinition>): void => {
  const { finalizers = [] } = draft.metadata ?? {};
  if (!finalizers.includes(CLEANUP)) draft.metadata = { ...draft.metadata, finalizers: [...finalizers, CLEANUP] };
};

/** CustomResourceDefinitions: kinds of the cluster's own. */
export const customResourceDefinitions: Kind<CustomResourceDefinition> = {
  group: "apiextensions.k8s.io",
  version: "v1",
  resource: "customresourcedefinitions",
  kind: "CustomResourceDefinition",
  namespaced: false,
  singular: "customresourcedefinition",
  listKind: "CustomResourceDefinitionList",
  shortNames: ["crd", "crds"],
  categories: ["api-extensions"],
  verbs: storedVerbs,
  model: "V1CustomResourceDefinition",
  bucket: "objects",
  anyFinalizer: true,
  status: true,
  subresources: {},
  setDefaults: defaultDefinition,
  validate: (definition, old) => [...definitionErrors(definition, old)],
  strategy: {
    generation: true,
    statusKeepsMetadata: true,
    prepareForCreate: (draft) => {
      delete draft.status;
      noteStoredVersion(draft);
      withCleanup(draft);
    },
    prepareForUpdate: (draft, _old, subresource) => {
      if (subresource !== "") return;
      noteStoredVersion(draft);
      if (draft.metadata?.deletionTimestamp === undefined) withCleanup(draft); // who replaces a definition does not know of it
    },
  },
};
