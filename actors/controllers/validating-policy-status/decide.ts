// Checks the expressions of a ValidatingAdmissionPolicy against the types of what it is about, and warns in its status of what
// cannot be. Only what rules name outright is checked, and only kinds that the server itself brings. Pure.
// upstream: apiserver/pkg/admission/plugin/policy/validating/typechecking.go
import { policyEnvironment } from "#api/admissionregistration/v1/expressions.ts";
import type { ValidatingAdmissionPolicy } from "#api/admissionregistration/v1/validating-admission-policy.ts";
import { modelType } from "#api/cel/model-types.ts";
import { compile, CompileError } from "#api/cel/program.ts";
import type { V1ExpressionWarning, V1NamedRuleWithOperations, V1TypeChecking } from "#api/generated/types.ts";
import type { Kind } from "#api/kind.ts";
import { deepEqual } from "#api/meta/equal.ts";
import type { Stored } from "#api/meta/object.ts";
import { apiVersionOf } from "#api/meta/resource.ts";
import { kindOf } from "#api/resources.ts";

type Policy = Stored<ValidatingAdmissionPolicy>;
export type Observed = { readonly policy: Policy };
export type Action = { readonly do: "report"; readonly policy: Policy };

/** upstream: maxTypesToCheck */
const MAX_TYPES = 10;

/** Words that name one thing each; a rule with others names too much to check. */
const plain = (words: readonly string[] | undefined): readonly string[] =>
  words?.some((word) => word.includes("*") || word.includes("/")) === true ? [] : (words ?? []);

const kindsOfRule = ({ apiGroups, apiVersions, resources }: V1NamedRuleWithOperations): readonly Kind[] =>
  plain(apiGroups).flatMap((group) =>
    plain(apiVersions).flatMap((version) => plain(resources).flatMap((resource) => kindOf(group, version, resource) ?? [])),
  );

const kindsOf = ({ spec }: Policy): readonly Kind[] =>
  [...new Set((spec?.matchConstraints?.resourceRules ?? []).flatMap(kindsOfRule))].slice(0, MAX_TYPES);

/** Every expression, and the field that it stands in. */
const expressionsOf = ({ spec }: Policy): readonly (readonly [fieldRef: string, text: string])[] =>
  (spec?.validations ?? []).flatMap(({ expression, messageExpression }, at): readonly (readonly [string, string])[] => [
    [`spec.validations[${at}].expression`, expression],
    ...(messageExpression === undefined ? [] : [[`spec.validations[${at}].messageExpression`, messageExpression] as const]),
  ]);

const faultOf = (policy: Policy, text: string, kind: Kind): readonly string[] => {
  const program = compile(text, policyEnvironment(policy.spec ?? {}, { object: modelType(kind.model) }));
  if (!(program instanceof CompileError)) return [];
  return [`${apiVersionOf(kind)}, Kind=${kind.kind}: ${program.message.replace(/^compilation failed: /, "")}\n`];
};

const warningsOf = (policy: Policy): readonly V1ExpressionWarning[] => {
  const kinds = kindsOf(policy);
  return expressionsOf(policy).flatMap(([fieldRef, text]) => {
    const faults = kinds.flatMap((kind) => faultOf(policy, text, kind));
    return faults.length === 0 ? [] : [{ fieldRef, warning: faults.join("") }];
  });
};

/** Says in the status of a policy what is wrong with its expressions, once for each change of it. */
export const decide = ({ policy }: Observed): readonly Action[] => {
  const { generation } = policy.metadata;
  const { status } = policy;
  if (status?.typeChecking !== undefined && status.observedGeneration === generation) return [];
  const warnings = warningsOf(policy);
  const typeChecking: V1TypeChecking = warnings.length === 0 ? {} : { expressionWarnings: warnings };
  const next = { ...status, observedGeneration: generation, typeChecking };
  return deepEqual(next, status) ? [] : [{ do: "report", policy: { ...policy, status: next } }];
};
