// What the validations of a policy find wrong with a request.
// upstream: apiserver/pkg/admission/plugin/policy/validating/{plugin,validator,message}.go
import { policyEnvironment } from "#api/admissionregistration/v1/expressions.ts";
import type { ValidatingAdmissionPolicy } from "#api/admissionregistration/v1/validating-admission-policy.ts";
import { compile } from "#api/cel/program.ts";
import { BOOL, NULL, STRING } from "#api/cel/types.ts";
import type { V1AuditAnnotation, V1Validation } from "#api/generated/types.ts";
import type { Evaluation } from "./activation.ts";
import { once, type Compiled } from "./compiled.ts";
import { errorTypeOf, type ErrorType } from "./errors.ts";

type Check = { readonly validation: V1Validation; readonly program: Compiled; readonly message: Compiled | undefined };
type Note = { readonly key: string; readonly program: Compiled };

/** The expressions of a policy, compiled. */
type Programs = { readonly checks: readonly Check[]; readonly notes: readonly Note[] };

const programsOf = (policy: ValidatingAdmissionPolicy): Programs =>
  once(policy, () => {
    const spec = policy.spec ?? {};
    const [environment, ofMessages] = [policyEnvironment(spec), policyEnvironment(spec, { authorizer: false })];
    const checkOf = (validation: V1Validation): Check => ({
      validation,
      program: compile(validation.expression, environment, [BOOL]),
      message: validation.messageExpression === undefined ? undefined : compile(validation.messageExpression, ofMessages, [STRING]),
    });
    const noteOf = ({ key, valueExpression }: V1AuditAnnotation): Note => ({
      key,
      program: compile(valueExpression, environment, [STRING, NULL]),
    });
    return { checks: (spec.validations ?? []).map(checkOf), notes: (spec.auditAnnotations ?? []).map(noteOf) };
  });

/** An expression that does not hold, or that cannot be evaluated. */
export type Finding = {
  readonly message: string;
  readonly reason: string;
  readonly error: ErrorType;
  readonly tookMs: number;
};

/** A finding about a validation. `index`: which of the policy's it is. */
export type Failure = Finding & { readonly index: number };

/** What the policy's validations find; `now` in milliseconds. */
export const failuresOf = (policy: ValidatingAdmissionPolicy, evaluation: Evaluation, now: () => number): readonly Failure[] =>
  programsOf(policy).checks.flatMap((check, index) => {
    const beganAt = now();
    const found = findingOf(check, evaluation);
    return found === undefined ? [] : [{ ...found, index, tookMs: now() - beganAt }];
  });

const findingOf = ({ validation, program, message }: Check, evaluation: Evaluation): Omit<Finding, "tookMs"> | undefined => {
  const outcome = evaluation.run(program);
  const expression = validation.expression.trim();
  if ("error" in outcome) {
    const why = `expression '${expression}' resulted in error: ${outcome.error.message}`;
    return { message: why, reason: "", error: errorTypeOf(program, outcome.error) };
  }
  if (outcome.value === true) return undefined;
  const said = message === undefined ? undefined : messageOf(message, evaluation);
  const text = said ?? (validation.message?.trim() || `failed expression: ${expression}`);
  return { message: text, reason: validation.reason ?? "", error: "no_error" };
};

const MAX_MESSAGE = 5 * 1024;

/** What the expression of a message says; undefined: nothing that could be shown. */
const messageOf = (message: Compiled, evaluation: Evaluation): string | undefined => {
  const outcome = evaluation.run(message);
  const text = "error" in outcome || typeof outcome.value !== "string" ? "" : outcome.value.trim();
  return text === "" || text.includes("\n") || text.length > MAX_MESSAGE ? undefined : text;
};

/** What the policy's audit annotations come to: told to `add`. Answers those that cannot be evaluated. */
export const noted = (
  policy: ValidatingAdmissionPolicy,
  evaluation: Evaluation,
  { now, add }: { readonly now: () => number; readonly add: (key: string, value: unknown) => void },
): readonly Finding[] =>
  programsOf(policy).notes.flatMap(({ key, program }) => {
    const beganAt = now();
    const outcome = evaluation.run(program);
    if ("error" in outcome) {
      const error = errorTypeOf(program, outcome.error);
      return [{ message: outcome.error.message, reason: "", error, tookMs: now() - beganAt }];
    }
    add(key, outcome.value);
    return [];
  });
