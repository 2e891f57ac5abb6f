import type { V1ValidatingAdmissionPolicyBinding, V1ValidatingAdmissionPolicyBindingSpec } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { each, neededOneOf, neededAs, type Check } from "#api/meta/check.ts";
import { ageColumn, column, nameColumn } from "#api/meta/columns.ts";
import { duplicate, invalidValue, required } from "#api/meta/field-error.ts";
import { dns1123Subdomain } from "#api/meta/names.ts";
import { checkMatchResources, checkParamRef, defaultMatchResources, paramRefText } from "./match-resources.ts";

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

const POLICY_NAME = "PolicyName indicates the policy definition which the policy binding binded to";
const PARAM_REF = "ParamRef indicates the param resource which sets the configration param";

/** upstream: pkg/apis/admissionregistration/validation/validation.go validateValidatingAdmissionPolicyBindingSpec */
function* check(spec: Partial<V1ValidatingAdmissionPolicyBindingSpec>): Check {
  yield* neededAs("spec.policyName", spec.policyName, dns1123Subdomain);
  yield* checkParamRef("spec.paramRef", spec.paramRef);
  yield* checkMatchResources("spec.matchResources", spec.matchResources ?? {});
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
  columns: [
    nameColumn,
    column("PolicyName", "string", POLICY_NAME, ({ spec }) => spec?.policyName ?? ""),
    column("ParamRef", "string", PARAM_REF, paramRefText),
    ageColumn,
  ],
  setDefaults: ({ spec }) => defaultMatchResources(spec?.matchResources),
  validate: ({ spec }) => [...check(spec ?? {})],
  strategy: { generation: true },
};
