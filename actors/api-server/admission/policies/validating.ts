// ValidatingAdmissionPolicy: expressions judge the object as it is to be stored.
// upstream: apiserver/pkg/admission/plugin/policy/validating/{dispatcher,validator}.go
import { policyEnvironment } from "#api/admissionregistration/v1/expressions.ts";
import { validatingAdmissionPolicies, type ValidatingAdmissionPolicy } from "#api/admissionregistration/v1/validating-admission-policy.ts";
import { validatingAdmissionPolicyBindings } from "#api/admissionregistration/v1/validating-admission-policy-binding.ts";
import { compile } from "#api/cel/program.ts";
import { BOOL, STRING } from "#api/cel/types.ts";
import type { V1Validation } from "#api/generated/types.ts";
import { ApiError } from "#api/meta/status.ts";
import { refuse, type Attributes, type Plugin, type Surroundings, type Verdict } from "../plugin.ts";
import { isExempt } from "../webhooks/rules.ts";
import type { Evaluation } from "./activation.ts";
import { once, type Compiled } from "./compiled.ts";
import { turns, type Turn } from "./dispatch.ts";

type Check = { readonly validation: V1Validation; readonly program: Compiled; readonly message: Compiled | undefined };

const checksOf = (policy: ValidatingAdmissionPolicy): readonly Check[] =>
  once(policy, () => {
    const spec = policy.spec ?? {};
    const [environment, ofMessages] = [policyEnvironment(spec), policyEnvironment(spec, { authorizer: false })];
    return (spec.validations ?? []).map((validation) => ({
      validation,
      program: compile(validation.expression, environment, [BOOL]),
      message: validation.messageExpression === undefined ? undefined : compile(validation.messageExpression, ofMessages, [STRING]),
    }));
  });

/** Why a policy lets a request not pass. */
type Denial = { readonly message: string; readonly reason: string };

const validate = (attributes: Attributes, around: Surroundings): Verdict | Promise<Verdict> => {
  if (isExempt(attributes.kind)) return undefined;
  const policies = [...around.list(validatingAdmissionPolicies)];
  return policies.length === 0 ? undefined : judge(policies, attributes, around);
};

/** The first denial; what only warns is told. */
const judge = async (policies: readonly ValidatingAdmissionPolicy[], attributes: Attributes, around: Surroundings): Promise<Verdict> => {
  const bindings = around.list(validatingAdmissionPolicyBindings);
  let verdict: ApiError | undefined;
  for await (const turn of turns({ policies, bindings }, attributes, around)) {
    const actions = turn.binding.spec.validationActions ?? [];
    for (const denial of denialsOf(turn)) {
      const by = `ValidatingAdmissionPolicy '${turn.policy.name}' with binding '${turn.binding.name}'`;
      if (actions.includes("Warn")) around.warn(`Validation failed for ${by}: ${denial.message}`);
      if (actions.includes("Deny")) verdict ??= refusal(attributes, by, denial);
    }
  }
  return verdict;
};

const denialsOf = (turn: Turn<ValidatingAdmissionPolicy>): readonly Denial[] => {
  const { evaluation, fault, source, policy } = turn;
  const failing = policy.spec.failurePolicy !== "Ignore";
  if (evaluation === undefined) return failing ? [{ message: fault, reason: "" }] : [];
  return checksOf(source).flatMap((check) => denialOf(check, evaluation, failing));
};

const denialOf = ({ validation, program, message }: Check, evaluation: Evaluation, failing: boolean): readonly Denial[] => {
  const outcome = evaluation.run(program);
  const expression = validation.expression.trim();
  if ("error" in outcome) {
    return failing ? [{ message: `expression '${expression}' resulted in error: ${outcome.error.message}`, reason: "" }] : [];
  }
  if (outcome.value === true) return [];
  const said = message === undefined ? undefined : messageOf(message, evaluation);
  const text = said ?? (validation.message?.trim() || `failed expression: ${expression}`);
  return [{ message: text, reason: validation.reason ?? "" }];
};

const MAX_MESSAGE = 5 * 1024;

/** What the expression of a message says; undefined: nothing that could be shown. */
const messageOf = (message: Compiled, evaluation: Evaluation): string | undefined => {
  const outcome = evaluation.run(message);
  const text = "error" in outcome || typeof outcome.value !== "string" ? "" : outcome.value.trim();
  return text === "" || text.includes("\n") || text.length > MAX_MESSAGE ? undefined : text;
};

/** upstream: reasonToCode */
const CODES: { readonly [reason: string]: number } = { Forbidden: 403, Unauthorized: 401, RequestEntityTooLarge: 413, Invalid: 422 };

const refusal = (attributes: Attributes, by: string, { message, reason }: Denial): ApiError => {
  const { status } = refuse(attributes, `${by} denied request: ${message}`);
  const given = reason === "" ? "Invalid" : reason;
  const details = { ...status.details, causes: [...(status.details?.causes ?? []), { message }] };
  return new ApiError({ ...status, reason: given, code: CODES[given] ?? 422, details });
};

export const validatingAdmissionPolicy: Plugin = { name: "ValidatingAdmissionPolicy", validate };
