// ValidatingAdmissionPolicy: expressions judge the object as it is to be stored.
// upstream: apiserver/pkg/admission/plugin/policy/validating/dispatcher.go
import { validatingAdmissionPolicies, type ValidatingAdmissionPolicy } from "#api/admissionregistration/v1/validating-admission-policy.ts";
import { validatingAdmissionPolicyBindings } from "#api/admissionregistration/v1/validating-admission-policy-binding.ts";
import { ApiError } from "#api/meta/status.ts";
import { refuse, type Attributes, type Plugin, type Surroundings, type Verdict } from "../plugin.ts";
import { isExempt } from "../webhooks/rules.ts";
import { annotateFailure, Annotations } from "./annotations.ts";
import { turns, type Turn } from "./dispatch.ts";
import { failuresOf, noted, type Failure, type Finding } from "./validations.ts";

const validate = (attributes: Attributes, around: Surroundings): Verdict | Promise<Verdict> => {
  if (isExempt(attributes.kind)) return undefined;
  const policies = [...around.list(validatingAdmissionPolicies)];
  return policies.length === 0 ? undefined : judge(policies, attributes, around);
};

type ValidatingTurn = Turn<ValidatingAdmissionPolicy>;

/** One policy asked about one request. `annotations`: what the policy has said so far. */
type Hearing = {
  readonly turn: ValidatingTurn;
  readonly attributes: Attributes;
  readonly around: Surroundings;
  readonly annotations: Annotations;
};

/** The first denial; what only warns is told. */
const judge = async (policies: readonly ValidatingAdmissionPolicy[], attributes: Attributes, around: Surroundings): Promise<Verdict> => {
  const bindings = around.list(validatingAdmissionPolicyBindings);
  const said = new Map<string, Annotations>();
  let verdict: ApiError | undefined;
  for await (const turn of turns({ policies, bindings, type: "validate" }, attributes, around)) {
    const annotations = said.get(turn.policy.name) ?? new Annotations();
    said.set(turn.policy.name, annotations);
    const refused = hear({ turn, attributes, around, annotations });
    verdict ??= refused;
  }
  for (const [policy, annotations] of said) annotations.publish(policy, around);
  return verdict;
};

/** Asks every expression, whatever the first says: each may warn. */
const hear = (hearing: Hearing): ApiError | undefined => {
  const { turn, around, annotations } = hearing;
  if (turn.evaluation === undefined) return faulty(hearing, turn);
  const now = (): number => around.now();
  const verdicts = failuresOf(turn.source, turn.evaluation, now).map((failure) => resultOf(hearing, failure));
  const broken = noted(turn.source, turn.evaluation, { now, add: (key, value) => annotations.add(key, value) });
  return [...verdicts, ...broken.map((finding) => denied(hearing, finding))].find((verdict) => verdict !== undefined);
};

const UNASKED = { reason: "", error: "invalid_error", tookMs: 0 } as const;

/** What cannot be asked denies whatever the binding wants, if it is misconfigured; else it is as one that does not hold. */
const faulty = (hearing: Hearing, { fault: message = "", isMisconfigured }: ValidatingTurn): ApiError | undefined => {
  if (!isMisconfigured) return resultOf(hearing, { ...UNASKED, message, index: 0 });
  return isFailing(hearing) ? refusal(hearing, { ...UNASKED, message }) : undefined;
};

const isFailing = ({ turn }: Hearing): boolean => turn.policy.spec.failurePolicy !== "Ignore";

/** What an expression's failure comes to, by what the binding wants. */
const resultOf = (hearing: Hearing, failure: Failure): ApiError | undefined => {
  const { turn, around } = hearing;
  if (failure.error !== "no_error" && !isFailing(hearing)) {
    count(hearing, failure, "allow");
    return undefined;
  }
  const actions = turn.binding.spec.validationActions ?? [];
  if (actions.includes("Warn")) {
    count(hearing, failure, "warn");
    around.warn(`Validation failed for ${nameOf(turn)}: ${failure.message}`);
  }
  if (actions.includes("Audit")) {
    count(hearing, failure, "audit");
    annotateFailure(turn.binding, failure, around);
  }
  return actions.includes("Deny") ? denied(hearing, failure) : undefined;
};

const denied = (hearing: Hearing, finding: Finding): ApiError | undefined => {
  if (finding.error !== "no_error" && !isFailing(hearing)) return undefined;
  count(hearing, finding, "deny");
  return refusal(hearing, finding);
};

const count = ({ turn, around }: Hearing, { error, tookMs }: Finding, action: "allow" | "deny" | "audit" | "warn"): void => {
  const checked = { policy: turn.policy.name, policy_binding: turn.binding.name, error_type: error };
  around.metrics.expressions.validated(checked, action, tookMs);
};

const nameOf = ({ policy, binding }: ValidatingTurn): string => `ValidatingAdmissionPolicy '${policy.name}' with binding '${binding.name}'`;

/** upstream: reasonToCode */
const CODES: { readonly [reason: string]: number } = { Forbidden: 403, Unauthorized: 401, RequestEntityTooLarge: 413, Invalid: 422 };

const refusal = ({ attributes, turn }: Hearing, { message, reason }: Finding): ApiError => {
  const { status } = refuse(attributes, `${nameOf(turn)} denied request: ${message}`);
  const given = reason === "" ? "Invalid" : reason;
  const details = { ...status.details, causes: [...(status.details?.causes ?? []), { message }] };
  return new ApiError({ ...status, reason: given, code: CODES[given] ?? 422, details });
};

export const validatingAdmissionPolicy: Plugin = { name: "ValidatingAdmissionPolicy", connects: true, validate };
