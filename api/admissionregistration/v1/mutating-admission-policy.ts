import { APPLY_CONFIGURATION, JSON_PATCHES } from "#api/cel/admission.ts";
import type { Type } from "#api/cel/types.ts";
import type { V1MutatingAdmissionPolicy, V1MutatingAdmissionPolicySpec, V1Mutation } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { each, isEmpty, neededOneOf, type Check } from "#api/meta/check.ts";
import { ageColumn, column, nameColumn } from "#api/meta/columns.ts";
import { forbiddenField, required } from "#api/meta/field-error.ts";
import type { Draft } from "#api/meta/object.ts";
import { checkExpression, policyEnvironment, type Policy } from "./expressions.ts";
import { defaultMatchResources } from "./match-resources.ts";
import { checkPolicy, paramKindColumn } from "./policy.ts";

export type MutatingAdmissionPolicy = V1MutatingAdmissionPolicy;

const MUTATIONS = "Mutations indicates the number of mutations rules defined in this configuration";
const FIELD_OF: { readonly [patchType: string]: "applyConfiguration" | "jsonPatch" } = {
  ApplyConfiguration: "applyConfiguration",
  JSONPatch: "jsonPatch",
};

const TYPE_OF = { applyConfiguration: APPLY_CONFIGURATION, jsonPatch: JSON_PATCHES };

const setDefaults = (draft: Draft<MutatingAdmissionPolicy>): void => {
  const spec = (draft.spec ??= {});
  spec.failurePolicy ??= "Fail";
  spec.reinvocationPolicy ||= "Never";
  defaultMatchResources(spec.matchConstraints);
};

function* checkMutation(path: string, mutation: V1Mutation, policy: Policy): Check {
  const { patchType } = mutation;
  const own = FIELD_OF[patchType];
  if (isEmpty(patchType)) yield required(`${path}.patchType`, "patchType is not specified");
  else yield* neededOneOf(`${path}.patchType`, patchType, Object.keys(FIELD_OF));
  if (own === undefined) return;
  const other = own === "jsonPatch" ? "applyConfiguration" : "jsonPatch";
  if (mutation[other] !== undefined) yield forbiddenField(`${path}.${other}`, `must not be specified when patchType is ${patchType}`);
  if (mutation[own] === undefined) yield required(`${path}.${own}`, `must be specified when patchType is ${patchType}`);
  else yield* checkMutationExpression(`${path}.${own}.expression`, { text: mutation[own].expression ?? "", type: TYPE_OF[own], policy });
}

function* checkMutationExpression(path: string, { text, type, policy }: { text: string; type: Type; policy: Policy }): Check {
  if (text.trim() === "") yield required(path, "expression is not specified");
  yield* checkExpression(path, text, policyEnvironment(policy), [type]);
}

/** upstream: pkg/apis/admissionregistration/validation/validation.go validateMutatingAdmissionPolicySpec */
function* check(spec: V1MutatingAdmissionPolicySpec): Check {
  const { mutations = [] } = spec;
  yield* checkPolicy(spec);
  if (mutations.length === 0) yield required("spec.mutations", "mutations must contain at least one item");
  for (const [mutation, at] of each("spec.mutations", mutations)) yield* checkMutation(at, mutation, spec);
  if (isEmpty(spec.reinvocationPolicy)) yield required("spec.reinvocationPolicy", "reinvocationPolicy is not specified");
  else yield* neededOneOf("spec.reinvocationPolicy", spec.reinvocationPolicy, ["IfNeeded", "Never"]);
}

/** MutatingAdmissionPolicies: expressions that complete what is written. */
export const mutatingAdmissionPolicies: Kind<MutatingAdmissionPolicy> = {
  group: "admissionregistration.k8s.io",
  version: "v1",
  resource: "mutatingadmissionpolicies",
  kind: "MutatingAdmissionPolicy",
  namespaced: false,
  singular: "mutatingadmissionpolicy",
  listKind: "MutatingAdmissionPolicyList",
  shortNames: [],
  categories: ["api-extensions"],
  verbs: storedVerbs,
  model: "V1MutatingAdmissionPolicy",
  bucket: "objects",
  status: false,
  subresources: {},
  columns: [nameColumn, column("Mutations", "integer", MUTATIONS, ({ spec }) => spec?.mutations?.length ?? 0), paramKindColumn, ageColumn],
  setDefaults,
  validate: ({ spec }) => [...check(spec ?? {})],
  strategy: { generation: true },
};
