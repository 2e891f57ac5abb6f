// Checks the expressions of a ValidatingAdmissionPolicy against the types of what it is about, and warns in its status of what
// cannot be. Only what rules name outright is checked. Pure.
// upstream: apiserver/pkg/admission/plugin/policy/validating/typechecking.go
import { policyEnvironment, type ObjectTypes } from "#api/admissionregistration/v1/expressions.ts";
import type { ValidatingAdmissionPolicy } from "#api/admissionregistration/v1/validating-admission-policy.ts";
import { compile, CompileError } from "#api/cel/program.ts";
import type { V1CustomResourceDefinition, V1ExpressionWarning, V1TypeChecking } from "#api/generated/types.ts";
import { deepEqual } from "#api/meta/equal.ts";
import type { Stored } from "#api/meta/object.ts";
import { typeOfParams, typesIn } from "./types.ts";

type Policy = Stored<ValidatingAdmissionPolicy>;
export type Observed = { readonly policy: Policy; readonly definitions: readonly V1CustomResourceDefinition[] };
export type Action = { readonly do: "report"; readonly policy: Policy };

/** Every expression, and the field that it stands in. */
const expressionsOf = ({ spec }: Policy): readonly (readonly [fieldRef: string, text: string])[] =>
  (spec?.validations ?? []).flatMap(({ expression, messageExpression }, at): readonly (readonly [string, string])[] => [
    [`spec.validations[${at}].expression`, expression],
    ...(messageExpression === undefined ? [] : [[`spec.validations[${at}].messageExpression`, messageExpression] as const]),
  ]);

const faultOf = (policy: Policy, text: string, types: ObjectTypes): string | undefined => {
  const program = compile(text, policyEnvironment(policy.spec ?? {}, { types }));
  return program instanceof CompileError ? program.message.replace(/^compilation failed: /, "") : undefined;
};

const warningsOf = ({ policy, definitions }: Observed): readonly V1ExpressionWarning[] => {
  const { matchConstraints, paramKind } = policy.spec ?? {};
  const kinds = typesIn(matchConstraints?.resourceRules ?? [], definitions);
  const params = paramKind && typeOfParams(paramKind, definitions);
  return expressionsOf(policy).flatMap(([fieldRef, text]) => {
    const faults = kinds.flatMap(({ name, type }) => {
      const fault = faultOf(policy, text, { object: type, params });
      return fault === undefined ? [] : [`${name}: ${fault}\n`];
    });
    return faults.length === 0 ? [] : [{ fieldRef, warning: faults.join("") }];
  });
};

/** Says in the status of a policy what is wrong with its expressions, once for each change of it. */
export const decide = (observed: Observed): readonly Action[] => {
  const { policy } = observed;
  const { generation } = policy.metadata;
  const { status } = policy;
  if (status?.typeChecking !== undefined && status.observedGeneration === generation) return [];
  const warnings = warningsOf(observed);
  const typeChecking: V1TypeChecking = warnings.length === 0 ? {} : { expressionWarnings: warnings };
  const next = { ...status, observedGeneration: generation, typeChecking };
  return deepEqual(next, status) ? [] : [{ do: "report", policy: { ...policy, status: next } }];
};
