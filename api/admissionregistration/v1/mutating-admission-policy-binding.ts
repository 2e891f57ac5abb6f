import type { V1MutatingAdmissionPolicyBinding, V1MutatingAdmissionPolicyBindingSpec } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { neededAs, type Check } from "#api/meta/check.ts";
import { ageColumn, column, nameColumn } from "#api/meta/columns.ts";

import { dns1123Subdomain } from "#api/meta/names.ts";
import { checkMatchResources, checkParamRef, defaultMatchResources, paramRefText } from "./match-resources.ts";

export type MutatingAdmissionPolicyBinding = V1MutatingAdmissionPolicyBinding;

const POLICY_NAME = "PolicyName indicates the policy definition which the policy binding binded to";
const PARAM_REF = "ParamRef indicates the param resource which sets the configration param";

/** upstream: pkg/apis/admissionregistration/validation/validation.go validateMutatingAdmissionPolicyBindingSpec */
function* check(spec: Partial<V1MutatingAdmissionPolicyBindingSpec>): Check {
  yield* neededAs("spec.policyName", spec.policyName, dns1123Subdomain);
  yield* checkParamRef("spec.paramRef", spec.paramRef);
  yield* checkMatchResources("spec.matchResources", spec.matchResources ?? {});
}

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
