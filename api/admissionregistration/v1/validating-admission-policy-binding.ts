import type { V1ValidatingAdmissionPolicyBinding, V1ValidatingAdmissionPolicyBindingSpec } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { each, neededOneOf, type Check } from "#api/meta/check.ts";
import { duplicate, invalidValue, required } from "#api/meta/field-error.ts";
import { defaultMatchResources } from "./match-resources.ts";
import { bindingColumns, checkBinding } from "./policy-binding.ts";

export type ValidatingAdmissionPolicyBinding = V1ValidatingAdmissionPolicyBinding;

const ACTIONS = ["Audit", "Deny", "Warn"];

function* checkActions(path: string, actions: readonly string[] = []): Check {
  if (actions.length === 0) yield required(path);
  for (const [action, at, index] of each(path, actions)) {
    yield* neededOneOf(at, action, ACTIONS);
    if (actions.indexOf(action) < index) yield duplicate(at, action);
  }
  if (actions.includes("Deny") && actions.includes("Warn")) {
    yield invalidValue(
      path,
      actions,
      "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)",
    );
  }
}

/** upstream: pkg/apis/admissionregistration/validation/validation.go validateValidatingAdmissionPolicyBindingSpec */
function* check(spec: Partial<V1ValidatingAdmissionPolicyBindingSpec>): Check {
  yield* checkBinding(spec);
  yield* checkActions("spec.validationActions", spec.validationActions);
}

/** ValidatingAdmissionPolicyBindings: where a policy holds, and with which parameters. */
export const validatingAdmissionPolicyBindings: Kind<ValidatingAdmissionPolicyBinding> = {
  group: "admissionregistration.k8s.io",
  version: "v1",
  resource: "validatingadmissionpolicybindings",
  kind: "ValidatingAdmissionPolicyBinding",
  namespaced: false,
  singular: "validatingadmissionpolicybinding",
  listKind: "ValidatingAdmissionPolicyBindingList",
  shortNames: [],
  categories: ["api-extensions"],
  verbs: storedVerbs,
  model: "V1ValidatingAdmissionPolicyBinding",
  bucket: "objects",
  status: false,
  subresources: {},
  columns: bindingColumns,
  setDefaults: ({ spec }) => defaultMatchResources(spec?.matchResources),
  validate: ({ spec }) => [...check(spec ?? {})],
  strategy: { generation: true },
};
