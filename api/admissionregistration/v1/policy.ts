// What policies of both kinds share.
import type { V1MatchCondition, V1MatchResources, V1ParamKind, V1Variable } from "#api/generated/types.ts";
import type { Column } from "#api/kind.ts";
import { each, isEmpty, neededOneOf, type Check } from "#api/meta/check.ts";
import { column } from "#api/meta/columns.ts";
import { duplicate, invalidValue, required } from "#api/meta/field-error.ts";
import { cIdentifier } from "#api/meta/names.ts";
import { checkVariableExpressions } from "./expressions.ts";
import { checkConstraints, checkParamKind } from "./match-resources.ts";
import { checkMatchConditions } from "./rules.ts";

type PolicySpec = {
  readonly failurePolicy?: string | undefined;
  readonly paramKind?: V1ParamKind | undefined;
  readonly matchConstraints?: V1MatchResources | undefined;
  readonly matchConditions?: readonly V1MatchCondition[] | undefined;
  readonly variables?: readonly V1Variable[] | undefined;
};

/** What a policy is for. upstream: pkg/apis/admissionregistration/validation/validation.go validate{Mutating,Validating}AdmissionPolicySpec */
export function* checkPolicy(spec: PolicySpec): Check {
  if (isEmpty(spec.failurePolicy)) yield required("spec.failurePolicy");
  else yield* neededOneOf("spec.failurePolicy", spec.failurePolicy, ["Fail", "Ignore"]);
  yield* checkParamKind("spec.paramKind", spec.paramKind);
  yield* checkConstraints("spec.matchConstraints", spec.matchConstraints);
  yield* checkMatchConditions("spec.matchConditions", spec.matchConditions, spec.paramKind !== undefined);
  yield* checkVariables("spec.variables", spec.variables);
  yield* checkVariableExpressions("spec.variables", spec);
}

/** Names for expressions, each once. */
function* checkVariables(path: string, variables: readonly V1Variable[] | undefined): Check {
  const names = new Set<string>();
  for (const [{ name = "", expression = "" }, at] of each(path, variables)) {
    if (name.trim() === "") yield required(`${at}.name`, "name is not specified");
    else {
      if (cIdentifier(name).length > 0) yield invalidValue(`${at}.name`, name, "name is not a valid CEL identifier");
      if (names.has(name)) yield duplicate(`${at}.name`, name);
      names.add(name);
    }
    if (expression.trim() === "") yield required(`${at}.expression`, "expression is not specified");
  }
}

/** The kind of a policy's parameters, in a table. */
export const paramKindColumn: Column<{ readonly spec?: Pick<PolicySpec, "paramKind"> | undefined }> = column(
  "ParamKind",
  "string",
  "ParamKind specifies the kind of resources used to parameterize this policy",
  ({ spec }) => (spec?.paramKind === undefined ? "<unset>" : `${spec.paramKind.apiVersion ?? ""}/${spec.paramKind.kind ?? ""}`),
);
