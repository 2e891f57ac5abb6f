import type { V1MutatingAdmissionPolicyBinding } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { defaultMatchResources } from "./match-resources.ts";
import { bindingColumns, checkBinding } from "./policy-binding.ts";

export type MutatingAdmissionPolicyBinding = V1MutatingAdmissionPolicyBinding;

/** MutatingAdmissionPolicyBindings: where a policy holds, and with which parameters. */
export const mutatingAdmissionPolicyBindings: Kind<MutatingAdmissionPolicyBinding> = {
  group: "admissionregistration.k8s.io",
  version: "v1",
  resource: "mutatingadmissionpolicybindings",
  kind: "MutatingAdmissionPolicyBinding",
  namespaced: false,
  singular: "mutatingadmissionpolicybinding",
  listKind: "MutatingAdmissionPolicyBindingList",
  shortNames: [],
  categories: ["api-extensions"],
  verbs: storedVerbs,
  model: "V1MutatingAdmissionPolicyBinding",
  bucket: "objects",
  status: false,
  subresources: {},
  columns: bindingColumns,
  setDefaults: ({ spec }) => defaultMatchResources(spec?.matchResources),
  validate: ({ spec }) => [...checkBinding(spec ?? {})],
  strategy: { generation: true },
};
