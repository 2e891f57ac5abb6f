// What the bindings of both kinds of policies share.
import type { V1MatchResources, V1ParamRef } from "#api/generated/types.ts";
import type { Column } from "#api/kind.ts";
import { neededAs, type Check } from "#api/meta/check.ts";
import { ageColumn, column, nameColumn } from "#api/meta/columns.ts";
import type { KubeObject } from "#api/meta/object.ts";
import { dns1123Subdomain } from "#api/meta/names.ts";
import { checkMatchResources, checkParamRef, paramRefText } from "./match-resources.ts";

const POLICY_NAME = "PolicyName indicates the policy definition which the policy binding binded to";
const PARAM_REF = "ParamRef indicates the param resource which sets the configration param";

type BindingSpec = {
  readonly policyName?: string | undefined;
  readonly paramRef?: V1ParamRef | undefined;
  readonly matchResources?: V1MatchResources | undefined;
};

/** upstream: pkg/apis/admissionregistration/validation/validation.go validate{Mutating,Validating}AdmissionPolicyBindingSpec */
export function* checkBinding(spec: BindingSpec): Check {
  yield* neededAs("spec.policyName", spec.policyName, dns1123Subdomain);
  yield* checkParamRef("spec.paramRef", spec.paramRef);
  yield* checkMatchResources("spec.matchResources", spec.matchResources ?? {});
}

/** What a table shows of a binding. */
export const bindingColumns: readonly Column<KubeObject & { readonly spec?: BindingSpec | undefined }>[] = [
  nameColumn,
  column("PolicyName", "string", POLICY_NAME, ({ spec }) => spec?.policyName ?? ""),
  column("ParamRef", "string", PARAM_REF, paramRefText),
  ageColumn,
];
