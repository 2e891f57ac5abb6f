import { BOOL, NULL, STRING } from "#api/cel/types.ts";
import type {
  V1AuditAnnotation,
  V1ValidatingAdmissionPolicy,
  V1ValidatingAdmissionPolicySpec,
  V1Validation,
} from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { broken, each, isEmpty, neededOneOf, type Check } from "#api/meta/check.ts";
import { ageColumn, column, nameColumn } from "#api/meta/columns.ts";
import { checkConditions } from "#api/meta/conditions.ts";
import { duplicate, invalidValue, required, tooMany } from "#api/meta/field-error.ts";
import { qualifiedName } from "#api/meta/names.ts";
import type { Draft } from "#api/meta/object.ts";
import { checkExpression, policyEnvironment, type Policy } from "./expressions.ts";
import { defaultMatchResources } from "./match-resources.ts";
import { checkPolicy, paramKindColumn } from "./policy.ts";

export type ValidatingAdmissionPolicy = V1ValidatingAdmissionPolicy;

const REASONS = ["Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized"];
const MAX_ANNOTATIONS = 20;
const VALIDATIONS = "Validations indicates the number of validation rules defined in this configuration";

const setDefaults = (draft: Draft<ValidatingAdmissionPolicy>): void => {
  const spec = (draft.spec ??= {});
  spec.failurePolicy ??= "Fail";
  defaultMatchResources(spec.matchConstraints);
};

function* checkMessage(path: string, message: string, expression: string): Check {
  if (message !== "" && message.trim() === "") yield invalidValue(path, message, "message must be non-empty if specified");
  else if (message.trim().includes("\n")) yield invalidValue(path, message, "message must not contain line breaks");
  else if (message === "" && expression.includes("\n"))
    yield required(path, "message must be specified if expression contains line breaks");
}

function* checkValidation(path: string, validation: V1Validation, policy: Policy): Check {
  const { expression = "", message = "", messageExpression, reason } = validation;
  const trimmed = expression.trim();
  if (trimmed === "") yield required(`${path}.expression`, "expression is not specified");
  if (messageExpression !== undefined && messageExpression.trim() === "") {
    yield invalidValue(`${path}.messageExpression`, messageExpression, "must be non-empty if specified");
  }
  yield* checkExpression(`${path}.expression`, expression, policyEnvironment(policy), [BOOL]);
  yield* checkExpression(`${path}.messageExpression`, messageExpression ?? "", policyEnvironment(policy, { authorizer: false }), [STRING]);
  yield* checkMessage(`${path}.message`, message, trimmed);
  if (reason !== undefined && !REASONS.includes(reason)) yield* neededOneOf(`${path}.reason`, reason, REASONS);
}

function* checkAnnotations(path: string, annotations: readonly V1AuditAnnotation[], policy: Policy): Check {
  if (annotations.length > MAX_ANNOTATIONS) yield tooMany(path, annotations.length, MAX_ANNOTATIONS);
  const keys = new Set<string>();
  for (const [{ key, valueExpression = "" }, at] of each(path, annotations)) {
    if (isEmpty(key)) yield required(`${at}.key`);
    else yield* broken(`${at}.key`, key, qualifiedName(key));
    if (valueExpression.trim() === "") yield required(`${at}.valueExpression`, "valueExpression is not specified");
    yield* checkExpression(`${at}.valueExpression`, valueExpression, policyEnvironment(policy), [STRING, NULL]);
    if (keys.has(key)) yield duplicate(`${at}.key`, key);
    keys.add(key);
  }
}

/** upstream: pkg/apis/admissionregistration/validation/validation.go validateValidatingAdmissionPolicySpec */
function* checkSpec(spec: V1ValidatingAdmissionPolicySpec): Check {
  const { validations = [], auditAnnotations = [] } = spec;
  yield* checkPolicy(spec);
  if (validations.length + auditAnnotations.length === 0) {
    yield required("spec.validations", "validations or auditAnnotations must be specified");
    yield required("spec.auditAnnotations", "validations or auditAnnotations must be specified");
  }
  for (const [validation, at] of each("spec.validations", validations)) yield* checkValidation(at, validation, spec);
  yield* checkAnnotations("spec.auditAnnotations", auditAnnotations, spec);
}

/** ValidatingAdmissionPolicies: expressions that say what may be written. */
export const validatingAdmissionPolicies: Kind<ValidatingAdmissionPolicy> = {
  group: "admissionregistration.k8s.io",
  version: "v1",
  resource: "validatingadmissionpolicies",
  kind: "ValidatingAdmissionPolicy",
  namespaced: false,
  singular: "validatingadmissionpolicy",
  listKind: "ValidatingAdmissionPolicyList",
  shortNames: [],
  categories: ["api-extensions"],
  verbs: storedVerbs,
  model: "V1ValidatingAdmissionPolicy",
  bucket: "objects",
  status: true,
  subresources: {},
  columns: [
    nameColumn,
    column("Validations", "integer", VALIDATIONS, ({ spec }) => spec?.validations?.length ?? 0),
    paramKindColumn,
    ageColumn,
  ],
  setDefaults,
  validate: (object, _old, subresource) => [
    ...(subresource === "status" ? checkConditions("status.conditions", object.status?.conditions) : checkSpec(object.spec ?? {})),
  ],
  strategy: { generation: true, prepareForCreate: (draft) => void (draft.status = {}) },
};
