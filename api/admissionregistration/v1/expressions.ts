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

/** The types of what a policy is about, and of its parameters, as far as they are known. */
export type ObjectTypes = { readonly object?: Type | undefined; readonly params?: Type | undefined };

const paramsOf = ({ paramKind }: Policy, { params = DYN }: ObjectTypes): Type | undefined => (paramKind === undefined ? undefined : params);

/** The types of a policy's variables. Each may use those before it. */
const variableTypes = (policy: Policy, types: ObjectTypes): ReadonlyMap<string, Type> => {
  const variables = new Map<string, Type>();
  for (const { name = "", expression = "" } of policy.variables ?? []) {
    const environment = admissionEnvironment({ params: paramsOf(policy, types), authorizer: true, variables, object: types.object });
    const program = compile(expression, environment);
    variables.set(name, program instanceof CompileError ? DYN : program.type);
  }
  return variables;
};

/** What an expression of the policy may name. Messages have no authorizer. */
export const policyEnvironment = (
  policy: Policy,
  { authorizer = true, types = {} }: { readonly authorizer?: boolean; readonly types?: ObjectTypes } = {},
): Environment =>
  admissionEnvironment({ params: paramsOf(policy, types), authorizer, variables: variableTypes(policy, types), object: types.object });

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
