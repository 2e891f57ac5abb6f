// The expressions of a policy: which names each may use, and what is wrong with it.
// upstream: pkg/apis/admissionregistration/validation/validation.go, apiserver/pkg/admission/plugin/cel/composition.go
import { admissionEnvironment } from "#api/cel/admission.ts";
import { compile, CompileError, type Environment } from "#api/cel/program.ts";
import { DYN, type Type } from "#api/cel/types.ts";
import type { V1Variable } from "#api/generated/types.ts";
import { each, type Check } from "#api/meta/check.ts";
import { invalidValue } from "#api/meta/field-error.ts";

/** Where the expressions of a policy live. */
export type Policy = {
  readonly paramKind?: unknown;
  readonly variables?: readonly V1Variable[] | undefined;
};

/** The types of a policy's variables. Each may use those before it. `object`: the type of the policy's objects, if it is known. */
export const variableTypes = ({ paramKind, variables = [] }: Policy, object?: Type): ReadonlyMap<string, Type> => {
  const types = new Map<string, Type>();
  for (const { name = "", expression = "" } of variables) {
    const environment = admissionEnvironment({ params: paramKind !== undefined, authorizer: true, variables: types, object });
    const program = compile(expression, environment);
    types.set(name, program instanceof CompileError ? DYN : program.type);
  }
  return types;
};

/** What an expression of the policy may name. Messages have no authorizer. */
export const policyEnvironment = (
  policy: Policy,
  { authorizer = true, object }: { authorizer?: boolean; object?: Type | undefined } = {},
): Environment =>
  admissionEnvironment({ params: policy.paramKind !== undefined, authorizer, variables: variableTypes(policy, object), object });

/** The expression compiles, to a value of one of the types. */
export function* checkExpression(path: string, text: string, environment: Environment, wanted: readonly Type[] = []): Check {
  if (text.trim() === "") return; // an absent expression is another error
  const program = compile(text, environment, wanted);
  if (program instanceof CompileError) yield invalidValue(path, text, program.message);
}

/** The variables of a policy compile, each with those before it. */
export function* checkVariableExpressions(path: string, policy: Policy): Check {
  for (const [{ expression = "" }, at, index] of each(path, policy.variables)) {
    yield* checkExpression(`${at}.expression`, expression, policyEnvironment({ ...policy, variables: policy.variables?.slice(0, index) }));
  }
}
